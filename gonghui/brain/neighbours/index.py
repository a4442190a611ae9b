"""The index that a process searches: the mapped base and the rows that came or changed since (the tail)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gonghui.brain.encoder import DIMENSIONS
from gonghui.brain.neighbours.build import current
from gonghui.brain.neighbours.scopes import NOBODY, Asker, Scopes
from gonghui.brain.neighbours.segment import Found, Segment, nearest
from gonghui.brain.neighbours.vectors import Packed, Vectors, unpack

_GROWTH = 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A case: its id, packed vector (384,), the paths of the organisations that see it, whether restricted."""

    id: int
    vector: Packed
    paths: tuple[str, ...]
    restricted: bool = False


class Index:
    """Thread-safe. `folder` is shared by the processes of one machine; the tail is each process's own.

    A caller puts in with `add` what its database holds beyond the base (`base_rows`); the same row again takes the
    place of the old one. `refresh` takes up a base that was built meanwhile and says so: then the tail is empty again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._load()

    def _load(self) -> None:
        found = current(self.folder)
        self._base = Segment(found) if found is not None else None
        self._name = found.name if found is not None else ""
        self._scopes = Scopes()
        self._ids = np.zeros(_GROWTH, dtype=np.int64)
        self._vectors = np.zeros((_GROWTH, DIMENSIONS), dtype=np.int8)
        self._codes = np.zeros(_GROWTH, dtype=np.uint32)
        self._place: dict[int, int] = {}
        self._count = 0

    def refresh(self) -> bool:
        """Whether another base is there now; it is open then and the tail is empty."""
        found = current(self.folder)
        if (found.name if found is not None else "") == self._name:
            return False
        with self._lock:
            self._load()
        return True

    @property
    def note(self) -> dict[str, int]:
        """What `build_segment` was given to keep beside the base; {} without one."""
        if self._base is None:
            return {}
        found: dict[str, int] = json.loads((self._base.folder / "manifest.json").read_text(encoding="utf-8"))["note"]
        return found

    @property
    def base_rows(self) -> int:
        """Rows of the base."""
        return len(self._base) if self._base is not None else 0

    @property
    def tail_rows(self) -> int:
        """Rows that came or changed since the base was built."""
        return len(self._place)

    def has(self, row_id: int) -> bool:
        """Whether the row is in sight here."""
        with self._lock:
            place = self._place.get(row_id)
            if place is not None:
                return bool(self._codes[place] != NOBODY)
            if self._base is None:
                return False
            found = self._base.positions(np.array([row_id], dtype=np.int64))
            return bool(len(found) and self._base.scope[found[0]] != NOBODY)

    def add(self, rows: Iterable[Row]) -> None:
        """Put in rows, new or changed."""
        with self._lock:
            fresh = list(rows)
            if self._base is not None and fresh:
                self._base.hide(np.array([row.id for row in fresh], dtype=np.int64))
            for row in fresh:
                place = self._place.get(row.id)
                if place is None:
                    place = self._place[row.id] = self._count
                    self._count += 1
                    if place >= len(self._ids):
                        self._grow()
                self._ids[place], self._vectors[place] = row.id, row.vector
                self._codes[place] = self._scopes.code(row.paths, row.restricted)

    def remove(self, row_id: int, *, erase: bool = False) -> None:
        """Take a row out of sight; `erase` overwrites its vector in the base's files too (删除个人信息)."""
        with self._lock:
            wanted = np.array([row_id], dtype=np.int64)
            if self._base is not None:
                if erase:
                    self._base.wipe(wanted)
                else:
                    self._base.hide(wanted)
            if (place := self._place.get(row_id)) is not None:
                self._codes[place], self._vectors[place] = NOBODY, 0

    def search(self, vector: Vectors, asker: Asker, k: int = 10) -> list[tuple[int, float]]:
        """The k nearest rows that the asker may see: (id, cosine), best first. [] for a vector of zeros."""
        if k <= 0 or not np.any(vector):
            return []
        named = np.array(asker.ids, dtype=np.int64)
        with self._lock:
            parts = [self._tail(vector, asker, named, k)]
            if self._base is not None:
                parts.append(self._base.search(vector, self._base.scopes.allowed(asker), named, k))
        ids = np.concatenate([part.ids for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        best = nearest(ids, scores, k)
        return [(int(i), float(s)) for i, s in zip(best.ids, best.scores, strict=True)]

    def _tail(self, vector: Vectors, asker: Asker, named: np.ndarray, k: int) -> Found:
        codes = self._codes[: self._count]
        seen = self._scopes.allowed(asker)[codes]
        if len(named):
            seen |= np.isin(self._ids[: self._count], named) & (codes != NOBODY)
        places = np.flatnonzero(seen)
        if not len(places):
            return Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        return nearest(self._ids[places], unpack(self._vectors[places]) @ vector, k)

    def _grow(self) -> None:
        more = max(_GROWTH, len(self._ids))
        self._ids = np.concatenate([self._ids, np.zeros(more, dtype=np.int64)])
        self._vectors = np.concatenate([self._vectors, np.zeros((more, DIMENSIONS), dtype=np.int8)])
        self._codes = np.concatenate([self._codes, np.zeros(more, dtype=np.uint32)])
