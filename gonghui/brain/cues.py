"""Cues (线索): a tiny pattern language over words, matched all at once.

A cue is one of
    拖欠工资              the words themselves
    (没|未)签合同          alternatives; `(…)?` may be absent
    拖欠~工资             first, then second, at most GAP characters between, inside one sentence
    工资^拖欠             both, either order, at most GAP characters between, inside one sentence
    怀孕&辞退             both, anywhere in the text
    @wage               a named word list, usable wherever an alternative is
Operators do not mix inside one cue, except that `~` or `^` pairs may be joined by `&`.

One scan finds every word of every cue (Aho and Corasick 1975), so the cost grows with the text and not with the
number of cues.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from gonghui.brain.text import SENTENCE_END, normalise

GAP = 10
# Places of one word list looked at in one text, and the longest word of a list: they bound the work.
_MOST = 200
_LONGEST = 16
_BROKEN = re.compile(f"[{SENTENCE_END}]")
# Said not to be so. `有没有`, `是不是` ask and do not deny; `能不能` neither.
_NEGATION = re.compile(
    r"(?<!有)(?<!是)(?<!能)(?<!会)(?:并?没有?|并?未曾?|从未|从不|不是|并非|不存在|绝不|不会|不想|不要|不敢|别|无|不)"
    r"(?:再|被|任何|出现|发生|存在|恶意|有过|过|人|想|要|去|在|使用|招用|雇用|什么|一点|因为|因|的){0,3}$"
)
_QUESTION_TAIL = re.compile(r"(?:有没有?|是不是|会不会|能不能|可不可以|是否)$")


# Word lists of cues, one object each, so that what is found of a list is looked up once a text.
_LISTS: dict[tuple[str, ...], tuple[str, ...]] = {}


class CueError(ValueError):
    """A cue in a data file cannot be read; the message names it."""


@dataclass(frozen=True)
class Pair:
    """Two word lists near each other; `second` empty means the first alone."""

    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    ordered: bool = True


@dataclass(frozen=True)
class Cue:
    """One compiled cue. `parts` must all be found; `negatable` cues are void after 没有, 不 and the like."""

    source: str
    parts: tuple[Pair, ...]
    negatable: bool = True


@dataclass(frozen=True)
class Hit:
    """Where a cue was found: [start, end) of its first part, and the words seen."""

    cue: Cue
    start: int
    end: int
    surface: str
    count: int
    negated: bool


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
    return _LISTS.setdefault(expanded, expanded)


def is_negated(text: str, start: int) -> bool:
    """Whether what begins at `start` is denied by the words before it (否定)."""
    before = text[max(0, start - 10) : start]
    return bool(_NEGATION.search(before)) and not _QUESTION_TAIL.search(before)


class Found(dict[str, list[int]]):
    """The known words of one text with their start offsets, and the spans of each list once asked for."""

    def __init__(self) -> None:
        super().__init__()
        # Numbers of the matcher's lists of which at least one word was found.
        self.lists: set[int] = set()
        self._spans: dict[int, list[tuple[int, int]]] = {}

    def spans(self, words: tuple[str, ...]) -> list[tuple[int, int]]:
        """Where the words of one list stand, by start; a word inside a longer one gives way (欠 in 拖欠)."""
        spans = self._spans.get(id(words))
        if spans is None:
            spans = self._spans[id(words)] = self._outer(words)
        return spans

    def _outer(self, words: tuple[str, ...]) -> list[tuple[int, int]]:
        spans = [(at, at + len(word)) for word in words if word in self for at in self[word]]
        if len(spans) < 2:
            return spans
        spans.sort(key=lambda span: (span[0], -span[1]))
        kept: list[tuple[int, int]] = []
        for span in spans:
            if not kept or span[1] > kept[-1][1]:
                kept.append(span)
        return kept


class Matcher:
    """All cues of the data files, ready to scan. Immutable after building; safe to share between threads."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self.cues = tuple(cues)
        numbers: dict[tuple[str, ...], int] = {}
        # Of each list the cues that begin with it; of each cue the lists it needs beside the first.
        self._beginning: dict[int, list[int]] = defaultdict(list)
        self._needed: list[frozenset[int]] = []
        for number, cue in enumerate(self.cues):
            lists = [words for part in cue.parts for words in (part.first, part.second) if words]
            first, *rest = [numbers.setdefault(words, len(numbers)) for words in lists]
            self._beginning[first].append(number)
            self._needed.append(frozenset(rest))
        holders: dict[str, list[int]] = defaultdict(list)
        for words, number in numbers.items():
            for word in words:
                holders[word].append(number)
        self._known = sorted(holders)
        self._lists_of = [holders[word] for word in self._known]
        self._automaton = AhoCorasick(self._known) if self._known else None

    def words_in(self, text: str) -> Found:
        """Every known word and its start offsets."""
        found = Found()
        if self._automaton is not None:
            known, lists_of = self._known, self._lists_of
            for number, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
                word = known[number]
                if word in found:
                    found[word].append(start)
                else:
                    found[word] = [start]
                    found.lists.update(lists_of[number])
        return found

    def hits(self, text: str) -> list[Hit]:
        """All cues found in normalised, lower-cased text, in the order of the cues."""
        found = self.words_in(text)
        result = []
        for cue in self.candidates(found):
            hit = self._match(cue, text, found)
            if hit is not None:
                result.append(hit)
        return result

    def candidates(self, found: Found) -> list[Cue]:
        """The cues that have a word of each of their lists among those found, in the order of the cues."""
        here = found.lists
        numbers = [n for one in here for n in self._beginning.get(one, ()) if self._needed[n] <= here]
        return [self.cues[n] for n in sorted(numbers)]

    def places(self, cue: Cue, text: str, found: Found) -> list[tuple[int, int]]:
        """Every span of a cue's first part, provided all its parts are there; negation is left to the caller."""
        first, *others = (_spans(part, text, found) for part in cue.parts)
        return first if all(others) else []

    def _match(self, cue: Cue, text: str, found: Found) -> Hit | None:
        surfaces: list[str] = []
        start = end = count = 0
        negated = False
        for index, part in enumerate(cue.parts):
            spans = _spans(part, text, found)
            if not spans:
                return None
            sound = [span for span in spans if not (cue.negatable and is_negated(text, span[0]))]
            chosen = sound[0] if sound else spans[0]
            negated = negated or not sound
            surfaces.append(text[chosen[0] : chosen[1]])
            if index == 0:
                (start, end), count = chosen, len(sound) or 1
        return Hit(cue, start, end, " + ".join(surfaces), count, negated)


def _spans(part: Pair, text: str, found: Found) -> list[tuple[int, int]]:
    firsts = found.spans(part.first)
    if not part.second or not firsts:
        return firsts
    seconds = found.spans(part.second)
    starts = [second[0] for second in seconds]
    spans: list[tuple[int, int]] = []
    for first in firsts[:_MOST]:
        lowest = first[1] if part.ordered else first[0] - GAP - _LONGEST
        for second in seconds[bisect_left(starts, lowest) :]:
            left, right = (first, second) if first[0] <= second[0] else (second, first)
            gap = right[0] - left[1]
            if gap > GAP and second[0] > first[0]:
                break
            if 0 <= gap <= GAP and not _BROKEN.search(text, left[1], right[0]):
                spans.append((left[0], right[1]))
                break
    return spans
