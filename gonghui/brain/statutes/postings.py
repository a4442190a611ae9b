"""BM25 over packed arrays that are mapped from disk and so shared between processes (倒排索引)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LONGEST_WORD = 6

Floats = npt.NDArray[np.float32]


def pairs(text: str) -> list[str]:
    """Neighbouring pairs of Chinese characters: 劳动法 → 劳动, 动法."""
    return [run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)]


def runs(text: str, longest: int = _LONGEST_WORD) -> list[str]:
    """Every run of 2–6 Chinese characters: those that are words of the index count, so a query needs no cutting."""
    return [
        run[start:end]
        for run in _HAN.findall(text)
        for start in range(len(run) - 1)
        for end in range(start + 2, min(start + longest, len(run)) + 1)
    ]


def tokenizer() -> Any:
    """jieba with a dictionary of its own: words that other parts add to the shared one must not change an index or a
    file. Only making them needs it; the web process never loads the dictionary."""
    import jieba

    jieba.setLogLevel("ERROR")
    return jieba.Tokenizer()


def cutter() -> Callable[[str], list[str]]:
    """jieba's cutter for search: the words of two Chinese characters or more."""
    own = tokenizer()
    return lambda text: [w for w in own.cut_for_search(text) if len(w) > 1 and "\u3400" <= w[0] <= "\u9fff"]


# Each term of a question is looked up in several indexes.
@lru_cache(maxsize=1 << 14)
def key(term: str) -> int:
    """A term's 32-bit key. Among half a million terms some dozen pairs share one, which does no harm."""
    return crc32(term.encode())


class Postings:
    """One inverted index with BM25 weights (Robertson and Zaragoza 2009) already multiplied by IDF.

    keys: sorted uint32 (terms,); starts: int64 (terms + 1,); documents: uint32 and weights: float32 (postings,).
    """

    def __init__(self, keys: npt.NDArray, starts: npt.NDArray, documents: npt.NDArray, weights: npt.NDArray, size: int):
        self.keys, self.starts, self.documents, self.weights, self.size = keys, starts, documents, weights, size

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.6) -> Postings:
        """From each document's terms, in order; `k1` and `b` as usual."""
        lengths = np.array([len(document) for document in documents], dtype=np.float64)
        norm = k1 * (1 - b + b * lengths / (lengths.mean() or 1.0))
        known: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        for number, document in enumerate(documents):
            for term, count in Counter(document).items():
                columns.append(known.setdefault(term, len(known)))
                rows.append(number)
                counts.append(count)
        hashed = np.fromiter((key(term) for term in known), dtype=np.uint32, count=len(known))
        keys, place = np.unique(hashed, return_inverse=True)
        terms = place[np.array(columns, dtype=np.int64)] if columns else np.zeros(0, dtype=np.int64)
        order = np.argsort(terms, kind="stable")
        document_of = np.array(rows, dtype=np.uint32)[order]
        count_of = np.array(counts, dtype=np.float64)[order]
        frequency = np.bincount(terms, minlength=len(keys))
        idf = np.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))
        weights = count_of * (k1 + 1) / (count_of + norm[document_of]) * idf[terms[order]]
        starts = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)
        return cls(keys.astype(np.uint32), starts, document_of, weights.astype(np.float32), len(documents))

    def save(self, folder: Path, name: str) -> None:
        for part in ("keys", "starts", "documents", "weights"):
            np.save(folder / f"{name}.{part}.npy", getattr(self, part))

    @classmethod
    def load(cls, folder: Path, name: str, size: int) -> Postings:
        """Maps the files; nothing is read before it is asked for."""
        parts = [np.load(folder / f"{name}.{p}.npy", mmap_mode="r") for p in ("keys", "starts", "documents", "weights")]
        # The keys are searched at every query: a plain array of some megabytes is quicker than a map.
        # A plain view of a map is sliced without the map's own bookkeeping.
        return cls(np.array(parts[0]), np.array(parts[1]), np.asarray(parts[2]), np.asarray(parts[3]), size)

    def find(self, terms: Iterable[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Places of the known terms among the keys, and those terms; each once."""
        distinct = list(dict.fromkeys(terms))
        if not distinct or not len(self.keys):
            return np.zeros(0, dtype=np.int64), []
        wanted = np.fromiter(map(key, distinct), dtype=np.uint32, count=len(distinct))
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        hit = np.flatnonzero(self.keys[place] == wanted)
        return place[hit], [distinct[at] for at in hit]

    def rarest(self, terms: Iterable[str], limit: int) -> tuple[npt.NDArray[np.int64], list[str]]:
        """As `find`, but only the terms that say most, those first: a very long text costs no more than a long one."""
        places, known = self.find(terms)
        held = (self.starts[places + 1] - self.starts[places]).tolist()
        order = sorted(range(len(known)), key=lambda at: (held[at], known[at]))[:limit]
        return places[order], [known[at] for at in order]

    def score(self, places: npt.NDArray[np.int64], weights: Iterable[float] | None = None) -> Floats:
        """Summed weights of the terms at `places` for every document, each term times its own weight."""
        factors = np.ones((1, len(places))) if weights is None else np.array([list(weights)])
        return self.scores(places, factors.astype(np.float32))[0]

    def scores(self, places: npt.NDArray[np.int64], factors: Floats) -> Floats:
        """The same for several sets of weights at once: factors (sets, terms) → (sets, documents)."""
        if not len(places):
            return np.zeros((len(factors), self.size), dtype=np.float32)
        starts, ends = self.starts[places].tolist(), self.starts[places + 1].tolist()
        # What `bincount` would make of them each time.
        documents = np.concatenate([self.documents[a:b] for a, b in zip(starts, ends, strict=True)]).astype(np.intp)
        weights = np.concatenate([self.weights[a:b] for a, b in zip(starts, ends, strict=True)])
        lengths = np.array(ends) - np.array(starts)
        return np.stack(
            [
                np.bincount(documents, weights * np.repeat(row, lengths), minlength=self.size).astype(np.float32)
                for row in factors
            ]
        )

    def holders(self, place: int) -> npt.NDArray[np.uint32]:
        """Documents that hold the term at a place."""
        return self.documents[self.starts[place] : self.starts[place + 1]]
