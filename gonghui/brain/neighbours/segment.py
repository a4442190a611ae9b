"""The base of an index (底段): files that every process maps, so that a million vectors cost the machine one copy.

Rows are sorted into lists of neighbours (an inverted file). A search reads the nearest lists by 64 numbers a row (the
principal axes of the vectors, in 8 bits), keeps a short list, and settles it with all 384. An asker of few rows has all
of these read instead of lists. The rows of others are left out before anything is ranked, never after.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gonghui.brain.neighbours.scopes import NOBODY, Mask, Scopes
from gonghui.brain.neighbours.vectors import Packed, Vectors, unpack

Ids = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]
AXES = 64
# Rows whose 64 numbers are read for one search, and rows that are then settled with all 384.
READ = 50_000
SETTLED = 1_500
# Reading 384 numbers of so few rows is no dearer than choosing among them.
FEW = 3_000
_FILES = ("ids", "vectors", "small", "scope", "by_scope", "scope_starts", "order", "starts", "centres", "axes")


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one part of an index: ids and cosines, best first."""

    ids: Ids
    scores: Vectors


def nearest(ids: Ids, scores: Vectors, k: int) -> Found:
    """The k best, ties by the newer id."""
    if len(ids) > k:
        kept = np.argpartition(-scores, k - 1)[:k]
        ids, scores = ids[kept], scores[kept]
    order = np.lexsort((-ids, -scores))
    return Found(ids[order], scores[order])


class Segment:
    """One base, opened from its folder. Nothing is read before it is asked for."""

    def __init__(self, folder: Path) -> None:
        def mapped(name: str, mode: Any = "r") -> Any:
            file = folder / f"{name}.npy"
            return np.load(file, mmap_mode=mode) if file.stat().st_size > 4096 else np.load(file)

        self.folder = folder
        self.ids: Ids = mapped("ids")
        self.vectors: Packed = mapped("vectors")
        self.small: Packed = mapped("small")
        # Private pages: a row that has changed since is taken out of this process's sight only.
        self.scope: npt.NDArray[np.uint32] = mapped("scope", "c")
        self.by_scope: npt.NDArray[np.uint32] = mapped("by_scope")
        self.scope_starts: Ids = np.load(folder / "scope_starts.npy")
        self.order: npt.NDArray[np.uint32] = mapped("order")
        self.starts: Ids = np.load(folder / "starts.npy")
        self.centres: Vectors = np.load(folder / "centres.npy")
        self.axes: Vectors = np.load(folder / "axes.npy")
        self.scopes = Scopes(json.loads((folder / "scopes.json").read_text(encoding="utf-8")))
        self._sizes = np.diff(self.starts)
        self._each_scope = np.diff(self.scope_starts)

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, ids: Ids) -> Positions:
        """Where these ids are; those that are not here are left out."""
        if not len(self.ids) or not len(ids):
            return np.zeros(0, dtype=np.int64)
        low, high = np.zeros(len(ids), dtype=np.int64), np.full(len(ids), len(self.ids), dtype=np.int64)
        # Binary search through `order` by hand: sorting a million ids again for each process would cost more memory.
        while (low < high).any():
            middle = (low + high) // 2
            less = self.ids[self.order[np.minimum(middle, len(self.ids) - 1)]] < ids
            going = low < high
            low, high = np.where(going & less, middle + 1, low), np.where(going & ~less, middle, high)
        at = self.order[np.minimum(low, len(self.ids) - 1)].astype(np.int64)
        return np.asarray(at[(low < len(self.ids)) & (self.ids[at] == ids)])

    def hide(self, ids: Ids) -> None:
        """Take rows out of this process's sight: they are newer elsewhere, or gone."""
        self.scope[self.positions(ids)] = NOBODY

    def search(self, query: Vectors, allowed: Mask, named: Ids, k: int) -> Found:
        """The k nearest of the rows whose code is allowed or whose id is named. `query` has unit length."""
        positions, small = self._read(query, allowed, self.axes @ query)
        if positions is not None and len(positions) > SETTLED:
            scores = small @ (self.axes @ query)
            positions = positions[np.argpartition(-scores, SETTLED - 1)[:SETTLED]]
        extra = self.positions(named)
        extra = extra[self.scope[extra] != NOBODY]
        positions = extra if positions is None else np.union1d(positions, extra) if len(extra) else positions
        if not len(positions):
            return Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        scores = unpack(self.vectors[positions]) @ query
        return nearest(np.asarray(self.ids[positions]), scores, k)

    def _read(self, query: Vectors, allowed: Mask, short: Vectors) -> tuple[Positions | None, Vectors]:
        """Positions that may be among the nearest, and their 64 numbers where there are many."""
        nothing = np.zeros((0, AXES), dtype=np.float32)
        total = int(self._each_scope[np.flatnonzero(allowed)].sum())
        if not total:
            return None, nothing
        if total <= READ:
            positions = self._of_scopes(allowed)
            if len(positions) <= max(FEW, SETTLED):
                return self._settle_all(positions, query), nothing
        else:
            # The fewer of the rows are seen, the more lists must be read for the same number of rows.
            nearness = self.centres @ short
            lists = np.argsort(-nearness)
            enough = int(np.searchsorted(np.cumsum(self._sizes[lists]), READ * (len(self) / total))) + 1
            parts = [np.arange(self.starts[row], self.starts[row + 1]) for row in lists[:enough]]
            positions = np.concatenate(parts)
            positions = positions[allowed[self.scope[positions]]]
        return positions, self.small[positions].astype(np.float32)

    def _settle_all(self, positions: Positions, query: Vectors) -> Positions:
        if len(positions) <= SETTLED:
            return positions
        scores = unpack(self.vectors[positions]) @ query
        return np.asarray(positions[np.argpartition(-scores, SETTLED - 1)[:SETTLED]])

    def _of_scopes(self, allowed: Mask) -> Positions:
        """All rows of the allowed codes that are still in sight, in order of place."""
        codes = np.flatnonzero(allowed)
        parts = [self.by_scope[self.scope_starts[code] : self.scope_starts[code + 1]] for code in codes]
        positions = np.sort(np.concatenate(parts)).astype(np.int64)
        return np.asarray(positions[self.scope[positions] != NOBODY])

    def wipe(self, ids: Ids) -> int:
        """Overwrite the vectors of rows in the files themselves, for every process at once (erasure). How many."""
        positions = self.positions(ids)
        for name in ("vectors", "small", "scope"):
            file = np.load(self.folder / f"{name}.npy", mmap_mode="r+")
            file[positions] = 0
            file.flush()
        self.scope[positions] = NOBODY
        return len(positions)


def write_array(folder: Path, name: str, array: npt.NDArray[Any]) -> None:
    """A file that is whole on the disk when this returns."""
    with (folder / f"{name}.npy").open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
