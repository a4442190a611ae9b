"""What the words of texts speak for (线索依据): raw evidence of each target of the lexicon, and the words behind it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gonghui.brain.found import Scanned
from gonghui.brain.lexicon import lexicon
from gonghui.brain.matcher import Hits
from gonghui.brain.scan import Bools, Floats, Ints
from gonghui.brain.text import clause_around

# What a title says counts more, and what is said again a little more.
_IN_TITLE = 1.6
_REPEATED = 0.25
_MOST_WORDS = 5


class _Told(NamedTuple):
    """What several texts told: of each text the targets that a word speaks for, ascending, and the hits of each.

    targets, values, firsts: number, raw evidence and first hit of each target of each text (one more first).
    weights, starts, ends, words: of each hit, a target's strongest first.
    """

    targets: list[int]
    values: list[float]
    firsts: list[int]
    weights: list[float]
    starts: list[int]
    ends: list[int]
    words: list[str]


class Evidence:
    """What the scan of one text found, by family (`category`, `nature`, `worker`, `labour`) and code.

    totals: raw evidence of each target, in the order of `Lexicon.targets`, shape (targets,).
    """

    __slots__ = ("_begin", "_end", "_told", "totals")

    def __init__(self, totals: Floats, told: _Told, begin: int, end: int) -> None:
        """begin, end: which of the told targets are of this text."""
        self.totals = totals
        self._told, self._begin, self._end = told, begin, end

    def __bool__(self) -> bool:
        return self._begin < self._end

    def of(self, family: str) -> dict[str, float]:
        """Raw evidence of one family by code, of those that have any."""
        known, told = lexicon(), self._told
        first, last = known.families[family]
        begin = bisect_left(told.targets, first, self._begin, self._end)
        end = bisect_left(told.targets, last, begin, self._end)
        return {known.targets[told.targets[at]][1]: told.values[at] for at in range(begin, end)}

    def reasons(self, family: str, code: str) -> list[str]:
        """The words that spoke for a code, strongest first, each once, at most five."""
        return self.words_for(lexicon().number_of[family, code])

    def words_for(self, target: int) -> list[str]:
        """As `reasons`, by the number of the target."""
        told = self._told
        at = bisect_left(told.targets, target, self._begin, self._end)
        if at == self._end or told.targets[at] != target:
            return []
        words = told.words[told.firsts[at] : told.firsts[at + 1]]
        return words if len(words) == 1 else list(dict.fromkeys(words))[:_MOST_WORDS]

    def strongest(self) -> tuple[int, int] | None:
        """Where the strongest word for a matter of the union's (not 99) stands."""
        targets, told = lexicon().targets, self._told
        best, weight = None, 0.0
        for at in range(self._begin, self._end):
            family, code = targets[told.targets[at]]
            if family == "category" and not code.startswith("99"):
                for hit in range(told.firsts[at], told.firsts[at + 1]):
                    if told.weights[hit] > weight:
                        best, weight = (told.starts[hit], told.ends[hit]), told.weights[hit]
        return best


def gather(scanned: Scanned, title_ends: Sequence[int]) -> list[Evidence]:
    """Evidence of each text from a scan for the lexicon's words; what begins in its title counts more."""
    known = lexicon()
    hits = known.matcher.hits(scanned)
    kept = np.flatnonzero(_standing(hits, scanned))
    of, start = hits.of[kept], hits.start[kept]
    target = known.target_of[hits.number[kept]]
    repeated = 1.0 + _REPEATED * np.log2(hits.often[kept])
    weight = known.weights[hits.number[kept]] * (repeated * np.where(start < np.array(title_ends)[of], _IN_TITLE, 1.0))
    texts, size = len(title_ends), len(known.targets)
    key = of * size + target
    totals = np.asarray(np.bincount(key, weight, texts * size), dtype=np.float64).reshape(texts, size)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    bounds = np.searchsorted(key[first], np.arange(texts + 1) * size).tolist()
    order = np.lexsort((-weight, key))
    starts, ends = start[order].tolist(), hits.end[kept[order]].tolist()
    words = [
        hits.surfaces.get(hit) or scanned.founds[text].text[begin:end]
        for hit, text, begin, end in zip(kept[order].tolist(), of.tolist(), starts, ends, strict=True)
    ]
    told = _Told(
        target[first].tolist(),
        totals.ravel()[key[first]].tolist(),
        [*first.tolist(), len(key)],
        weight[order].tolist(),
        starts,
        ends,
        words,
    )
    return [Evidence(row, told, begin, end) for row, (begin, end) in zip(totals, pairwise(bounds), strict=True)]


def _standing(hits: Hits, scanned: Scanned) -> Bools:
    """Which hits count: those not denied, and not on words that are denied to the same target.

    What is denied once must not come in by another cue on the same words: 没有拖欠工资,就是不给…. 没签合同 begins
    before its own 签合同 and stands.
    """
    standing: Bools = ~hits.negated
    known = lexicon()
    negatable = known.matcher.negatable
    target: Ints = known.target_of[hits.number]
    for denied in np.flatnonzero(hits.negated).tolist():
        text, start = int(hits.of[denied]), int(hits.start[denied])
        end = min(int(hits.end[denied]), clause_around(scanned.founds[text].text, start, start)[1])
        standing &= ~(
            (hits.of == text)
            & (target == target[denied])
            & (hits.start >= start)
            & (hits.start < end)
            & negatable[hits.number]
        )
    return standing
