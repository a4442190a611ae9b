"""How an article read in other versions of its law (条文沿革): the same number, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Literal

from gonghui.law.shelf import Shelf
from gonghui.law.volumes import OpenVolume, Standing, Volume

LONGEST = 3000
"""Words of two texts together that are compared; longer ones are only shown side by side."""

ANOTHER_MATTER = 0.4
"""Texts more unlike than this share their number by chance: the law was numbered anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words: the same in both texts, only in the older one, or only in the younger one."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How an article reads in another version, `older` or younger than the one shown.

    `standing` is the article of the same number, or where that speaks of another matter the one most like it (`moved`);
    None where the version has neither. `changes` leads from the older text to the younger one; empty where they are the
    same or too long to compare.
    """

    volume: Volume
    standing: Standing | None
    older: bool
    moved: bool
    same: bool
    changes: tuple[Change, ...]


def readings(shelf: Shelf, volume: Volume, standing: Standing) -> list[Reading]:
    """The article in every other version of its law, youngest first."""
    versions = shelf.versions(volume.law)
    place = versions.index(volume)
    others = [at for at in range(len(versions) - 1, -1, -1) if at != place]
    return [_reading(shelf.open(versions[at]), standing, older=at < place) for at in others]


def counterpart(opened: OpenVolume, standing: Standing) -> tuple[Standing | None, bool]:
    """The article of another version that answers to this one, and whether its number is another.

    A revision that adds articles shifts all numbers behind them.
    """
    article = standing.article
    other = opened.by_number(article.number, article.suffix)
    if other is not None and likeness(other.article.text, article.text) >= ANOTHER_MATTER:
        return other, False
    other = max(opened.standing, key=lambda one: likeness(one.article.text, article.text))
    return (other, True) if likeness(other.article.text, article.text) >= ANOTHER_MATTER else (None, False)


def _reading(opened: OpenVolume, standing: Standing, *, older: bool) -> Reading:
    other, moved = counterpart(opened, standing)
    if other is None:
        return Reading(opened.volume, None, older, False, False, ())
    same = other.article.text == standing.article.text
    before, after = (other, standing) if older else (standing, other)
    a, b = words(before), words(after)
    comparable = not same and len(a) + len(b) <= LONGEST
    return Reading(opened.volume, other, older, moved, same, tuple(_changes(a, b)) if comparable else ())


def likeness(one: str, other: str) -> float:
    """How many of the pairs of neighbouring characters two texts share: 0 none, 1 all."""
    a, b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else float(one == other)


def words(standing: Standing) -> list[str]:
    """The words of the article, as the import cut them; characters where it did not."""
    text = standing.article.text
    if sum(standing.words) != len(text):
        return list(text)
    return [text[a:b] for a, b in pairwise([0, *accumulate(standing.words)])]


def _changes(a: Sequence[str], b: Sequence[str]) -> Iterator[Change]:
    for tag, a_from, a_to, b_from, b_to in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(a[a_from:a_to]))
            continue
        if a_to > a_from:
            yield Change("gone", "".join(a[a_from:a_to]))
        if b_to > b_from:
            yield Change("new", "".join(b[b_from:b_to]))
