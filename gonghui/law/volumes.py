"""What stands on the shelf (书架): a law's version, its articles, and what they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from gonghui.law.articles import NATIONAL_PREFIX, Article, ReviewStatus, StatusRow, today


@dataclass(frozen=True, slots=True)
class Volume:
    """One version of a law (法律的一个版本) as the index knows it.

    `first`, `gaps` and `doubled` tell where the numbers of the source are not 1, 2, 3 …: such texts are kept as they
    came. `sections`: it is divided into 一、二、 instead of 第…条. `ended` is what is recorded about the end of the
    whole text; where a later law of the shelf says so, `ended_by` is the id of its article.
    """

    slug: str
    law: str
    category: str
    adopted: date | None
    effective: date | None
    current: bool
    place: str
    review_status: ReviewStatus
    articles: int
    sections: bool
    first: int
    gaps: tuple[int, ...]
    doubled: tuple[str, ...]
    ended: StatusRow | None
    ended_by: str
    file: str
    offset: int
    length: int

    @property
    def short_law(self) -> str:
        """The title without 中华人民共和国."""
        return self.law.removeprefix(NATIONAL_PREFIX)

    @property
    def path(self) -> str:
        """Address of its contents page within the site."""
        return f"/law/{quote(self.slug)}/"

    @property
    def irregular(self) -> bool:
        """Whether numbers are missing or doubled."""
        return bool(self.gaps or self.doubled)

    @property
    def in_force(self) -> bool:
        """Whether nothing says that the whole text has ended."""
        return self.current and (self.ended is None or bool(self.ended.paragraphs) or not self._over)

    @property
    def _over(self) -> bool:
        assert self.ended is not None
        return self.ended.since is None or self.ended.since <= today()


@dataclass(frozen=True, slots=True)
class Cite:
    """What an article names: another article, and a paragraph and item of it where it says so.

    `lost`: the article has no such part, so the number most likely meant another article before a revision.
    """

    id: str
    paragraph: int | None
    item: int | None
    lost: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """An article with its links. `words` are the lengths of its words where versions can be compared, else empty."""

    article: Article
    cites: tuple[Cite, ...]
    cited_by: tuple[str, ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenVolume:
    """A law that was opened: its articles in order, by id and by number."""

    volume: Volume
    standing: tuple[Standing, ...]
    places: Mapping[str, int]
    numbers: Mapping[tuple[int, str], int]

    def by_number(self, number: int, suffix: str = "") -> Standing | None:
        """The article of that number; the first where the source doubles it."""
        place = self.numbers.get((number, suffix))
        return None if place is None else self.standing[place]

    def get(self, article_id: str) -> Standing | None:
        """The article of that id."""
        place = self.places.get(article_id)
        return None if place is None else self.standing[place]

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles in order."""
        return tuple(one.article for one in self.standing)
