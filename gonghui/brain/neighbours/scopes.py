"""Who may see a row (可见范围), as small numbers that a search can test inside its scan.

A row belongs to organisations by their materialised paths (`cn.52.5201.520102`); whoever works at one of them or above
sees it, unless it is restricted. Rows of the same organisations share one code. Code 0 is a row that nobody sees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Key = tuple[tuple[str, ...], bool]
NOBODY = 0
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Asker:
    """What the one who asks may see: rows at or below `paths`, restricted ones at or below `restricted_paths`, and
    rows named by id (assigned in person). `everything` is for the system alone."""

    paths: tuple[str, ...] = ()
    restricted_paths: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    everything: bool = False


class Scopes:
    """Codes of sets of paths: `code` gives one out, `allowed` says which of them an asker sees."""

    def __init__(self, rows: Iterable[Sequence[object]] = ()) -> None:
        self._keys: list[Key] = [((), True)]
        self._codes: dict[Key, int] = {}
        self._sorted: list[tuple[str, int]] | None = None
        self._seen: dict[Asker, Mask] = {}
        for paths, restricted in rows:
            assert isinstance(paths, list | tuple)
            self.code(paths, bool(restricted))

    def __len__(self) -> int:
        return len(self._keys)

    def rows(self) -> list[Key]:
        """What `Scopes(rows)` makes the same codes from."""
        return self._keys[1:]

    def code(self, paths: Iterable[str], restricted: bool) -> int:
        """The number of this set of paths, given out at first sight; `NOBODY` for none."""
        key = (tuple(sorted(set(paths))), restricted)
        if not key[0]:
            return NOBODY
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self._keys)
            self._keys.append(key)
            self._sorted = None
            self._seen.clear()
        return found

    def allowed(self, asker: Asker) -> Mask:
        """For each code, whether the asker sees its rows; shape (codes,). Not to be written to."""
        plain = Asker(asker.paths, asker.restricted_paths, (), asker.everything)
        found = self._seen.get(plain)
        if found is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            found = self._seen[plain] = self._compute(plain)
        return found

    def _compute(self, asker: Asker) -> Mask:
        mask = np.full(len(self._keys), asker.everything, dtype=np.bool_)
        mask[NOBODY] = False
        if asker.everything:
            return mask
        if self._sorted is None:
            self._sorted = sorted((path, code) for code, (paths, _) in enumerate(self._keys) for path in paths)
        for path in asker.paths:
            mask[[code for code in self._below(path) if not self._keys[code][1]]] = True
        for path in asker.restricted_paths:
            mask[self._below(path)] = True
        return mask

    def _below(self, path: str) -> list[int]:
        """Codes with a path that is this one or lies below it: two ranges of the sorted paths."""
        rows = self._sorted or []
        if not path:
            return []
        exact = rows[bisect_left(rows, (path, -1)) : bisect_left(rows, (path + "\0", -1))]
        # "/" is the character after ".".
        under = rows[bisect_left(rows, (path + ".", -1)) : bisect_left(rows, (path + "/", -1))]
        return [code for _path, code in (*exact, *under)]
