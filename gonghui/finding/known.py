"""What is found of the sources kept in memory (services, situations, laws): some thousand names a process."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gonghui.finding import terms
from gonghui.finding.nearness import nearness, title_of
from gonghui.finding.query import Query
from gonghui.kernel.front import Item

CANDIDATES = 120
# A way of asking for it is not its name.
ALSO = 0.9


@dataclass(frozen=True, slots=True)
class Hit:
    source: str
    item: Item
    score: float


class Known:
    """Items with all their names, by terms."""

    def __init__(self, items: Iterable[tuple[str, Item]]) -> None:
        self.items = list(items)
        self._owner: list[int] = []
        self._names: list[str] = []
        self._factor: list[float] = []
        postings: dict[str, list[int]] = defaultdict(list)
        for place, (_source, item) in enumerate(self.items):
            for rank, name in enumerate((item.title, item.title_en, *item.also)):
                if not name:
                    continue
                for term in terms.title_terms(name):
                    postings[term].append(len(self._names))
                self._owner.append(place)
                self._names.append(name)
                self._factor.append(1.0 if rank < 2 else ALSO)
        self._postings = {term: np.array(places, dtype=np.int32) for term, places in postings.items()}
        self._weights = {term: self._rarity(len(places)) for term, places in self._postings.items()}
        self._unknown = self._rarity(0)
        lengths = np.zeros(len(self._names), dtype=np.float32)
        for term, places in self._postings.items():
            lengths[places] += self.weight(term)
        # A long name has many terms: having one of the query's tells less of it.
        self._lengths = np.sqrt(np.maximum(lengths, 1.0))

    def weight(self, term: str) -> float:
        """How much a term tells: the more, the fewer names have it."""
        return self._weights.get(term, self._unknown)

    def _rarity(self, names: int) -> float:
        return math.log(1 + len(self._names) / (0.5 + names))

    def find(self, query: Query) -> list[Hit]:
        """Items near the query, nearest first, each by its best name."""
        totals = np.zeros(len(self._names), dtype=np.float32)
        for term in query.terms:
            if (held := self._postings.get(term)) is not None:
                totals[held] += self.weight(term)
        totals /= self._lengths
        best: dict[int, float] = {}
        near = np.argpartition(-totals, CANDIDATES)[:CANDIDATES] if len(totals) > CANDIDATES else range(len(totals))
        for name in (int(one) for one in near):
            if totals[name] > 0:
                score = self._factor[name] * nearness(query, title_of(self._names[name]), self.weight)
                place = self._owner[name]
                best[place] = max(score, best.get(place, 0.0))
        ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
        return [Hit(self.items[place][0], self.items[place][1], score) for place, score in ordered]
