"""Which cues stand in texts (线索匹配): all cues of several texts together, from one scan for their words.

Most cues are one list of words: those of all texts are found by arrays at once. The few of several lists are tried one
by one, where each list has a word in the text. A text's cues are the same whether it is read alone or among others.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gonghui.brain.cues import GAP, Cue
from gonghui.brain.found import LONGEST, PLACE_BITS, PLACE_MASK, Found, Part, Scanned, View, each
from gonghui.brain.scan import Bools, Ints, Scanner, join


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
        which, number = each(self._alone_firsts, self._alone, lists)
        row = scanned.row
        # Where a word may be denied, the first that is not; where all are, the first.
        first, often, negated = begin.copy(), scanned.stop - begin, np.zeros(len(begin), dtype=np.bool_)
        doubtful = np.flatnonzero(scanned.doubtful & self._deniable[lists])
        groups, at = each(row.firsts, np.arange(len(row.starts)), scanned.groups[doubtful])
        sound = ~row.is_near[at]
        near = np.flatnonzero(~sound)
        sound[near] = [
            not scanned.founds[text].is_negated(start)
            for text, start in zip(
                scanned.of[doubtful[groups[near]]].tolist(), row.starts[at[near]].tolist(), strict=True
            )
        ]
        counts = np.bincount(groups[sound], minlength=len(doubtful))
        some, sounds = np.flatnonzero(counts), np.flatnonzero(sound)
        first[doubtful[some]] = at[sounds[np.searchsorted(groups[sounds], some)]]
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
        begin, end = (np.searchsorted(row.keys, base + first + more << PLACE_BITS) for more in (0, 1))
        of = np.repeat(np.arange(len(text)), end - begin)
        span = np.arange(len(of)) - np.repeat(np.cumsum(end - begin) - end, end - begin)
        least = np.where(ordered[of], row.ends[span], np.maximum(row.starts[span] - GAP - LONGEST, 0))
        key = base[of] + second[of]
        found = row.keys.take(np.searchsorted(row.keys, key << PLACE_BITS | least), mode="clip")
        near = (found >> PLACE_BITS == key) & ((found & PLACE_MASK) - row.ends[span] <= GAP)
        chosen = (np.bincount(of[near], minlength=len(text)) > 0) | (second < 0)
        return text[chosen], which[chosen]


def _spans(part: Part, found: Found) -> list[tuple[int, int]]:
    return found.spans(part.first) if part.second < 0 else found.pairs(part)
