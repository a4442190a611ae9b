"""BM25 over words and over pairs of characters, on the brain's inverted index (检索排序).

Words come from the data file, cut when the law was imported. A query is not cut at all: every run of its characters
that is a known word counts, which finds the same words as a dictionary cutter and needs no dictionary at run time.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonghui.brain.statutes.postings import Postings, pairs, runs

_LONGEST_WORD = 8


class ArticleIndex:
    """Words and character pairs together. `words` and `texts` are parallel, one entry an article."""

    TERM_LIMIT = 160

    def __init__(self, words: Sequence[Sequence[str]], texts: Sequence[str]) -> None:
        self._words = Postings.build(words)
        self._pairs = Postings.build([pairs(text) for text in texts])

    def known_words(self, text: str) -> list[str]:
        """Every run of 2–8 characters of the text that is a word of some article, rarest first."""
        return self._words.rarest(runs(text, _LONGEST_WORD), self.TERM_LIMIT)[1]

    def scores(self, text: str, weight: float = 1.0, *, words: float = 0.5) -> list[float]:
        """BM25 of each article for the text; `words` is the weight of words beside pairs (1)."""
        known, _words = self._words.rarest(runs(text, _LONGEST_WORD), self.TERM_LIMIT)
        paired, _pairs = self._pairs.rarest(pairs(text), self.TERM_LIMIT)
        found: list[float] = (weight * (words * self._words.score(known) + self._pairs.score(paired))).tolist()
        return found
