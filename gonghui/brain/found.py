"""Where the words of cues stand in texts (线索出现处): what one scan found, matcher by matcher and text by text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gonghui.brain.cues import DENIED_WITHIN, DENIERS, GAP, is_negated
from gonghui.brain.scan import Bools, Ints, Joined
from gonghui.brain.text import SENTENCE_END

if TYPE_CHECKING:
    from gonghui.brain.matcher import Matcher

# Places of one word list looked at in one text, and the longest word of a list: they bound the work.
_MOST = 200
LONGEST = 16
# A word's key: its group's, then its place in the text.
PLACE_BITS = 20
PLACE_MASK = (1 << PLACE_BITS) - 1
_BROKEN = re.compile(f"[{SENTENCE_END}]")


class Part(NamedTuple):
    """A pair of a cue by the numbers of its lists; `second` is -1 where the first stands alone."""

    first: int
    second: int
    ordered: bool


class Row(NamedTuple):
    """The words of lists in several texts: of each list in each text one group, texts in order.

    starts, ends: where each word stands in its own text, by start in each group; a word inside a longer one of the
    same list gives way (欠 in 拖欠). is_near: whether a denier is near before it.
    firsts: where each group begins among those, and one more.
    keys: of each word its group's key (`View.find`) and where it starts, ascending.
    near: for each character of all texts side by side, whether a denier is near before it.
    """

    starts: Ints
    ends: Ints
    is_near: Bools
    firsts: Ints
    keys: Ints
    near: bytes


class Found:
    """What a scan of a lower-cased text found of a matcher's words: where they stand, and what follows from it."""

    __slots__ = (
        "_candidates",
        "_denied",
        "_first",
        "_groups",
        "_lists",
        "_matcher",
        "_offset",
        "_row",
        "_spans",
        "text",
    )

    def __init__(self, matcher: Matcher, text: str, row: Row, lists: list[int], first: int, offset: int) -> None:
        """lists: those that have a word here; first: the first one's group in `row`, the others' are behind it.

        offset: where the text begins in `row.near`.
        """
        self.text = text
        self._matcher, self._row, self._lists, self._first, self._offset = matcher, row, lists, first, offset
        self._groups: dict[int, int] | None = None
        self._candidates: list[int] | None = None
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._denied: dict[int, bool] = {}

    @property
    def candidates(self) -> list[int]:
        """The cues that have a word of each of their lists here, in order."""
        if self._candidates is None:
            self._candidates = self._matcher.candidates(set(self._lists)) if self._lists else []
        return self._candidates

    def spans(self, one: int) -> list[tuple[int, int]]:
        """Where the words of one list stand, by start; none inside another."""
        spans = self._spans.get(one)
        if spans is None:
            if self._groups is None:
                self._groups = dict(zip(self._lists, range(self._first, self._first + len(self._lists)), strict=True))
            group = self._groups.get(one)
            if group is None:
                return []
            row, (begin, end) = self._row, self._row.firsts[group : group + 2].tolist()
            starts, ends = row.starts[begin:end].tolist(), row.ends[begin:end].tolist()
            spans = self._spans[one] = list(zip(starts, ends, strict=True))
        return spans

    def pairs(self, part: Part) -> list[tuple[int, int]]:
        """Where both lists of a pair stand near each other: spans from the first of both to the last."""
        seconds, text, ordered = self.spans(part.second), self.text, part.ordered
        spans: list[tuple[int, int]] = []
        if not seconds:
            return spans
        for first in self.spans(part.first)[:_MOST]:
            least = first[1] if ordered else first[0] - GAP - LONGEST
            for at in range(bisect_left(seconds, (least, 0)), len(seconds)):
                second = seconds[at]
                left, right = (first, second) if first[0] <= second[0] else (second, first)
                gap = right[0] - left[1]
                if gap > GAP and second[0] > first[0]:
                    break
                if 0 <= gap <= GAP and not _BROKEN.search(text, left[1], right[0]):
                    spans.append((left[0], right[1]))
                    break
        return spans

    def is_negated(self, start: int) -> bool:
        """As the function of that name, asked once for each place."""
        if not self._row.near[self._offset + start]:
            return False
        known = self._denied.get(start)
        if known is None:
            known = self._denied[start] = is_negated(self.text, start)
        return known


class Scanned(NamedTuple):
    """What a scan of several lower-cased texts found of one matcher's words.

    founds: text by text; row: where all words stand; size, offset: a group's key is its text's number x size + offset
    + its list's number.
    of, lists, groups, begin, stop, doubtful: of each group (the words of one list in one text) its text, its list, its
    place in the row, where it begins and ends among all words, and whether one has a denier near before it.
    """

    founds: list[Found]
    row: Row
    size: int
    offset: int
    of: Ints
    lists: Ints
    groups: Ints
    begin: Ints
    stop: Ints
    doubtful: Bools


class View:
    """Matchers for one numbering of words, the words of no cue behind them: what a scan found, told matcher by matcher.

    Immutable; safe to share between threads.
    """

    def __init__(self, matchers: Sequence[Matcher], words: Sequence[str]) -> None:
        self._matchers = list(matchers)
        number = {word: at for at, word in enumerate(words)}
        lists_of: list[list[int]] = [[] for _ in words]
        every = [members for matcher in matchers for members in matcher.lists]
        for one, members in enumerate(every):
            for word in members:
                lists_of[number[word]].append(one)
        self._size = len(every)
        # The lists of all words one after another; where each word's begin, and one more.
        self._lists = np.array([one for lists in lists_of for one in lists], dtype=np.int64)
        self._firsts = np.cumsum([0, *map(len, lists_of)])
        self._lengths = np.array([len(word) for word in words], dtype=np.int64)
        # Where each matcher's lists begin, and one more.
        self._bounds = np.cumsum([0, *(matcher.size for matcher in matchers)])

    def find(self, texts: Sequence[str], side: Joined, of: Ints, starts: Ints, numbers: Ints) -> list[Scanned]:
        """What a scan found of each matcher's words.

        side: the lower-cased texts side by side; of, starts, numbers: of each word found its text, where it begins in
        it, and its number.
        """
        # Each word once for each list that holds it.
        which, lists = each(self._firsts, self._lists, numbers)
        group = of[which] * self._size + lists
        # By group, by start, the longest first.
        key = np.sort((group << PLACE_BITS | starts[which]) << 6 | (63 - self._lengths[numbers[which]]))
        place = key >> 6
        group, start = place >> PLACE_BITS, place & PLACE_MASK
        end = start + 63 - (key & 63)
        if len(key):
            # How far the words before it in its group reach: one that reaches no farther stands inside a longer one.
            reach = (np.cumsum(_changes(group)) << 21) + end
            kept = np.concatenate([[True], reach[1:] > np.maximum.accumulate(reach)[:-1]])
            group, start, end, place = group[kept], start[kept], end[kept], place[kept]
        bounds = np.append(np.flatnonzero(_changes(group)), len(group))
        held = group[bounds[:-1]]
        of, one = np.divmod(held, self._size)
        near = _deniers_near(side)
        is_near = near[np.repeat(side.begins[of], np.diff(bounds)) + start]
        doubtful = np.logical_or.reduceat(is_near, bounds[:-1]) if len(of) else is_near
        row = Row(start, end, is_near, bounds, place, near.tobytes())
        base, begins = np.arange(len(texts)) * self._size, side.begins.tolist()
        matcher_of = np.searchsorted(self._bounds, one, side="right") - 1
        scanned = []
        for at, matcher in enumerate(self._matchers):
            own = np.flatnonzero(matcher_of == at)
            own_lists = one[own] - self._bounds[at]
            firsts, stops = (np.searchsorted(held, base + self._bounds[at + end]).tolist() for end in (0, 1))
            names, done = own_lists.tolist(), 0
            founds = []
            for text, first, stop, offset in zip(texts, firsts, stops, begins, strict=False):
                mine = names[done : (done := done + stop - first)]
                founds.append(Found(matcher, text, row, mine, first, offset))
            groups = (of[own], own_lists, own, bounds[own], bounds[own + 1], doubtful[own])
            scanned.append(Scanned(founds, row, self._size, int(self._bounds[at]), *groups))
        return scanned


def each(firsts: Ints, values: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Of ragged rows the chosen ones: for each of their values which of the chosen it is of, and the value."""
    first = firsts[chosen]
    often = firsts[chosen + 1] - first
    which = np.repeat(np.arange(len(chosen)), often)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(often) - often, often)
    return which, values[first[which] + inside]


def _deniers_near(texts: Joined) -> Bools:
    """For each character of texts side by side whether a denier is near before it; `is_negated` tells more."""
    is_denier = np.zeros(len(texts.points), dtype=np.bool_)
    for character in DENIERS:
        is_denier |= texts.points == ord(character)
    denies = np.concatenate([np.zeros(DENIED_WITHIN + 1, dtype=np.int64), np.cumsum(is_denier)])
    # Of the characters before each place, not its own.
    return np.asarray(denies[DENIED_WITHIN:-1] > denies[: -DENIED_WITHIN - 1])


def _changes(group: Ints) -> Bools:
    """Where another group begins."""
    return np.concatenate([np.ones(min(len(group), 1), dtype=np.bool_), group[1:] != group[:-1]])
