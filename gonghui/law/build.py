"""Imports law texts into the project's own data file (`gonghui law import PATH`).

Reads the JSON Lines of the shared collection, checks every row, and writes `data/labour.jsonl.gz` beside
`data/labour.words.gz` (the same articles cut into words, so that no process has to cut them at start): these a worker's
words are searched in. Where the collection has them, all national laws and the local rules go on the shelf besides
(`gonghui.law.shelving`): to be cited and read. All files depend on nothing but the input: the same rows give the same
bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gonghui.brain.statutes.postings import tokenizer
from gonghui.law.shelving import NATIONAL_FILE, ShelfReport, local_row, shelve

DATA_DIR = Path(__file__).resolve().parent / "data"
ARTICLES_FILE = "labour.jsonl.gz"
WORDS_FILE = "labour.words.gz"

_KEPT = [
    "id",
    "law",
    "category",
    "adopted",
    "effective",
    "current",
    "number",
    "suffix",
    "article",
    "chapter",
    "section",
]
_SPACES = re.compile(r"[ \t\u3000\u00a0\u200b\ufeff]+")


class LawImportError(ValueError):
    """The source cannot be imported; the message names file, line and cause for each bad row."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `version` is that of the written articles (first 12 hex digits of SHA-256)."""

    articles: int
    laws: int
    unverified: int
    version: str
    shelf: ShelfReport = field(default_factory=ShelfReport)
    written: tuple[Path, ...] = field(default=())


def import_laws(source: Path, target: Path = DATA_DIR) -> ImportReport:
    """Reads `source` and writes the data files into `target`.

    `source` is a folder with `labour.jsonl` (and perhaps `extra.jsonl`, whose rows become `unverified`, and for the
    shelf `national.jsonl.gz` and `local.jsonl`), or one file of articles to be searched. Nothing is written when any
    row is bad: a citation that resolves to half a text is worse than none.

    Raises LawImportError.
    """
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in _sources(source):
        rows += _rows(path, problems)
    national = list(_rows(path, problems)) if (path := source / NATIONAL_FILE).is_file() else []
    local = list(_rows(path, problems, local_row)) if (path := source / "local.jsonl").is_file() else []
    # The searched texts are part of the national collection, but for those that it lacks.
    there = {row["id"] for row in national}
    national += [row for row in rows if national and row["id"] not in there]
    for group in (rows, national + local):
        problems += [
            f"{source.name}: id {i} occurs {n} times" for i, n in Counter(r["id"] for r in group).items() if n > 1
        ]
    if problems:
        raise LawImportError("\n".join(problems[:50]))
    if not rows:
        raise LawImportError(f"{source}: no articles")
    body = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows).encode()
    words = "".join(" ".join(cut(index_text(r["law"], r["chapter"], r["section"], r["text"]))) + "\n" for r in rows)
    version = version_of(body)
    files = {ARTICLES_FILE: packed(body), WORDS_FILE: packed(f"{version}\n{words}".encode())}
    shelf = ShelfReport()
    if national:
        shelved = shelve([dict(r) for r in national], local, packed, words_of)
        files |= shelved.files
        shelf = shelved.report
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _write(target / name, content)
    unverified = sum(r["review_status"] == "unverified" for r in rows)
    laws = len({(r["law"], r["adopted"]) for r in rows})
    return ImportReport(len(rows), laws, unverified, version, shelf, tuple(target / name for name in files))


def version_of(body: bytes) -> str:
    """Name of a state of the articles: first 12 hex digits of the SHA-256 of the uncompressed rows."""
    return hashlib.sha256(body).hexdigest()[:12]


def index_text(law: str, chapter: str, section: str, text: str) -> str:
    """What of an article is searched: the law's short title, its place and its text."""
    return "\n".join((law.removeprefix("中华人民共和国"), chapter, section, text))


def cut(text: str) -> list[str]:
    """Chinese words of two characters or more, by jieba's own dictionary (single characters say too little)."""
    words = _tokenizer().cut_for_search(text)
    return [w for w in words if len(w) > 1 and not w.isspace() and any(map(str.isalnum, w))]


def words_of(text: str) -> list[str]:
    """The text as a row of words and signs that together are the text."""
    return list(_tokenizer().cut(text))


_tokenizer = cache(tokenizer)


def _sources(source: Path) -> list[Path]:
    if source.is_dir():
        found = [p for p in (source / "labour.jsonl", source / "extra.jsonl") if p.is_file()]
        if not found or found[0].stem != "labour":
            raise LawImportError(f"{source}: labour.jsonl is not there")
        return found
    if not source.is_file():
        raise LawImportError(f"{source}: no such file")
    return [source]


def _rows(
    path: Path, problems: list[str], complete: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of one file, `complete`d where the source leaves things out; what is bad is told in `problems`."""
    lines = _lines(path)
    line_number = 0
    try:
        for line_number, line in lines:
            try:
                yield _row(line, complete, unverified=path.stem == "extra")
            except ValueError as error:
                problems.append(f"{path.name}:{line_number}: {error}")
    except (OSError, EOFError, zlib.error) as error:
        problems.append(f"{path.name}:{line_number + 1}: cannot be read ({error})")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from ((n, line) for n, line in enumerate(file, start=1) if line.strip())


def _row(
    line: bytes, complete: Callable[[dict[str, Any]], dict[str, Any]] | None, *, unverified: bool
) -> dict[str, Any]:
    try:
        row = json.loads(line.decode())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a JSON object in UTF-8 ({error})") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if complete is not None:
        row = complete(row)
    _require_text(row, ("id", "law", "article", "text"))
    if "/" in row["id"] or not re.search(r"-\d+[^-]*$", row["id"]):
        raise ValueError(f"id {row['id']!r} must end in -NUMBER and hold no slash")
    if type(row.get("number")) is not int or row["number"] < 1:
        raise ValueError(f"number {row.get('number')!r} must be a whole number from 1")
    for name in ("adopted", "effective"):
        if row.get(name):
            date.fromisoformat(row[name])
    kept = {name: row.get(name) for name in _KEPT}
    for name in ("category", "suffix", "chapter", "section"):
        kept[name] = _SPACES.sub(" ", str(kept[name] or "")).strip()
    kept["current"] = bool(row.get("current", True))
    kept["text"] = "\n".join(part for part in (_SPACES.sub(" ", s).strip() for s in row["text"].splitlines()) if part)
    if row.get("place"):
        kept["place"] = row["place"]
    kept["review_status"] = "unverified" if unverified else "verified"
    return kept


def _require_text(row: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"{name} is missing or not a text")


def packed(body: bytes) -> bytes:
    """One gzip member without name and time: the same body gives the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as member:
        member.write(body)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
