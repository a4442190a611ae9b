"""Words of a title, a text and a query as terms (检索项): pairs of characters, of syllables, of initials; words.

A Chinese title is found by its characters (工伤), by how they sound (`gong-shang`, so 工商认定 and `gongshangrending`
find 工伤认定) and by its initials (`~gs`). Words of other scripts are found whole and, misspelt, by their threes.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise, product

from gonghui.brain.text import normalise

RESPELT_LETTERS, RESPELT_MOST = (4, 24), 12
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {key: row[place - 1 : place] + row[place + 1 : place + 2] for row in _KEYS for place, key in enumerate(row)}
LONGEST_TITLE, LONGEST_TEXT, LONGEST_QUERY = 120, 1200, 60
_RUNS = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff]+)|([a-zA-Z]+)|(\d+)")
_TOGETHER = re.compile(r"(?<=[a-z])'(?=[a-z])")
# What no reading of a title turns on.
COMMON_WORDS = frozenset(
    ["a", "an", "and", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "what", "with"]
)
# Syllables that sound alike to many: northern and southern readers type one for the other.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"), ("iang", "ian"))


def runs(text: str) -> Iterator[tuple[str, str]]:
    """(kind, letters) of each run: `han`, `latin` (lower case) or `digits`."""
    for match in _RUNS.finditer(_TOGETHER.sub("", normalise(text).lower())):
        kind = ("han", "latin", "digits")[match.lastindex - 1 if match.lastindex else 0]
        yield kind, match[0]


def pairs(letters: str) -> list[str]:
    """Neighbouring characters; a single one stands for itself."""
    return [letters[n : n + 2] for n in range(len(letters) - 1)] or [letters]


@cache
def readings() -> dict[str, tuple[str, ...]]:
    """The two commonest readings of each character, without tones (行 → xing, hang).

    The phrases of pypinyin, which would settle most of them, take 50 MB of every process; both readings under one title
    cost some terms instead.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.constants import PINYIN_DICT

    found: dict[str, tuple[str, ...]] = {}
    for code, spelt_out in PINYIN_DICT.items():
        if 0x3400 <= code <= 0x9FFF:
            plain = dict.fromkeys(_toneless(one) for one in spelt_out.split(","))
            # Interjections (n, ng, m, hm): letters that stand alone are initials to us.
            found[chr(code)] = tuple(sys.intern(one) for one in plain if set(one) & set("aeiouv"))[:2]
    return found


def _toneless(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    # The tone may stand between the letter and its dots.
    return "".join(one for one in re.sub("u[\u0300-\u030f]\u0308", "v", letters) if one.isascii())


def sounds(letters: str) -> list[tuple[str, ...]]:
    """The readings of each character."""
    table = readings()
    return [found for one in letters if (found := table.get(one))]


def blurred(syllable: str) -> str:
    """The syllable as it is typed by who does not tell zh from z, or -ng from -n."""
    for sharp, flat in _ALIKE[:3]:
        if syllable.startswith(sharp):
            syllable = flat + syllable[len(sharp) :]
    for sharp, flat in _ALIKE[3:]:
        if syllable.endswith(sharp):
            syllable = syllable[: -len(sharp)] + flat
            break
    return syllable


def sound_terms(syllables: Sequence[Sequence[str]]) -> list[str]:
    """Neighbouring syllables, each in every reading it may have; a single one stands for itself."""
    flat = [unique(map(blurred, one)) for one in syllables]
    if len(flat) == 1:
        return [f"{one}-" for one in flat[0]]
    return [f"{a}-{b}" for one, other in pairwise(flat) for a, b in product(one, other)]


def initial_terms(initials: Sequence[Sequence[str]]) -> list[str]:
    """Neighbouring first letters."""
    return [f"~{a}{b}" for one, other in pairwise(initials) for a, b in product(one, other)]


def threes(word: str) -> list[str]:
    """Three letters each of a word with its ends marked, to find it misspelt."""
    marked = f"_{word}_"
    return [f"^{marked[n : n + 3]}" for n in range(len(marked) - 2)]


def word_terms(word: str) -> list[str]:
    return [] if word in COMMON_WORDS else [f"={stem(word)}"]


def stem(word: str) -> str:
    """An English word without its common endings: enough to meet its plural."""
    for ending in ("ies", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def title_terms(title: str) -> list[str]:
    """All terms under which a title is found, repeats left out, in order."""
    found: list[str] = []
    initials: list[list[str]] = []
    for kind, letters in runs(title[:LONGEST_TITLE]):
        if kind == "han":
            syllables = sounds(letters)
            found += pairs(letters) + sound_terms(syllables)
            initials += [unique(one[0] for one in read) for read in syllables]
        elif kind == "latin":
            found += [*word_terms(letters), *(threes(letters) if letters not in COMMON_WORDS else ())]
            initials.append([letters[0]])
        else:
            found.append(f"={letters}")
    return unique([*found, *initial_terms(initials[:24])])


def text_terms(text: str) -> list[str]:
    """The terms of a text: pairs of characters, words and numbers. How it sounds is left out: titles have that."""
    found: list[str] = []
    for kind, letters in runs(text[:LONGEST_TEXT]):
        if kind == "han":
            found += pairs(letters)
        else:
            found += word_terms(letters) if kind == "latin" else [f"={letters}"]
    return unique(found)


@cache
def syllables() -> frozenset[str]:
    """All syllables that a character may have."""
    return frozenset(one for read in readings().values() for one in read)


@lru_cache(maxsize=4096)
def spelt(word: str) -> tuple[str, ...]:
    """The fewest syllables that spell the word (`gongshang` → gong, shang), () where it is no pinyin.

    A syllable that begins with a vowel counts for more than one: `jineng` is ji-neng, not jin-eng.
    """
    known = syllables()
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before, one = best[start], word[start:end]
            if before is None or one not in known:
                continue
            cost = before[0] + (1.5 if one[0] in "aeiou" else 1.0)
            current = best[end]
            if current is None or cost < current[0]:
                best[end] = (cost, (*before[1], one))
    found = best[len(word)]
    return found[1] if found is not None else ()


def unfinished(word: str) -> tuple[tuple[str, ...], str]:
    """Syllables that the word begins with, and the beginning of one more: `gongsh` → (gong), `sh`."""
    for end in range(len(word) - 1, 0, -1):
        rest = word[end:]
        if len(rest) <= 5 and (found := spelt(word[:end])) and any(one.startswith(rest) for one in syllables()):
            return found, rest
    return (), word


def respelt(word: str) -> list[str]:
    """Pinyin that the word may have been meant to be, where it is none: two letters exchanged, one too many, or one for
    another key beside it. At most `RESPELT_MOST`, the likeliest slip first."""
    if spelt(word) or not RESPELT_LETTERS[0] <= len(word) <= RESPELT_LETTERS[1]:
        return []
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]
    shorter = [word[:n] + word[n + 1 :] for n in range(len(word))]
    beside = [word[:n] + key + word[n + 1 :] for n in range(len(word)) for key in _BESIDE.get(word[n], "")]
    return [one for one in unique([*swapped, *shorter, *beside]) if spelt(one)][:RESPELT_MOST]


def unique(terms: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(terms))
