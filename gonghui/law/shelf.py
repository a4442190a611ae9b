"""All laws of the collection, to cite and to read (书架): national ones in every version, local rules with their place.

Plain Python without Django. Only an index is kept in memory; a law is read when it is opened. A worker's words are not
searched here but in `gonghui.law.store`: 刑法 or 公司法 would answer them by chance.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import cn2an

from gonghui.brain.laws import named_laws
from gonghui.law.articles import Article, StatusRow
from gonghui.law.build import DATA_DIR
from gonghui.law.citations import PLACE, Citation, plain, to_int
from gonghui.law.lexicon import LawDataError
from gonghui.law.links import name_key
from gonghui.law.once import once
from gonghui.law.shelving import INDEX_FILE
from gonghui.law.status import StatusKey, check_used, read_status, status_of
from gonghui.law.volumes import Cite, OpenVolume, Standing, Volume

_PLACE = re.compile(rf"\s*》?\s*第?\s*{PLACE}\s*、?\s*")
# The short form of the project's own data: 38之一.1(3)
_SHORT = re.compile(
    r"\s*(?P<number>\d{1,4})(?:之(?P<suffix>[一二三四五六七八九十]))?(?:\.(?P<paragraph>\d{1,3}))?(?:\((?P<item>\d{1,3})\))?\s*"
)
_ID = re.compile(r"(?P<volume>.+)-(?P<number>\d+)(?P<suffix>[^-\d]*)")
STATUS_FILES = ("status.yaml", "status_further.yaml")
LONGEST_NAME = 120
OPEN_LAWS = 48
"""How many laws a process keeps open; the Civil Code takes 1.3 MB, most laws a tenth of it."""


class Shelf:
    """All laws of one data folder. Safe to share between threads."""

    def __init__(self, folder: Path = DATA_DIR) -> None:
        self.folder = folder
        files = [path for name in STATUS_FILES if (path := folder / name).exists()]
        status = {path.name: read_status(path.name, path.read_bytes()) for path in files}
        self._status: dict[StatusKey, StatusRow] = {key: row for rows in status.values() for key, row in rows.items()}
        try:
            lines = gzip.decompress((folder / INDEX_FILE).read_bytes()).splitlines()
        except (OSError, EOFError) as error:
            raise LawDataError(f"{INDEX_FILE} cannot be read ({error}): run `gonghui law import PATH`") from None
        rows = [json.loads(line) for line in lines]
        self.volumes: tuple[Volume, ...] = tuple(map(self._volume, rows))
        whole = {(v.law, v.adopted, None) for v in self.volumes}
        for name, recorded in status.items():
            check_used(name, {key: row for key, row in recorded.items() if key[2] is None}, whole)
        self._by_slug = {v.slug: v for v in self.volumes}
        self._by_title: dict[str, tuple[Volume, ...]] = {}
        for volume in sorted(self.volumes, key=lambda v: (v.adopted or date.min, v.current)):
            self._by_title[volume.law] = (*self._by_title.get(volume.law, ()), volume)
        self._names: dict[str, str] = {}
        for title in self._by_title:
            self._names[name_key(title)] = title
        for law in named_laws():
            if law.title in self._by_title:
                for name in law.called:
                    self._names.setdefault(name_key(name), law.title)
        # Ids of the source cut long titles: two laws of one day may share what stands before the number.
        self._by_prefix: dict[str, tuple[Volume, ...]] = {}
        for row, volume in zip(rows, self.volumes, strict=True):
            prefix = row.get("prefix", volume.slug)
            self._by_prefix[prefix] = (*self._by_prefix.get(prefix, ()), volume)
        self._opened = lru_cache(maxsize=OPEN_LAWS)(self._open)

    @classmethod
    @once
    def default(cls) -> Shelf:
        """The shelf of this process; its index is read on first use."""
        return cls()

    def title(self, name: str) -> str | None:
        """The full title behind a title, short title or abbreviation; None if unknown."""
        return self._names.get(name_key(name.strip().removeprefix("《").removesuffix("》")))

    def volume(self, slug: str) -> Volume | None:
        """The version of that stable name (劳动合同法-2012-12-28), or None."""
        return self._by_slug.get(slug)

    def versions(self, name: str) -> tuple[Volume, ...]:
        """All versions at hand, oldest first; those without a date come before the others."""
        return self._by_title.get(self.title(name) or "", ())

    def newest(self, name: str) -> Volume | None:
        """The version that the collection calls current, or None for an unknown law."""
        return max(self.versions(name), key=lambda v: (v.current, v.adopted or date.min), default=None)

    def as_of(self, name: str, day: date) -> Volume | None:
        """The version adopted last on or before the day (今天或某一天的版本).

        The source has days of adoption, not of entry into force: for some weeks after it the earlier text still
        applied. A law without dates is returned as it is (`adopted` is None then); None where all are younger.
        """
        versions = self.versions(name)
        dated = [v for v in versions if v.adopted is not None]
        if not dated:
            return self.newest(name)
        return next((v for v in reversed(dated) if v.adopted and v.adopted <= day), None)

    def open(self, volume: Volume) -> OpenVolume:
        """The law with all its articles; those read lately are kept."""
        return self._opened(volume.slug)

    def get(self, article_id: str) -> Standing | None:
        """The article of that id, whatever its version and place, or None."""
        match = _ID.fullmatch(article_id)
        for volume in self._by_prefix.get(match["volume"], ()) if match else ():
            if found := self.open(volume).get(article_id):
                return found
        return None

    def by_number(self, law: str, number: int, suffix: str = "", on: date | None = None) -> Article | None:
        """The article of that number in the newest version, or in that of a day."""
        volume = self.as_of(law, on) if on else self.newest(law)
        found = self.open(volume).by_number(number, suffix) if volume else None
        return found.article if found else None

    def parse(self, text: str) -> Citation | None:
        """The citation that the whole text is, of a law at hand; the article itself need not be there.

        Reads 劳动合同法第三十八条第一款第（三）项, 《刑法》244条之一, 劳合38 and the short form 劳动合同法 38.1(3).
        """
        text = plain(text).strip().removeprefix("《")
        if len(text) > LONGEST_NAME + 40:
            return None
        for end in range(min(len(text) - 1, LONGEST_NAME), 0, -1):
            title = self._names.get(name_key(text[:end]))
            match = title and (_PLACE.fullmatch(text, end) or _SHORT.fullmatch(text, end))
            number = to_int(match["number"]) if match else None
            if title and match and number:
                paragraph = to_int(match["paragraph"]) if match["paragraph"] else None
                item = to_int(match["item"]) if match["item"] else None
                return Citation(title, number, f"之{match['suffix']}" if match["suffix"] else "", paragraph, item)
        return None

    def find(self, text: str, on: date | None = None) -> Article | None:
        """The article that the text cites, as of a day where one is given; None also where the part is not there."""
        citation = self.parse(text)
        if citation is None:
            return None
        article = self.by_number(citation.law, citation.number, citation.suffix, on)
        there = article is not None and article.part(citation.paragraph, citation.item) is not None
        return article if there else None

    def words_of(self, text: str, on: date | None = None) -> str | None:
        """The words that a citation means: of the item, the paragraph or the whole article."""
        citation = self.parse(text)
        article = self.find(text, on)
        return article.part(citation.paragraph, citation.item) if article and citation else None

    def cites(self, article_id: str) -> tuple[Cite, ...]:
        """The articles that an article names, of its own law and others."""
        found = self.get(article_id)
        return found.cites if found else ()

    def cited_by(self, article_id: str) -> tuple[str, ...]:
        """Ids of the articles that name this one."""
        found = self.get(article_id)
        return found.cited_by if found else ()

    def label(self, article_id: str) -> tuple[Volume, str] | None:
        """The version and 第三十八条之一 of an id, without opening the law; None where no law has such ids."""
        match = _ID.fullmatch(article_id)
        volumes = self._by_prefix.get(match["volume"], ()) if match else ()
        if not volumes or not match:
            return None
        number = int(match["number"])
        volume = next((v for v in reversed(volumes) if v.first <= number), volumes[0])
        numeral = cn2an.an2cn(number)
        return volume, f"{numeral}、" if volume.sections else f"第{numeral}条{match['suffix']}"

    def laws_named(self, words: str, limit: int = 20) -> tuple[list[Volume], int]:
        """Newest versions of the laws whose name fits, best first, and how many fit in all.

        A name fits when it is the words, begins with them, holds them, or holds their characters in order (治安处罚法).
        """
        wanted = name_key(words.strip().removeprefix("《").removesuffix("》")).replace(" ", "")
        if not 2 <= len(wanted) <= 60:
            return [], 0
        loose = 3 <= len(wanted) <= 12
        ranks: dict[str, int] = {}
        for name, title in self._names.items():
            if name == wanted:
                rank = 0
            elif name.startswith(wanted):
                rank = 1
            elif wanted in name:
                rank = 2
            elif loose and _in_order(wanted, name):
                rank = 3
            else:
                continue
            ranks[title] = min(rank, ranks.get(title, rank))
        found = [(v, rank) for title, rank in ranks.items() if (v := self.newest(title))]
        found.sort(key=lambda pair: (pair[1], not pair[0].in_force, bool(pair[0].place), len(pair[0].law), pair[0].law))
        return [v for v, _ in found[:limit]], len(found)

    def of_category(self, category: str) -> list[Volume]:
        """Newest versions of a category of the source (行政法规 …), those in force first."""
        return self._shown(v for v in self.volumes if v.category == category)

    def of_place(self, place: str) -> list[Volume]:
        """The local rules of a place (上海 …)."""
        return self._shown(v for v in self.volumes if v.place == place)

    @property
    def categories(self) -> dict[str, int]:
        """Categories of the national laws with the number of laws, largest first."""
        return _counted(self._by_title[t][-1].category for t in self._by_title if not self._by_title[t][-1].place)

    @property
    def places(self) -> dict[str, int]:
        """Places with local rules, and how many they have."""
        return _counted(self._by_title[t][-1].place for t in self._by_title if self._by_title[t][-1].place)

    def _shown(self, volumes: Iterable[Volume]) -> list[Volume]:
        newest = {v.law: self.newest(v.law) or v for v in volumes}
        return sorted(newest.values(), key=lambda v: (not v.in_force, v.short_law))

    def _volume(self, row: Mapping[str, Any]) -> Volume:
        adopted = date.fromisoformat(row["adopted"]) if row["adopted"] else None
        ended = status_of(self._status, row["law"], adopted)
        by = ""
        if ended is None and row["ended"]:
            by = row["ended"]["by"]
            since = date.fromisoformat(row["ended"]["since"])
            ended = StatusRow("repealed", since, (), row["ended"]["law"], by, "verified")
        elif ended is None and not row["current"]:
            ended = StatusRow("superseded", None, (), row["law"], "", "verified")
        return Volume(
            slug=row["slug"],
            law=row["law"],
            category=row["category"],
            adopted=adopted,
            effective=date.fromisoformat(row["effective"]) if row["effective"] else None,
            current=row["current"],
            place=row["place"],
            review_status=row["review_status"],
            articles=row["articles"],
            sections=row["sections"],
            first=row["first"],
            gaps=tuple(row["gaps"]),
            doubled=tuple(row["doubled"]),
            ended=ended,
            ended_by=by,
            file=row["file"],
            offset=row["offset"],
            length=row["length"],
        )

    def _open(self, slug: str) -> OpenVolume:
        volume = self._by_slug[slug]
        with (self.folder / volume.file).open("rb") as file:
            file.seek(volume.offset)
            lines = gzip.decompress(file.read(volume.length)).splitlines()
        standing = tuple(self._standing(volume, json.loads(line)) for line in lines)
        places = {one.article.id: i for i, one in enumerate(standing)}
        numbers = {(one.article.number, one.article.suffix): i for i, one in reversed(list(enumerate(standing)))}
        return OpenVolume(volume, standing, places, numbers)

    def _standing(self, volume: Volume, row: Mapping[str, Any]) -> Standing:
        article = Article(
            id=row["id"],
            law=volume.law,
            article=row["article"],
            number=row["number"],
            suffix=row.get("suffix", ""),
            chapter=row.get("chapter", ""),
            section=row.get("section", ""),
            text=row["text"],
            adopted=volume.adopted,
            effective=volume.effective,
            category=volume.category,
            current=volume.current,
            review_status=volume.review_status,
            ended=self._status.get((volume.law, volume.adopted, row["number"]), volume.ended),
            place=volume.place,
            volume=volume.slug,
        )
        cites = tuple(
            Cite(i, paragraph or None, item or None, bool(lost)) for i, paragraph, item, lost in row.get("cites", ())
        )
        return Standing(article, cites, tuple(row.get("by", ())), tuple(row.get("cut", ())))


def _in_order(characters: str, name: str) -> bool:
    """Whether the name holds the characters one after the other, whatever stands between them."""
    rest = iter(name)
    return all(character in rest for character in characters)


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def neighbours(opened: OpenVolume, article: Article) -> Sequence[Article | None]:
    """The articles before and after one, None at the ends."""
    place = opened.places[article.id]
    return [
        opened.standing[place - 1].article if place else None,
        opened.standing[place + 1].article if place + 1 < len(opened.standing) else None,
    ]
