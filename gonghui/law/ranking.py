"""BM25 over words and over pairs of characters, in plain Python over packed arrays (检索排序).

Words come from the data file, cut when the law was imported. A query is not cut at all: every run of its characters
that is a known word counts, which finds the same words as a dictionary cutter and needs no dictionary at run time.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LONGEST_WORD = 8


def pairs(text: str) -> list[str]:
    """Neighbouring pairs of Chinese characters: 劳动法 -> 劳动, 动法."""
    return [run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)]


class Bm25:
    """One inverted index. `k1` and `b` are the usual constants of BM25 (Robertson and Zaragoza 2009)."""

    def __init__(self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.6) -> None:
        self.size = len(documents)
        mean = sum(map(len, documents)) / max(self.size, 1) or 1.0
        ids: defaultdict[str, array[int]] = defaultdict(lambda: array("H"))
        weights: defaultdict[str, array[float]] = defaultdict(lambda: array("f"))
        for i, document in enumerate(documents):
            norm = k1 * (1 - b + b * len(document) / mean)
            for term, count in Counter(document).items():
                ids[term].append(i)
                weights[term].append(count * (k1 + 1) / (count + norm))
        self._ids, self._weights = dict(ids), dict(weights)
        self._idf = {t: math.log(1 + (self.size - len(p) + 0.5) / (len(p) + 0.5)) for t, p in ids.items()}

    def __contains__(self, term: str) -> bool:
        return term in self._ids

    def rarest(self, terms: Iterable[str], limit: int) -> list[str]:
        """The known terms that say most, at most `limit`: a very long text costs no more than a long one."""
        known = {t for t in terms if t in self._ids}
        return sorted(known, key=lambda t: (-self._idf[t], t))[:limit]

    def add(self, terms: Iterable[str], scores: list[float], weight: float = 1.0) -> None:
        """Adds to `scores` (one number a document) what each of the terms is worth there."""
        for term in terms:
            idf = self._idf[term] * weight
            for i, value in zip(self._ids[term], self._weights[term], strict=True):
                scores[i] += idf * value


class ArticleIndex:
    """Words and character pairs together. `words` and `texts` are parallel, one entry an article."""

    TERM_LIMIT = 160

    def __init__(self, words: Sequence[Sequence[str]], texts: Sequence[str]) -> None:
        self._words = Bm25(words)
        self._pairs = Bm25([pairs(text) for text in texts])
        self.size = self._words.size

    def known_words(self, text: str) -> list[str]:
        """Every run of 2–8 characters of the text that is a word of some article, rarest first."""
        found = (
            run[i:j]
            for run in _HAN.findall(text)
            for i in range(len(run) - 1)
            for j in range(i + 2, min(i + _LONGEST_WORD, len(run)) + 1)
        )
        return self._words.rarest(found, self.TERM_LIMIT)

    def scores(self, text: str, weight: float = 1.0, *, words: float = 0.5) -> list[float]:
        """BM25 of each article for the text; `words` is the weight of words beside pairs (1)."""
        result = [0.0] * self.size
        self._words.add(self.known_words(text), result, weight * words)
        self._pairs.add(self._pairs.rarest(pairs(text), self.TERM_LIMIT), result, weight)
        return result
