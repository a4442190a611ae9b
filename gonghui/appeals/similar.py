"""类似案件: earlier cases like this one, for the handler, within what they may see.

The table holds the truth (`CaseVector`); each machine keeps index files below VAR_DIR that all its processes map, and
each process the rows that came since. What the index proposes goes through `visible_to` once more before it is shown,
so that an index that is behind can miss a case, and never show a foreign one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Max

from gonghui.appeals.models import Appeal, CaseVector, WorkOrder
from gonghui.brain.neighbours import VERSION, Asker, Index, Row, build_segment, from_bytes, to_bytes, vector_of
from gonghui.brain.neighbours.vectors import unpack
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, MatterScope
from gonghui.kernel.scope import as_system, restricted_roles, visible_to

BATCH = 200
RECENT = 5_000
# Rows beyond the base that a process still reads one by one; more, and the base is built anew.
TAIL_MOST = 20_000
# Of pairs of real messages one in a hundred has a cosine above 0.42, and half of the nearest ones lie above 0.46.
LEAST, MUCH = 0.4, 0.6


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """An earlier case: its lead matter and order, cosine, whether much alike."""

    matter: Matter
    order: WorkOrder
    score: float
    much: bool


class _Held:
    """This process's index and how far it has read the tables."""

    def __init__(self, folder: Path) -> None:
        self.index = Index(folder)
        self.vectors = self.scopes = 0
        self.start()

    def start(self) -> None:
        note = self.index.note
        self.vectors, self.scopes = note.get("vectors", 0), note.get("scopes", 0)


_held: dict[str, _Held] = {}
_lock = threading.Lock()


def forget() -> None:
    """Open the index anew at the next search (tests, another database)."""
    _held.clear()


def folder() -> Path:
    """Where this machine keeps the index: one for each database and version of the vectors."""
    name = str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])
    plain = "".join(letter if letter.isalnum() else "-" for letter in name)[-80:]
    return Path(settings.VAR_DIR) / "neighbours" / f"{plain}-{VERSION}"


def make_vectors(most: int = BATCH, *, whole: bool = False) -> int:
    """Vectors for understood appeals that have none of this version, newest first; how many were made.

    whole: look through the whole table, not only its newest rows.
    """
    with as_system("the worker reads what was handed in"):
        wanted = Appeal.objects.filter(triages__isnull=False).exclude(vectors__version=VERSION).distinct()
        if not whole:
            newest = Appeal.objects.aggregate(last=Max("pk"))["last"] or 0
            wanted = wanted.filter(pk__gt=newest - RECENT)
        rows = list(wanted.order_by("-pk").only("pk", "title", "description")[:most])
        made = [
            CaseVector(appeal=row, version=VERSION, vector=to_bytes(vector_of(row.title, row.description)))
            for row in rows
        ]
        CaseVector.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def rebuild_if_due(least: int = TAIL_MOST) -> bool:
    """Build a new base when so many rows have come since the last one. True when it was built."""
    with as_system("the index holds all cases; a search asks with the actor's scope"):
        cursor = Index(folder()).note.get("vectors", 0)
        if CaseVector.objects.filter(version=VERSION, pk__gt=cursor).count() < least:
            return False
        last = CaseVector.objects.aggregate(last=Max("pk"))["last"] or 0
        scopes = MatterScope.objects.aggregate(last=Max("pk"))["last"] or 0
        rows = list(_rows(CaseVector.objects.filter(version=VERSION, pk__lte=last).values_list("appeal_id", "vector")))
    build_segment(
        folder(),
        np.array([row.id for row in rows], dtype=np.int64),
        np.array([row.vector for row in rows], dtype=np.int8).reshape(len(rows), -1),
        [row.paths for row in rows],
        [row.restricted for row in rows],
        {"vectors": last, "scopes": scopes},
    )
    return True


def _rows(vectors: Iterable[tuple[int, Any]]) -> Iterable[Row]:
    """Rows of the index from (appeal, vector): with the organisations that have a part in its lead matter."""
    kept = list(vectors)
    for start in range(0, len(kept), 2000):
        part = kept[start : start + 2000]
        ids = [appeal for appeal, _ in part]
        leads = WorkOrder.objects.filter(appeal_id__in=ids, role=WorkOrder.Role.LEAD)
        of_matter = dict(leads.values_list("matter_id", "appeal_id"))
        paths: dict[int, set[str]] = {}
        restricted: set[int] = set()
        scopes = MatterScope.objects.filter(matter_id__in=of_matter, direct=True)
        for matter, path, hidden in scopes.values_list("matter_id", "path", "restricted"):
            paths.setdefault(of_matter[matter], set()).add(path)
            if hidden:
                restricted.add(of_matter[matter])
        packed = from_bytes([bytes(vector) for _, vector in part])
        for appeal, vector in zip(ids, packed, strict=True):
            yield Row(appeal, vector, tuple(sorted(paths.get(appeal, ()))), appeal in restricted)


def _ready() -> Index:
    """The index, caught up with the tables."""
    where = folder()
    with _lock:
        held = _held.get(str(where)) or _held.setdefault(str(where), _Held(where))
        if held.index.refresh():
            held.start()
        with as_system("the index holds all cases; a search asks with the actor's scope"):
            new: list[tuple[int, int, Any]] = list(
                CaseVector.objects.filter(version=VERSION, pk__gt=held.vectors)
                .order_by("pk")
                .values_list("pk", "appeal_id", "vector")[:TAIL_MOST]
            )
            if new:
                held.index.add(_rows([(appeal, vector) for _, appeal, vector in new]))
                held.vectors = new[-1][0]
            # A matter that was dispatched since is seen by others too.
            moved = list(
                MatterScope.objects.filter(pk__gt=held.scopes).order_by("pk").values_list("pk", "matter_id")[:20_000]
            )
            if moved:
                orders = WorkOrder.objects.filter(matter_id__in={matter for _, matter in moved})
                appeals = orders.filter(role=WorkOrder.Role.LEAD).values("appeal_id")
                vectors = CaseVector.objects.filter(version=VERSION, appeal_id__in=appeals, pk__lte=held.vectors)
                held.index.add(_rows(vectors.values_list("appeal_id", "vector")))
                held.scopes = moved[-1][0]
        return held.index


def similar_cases(actor: Actor, appeal: Appeal, k: int = 5) -> list[SimilarCase] | None:
    """Cases like this one that the actor may see, most alike first; None while its vector is not made yet."""
    with as_system("the appeal's own vector"):
        own = CaseVector.objects.filter(appeal=appeal, version=VERSION).values_list("vector", flat=True).first()
    if own is None:
        return None
    vector = unpack(from_bytes([bytes(own)]))[0]
    asker = Asker(tuple(actor.paths), tuple(actor.paths_as(*restricted_roles())), everything=actor.is_system)
    found = {row: score for row, score in _ready().search(vector, asker, 4 * k + 10) if score >= LEAST}
    found.pop(appeal.pk, None)
    leads = WorkOrder.objects.filter(appeal_id__in=found, role=WorkOrder.Role.LEAD)
    of_matter = {order.matter_id: order for order in leads}
    cases = [
        SimilarCase(matter, order, found[order.appeal_id], found[order.appeal_id] >= MUCH)
        for matter in visible_to(actor).filter(pk__in=of_matter)
        for order in (of_matter[matter.pk],)
    ]
    return sorted(cases, key=lambda case: (-case.score, -case.matter.pk))[:k]


def erase(appeal_id: int) -> None:
    """Take a case out of the table and out of this machine's files (删除个人信息)."""
    with as_system("erasure"):
        CaseVector.objects.filter(appeal_id=appeal_id).delete()
    _ready().remove(appeal_id, erase=True)
