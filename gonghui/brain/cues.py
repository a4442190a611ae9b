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
number of cues; which cues are there then follows (`matcher`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gonghui.brain.text import normalise

GAP = 10
# A denial stands at most this many characters before what it denies.
DENIED_WITHIN = 10
# Said not to be so. `有没有`, `是不是` ask and do not deny; `能不能` neither.
_NEGATION = re.compile(
    r"(?<!有)(?<!是)(?<!能)(?<!会)(?:并?没有?|并?未曾?|从未|从不|不是|并非|不存在|绝不|不会|不想|不要|不敢|别|无|不)"
    r"(?:再|被|任何|出现|发生|存在|恶意|有过|过|人|想|要|去|在|使用|招用|雇用|什么|一点|因为|因|的){0,3}$"
)
# Every denial above holds one of these: where none is near, nothing is denied.
DENIERS = "没未不非别无"
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
    before = text[max(0, start - DENIED_WITHIN) : start]
    return bool(_NEGATION.search(before)) and not _QUESTION_TAIL.search(before)
