"""Where the words of a list stand in texts (多词扫描): one walk for all words, all places and all texts together.

The words are a trie (Aho and Corasick 1975 walk the same one place after another). Here every place of every text takes
its step at once: arrays of the places that are still inside a word grow shorter with each character. Steps are kept in
a cuckoo table (Pagh and Rodler 2004): each stands at one of two places, so that one look at both tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Stands between texts; no word holds it.
_BORDER = "\0"
_CODE_POINTS = 0x110000
_STATE_BITS = 20
_STATE_MASK = (1 << _STATE_BITS) - 1
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


class Joined(NamedTuple):
    """Texts side by side: the code of each character and where each text begins (one more, where the next would)."""

    points: npt.NDArray[np.uint32]
    begins: Ints


def join(texts: Sequence[str], least: int = 0) -> Joined:
    """Texts as code points, a border behind each, at least so many behind the last."""
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
    whole = _BORDER.join([*texts, _BORDER * least])
    points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return Joined(points, np.concatenate([[0], np.cumsum(sizes)]))


def count_han(texts: Joined) -> list[int]:
    """How many Chinese characters each of texts side by side has."""
    points = texts.points
    is_han = ((points >= 0x4E00) & (points <= 0x9FFF)) | ((points >= 0x3400) & (points <= 0x4DBF))
    han: list[int] = np.diff(np.concatenate([[0], np.cumsum(is_han)])[texts.begins]).tolist()
    return han


class Scanner:
    """Finds all words in texts, overlapping ones too. Immutable after building; safe to share between threads."""

    def __init__(self, words: Sequence[str]) -> None:
        """words: each once, none empty; a word's number is its place."""
        if not words or not all(words):
            raise ValueError("a scanner needs words, and no empty one")
        self.longest = max(map(len, words))
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        table = np.frombuffer(
            "".join(word.ljust(self.longest, _BORDER) for word in words).encode("utf-32-le"), np.uint32
        )
        letters = np.unique(table)
        self._code = np.zeros(_CODE_POINTS, dtype=np.uint16)
        letters = letters[letters > 0]
        self._code[letters] = np.arange(1, len(letters) + 1)
        spelt = self._code[table].reshape(len(words), self.longest).astype(np.int64)
        # A state is a beginning of a word; those of one letter have the number of the letter.
        state, size = spelt[:, 0].copy(), len(letters) + 1
        keys, states = [], []
        ends = np.full(size, -1, dtype=np.int64)
        ends[state[lengths == 1]] = np.flatnonzero(lengths == 1)
        finals = [ends]
        for depth in range(1, self.longest):
            on = np.flatnonzero(lengths > depth)
            key, back = np.unique(state[on] << 16 | spelt[on, depth], return_inverse=True)
            state[on] = size + back
            final = np.full(len(key), -1, dtype=np.int64)
            done = on[lengths[on] == depth + 1]
            final[state[done] - size] = done
            keys.append(key)
            states.append(np.arange(size, size + len(key)))
            finals.append(final)
            size += len(key)
        if size > _STATE_MASK:
            raise ValueError("too many words for one scanner")
        self._ends = np.concatenate(finals).astype(np.int32)
        key = np.concatenate([*keys, np.zeros(0, dtype=np.int64)])
        self._deeper = np.zeros(size, dtype=np.bool_)
        self._deeper[key >> 16] = True
        self._shift = np.uint64(64 - max(8, (2 * len(key)).bit_length()))
        self._tables = self._build(key, np.concatenate([*states, np.zeros(0, dtype=np.int64)]))

    def _build(self, key: Ints, state: Ints) -> list[Ints]:
        """Two tables of entries: the key of a step and, in the last bits, the state it leads to."""
        room = 1 << (64 - int(self._shift))
        held = [np.full(room, -1, dtype=np.int64) for _ in _FACTORS]
        side, waiting = 0, np.arange(len(key))
        # Who finds a place taken drives out who stands there, to that one's other place.
        for _ in range(500):
            if not len(waiting):
                break
            at = self._place(key[waiting], side)
            before = held[side][at]
            held[side][at] = waiting
            out = np.concatenate([before[before >= 0], waiting[held[side][at] != waiting]])
            waiting, side = np.unique(out), 1 - side
        else:
            raise ValueError("no table for these words")
        entries = np.append(key << _STATE_BITS | state, 0)
        # An empty place (-1) takes the last, which is no step's.
        return [entries[one] for one in held]

    def _place(self, key: Ints, side: int) -> Ints:
        return ((key.view(np.uint64) * _FACTORS[side]) >> self._shift).view(np.int64)

    def find(self, texts: Joined) -> tuple[Ints, Ints]:
        """Places and numbers of all words that begin there, in no order; join texts with `least=longest`."""
        codes = self._code[texts.points]
        at = np.flatnonzero(codes)
        state = codes[at].astype(np.int64)
        places, numbers = [], []
        first, second = self._tables
        for depth in range(1, self.longest + 1):
            number = self._ends[state]
            found = np.flatnonzero(number >= 0)
            places.append(at[found])
            numbers.append(number[found])
            on = np.flatnonzero(self._deeper[state])
            at = at[on]
            if not len(at) or depth == self.longest:
                break
            key = state[on] << 16 | codes[at + depth]
            entry = first[self._place(key, 0)]
            other = np.flatnonzero(entry >> _STATE_BITS != key)
            entry[other] = second[self._place(key[other], 1)]
            on = np.flatnonzero(entry >> _STATE_BITS == key)
            at, state = at[on], entry[on] & _STATE_MASK
        return np.concatenate(places), np.concatenate(numbers).astype(np.int64)
