"""Puts all laws on the shelf (书架) at import: one compressed member a version, an index, the links between articles.

`national.jsonl.gz` and `local.jsonl.gz` are gzip files of many members, one a version of a law, so that one law is read
without the others; `shelf.json.gz` says where each begins. `gonghui.law.shelf` reads them. Nothing of it is read when a
process starts.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from gonghui.law.articles import part_of
from gonghui.law.citations import plain, to_int
from gonghui.law.links import LinkReader, Named, name_key

NATIONAL_FILE = "national.jsonl.gz"
LOCAL_FILE = "local.jsonl.gz"
INDEX_FILE = "shelf.json.gz"

LOCAL_CATEGORY = "地方性法规"
_ENDS = re.compile(r"(?:同时|即行|相应)废止")
_TITLE = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》(?!\s*第)")
_SINCE = re.compile(r"自\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日起(?:施行|实施|生效|执行)")


@dataclass(slots=True)
class Shelved:
    """One version of a law while it is put on the shelf."""

    law: str
    adopted: str | None
    place: str
    rows: list[dict[str, Any]]
    slug: str = ""
    current: bool = True
    ended: dict[str, str] | None = None
    by_number: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A citation in a statute's text that leads nowhere.

    `cause` is `unknown_law`, `no_such_article`, or `no_such_part` where the article has no such paragraph or item: the
    law was numbered anew since, so the link is kept and marked.
    """

    article: str
    spelled: str
    cause: str


@dataclass(frozen=True, slots=True)
class ShelfReport:
    """What stands on the shelf. `irregular` tells the texts with gaps or doubled numbers, which are kept and marked."""

    volumes: int = 0
    articles: int = 0
    local: int = 0
    links: int = 0
    ended: int = 0
    irregular: tuple[str, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def unresolved_laws(self) -> Counter[tuple[str, str]]:
        """Cause and name of the law as it was spelled, with how often."""
        return Counter((u.cause, u.spelled.rsplit(" ", 1)[0]) for u in self.unresolved)


@dataclass(frozen=True, slots=True)
class ShelfFiles:
    """The bytes to write, by file name; gzip members one after the other."""

    files: Mapping[str, bytes]
    report: ShelfReport


def local_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the local rules with what the source leaves out: an id of the same form as the national ones, the place.

    Raises ValueError where the place cannot be told from the name of the source's file.
    """
    parts = str(row.get("source_file") or "").split("/")
    if len(parts) < 3:
        raise ValueError("source_file names no place")
    made = f"{row.get('law')}-{row.get('adopted') or 'undated'}-{row.get('number')}{row.get('suffix') or ''}"
    return {"category": LOCAL_CATEGORY, "current": True, **row, "id": row.get("id") or made, "place": parts[-2]}


def shelve(
    national: Sequence[dict[str, Any]],
    local: Sequence[dict[str, Any]],
    pack: Callable[[bytes], bytes],
    cut: Callable[[str], list[str]],
) -> ShelfFiles:
    """`pack` makes one gzip member, `cut` divides a text into words (kept where versions can be compared)."""
    shelves = {NATIONAL_FILE: _volumes(national), LOCAL_FILE: _volumes(local)}
    volumes = [volume for shelf in shelves.values() for volume in shelf]
    _name(volumes)
    titles: dict[str, list[Shelved]] = defaultdict(list)
    for volume in volumes:
        titles[volume.law].append(volume)
    for versions in titles.values():
        versions.sort(key=lambda v: v.adopted or "")
    names = {title: title for title in titles}
    unresolved: list[Unresolved] = []
    links = _link(volumes, titles, LinkReader(names), unresolved)
    _end(volumes, titles)
    for versions in titles.values():
        for row in (row for v in versions if len(versions) > 1 for row in v.rows):
            row["cut"] = [len(word) for word in cut(row["text"])]
    files: dict[str, bytes] = {}
    index = []
    for name, shelf in shelves.items():
        body = b""
        for volume in shelf:
            member = pack(_lines(_body_row(row) for row in volume.rows))
            index.append(_index_row(volume, name, len(body), len(member)))
            body += member
        files[name] = body
    files[INDEX_FILE] = pack(_lines(index))
    report = ShelfReport(
        volumes=len(volumes),
        articles=sum(len(v.rows) for v in volumes),
        local=sum(len(v.rows) for v in shelves[LOCAL_FILE]),
        links=links,
        ended=sum(v.ended is not None for v in volumes),
        irregular=tuple(_irregular(row) for row in index if row["gaps"] or row["doubled"] or row["first"] > 1),
        unresolved=tuple(unresolved),
    )
    return ShelfFiles(files, report)


def _volumes(rows: Iterable[dict[str, Any]]) -> list[Shelved]:
    """Rows by law and day of adoption, each in the order of its numbers (the Civil Code comes in eight files)."""
    found: dict[tuple[str, str | None, str], Shelved] = {}
    for row in rows:
        key = (row["law"], row["adopted"], row.get("place", ""))
        found.setdefault(key, Shelved(*key, rows=[])).rows.append(row)
    for volume in found.values():
        volume.rows.sort(key=lambda r: (r["number"], to_int(r["suffix"].removeprefix("之")) or 0 if r["suffix"] else 0))
        volume.current = volume.rows[0]["current"]
        volume.by_number = {(r["number"], r["suffix"]): r for r in reversed(volume.rows)}
    return list(found.values())


def _name(volumes: Iterable[Shelved]) -> None:
    """The stable name of each: the id without its number, as long as no other version has it already.

    The source cuts long titles in its ids, so 规定（一） and 规定（二） of one day share what stands before the number.
    """
    taken: set[str] = set()
    for volume in volumes:
        slug = volume.rows[0]["id"].rsplit("-", 1)[0]
        volume.slug = slug if slug not in taken else f"{volume.law}-{volume.adopted or 'undated'}"
        taken.add(volume.slug)


def _link(
    volumes: Iterable[Shelved],
    titles: Mapping[str, Sequence[Shelved]],
    reader: LinkReader,
    unresolved: list[Unresolved],
) -> int:
    """Writes `cites` and `by` into the rows; returns how many links there are."""
    links = 0
    for volume in volumes:
        for row in volume.rows:
            row.setdefault("by", [])
            cites: dict[tuple[str, int, int, int], None] = {}
            for named in reader.find(row["text"], own=volume.law):
                other = _target(named, volume, titles)
                if other is None:
                    cause = "no_such_article" if named.law else "unknown_law"
                    unresolved.append(Unresolved(row["id"], f"{named.spelled} {named.place}", cause))
                elif other is not row:
                    lost = part_of(other["text"], named.paragraph, named.item) is None
                    if lost:
                        unresolved.append(Unresolved(row["id"], f"{named.spelled} {named.place}", "no_such_part"))
                    cites[other["id"], named.paragraph or 0, named.item or 0, int(lost)] = None
                    by = other.setdefault("by", [])
                    if not by or by[-1] != row["id"]:
                        by.append(row["id"])
            row["cites"] = list(cites)
            links += len(cites)
    return links


def _target(named: Named, citing: Shelved, titles: Mapping[str, Sequence[Shelved]]) -> dict[str, Any] | None:
    """The article meant: of the version that the citing text knew, else of the newest one that has the number."""
    if named.law is None:
        return None
    place = (named.number, named.suffix)
    if named.law == citing.law and place in citing.by_number:
        return citing.by_number[place]
    versions = titles[named.law]
    known = [v for v in versions if citing.adopted and v.adopted and v.adopted <= citing.adopted]
    newest_first = sorted(versions, key=lambda v: (v.current, v.adopted or ""), reverse=True)
    return next((v.by_number[place] for v in (*known[-1:], *newest_first) if place in v.by_number), None)


def _end(volumes: Iterable[Shelved], titles: Mapping[str, Sequence[Shelved]]) -> None:
    """Marks what a later law's own words end (《…》同时废止) and the source still calls current.

    A version of the same title is none: 1994年发布的《X》 ends an older text than the one at hand.
    """
    known = {name_key(title): title for title in titles}
    for volume in volumes:
        for row in volume.rows:
            # 废止 belongs to the whole sentence, the day to any sentence of the article.
            for sentence in re.split(r"[。；\n]", row["text"]) if "废止" in row["text"] else ():
                if not _ENDS.search(sentence):
                    continue
                for name in _TITLE.findall(plain(sentence)):
                    title = known.get(name_key(name))
                    for old in titles[title] if title and title != volume.law else ():
                        if old.current and volume.adopted and old.adopted and old.adopted < volume.adopted:
                            old.ended = {"by": row["id"], "law": volume.law, "since": _since(volume)}


def _since(volume: Shelved) -> str:
    """The day from which a law says it applies (its last articles do), else the day of its adoption."""
    for row in reversed(volume.rows):
        if match := _SINCE.search(plain(row["text"])):
            return date(*(int(part) for part in match.groups())).isoformat()
    return volume.adopted or ""


def _body_row(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "number", "suffix", "article", "chapter", "section", "text", "cites", "by", "cut")
    return {name: row[name] for name in names if row.get(name)}


def _index_row(volume: Shelved, file: str, offset: int, length: int) -> dict[str, Any]:
    first = volume.rows[0]
    numbers = sorted({row["number"] for row in volume.rows})
    counted = Counter((row["number"], row["suffix"]) for row in volume.rows)
    prefix = first["id"].rsplit("-", 1)[0]
    return {
        "slug": volume.slug,
        **({"prefix": prefix} if prefix != volume.slug else {}),
        "law": volume.law,
        "category": first["category"],
        "adopted": volume.adopted,
        "effective": first.get("effective"),
        "current": volume.current,
        "place": volume.place,
        "review_status": first["review_status"],
        "articles": len(volume.rows),
        # A notice is divided into 一、二、 and has no 第…条.
        "sections": first["article"].endswith("、"),
        "first": numbers[0],
        "gaps": [n for a, b in pairwise(numbers) for n in range(a + 1, b)],
        "doubled": [f"{number}{suffix}" for (number, suffix), n in counted.items() if n > 1],
        "ended": volume.ended,
        "file": file,
        "offset": offset,
        "length": length,
    }


def _irregular(row: Mapping[str, Any]) -> str:
    parts = [f"starts at {row['first']}"] if row["first"] > 1 else []
    parts += (
        [f"lacks {', '.join(map(str, row['gaps'][:8]))}{' …' if len(row['gaps']) > 8 else ''}"] if row["gaps"] else []
    )
    parts += [f"doubles {', '.join(row['doubled'])}"] if row["doubled"] else []
    return f"{row['slug']}: {'; '.join(parts)}"


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows).encode()


def write_unresolved(path: Path, report: ShelfReport) -> None:
    """The whole list as JSON Lines, for whoever looks after the collection."""
    path.write_bytes(_lines({"article": u.article, "spelled": u.spelled, "cause": u.cause} for u in report.unresolved))
