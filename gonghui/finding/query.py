"""What a searcher typed, read in every way it may be meant (检索词): characters, pinyin, initials, English.

`gongshang`, `gs`, `gong伤` and 工商 may all mean 工伤, and `legal aid` is no pinyin. So a run of Latin letters is read
as syllables where it spells some, as initials where it is short and spells none, and as a word in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gonghui.finding import terms

LONGEST_INITIALS = 10


@dataclass(frozen=True)
class Query:
    """The readings. `shape` and `sound` are compared as sequences; the terms look things up."""

    text: str
    shape: str
    sound: tuple[str, ...]
    initials: str
    words: tuple[str, ...]
    han: bool
    pairs: tuple[str, ...]
    sounds: tuple[str, ...]
    beginnings: tuple[str, ...]
    initial_pairs: tuple[str, ...]
    word_terms: tuple[str, ...]
    threes: tuple[str, ...]

    @property
    def terms(self) -> list[str]:
        """Every term to look up."""
        found = [*self.pairs, *self.sounds, *self.beginnings, *self.initial_pairs, *self.word_terms]
        return terms.unique(found if self.pairs else [*found, *self.threes])


@lru_cache(maxsize=1024)
def read(text: str) -> Query:
    """The query of a text; what is too long is cut."""
    # Of one spoken character: its readings, the letters it may begin with, and whether only that letter was typed.
    units: list[tuple[tuple[str, ...], list[str], bool]] = []
    pairs: list[str] = []
    words: list[str] = []
    beginnings: list[str] = []
    shape = ""
    for kind, letters in terms.runs(text[: terms.LONGEST_QUERY * 2]):
        shape += letters
        if kind == "han":
            pairs += terms.pairs(letters)
            units += [(read, terms.unique(one[0] for one in read), False) for read in terms.sounds(letters)]
        elif kind == "latin":
            words.append(letters)
            units += _spoken(letters)
            beginnings += _beginnings(letters)
        else:
            words.append(letters)
    spoken = [list(readings) for readings, _first, _only in units]
    # A syllable typed in part has no reading and breaks the sound; its first letter stands among the initials.
    parts: list[list[tuple[str, ...]]] = [[]]
    for readings, _first, only in units:
        if only:
            parts.append([])
        else:
            parts[-1].append(readings)
    typed = any(only for _readings, _first, only in units)
    return Query(
        text=text,
        shape=shape[: terms.LONGEST_QUERY],
        sound=tuple(terms.blurred(readings[0]) if readings else "" for readings in spoken)[: terms.LONGEST_QUERY],
        initials="".join(first[0] for _readings, first, _only in units) if typed else "",
        words=tuple(word for word in words if word not in terms.COMMON_WORDS),
        han=bool(pairs),
        pairs=tuple(terms.unique(pairs)),
        sounds=tuple(terms.unique(term for part in parts if part for term in terms.sound_terms(part))),
        beginnings=tuple(beginnings),
        initial_pairs=tuple(terms.initial_terms([first for _readings, first, _only in units])) if typed else (),
        word_terms=tuple(terms.unique(term for word in words for term in terms.word_terms(word))),
        threes=tuple(terms.unique(three for word in words if len(word) >= 4 for three in terms.threes(word))),
    )


def _beginnings(letters: str) -> list[str]:
    """The pairs of syllables that an unfinished word may end in: `gongsh` → gong-san, gong-su, …"""
    begun, rest = terms.unfinished(letters) if not terms.spelt(letters) else ((), "")
    if not begun:
        return []
    return terms.unique(
        term for one in terms.syllables() if one.startswith(rest) for term in terms.sound_terms([begun[-1:], (one,)])
    )


def _spoken(letters: str) -> list[tuple[tuple[str, ...], list[str], bool]]:
    """Latin letters as syllables, as syllables and the beginning of one, or as initials; [] for none of these."""
    whole = terms.spelt(letters)
    if whole:
        return [((one,), [one[0]], False) for one in whole]
    begun, rest = terms.unfinished(letters)
    if begun:
        return [*(((one,), [one[0]], False) for one in begun), ((), [rest[0]], True)]
    if len(letters) <= LONGEST_INITIALS:
        return [((), [one], True) for one in letters]
    return []
