"""Which cues stand in texts (线索匹配): all cues of several texts together, from one scan for their words.

Most cues are one list of words: those of all texts are found by arrays at once. The few of several lists are tried one
by one, where each list has a word in the text. A text's cues are the same whether it is read alone or among others.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gonghui.brain.cues import DENIED_WITHIN, DENIERS, GAP, Cue, is_negated
from gonghui.brain.scan import Bools, Ints, Joined, Scanner, join
from gonghui.brain.text import SENTENCE_END

# Places of one word list looked at in one text, and the longest word of a list: they bound the work.
_MOST = 200
_LONGEST = 16
# A word's key: its group's, then its place in the text.
_PLACE_BITS = 20
_PLACE_MASK = (1 << _PLACE_BITS) - 1
_BROKEN = re.compile(f"[{SENTENCE_END}]")


class Hit(NamedTuple):
    """Where a cue was found: [start, end) of its first part, and the words seen."""

    number: int
    start: int
    end: int
    surface: str
    often: int
    negated: bool


class Hits(NamedTuple):
    """All cues found in several texts, by text and then by number: arrays of one length.

    surfaces: the words of those that have several parts, by place; of the others it is what stands at [start, end).
    """

    of: Ints
    number: Ints
    start: Ints
    end: Ints
    often: Ints
    negated: Bools
    surfaces: dict[int, str]


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

    __slots__ = ("_candidates", "_denied", "_first", "_groups", "_lists", "_matcher", "_offset", "_row", "_spans", "text")

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
            least = first[1] if ordered else first[0] - GAP - _LONGEST
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


class Part(NamedTuple):
    """A pair of a cue by the numbers of its lists; `second` is -1 where the first stands alone."""

    first: int
    second: int
    ordered: bool


class Matcher:
    """All cues of the data files, ready to scan. Immutable after building; safe to share between threads.

    words: every word of every cue, sorted; size: how many lists of words.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        numbers: dict[tuple[str, ...], int] = {}
        self._parts = [
            tuple(
                Part(
                    numbers.setdefault(part.first, len(numbers)),
                    numbers.setdefault(part.second, len(numbers)) if part.second else -1,
                    part.ordered,
                )
                for part in cue.parts
            )
            for cue in self.cues
        ]
        self.lists = list(numbers)
        self.size = len(self.lists)
        # Of each list the cues that it is, and those that begin with it, with the lists they need beside it.
        self._beginning: list[tuple[list[int], list[tuple[int, tuple[int, ...]]]]] = [([], []) for _ in self.lists]
        needs: list[list[int]] = []
        pairs: list[Part] = []
        for number, parts in enumerate(self._parts):
            first, *rest = [one for part in parts for one in (part.first, part.second) if one >= 0]
            if rest:
                self._beginning[first][1].append((number, tuple(rest)))
                needs.append([number, first, *rest])
                pairs.append(next((part for part in parts if part.second >= 0), Part(first, -1, False)))
            else:
                self._beginning[first][0].append(number)
        self.words = sorted({word for words in numbers for word in words})
        alone = [own for own, _ in self._beginning]
        self._alone = np.array([number for own in alone for number in own], dtype=np.int64)
        self._alone_firsts = np.cumsum([0, *map(len, alone)])
        self.negatable = np.array([cue.negatable for cue in self.cues], dtype=np.bool_)
        self._deniable = np.array([any(self.cues[number].negatable for number in own) for own in alone], dtype=np.bool_)
        # Of each cue of several lists its number, its lists (the last is one that every text has), its first pair.
        self._several = np.array([number for number, *_ in needs], dtype=np.int64)
        most = max((len(lists) for _, *lists in needs), default=0)
        self._needs = np.full((most, len(needs)), self.size, dtype=np.int64)
        for at, (_, *lists) in enumerate(needs):
            self._needs[: len(lists), at] = lists
        self._pairs = np.array(pairs, dtype=np.int64).reshape(-1, 3)

    @cached_property
    def _own_scan(self) -> tuple[View, Scanner]:
        """For a scan of this matcher's words only; most are looked for among others."""
        return View([self], self.words), Scanner(self.words)

    def scan(self, text: str) -> Found:
        """Every word of the cues in normalised, lower-cased text."""
        view, scanner = self._own_scan
        joined = join([text], scanner.longest)
        starts, numbers = scanner.find(joined)
        return view.find([text], joined, np.zeros_like(starts), starts, numbers)[0].founds[0]

    def candidates(self, here: AbstractSet[int]) -> list[int]:
        """Numbers of the cues all whose lists are among those, in order."""
        numbers: list[int] = []
        beginning = self._beginning
        for one in here:
            alone, others = beginning[one]
            numbers += alone
            for number, needed in others:
                for other in needed:
                    if other not in here:
                        break
                else:
                    numbers.append(number)
        numbers.sort()
        return numbers

    def places(self, number: int, found: Found) -> list[tuple[int, int]]:
        """Every span of a cue's first part, provided all its parts are there; negation is left to the caller."""
        first, *others = (_spans(part, found) for part in self._parts[number])
        return first if all(others) else []

    def match(self, number: int, found: Found) -> Hit | None:
        """One cue in a text, or None."""
        parts, negatable = self._parts[number], self.cues[number].negatable
        surface = ""
        start = end = count = 0
        negated = False
        for index, part in enumerate(parts):
            spans = _spans(part, found)
            if not spans:
                return None
            sound = [span for span in spans if not found.is_negated(span[0])] if negatable else spans
            if sound:
                chosen = sound[0]
            else:
                chosen, negated = spans[0], True
            if index == 0:
                (start, end), count = chosen, len(sound) or 1
                surface = found.text[start:end]
            else:
                surface += " + " + found.text[chosen[0] : chosen[1]]
        return Hit(number, start, end, surface, count, negated)

    def hits(self, scanned: Scanned) -> Hits:
        """All cues found in several texts."""
        by_lists = self._hits_of_lists(scanned)
        matched = self._hits_of_several(scanned)
        size = len(by_lists[0])
        of, number, start, end, often = (
            np.concatenate([own, np.array(others, dtype=np.int64)])
            for own, others in zip(
                by_lists[:5],
                (
                    [text for text, _ in matched],
                    [hit.number for _, hit in matched],
                    [hit.start for _, hit in matched],
                    [hit.end for _, hit in matched],
                    [hit.often for _, hit in matched],
                ),
                strict=True,
            )
        )
        negated = np.concatenate([by_lists[5], np.array([hit.negated for _, hit in matched], dtype=np.bool_)])
        order = np.argsort(of * len(self.cues) + number)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        surfaces = {at: hit.surface for at, (_, hit) in zip(place[size:].tolist(), matched, strict=True)}
        return Hits(of[order], number[order], start[order], end[order], often[order], negated[order], surfaces)

    def _hits_of_lists(self, scanned: Scanned) -> tuple[Ints, Ints, Ints, Ints, Ints, Bools]:
        """Text, number, start, end, how often, and whether denied, of the cues that are one list."""
        begin, lists = scanned.begin, scanned.lists
        which, number = _each(self._alone_firsts, self._alone, lists)
        row = scanned.row
        # Where a word may be denied, the first that is not; where all are, the first.
        first, often, negated = begin.copy(), scanned.stop - begin, np.zeros(len(begin), dtype=np.bool_)
        doubtful = np.flatnonzero(scanned.doubtful & self._deniable[lists])
        groups, at = _each(row.firsts, np.arange(len(row.starts)), scanned.groups[doubtful])
        sound = ~row.is_near[at]
        near = np.flatnonzero(~sound)
        sound[near] = [
            not scanned.founds[text].is_negated(start)
            for text, start in zip(
                scanned.of[doubtful[groups[near]]].tolist(), row.starts[at[near]].tolist(), strict=True
            )
        ]
        counts = np.bincount(groups[sound], minlength=len(doubtful))
        sound = np.flatnonzero(sound)
        firsts = np.searchsorted(groups[sound], np.arange(len(doubtful)))
        some = np.flatnonzero(counts)
        first[doubtful[some]] = at[sound[firsts[some]]]
        often[doubtful], negated[doubtful] = np.maximum(counts, 1), counts == 0
        plain = ~self.negatable[number]
        at = np.where(plain, begin[which], first[which])
        return (
            scanned.of[which],
            number,
            row.starts[at],
            row.ends[at],
            np.where(plain, (scanned.stop - begin)[which], often[which]),
            negated[which] & ~plain,
        )

    def _hits_of_several(self, scanned: Scanned) -> list[tuple[int, Hit]]:
        """The cues of several lists, with their text."""
        here = np.zeros((self.size + 1, len(scanned.founds)), dtype=np.bool_)
        here[scanned.lists, scanned.of] = True
        here[-1] = True
        among = np.ones((len(self._several), len(scanned.founds)), dtype=np.bool_)
        for lists in self._needs:
            among &= here[lists]
        which, text = np.nonzero(among)
        text, which = self._near(scanned, text, which)
        matched = []
        for at, number in zip(text.tolist(), self._several[which].tolist(), strict=True):
            hit = self.match(number, scanned.founds[at])
            if hit is not None:
                matched.append((at, hit))
        return matched


    def _near(self, scanned: Scanned, text: Ints, which: Ints) -> tuple[Ints, Ints]:
        """Those texts and cues of several lists whose first pair may stand near each other in the text."""
        row = scanned.row
        first, second, ordered = self._pairs[which].T
        base = text * scanned.size + scanned.offset
        begin, end = (np.searchsorted(row.keys, base + first + more << _PLACE_BITS) for more in (0, 1))
        each = np.repeat(np.arange(len(text)), end - begin)
        span = np.arange(len(each)) - np.repeat(np.cumsum(end - begin) - end, end - begin)
        least = np.where(ordered[each], row.ends[span], np.maximum(row.starts[span] - GAP - _LONGEST, 0))
        key = base[each] + second[each]
        found = row.keys.take(np.searchsorted(row.keys, key << _PLACE_BITS | least), mode="clip")
        near = (found >> _PLACE_BITS == key) & ((found & _PLACE_MASK) - row.ends[span] <= GAP)
        chosen = (np.bincount(each[near], minlength=len(text)) > 0) | (second < 0)
        return text[chosen], which[chosen]


def _spans(part: Part, found: Found) -> list[tuple[int, int]]:
    return found.spans(part.first) if part.second < 0 else found.pairs(part)


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
        which, lists = _each(self._firsts, self._lists, numbers)
        group = of[which] * self._size + lists
        # By group, by start, the longest first.
        key = np.sort((group << _PLACE_BITS | starts[which]) << 6 | (63 - self._lengths[numbers[which]]))
        place = key >> 6
        group, start = place >> _PLACE_BITS, place & _PLACE_MASK
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


def _each(firsts: Ints, values: Ints, chosen: Ints) -> tuple[Ints, Ints]:
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
