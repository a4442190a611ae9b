"""威胁生命的话: how much a text sounds like a threat to life, by learnt pieces of one to three characters.

The rules (`alarms`) know words. People who mean it find words of their own, so this reader looks at everything that is
said, a few clauses at a time: a farewell in the last line of a long letter about wages counts by itself. It is quick
enough for every message, and it says where it found it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gonghui.brain.text import lowered

DEFAULT = Path(__file__).resolve().parent / "artefacts" / "life"
FILE = "life.npz"
PIECES = (1, 2, 3)
# Clauses are read together up to so many characters; more of them and the one that matters is drowned.
_TOGETHER = 60
# Fewer Chinese characters say nothing by themselves: 你们回去吧. What is that short and plain the rules know.
_LEAST_HAN = 6
# A line without a stop is cut so.
_LONGEST_CLAUSE = 80
# Where a piece is looked for: so many slots, by a multiplication. Of two pieces with one slot one is learnt.
_SLOT_BITS = 20
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
# Windows of one text: a megabyte is noise.
_MOST_WINDOWS = 2000
_CLAUSE = re.compile(r"[^,.。!?;:~…\n\s]+[,.。!?;:~…\n\s]*")

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
# Parts of a text: first character and the one behind the last, shape (parts, 2).
Spans = npt.NDArray[np.int64]


class Heard(NamedTuple):
    """How much a text sounds like a threat to life, a share from 0 to 1, and which part of it does so most."""

    share: float
    start: int
    end: int


def windows(text: str) -> Spans:
    """Where to read: each clause, alone and with those behind it, as far as they are read together."""
    clauses: list[tuple[int, int]] = []
    for match in _CLAUSE.finditer(text):
        start, end = match.span()
        clauses += [(at, min(end, at + _LONGEST_CLAUSE)) for at in range(start, end, _LONGEST_CLAUSE)]
        if len(clauses) >= _MOST_WINDOWS:
            break
    found = []
    for first, (start, end) in enumerate(clauses):
        found.append((start, end))
        for _, last in clauses[first + 1 :]:
            if last - start > _TOGETHER:
                break
            found.append((start, last))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def keys_of(text: str) -> Keys:
    """A number for each piece, shape (sizes, characters): that of the piece which begins there, 0 where none does."""
    points = _points(text)
    keys = np.zeros((len(PIECES), len(points)), dtype=np.uint64)
    keys[0] = points
    # 21 bits hold a character.
    for row in range(1, len(PIECES)):
        keys[row, : len(points) - row] = (keys[row - 1, : len(points) - row] << np.uint64(21)) | keys[0, row:]
    return keys


def slots_of(keys: Keys) -> npt.NDArray[np.int64]:
    """The slot of each piece."""
    return ((keys * _SPREAD) >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)


def sums(values: Floats, spans: Spans) -> Floats:
    """For each part the sum of the values (sizes, characters) of the pieces that lie in it."""
    starts, ends = spans.T
    total = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    rows = np.arange(len(values))[:, None]
    return np.asarray((total[rows, np.maximum(ends - rows, starts)] - total[rows, starts]).sum(axis=0))


class Life:
    """What was learnt: pieces, how rare each is, and how much it speaks for a threat. Immutable."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        with np.load(folder / FILE) as file:
            self._keys: Keys = file["keys"]
            self._rarity = np.append(file["rarity"].astype(np.float64), 0.0)
            self._weights = np.append(file["weights"].astype(np.float64), 0.0)
            self._bias = float(file["bias"])
        # An empty slot leads to the last row, which is no piece's and weighs nothing.
        self._rows = np.full(1 << _SLOT_BITS, len(self._keys), dtype=np.int32)
        self._rows[slots_of(self._keys)] = np.arange(len(self._keys))
        self._keys = np.append(self._keys, np.uint64(0))

    def shares(self, text: str, spans: Spans) -> Floats:
        """How much each part of a lower-cased text sounds like a threat, 0 to 1."""
        places = self._places(keys_of(text))
        rarity = self._rarity[places]
        speaks, length = sums(rarity * self._weights[places], spans), sums(rarity * rarity, spans)
        return np.asarray(1 / (1 + np.exp(-(self._bias + speaks / np.sqrt(np.maximum(length, 1e-9))))))

    def _places(self, keys: Keys) -> npt.NDArray[np.int32]:
        at = self._rows[slots_of(keys)]
        return np.where(self._keys[at] == keys, at, len(self._keys) - 1)

    def hear(self, text: str) -> Heard:
        """How much a normalised text sounds like a threat to life, and the clause that does so most."""
        spans = windows(text)
        if not len(spans):
            return Heard(0.0, 0, 0)
        points = _points(text)
        han = sums(((points >= 0x4E00) & (points <= 0x9FFF)).astype(np.float64)[None], spans)
        shares = np.where(han < _LEAST_HAN, 0.0, self.shares(lowered(text), spans))
        starts, ends = spans.T
        most = int(shares.argmax())
        # Of the parts that begin together the clause alone comes first.
        alone = np.append(True, starts[1:] != starts[:-1])
        clauses = alone & (starts >= starts[most]) & (ends <= ends[most])
        told = int(np.where(clauses, shares, -1.0).argmax())
        return Heard(float(shares[most]), int(starts[told]), int(ends[told]))


@cache
def life() -> Life:
    """The packaged reader, loaded once."""
    return Life()
