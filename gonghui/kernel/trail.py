"""留痕: append-only, hash-chained record of who did what when, with before and after.

Each stream (`matter:7`, `account:3`) is a chain of its own, so unrelated writers never wait for each other.
`checkpoint` chains a fingerprint over all streams. Database triggers refuse updates and deletes (migration 0002).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, TrailCheckpoint, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

HASHED = (
    "stream", "seq", "matter_id", "at", "actor_kind", "actor_id", "actor_name", "role", "org_path", "verb", "before",
    "after", "note", "previous_hash",
)  # fmt: skip
CHUNK = 2000


@dataclass
class Report:
    """The result of checking: `problems` are sentences for a person."""

    checked: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


class PersonalDataInTrail(ValueError):
    """Somebody tried to write a personal field in clear into the trail. That is a programming mistake."""


def fingerprint(value: Any) -> str:
    """A short proof of a value that does not tell it, for personal fields."""
    return "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()[:16] if value not in (None, "") else ""


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)


def _stored(value: dict[str, Any]) -> dict[str, Any]:
    """The value as the database will give it back, so that the hash can be computed again from there."""
    return json.loads(_canonical(value))


def digest(entry: TrailEntry) -> str:
    """The hash of an entry over all its fields and the hash before it."""
    content = {name: getattr(entry, name) for name in HASHED}
    content["at"] = entry.at.astimezone(UTC).isoformat()
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def record(
    stream: str,
    verb: str,
    *,
    actor: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
    matter: Matter | None = None,
    role: str = "",
    org_path: str = "",
) -> TrailEntry:
    """Append to a stream. Runs in the caller's transaction, so that the deed and its record stand or fall together.

    For a matter's stream the caller holds the matter's lock; other streams are serialised by the unique
    (stream, seq). Raises PersonalDataInTrail when `before` or `after` names an encrypted field in clear.
    """
    from gonghui.kernel import vault

    for name, value in {**(before or {}), **(after or {})}.items():
        if name in vault.personal_field_names() and value and not str(value).startswith("sha256:"):
            raise PersonalDataInTrail(f"{name} is a personal field: record trail.fingerprint(value) instead")
    with as_system("the end of the stream is needed to append to it"):
        if matter is not None and stream == f"matter:{matter.pk}":
            seq, previous = matter.trail_count + 1, matter.trail_head
        else:
            last = TrailEntry.objects.filter(stream=stream).order_by("-seq").values_list("seq", "hash").first()
            seq, previous = (last[0] + 1, last[1]) if last else (1, "")
        entry = TrailEntry(
            stream=stream,
            seq=seq,
            matter=matter,
            # The database keeps microseconds; the hash must not depend on more.
            at=now(),
            actor_kind=actor.kind,
            actor_id=actor.account_id,
            actor_name=actor.name[:80],
            role=role,
            org_path=org_path,
            verb=verb,
            before=_stored(before or {}),
            after=_stored(after or {}),
            note=note,
            previous_hash=previous,
        )
        entry.hash = digest(entry)
        entry.save(force_insert=True)
        if matter is not None and stream == f"matter:{matter.pk}":
            matter.trail_count, matter.trail_head = seq, entry.hash
            Matter.objects.filter(pk=matter.pk).update(trail_count=seq, trail_head=entry.hash)
    return entry


def verify(stream: str | None = None) -> Report:
    """Check one stream, or every stream, all matters' heads and all checkpoints. Memory stays constant."""
    report = Report()
    with as_system("the whole chain is checked"):
        entries = TrailEntry.objects.filter(stream=stream) if stream else TrailEntry.objects.all()
        _check_chain(entries.order_by("stream", "seq").iterator(CHUNK), report)
        matters = Matter.objects.all()
        if stream:
            matters = matters.filter(pk=stream.partition(":")[2]) if stream.startswith("matter:") else matters.none()
        for pk, number, count, head in matters.values_list("pk", "number", "trail_count", "trail_head").iterator(CHUNK):
            last = TrailEntry.objects.filter(stream=f"matter:{pk}").order_by("-seq").values_list("seq", "hash").first()
            if (count, head) != (last or (0, "")):
                report.problems.append(f"{number}: 留痕末尾与事项不符，可能有删减（事项记 {count} 条）。")
        if not stream:
            _check_checkpoints(report)
    return report


def _check_chain(entries: Iterator[TrailEntry], report: Report) -> None:
    stream, seq, previous = "", 0, ""
    for entry in entries:
        if entry.stream != stream:
            stream, seq, previous = entry.stream, 0, ""
        report.checked += 1
        if entry.seq != seq + 1:
            report.problems.append(f"{stream}: 第 {seq + 1} 条缺失。")
        if entry.previous_hash != previous:
            report.problems.append(f"{stream} #{entry.seq}: 与前一条不相连。")
        if digest(entry) != entry.hash:
            report.problems.append(f"{stream} #{entry.seq}: 内容与散列不符，被改动过。")
        seq, previous = entry.seq, entry.hash


def _range_digest(first: int, last: int) -> tuple[int, str]:
    """Count and fingerprint of the entries with ids `first` … `last`."""
    total, running = 0, hashlib.sha256()
    rows = TrailEntry.objects.filter(pk__gte=first, pk__lte=last).order_by("pk").values_list("pk", "hash")
    for pk, value in rows.iterator(CHUNK):
        total += 1
        running.update(f"{pk}:{value};".encode())
    return total, running.hexdigest()


def _checkpoint_hash(point: TrailCheckpoint) -> str:
    content = [
        point.at.astimezone(UTC).isoformat(), point.first_entry, point.last_entry, point.entries, point.digest,
        point.previous_hash,
    ]  # fmt: skip
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def checkpoint(settle_seconds: int = 60) -> TrailCheckpoint | None:
    """Fingerprint the entries added since the last checkpoint. None when there is nothing new.

    Ids are given out before their transaction ends, so the newest `settle_seconds` are left for the next one: a
    transaction that is still open then would otherwise appear to have been slipped in later.
    """
    with transaction.atomic(), as_system("checkpoint over all streams"):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('gonghui.trail.checkpoint'))")
        previous = TrailCheckpoint.objects.order_by("-pk").first()
        first = previous.last_entry + 1 if previous else 1
        before = datetime.fromtimestamp(now().timestamp() - settle_seconds, UTC)
        last = (
            TrailEntry.objects.filter(pk__gte=first, at__lte=before)
            .order_by("-pk")
            .values_list("pk", flat=True)
            .first()
        )
        if last is None:
            return None
        total, value = _range_digest(first, last)
        point = TrailCheckpoint(
            at=now(),
            first_entry=first,
            last_entry=last,
            entries=total,
            digest=value,
            previous_hash=previous.hash if previous else "",
        )
        point.hash = _checkpoint_hash(point)
        point.save(force_insert=True)
        return point


def _check_checkpoints(report: Report) -> None:
    previous = ""
    for point in TrailCheckpoint.objects.order_by("pk").iterator(CHUNK):
        if point.previous_hash != previous or _checkpoint_hash(point) != point.hash:
            report.problems.append(f"检查点 {point.pk}: 链条不相连或被改动。")
        if _range_digest(point.first_entry, point.last_entry) != (point.entries, point.digest):
            report.problems.append(f"检查点 {point.pk}: 编号 {point.first_entry}–{point.last_entry} 的留痕有增删改。")
        previous = point.hash
