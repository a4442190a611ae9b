"""How an article read in other versions of its law (条文沿革): the same number, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Literal

from gonghui.law.shelf import Shelf, Standing, Volume

LONGEST = 3000
"""Words of two texts together that are compared; longer ones are only shown side by side."""

ANOTHER_MATTER = 0.35
"""Texts more unlike than this share their number by chance: the law was numbered anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words: the same in both texts, only in the older one, or only in the younger one."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The article of the same number in another version, None where that had no such number.

    `changes` leads from the older text to the younger one; empty where they are the same or too long to compare.
    """

    volume: Volume
    standing: Standing | None
    older: bool
    same: bool
    likeness: float
    changes: tuple[Change, ...]

    @property
    def another_matter(self) -> bool:
        """Whether the number seems to have stood for something else."""
        return not self.same and self.standing is not None and self.likeness < ANOTHER_MATTER


def readings(shelf: Shelf, volume: Volume, standing: Standing) -> list[Reading]:
    """The article in every other version of its law, youngest first."""
    found = []
    versions = shelf.versions(volume.law)
    place = versions.index(volume)
    for at in range(len(versions) - 1, -1, -1):
        if at != place:
            other = shelf.open(versions[at]).by_number(standing.article.number, standing.article.suffix)
            found.append(_reading(versions[at], other, standing, older=at < place))
    return found


def _reading(volume: Volume, other: Standing | None, standing: Standing, *, older: bool) -> Reading:
    if other is None or other.article.text == standing.article.text:
        return Reading(volume, other, older, other is not None, 1.0 if other else 0.0, ())
    before, after = (other, standing) if older else (standing, other)
    a, b = words(before), words(after)
    if len(a) + len(b) > LONGEST:
        return Reading(volume, other, older, False, 1.0, ())
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return Reading(volume, other, older, False, matcher.ratio(), tuple(_changes(matcher, a, b)))


def words(standing: Standing) -> list[str]:
    """The words of the article, as the import cut them; characters where it did not."""
    text = standing.article.text
    if sum(standing.words) != len(text):
        return list(text)
    return [text[a:b] for a, b in pairwise([0, *accumulate(standing.words)])]


def _changes(matcher: SequenceMatcher[str], a: Sequence[str], b: Sequence[str]) -> Iterator[Change]:
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            yield Change("same", "".join(a[a_from:a_to]))
            continue
        if a_to > a_from:
            yield Change("gone", "".join(a[a_from:a_to]))
        if b_to > b_from:
            yield Change("new", "".join(b[b_from:b_to]))
