"""同一事项: which messages speak of one and the same thing, told as they come.

A message joins the matter of the earlier message that shares most of its rare words (names above all,
weighed by how few matters use them), if the places can be one and it is not too long ago.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from functools import cache

from gonghui.brain.statutes.postings import cutter
from gonghui.brain.text import normalise
from gonghui.brain.warn.types import MatterRules, Message

_cutter = cache(cutter)


def terms_of(message: Message, rules: MatterRules) -> Counter[str]:
    """Words of title and beginning, the title's counted more."""
    found: Counter[str] = Counter()
    for text, weight in ((message.title, rules.title_weight), (message.text[: rules.body_chars], 1)):
        for word in _cutter()(normalise(text).lower()):
            found[word] += weight
    return found


def same_place(one: str, other: str) -> bool:
    """Whether two paths of divisions can be one place: one holds the other, or one is unknown."""
    first, second = one.split("/"), other.split("/")
    shared = min(len(first), len(second))
    return not one or not other or first[:shared] == second[:shared]


class _Member:
    __slots__ = ("at", "matter", "place", "vector")

    def __init__(self, at: datetime, place: str, vector: dict[str, float], matter: int) -> None:
        self.at, self.place, self.vector, self.matter = at, place, vector, matter


class Matters:
    """The open matters. Keeps what of a message is needed to know the next one by, for `rules.days`."""

    def __init__(self, rules: MatterRules) -> None:
        self.rules = rules
        self.seen = 0
        self._uses: Counter[str] = Counter()
        self._members: dict[int, _Member] = {}
        self._holders: dict[str, set[int]] = defaultdict(set)
        self._order: deque[int] = deque()
        self._sizes: Counter[int] = Counter()
        self._used: dict[int, set[str]] = {}
        self._next = 0

    def place_of(self, message: Message) -> int:
        """The number of the message's matter, a new one if nothing before is like it."""
        found = terms_of(message, self.rules)
        self._forget(message.at)
        vector = self._vector(found)
        shared: dict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for holder in self._holders.get(term, ()):
                shared[holder] += weight * self._members[holder].vector[term]
        best, likeness = None, self.rules.likeness
        for holder, value in shared.items():
            member = self._members[holder]
            if value >= likeness and same_place(member.place, message.place):
                best, likeness = member, value
        number = best.matter if best is not None else self._next
        if best is None:
            self._next += 1
        self._keep(message, vector, number, found)
        return number

    def _vector(self, found: Counter[str]) -> dict[str, float]:
        total = self._next + 1
        most = max(3.0, self.rules.common_share * total)
        weighed = {
            term: (1 + math.log(count)) * math.log(1 + total / (1 + self._uses[term])) ** self.rules.power
            for term, count in found.items()
            if self._uses[term] <= most
        }
        kept = dict(sorted(weighed.items(), key=lambda pair: (-pair[1], pair[0]))[: self.rules.terms])
        length = math.sqrt(sum(weight * weight for weight in kept.values())) or 1.0
        return {term: weight / length for term, weight in kept.items()}

    def _keep(self, message: Message, vector: dict[str, float], matter: int, found: Counter[str]) -> None:
        number = self.seen
        self.seen += 1
        # A name that one great event repeats stays a rare name: each matter uses a term once.
        used = self._used.setdefault(matter, set())
        self._uses.update(found.keys() - used)
        used.update(found)
        self._sizes[matter] += 1
        # A large matter is known well enough by its newest members.
        self._members[number] = _Member(message.at, message.place, vector, matter)
        for term in vector:
            self._holders[term].add(number)
        self._order.append(number)
        if self._sizes[matter] > self.rules.most_members:
            oldest = next(n for n in self._order if self._members[n].matter == matter)
            self._drop(oldest)
            self._order.remove(oldest)

    def _forget(self, now: datetime) -> None:
        since = now - timedelta(days=self.rules.days)
        while self._order and self._members[self._order[0]].at < since:
            self._drop(self._order.popleft())

    def _drop(self, number: int) -> None:
        member = self._members.pop(number)
        self._sizes[member.matter] -= 1
        if not self._sizes[member.matter]:
            self._used.pop(member.matter, None)
        for term in member.vector:
            holders = self._holders[term]
            holders.discard(number)
            if not holders:
                del self._holders[term]
