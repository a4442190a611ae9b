"""Cues (线索): a tiny pattern language over words, matched all at once.

A cue is one of
    拖欠工资              the words themselves
    (没|未)签合同          alternatives; `(…)?` may be absent
    拖欠~工资             first, then second, at most GAP characters between, inside one sentence
    工资^拖欠             both, either order, at most GAP characters between, inside one sentence
    怀孕&辞退             both, anywhere in the text
    @wage               a named word list, usable wherever an alternative is
Operators do not mix inside one cue, except that `~` or `^` pairs may be joined by `&`.

One scan (`scan`) finds every word of every cue, so the cost grows with the text and not with the
number of cues. The model of triage looks for its own words in the same scan (`linear.Model`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gonghui.brain.scan import Ints, Joined, Scanner, join
from gonghui.brain.text import SENTENCE_END, normalise

GAP = 10
# Places of one word list looked at in one text, and the longest word of a list: they bound the work.
_MOST = 200
_LONGEST = 16
# A denial stands at most this many characters before what it denies.
_DENIED_WITHIN = 10
_BROKEN = re.compile(f"[{SENTENCE_END}]")
# Said not to be so. `有没有`, `是不是` ask and do not deny; `能不能` neither.
_NEGATION = re.compile(
    r"(?<!有)(?<!是)(?<!能)(?<!会)(?:并?没有?|并?未曾?|从未|从不|不是|并非|不存在|绝不|不会|不想|不要|不敢|别|无|不)"
    r"(?:再|被|任何|出现|发生|存在|恶意|有过|过|人|想|要|去|在|使用|招用|雇用|什么|一点|因为|因|的){0,3}$"
)
# Every denial above holds one of these: where none is near, nothing is denied.
_DENIERS = np.array([ord(character) for character in "没未不非别无"], dtype=np.uint32)
_QUESTION_TAIL = re.compile(r"(?:有没有?|是不是|会不会|能不能|可不可以|是否)$")


class CueError(ValueError):
    """A cue in a data file cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two word lists near each other; `second` empty means the first alone."""

    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Cue:
    """One compiled cue. `parts` must all be found; `negatable` cues are void after 没有, 不 and the like."""

    source: str
    parts: tuple[Pair, ...]
    negatable: bool = True


class Hit(NamedTuple):
    """Where a cue was found: [start, end) of its first part, and the words seen."""

    number: int
    start: int
    end: int
    surface: str
    often: int
    negated: bool
    negatable: bool


def parse_cue(source: str, words: Mapping[str, Iterable[str]], *, negatable: bool = True) -> Cue:
    """Compile one cue. Raises CueError with the cue in it when a list is unknown or a word is empty."""
    parts = []
    for part in source.split("&"):
        operator = "~" if "~" in part else "^" if "^" in part else None
        sides = part.split(operator) if operator else [part]
        if len(sides) > 2:
            raise CueError(f"cue {source!r}: more than one ~ or ^ in a part")
        lists = [_alternatives(side, words, source) for side in sides]
        parts.append(Pair(lists[0], lists[1] if len(lists) == 2 else (), operator != "^"))
    return Cue(source, tuple(parts), negatable)


def _alternatives(side: str, words: Mapping[str, Iterable[str]], source: str) -> tuple[str, ...]:
    """Expand (a|b)c(d|e) and @lists into plain words."""
    stems = [""]
    for piece in re.split(r"(\([^()]*\)\??)", side.strip()):
        if not piece:
            continue
        optional = piece.endswith(")?")
        options: list[str] = [""] if optional else []
        for option in piece.removesuffix("?" if optional else "").strip("()").split("|"):
            if option.startswith("@"):
                if option[1:] not in words:
                    raise CueError(f"cue {source!r}: unknown word list {option}")
                options.extend(words[option[1:]])
            else:
                options.append(option)
        stems = [stem + option for stem in stems for option in options]
    expanded = tuple(dict.fromkeys(normalise(stem).lower() for stem in stems))
    if not expanded or "" in expanded:
        raise CueError(f"cue {source!r}: an empty word")
    return expanded


def is_negated(text: str, start: int) -> bool:
    """Whether what begins at `start` is denied by the words before it (否定)."""
    before = text[max(0, start - _DENIED_WITHIN) : start]
    return bool(_NEGATION.search(before)) and not _QUESTION_TAIL.search(before)


class _Row(NamedTuple):
    """The words of one matcher's lists in several texts: of each list in each text one group, texts in order.

    starts, ends: where each word stands in its own text, by start in each group; a word inside a longer one of the
    same list gives way (欠 in 拖欠).
    firsts: where each group begins among those, and one more.
    doubtful: whether a word of the group has a denier near before it.
    near: for each character of all texts side by side, whether a denier is near before it.
    """

    starts: list[int]
    ends: list[int]
    firsts: list[int]
    doubtful: list[bool]
    near: bytes


class Found:
    """What a scan of a lower-cased text found of a matcher's words: where they stand, and what follows from it."""

    __slots__ = ("_denied", "_offset", "_spans", "candidates", "groups", "row", "text")

    def __init__(self, matcher: Matcher, text: str, row: _Row, groups: dict[int, int], offset: int) -> None:
        """groups: of each list that has a word here its group in `row`; offset: where the text begins in `row.near`."""
        self.text, self.row, self.groups, self._offset = text, row, groups, offset
        # The cues that have a word of each of their lists among those found, in order.
        self.candidates = matcher.candidates(groups)
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._denied: dict[int, bool] = {}

    def spans(self, one: int) -> list[tuple[int, int]]:
        """Where the words of one list stand, by start; none inside another."""
        spans = self._spans.get(one)
        if spans is None:
            group = self.groups.get(one)
            if group is None:
                return []
            begin, end = self.row.firsts[group], self.row.firsts[group + 1]
            spans = self._spans[one] = list(zip(self.row.starts[begin:end], self.row.ends[begin:end], strict=True))
        return spans

    def is_negated(self, start: int) -> bool:
        """As the function of that name, asked once for each place."""
        if not self.row.near[self._offset + start]:
            return False
        known = self._denied.get(start)
        if known is None:
            known = self._denied[start] = is_negated(self.text, start)
        return known


class _Part(NamedTuple):
    """A pair of a cue by the numbers of its lists; `second` is -1 where the first stands alone."""

    first: int
    second: int
    ordered: bool


class View(NamedTuple):
    """A matcher for one numbering of words: how long each is, and the lists that hold it.

    lists: of all words one after another; firsts: where each word's begin, and one more.
    """

    matcher: Matcher
    lengths: Ints
    lists: Ints
    firsts: Ints


class Matcher:
    """All cues of the data files, ready to scan. Immutable after building; safe to share between threads.

    words: every word of every cue, sorted; size: how many lists of words.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        numbers: dict[tuple[str, ...], int] = {}
        self._parts = [
            tuple(
                _Part(
                    numbers.setdefault(part.first, len(numbers)),
                    numbers.setdefault(part.second, len(numbers)) if part.second else -1,
                    part.ordered,
                )
                for part in cue.parts
            )
            for cue in self.cues
        ]
        self._lists = list(numbers)
        self.size = len(self._lists)
        # Of each cue the list that it is, or -1; of each list the cues that it is, and those that begin with it, with
        # the lists they need beside it.
        self._alone: list[int] = []
        self._beginning: list[tuple[list[int], list[tuple[int, tuple[int, ...]]]]] = [([], []) for _ in self._lists]
        for number, parts in enumerate(self._parts):
            first, *rest = [one for part in parts for one in (part.first, part.second) if one >= 0]
            self._alone.append(-1 if rest else first)
            if rest:
                self._beginning[first][1].append((number, tuple(rest)))
            else:
                self._beginning[first][0].append(number)
        self.words = sorted({word for words in numbers for word in words})

    def view(self, words: Sequence[str]) -> View:
        """The matcher for a scan that numbers its words so, the words of no cue behind them."""
        number = {word: at for at, word in enumerate(words)}
        lists_of: list[list[int]] = [[] for _ in words]
        for one, members in enumerate(self._lists):
            for word in members:
                lists_of[number[word]].append(one)
        sizes = [len(lists) for lists in lists_of]
        return View(
            self,
            np.array([len(word) for word in words], dtype=np.int64),
            np.array([one for lists in lists_of for one in lists], dtype=np.int64),
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
        )

    @cached_property
    def _own_scan(self) -> tuple[View, Scanner]:
        """For a scan of this matcher's words only; most are looked for among others (`view`)."""
        return self.view(self.words), Scanner(self.words)

    def scan(self, text: str) -> Found:
        """Every word of the cues in normalised, lower-cased text."""
        view, scanner = self._own_scan
        joined = join([text], scanner.longest)
        starts, numbers = scanner.find(joined)
        return find_many(view, [text], joined.begins, deniers_near(joined), np.zeros_like(starts), starts, numbers)[0]

    def hits(self, found: Found, numbers: Iterable[int] | None = None) -> list[Hit]:
        """All cues found in a text (of those numbers), in the order of the cues."""
        result = []
        starts, ends, firsts, doubtful, _ = found.row
        groups, text, alone, cues = found.groups, found.text, self._alone, self.cues
        for number in found.candidates if numbers is None else numbers:
            one = alone[number]
            # Most cues are one list of words, none of them denied.
            if one >= 0 and not doubtful[group := groups[one]]:
                first = firsts[group]
                start, end = starts[first], ends[first]
                often, negatable = firsts[group + 1] - first, cues[number].negatable
                result.append(Hit(number, start, end, text[start:end], often, False, negatable))
                continue
            hit = self._match(number, found)
            if hit is not None:
                result.append(hit)
        return result

    def candidates(self, here: Mapping[int, int]) -> list[int]:
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

    def _match(self, number: int, found: Found) -> Hit | None:
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
        return Hit(number, start, end, surface, count, negated, negatable)


def _spans(part: _Part, found: Found) -> list[tuple[int, int]]:
    firsts = found.spans(part.first)
    if part.second < 0 or not firsts:
        return firsts
    group = found.groups.get(part.second)
    if group is None:
        return []
    begin, end = found.row.firsts[group], found.row.firsts[group + 1]
    starts, ends, text, ordered = found.row.starts, found.row.ends, found.text, part.ordered
    spans: list[tuple[int, int]] = []
    for first in firsts[:_MOST]:
        first_start, first_end = first
        for at in range(bisect_left(starts, first_end if ordered else first_start - GAP - _LONGEST, begin, end), end):
            start = starts[at]
            if first_start <= start:
                left, left_end, right, right_end = first_start, first_end, start, ends[at]
            else:
                left, left_end, right, right_end = start, ends[at], first_start, first_end
            gap = right - left_end
            if gap > GAP and start > first_start:
                break
            if 0 <= gap <= GAP and not _BROKEN.search(text, left_end, right):
                spans.append((left, right_end))
                break
    return spans


def deniers_near(texts: Joined) -> bytes:
    """For each character of texts side by side whether a denier is near before it; `is_negated` tells more."""
    denies = np.concatenate([np.zeros(_DENIED_WITHIN + 1, dtype=np.int64), np.cumsum(np.isin(texts.points, _DENIERS))])
    # Of the characters before each place, not its own.
    return (denies[_DENIED_WITHIN:-1] > denies[: -_DENIED_WITHIN - 1]).tobytes()


def find_many(
    view: View, texts: Sequence[str], begins: Ints, near: bytes, of: Ints, starts: Ints, numbers: Ints
) -> list[Found]:
    """What a scan of lower-cased texts found of a matcher's words.

    begins, near: where each text begins side by side, and `deniers_near` of all.
    of, starts, numbers: of each word found (one of the view's) its text, where it begins in it, which it is.
    """
    # Each word once for each list that holds it.
    first = view.firsts[numbers]
    often = view.firsts[numbers + 1] - first
    which = np.repeat(np.arange(len(numbers)), often)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(often) - often, often)
    group = of[which] * view.matcher.size + view.lists[first[which] + inside]
    # By group, by start, the longest first.
    key = np.sort((group << 20 | starts[which]) << 6 | (63 - view.lengths[numbers[which]]))
    group, start = key >> 26, key >> 6 & 0xFFFFF
    end = start + 63 - (key & 63)
    if len(key):
        # How far the words before it in its group reach: one that reaches no farther stands inside a longer one.
        reach = (np.cumsum(_changes(group)) << 21) + end
        kept = np.concatenate([[True], reach[1:] > np.maximum.accumulate(reach)[:-1]])
        group, start, end = group[kept], start[kept], end[kept]
    bounds = np.append(np.flatnonzero(_changes(group)), len(group))
    of, one = np.divmod(group[bounds[:-1]], view.matcher.size)
    is_near = np.frombuffer(near, dtype=np.bool_)[np.repeat(begins[of], np.diff(bounds)) + start]
    doubtful = np.logical_or.reduceat(is_near, bounds[:-1]) if len(of) else is_near
    row = _Row(start.tolist(), end.tolist(), bounds.tolist(), doubtful.tolist(), near)
    lists, bounds = one.tolist(), np.searchsorted(of, np.arange(len(texts) + 1)).tolist()
    return [
        Found(
            view.matcher,
            text,
            row,
            dict(zip(lists[bounds[at] : bounds[at + 1]], range(bounds[at], bounds[at + 1]), strict=True)),
            int(begins[at]),
        )
        for at, text in enumerate(texts)
    ]


def _changes(group: Ints) -> npt.NDArray[np.bool_]:
    """Where another group begins."""
    return np.concatenate([np.ones(min(len(group), 1), dtype=np.bool_), group[1:] != group[:-1]])
