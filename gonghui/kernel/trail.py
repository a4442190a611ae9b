"""留痕: append-only, hash-chained record of who did what when, with before and after.

Each stream (`matter:7`, `account:3`) is a chain of its own, so unrelated writers never wait for each other.
`checkpoint` chains a fingerprint over all streams. Database triggers refuse updates and deletes (`trail_guard`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.locks import hold
from gonghui.kernel.models import Matter, TrailCheckpoint, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

HASHED = (
    "stream", "seq", "matter_id", "at", "actor_kind", "actor_id", "actor_name", "role", "org_path", "verb", "before",
    "after", "note", "previous_hash",
)  # fmt: skip
CHUNK = 2000
CLOCK_DRIFT = timedelta(seconds=60)


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
    """A short proof of a value that does not tell it, for personal fields.

    Keyed, since the few billion phone numbers are tried in minutes, and what stands in the trail stays there.
    """
    if value in (None, ""):
        return ""
    key = force_bytes(settings.VAULT_INDEX_KEY)
    return "hmac:" + hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()[:20]


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


def _personal_names(value: Any, names: frozenset[str]) -> Iterator[str]:
    """Keys at any depth that name an encrypted field and hold something other than a fingerprint."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in names and inner and not str(inner).startswith("hmac:"):
                yield key
            yield from _personal_names(inner, names)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _personal_names(inner, names)


def missing_guards() -> list[str]:
    """Triggers that keep the trail append only and are not in the database: a table rebuilt by hand loses them."""
    tables = (TrailEntry._meta.db_table, TrailCheckpoint._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            wanted = {f"{table}.{name}" for table in tables for name in ("append_only_row", "append_only_all")}
            cursor.execute(
                "SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE c.relname = ANY (%s) AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)",
                [list(tables)],
            )
        else:
            wanted = {f"{table}_no_{what}" for table in tables for what in ("update", "delete", "replace")}
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


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

    For a matter's stream the caller holds the matter's lock; writers of another stream wait here for each other.
    Raises PersonalDataInTrail when `before` or `after` names an encrypted field in clear, and
    TransactionManagementError outside a transaction.
    """
    from gonghui.kernel import vault

    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the trail is written in the transaction of the deed it records")
    for name in _personal_names([before, after], vault.personal_field_names()):
        raise PersonalDataInTrail(f"{name} is a personal field: record trail.fingerprint(value) instead")
    with as_system("the end of the stream is needed to append to it"):
        if matter is not None and stream == f"matter:{matter.pk}":
            seq, previous = matter.trail_count + 1, matter.trail_head
        else:
            # Without this, one of two would fail on the unique (stream, seq).
            hold(f"gonghui.trail.{stream}")
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


def verify(stream: str | None = None, *, last: int | None = None) -> Report:
    """Check one stream, or every stream with all matters' heads and all checkpoints. Memory stays constant.

    With `last` only the newest so many entries, each with the one before it: quick enough for a health check.
    """
    report = Report()
    with as_system("the whole chain is checked"):
        if last is not None:
            _check_newest(last, report)
            return report
        entries = TrailEntry.objects.filter(stream=stream) if stream else TrailEntry.objects.all()
        _check_chain(entries.order_by("stream", "seq").iterator(CHUNK), report)
        if not stream:
            _check_heads(Matter.objects.all(), report)
            _check_checkpoints(report)
        elif stream.startswith("matter:"):
            _check_heads(Matter.objects.filter(pk=stream.partition(":")[2]), report)
    return report


def _check_heads(matters: QuerySet[Matter], report: Report) -> None:
    """A matter knows how many entries it has and the last one's hash, so a tail that was cut off shows."""
    matters = matters.annotate(stream=Concat(Value("matter:"), Cast("pk", CharField()), output_field=CharField()))
    entries = TrailEntry.objects.filter(stream=OuterRef("stream"))
    head = Exists(entries.filter(seq=OuterRef("trail_count"), hash=OuterRef("trail_head")))
    more = Exists(entries.filter(seq__gt=OuterRef("trail_count")))
    wrong = matters.filter(Q(more) | (~Q(head) & (Q(trail_count__gt=0) | ~Q(trail_head=""))))
    for number, count in wrong.values_list("number", "trail_count").iterator(CHUNK):
        report.problems.append(
            _("%(stream)s：留痕末尾与事项记录的 %(count)d 条不符，可能有增删。") % {"stream": number, "count": count}
        )


def _check_chain(entries: Iterator[TrailEntry], report: Report) -> None:
    stream, seq, previous = "", 0, ""
    for entry in entries:
        if entry.stream != stream:
            stream, seq, previous = entry.stream, 0, ""
        _check_entry(entry, seq, previous, report)
        seq, previous = entry.seq, entry.hash


def _check_newest(last: int, report: Report) -> None:
    """The newest entries in the order they were made, each against the one before it in its stream."""
    newest = list(TrailEntry.objects.order_by("-pk")[:last])
    known = {(entry.stream, entry.seq): entry.hash for entry in newest}
    missing = [(e.stream, e.seq - 1) for e in newest if e.seq > 1 and (e.stream, e.seq - 1) not in known]
    for start in range(0, len(missing), 100):
        wanted = reduce(or_, (Q(stream=stream, seq=seq) for stream, seq in missing[start : start + 100]))
        rows = TrailEntry.objects.filter(wanted).values_list("stream", "seq", "hash")
        known.update({(stream, seq): value for stream, seq, value in rows})
    for entry in reversed(newest):
        before = known.get((entry.stream, entry.seq - 1))
        _check_entry(entry, entry.seq - 1 if before is not None or entry.seq == 1 else -1, before or "", report)


def _check_entry(entry: TrailEntry, seq: int, previous: str, report: Report) -> None:
    """Compare an entry with what went before it in its stream: `seq` and `previous` hash (0 and "" at the start)."""
    where = {"stream": entry.stream, "seq": entry.seq}
    report.checked += 1
    if entry.seq != seq + 1:
        report.problems.append(_("%(stream)s：第 %(seq)d 条之前有缺失。") % where)
    elif entry.previous_hash != previous:
        report.problems.append(_("%(stream)s：第 %(seq)d 条与前一条不相连。") % where)
    if digest(entry) != entry.hash:
        report.problems.append(_("%(stream)s：第 %(seq)d 条的内容与散列不符，被改动过。") % where)


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


def checkpoint() -> TrailCheckpoint | None:
    """Fingerprint the entries added since the last checkpoint. None when there is nothing new.

    Ids are given out before their transaction ends. An entry may be covered only when no transaction is open any more
    that could still bring a smaller id, or that one would later look as if it had been slipped in.
    """
    with transaction.atomic(), as_system("checkpoint over all streams"):
        hold("gonghui.trail.checkpoint")
        previous = TrailCheckpoint.objects.order_by("-pk").first()
        first = previous.last_entry + 1 if previous else 1
        new = TrailEntry.objects.filter(pk__gte=first, at__lte=_settled_before())
        last = new.order_by("-pk").values_list("pk", flat=True).first()
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


def _settled_before() -> datetime:
    """The moment before which every entry's transaction has ended. SQLite writes one after the other: now."""
    if connection.vendor != "postgresql":
        return now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        oldest = cursor.fetchone()[0]
    # Entries carry the time of the machine that made them.
    return oldest.astimezone(UTC) - CLOCK_DRIFT


def _check_checkpoints(report: Report) -> None:
    previous = ""
    for point in TrailCheckpoint.objects.order_by("pk").iterator(CHUNK):
        if point.previous_hash != previous or _checkpoint_hash(point) != point.hash:
            report.problems.append(_("检查点 %(id)d：链条不相连或被改动。") % {"id": point.pk})
        if _range_digest(point.first_entry, point.last_entry) != (point.entries, point.digest):
            report.problems.append(
                _("检查点 %(id)d：编号 %(first)d–%(last)d 的留痕有增删改。")
                % {"id": point.pk, "first": point.first_entry, "last": point.last_entry}
            )
        previous = point.hash
