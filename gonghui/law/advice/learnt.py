"""What was learnt of how situations are told (情形判别): linear scores over letters and meaning, and messages alike.

Made by `gonghui law fit` (`fit.py`) from invented and real messages; how well it does: docs/law.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from gonghui.brain.neighbours.vectors import centre, unpack

ARTEFACT = Path(__file__).resolve().parent / "data" / "learnt.npz"
# A situation is as near as the mean of so many of its nearest sentences.
NEAREST = 5
_RUN = re.compile(r"[^\W_]+")
_LENGTHS = (2, 3, 4)

Floats = npt.NDArray[np.float32]


class Words:
    """Known words (here runs of letters) with their rarity; a text becomes places and weights of unit length."""

    def __init__(self, words: Sequence[str], rarity: Floats) -> None:
        self.words, self.rarity = list(words), rarity
        self._automaton = AhoCorasick(self.words)

    def vector(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places of the words in the text and their weights: (1 + log count) x rarity, scaled to length one."""
        found = Counter(number for number, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True))
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        places = np.fromiter(found.keys(), dtype=np.int64, count=len(found))
        counts = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = (1.0 + np.log(counts)) * self.rarity[places]
        return places, (weights / np.linalg.norm(weights)).astype(np.float32)


class Learnt:
    """The artefact, its columns in the order of the situations given; one that it does not know scores 0.

    words: runs of 2–4 letters and their weights, shape (runs, situations); meaning: (384, situations); examples:
    vectors of invented messages and questions, each with the situations it tells of.
    """

    def __init__(self, ids: Sequence[str], path: Path = ARTEFACT) -> None:
        with np.load(path) as kept:
            column = {str(name): n for n, name in enumerate(kept["ids"])}
            self.words = Words(bytes(kept["words"]).decode().split("\n"), kept["rarity"].astype(np.float32))
            by_word, scale, by_meaning = kept["by_word"], kept["scale"], kept["by_meaning"].astype(np.float32)
            vectors, tells = unpack(kept["examples"]), kept["tells"]
        # A column of zeros more: what an unknown situation has.
        places = [column.get(name, len(column)) for name in ids]
        self._by_word = np.pad(by_word, ((0, 0), (0, 1)))[:, places]
        self._scale = np.pad(scale, (0, 1))[places].astype(np.float32)
        self._by_meaning = np.pad(by_meaning, ((0, 0), (0, 1)))[:, places]
        self.examples = vectors
        self.tells = np.pad(tells, ((0, 0), (0, 1)))[:, places]

    def scores(self, text: str, vector: Floats) -> Floats:
        """How much the text's letters and meaning speak for each situation, about 0..1; shape (situations,)."""
        places, weights = self.words.vector(text.lower())
        by_word = (weights @ self._by_word[places].astype(np.float32)) * self._scale
        total: Floats = (by_word + vector @ self._by_meaning) / 2
        return total


class Examples:
    """Sentences by situation; `vectors` (n, 384): centred, of unit length; `tells` (n, situations): what they tell."""

    def __init__(self, vectors: Floats, tells: npt.NDArray[np.bool_]) -> None:
        # The last row is of no sentence: it fills up situations that have fewer.
        self._vectors = np.vstack([vectors, np.zeros((1, vectors.shape[1]), dtype=np.float32)])
        members = [np.flatnonzero(column) for column in tells.T]
        width = max(NEAREST, *(len(one) for one in members))
        self._members = np.array([np.pad(one, (0, width - len(one)), constant_values=len(vectors)) for one in members])

    def nearest(self, vectors: Floats) -> Floats:
        """For each of some vectors (n, 384) the mean cosine of each situation's five nearest, shape (n, situations)."""
        likeness = vectors @ self._vectors.T
        likeness[:, -1] = 0.0
        by_situation = likeness[:, self._members]
        found: Floats = -np.partition(-by_situation, NEAREST - 1, axis=2)[:, :, :NEAREST].mean(axis=2)
        return found


def middle(vectors: Floats) -> Floats:
    """Sentence vectors moved to the middle of all messages and of unit length again."""
    moved = vectors - centre()
    result: Floats = moved / np.maximum(np.linalg.norm(moved, axis=-1, keepdims=True), 1e-9)
    return result


def runs(text: str) -> Iterator[str]:
    """Every run of 2–4 letters or digits that no other sign interrupts."""
    for run in _RUN.findall(text.lower()):
        for length in _LENGTHS:
            for start in range(len(run) - length + 1):
                yield run[start : start + length]
