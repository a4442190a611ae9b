"""Imports law texts into the project's own data file (`gonghui law import PATH`).

Reads the JSON Lines of the shared collection, checks every row, and writes `data/labour.jsonl.gz` beside
`data/labour.words.gz` (the same articles cut into words, so that no process has to cut them at start).
The laws named in `data/further.yaml` come from `national.jsonl.gz` and go to `data/further.jsonl.gz`: to be cited and
read, not searched. All files depend on nothing but the input: the same rows give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

DATA_DIR = Path(__file__).resolve().parent / "data"
ARTICLES_FILE = "labour.jsonl.gz"
WORDS_FILE = "labour.words.gz"
FURTHER_FILE = "further.jsonl.gz"

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
    written: tuple[Path, ...] = field(default=())


def import_laws(source: Path, target: Path = DATA_DIR) -> ImportReport:
    """Reads `source` and writes the data files into `target`.

    `source` is a folder with `labour.jsonl` (and perhaps `extra.jsonl`, whose rows become `unverified`), or one such
    file. Nothing is written when any row is bad: a citation that resolves to half a text is worse than none.

    Raises LawImportError.
    """
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in _sources(source):
        rows += _rows(path, problems)
    further = _further(source, problems)
    problems += [
        f"{source.name}: id {i} occurs {n} times" for i, n in Counter(r["id"] for r in rows + further).items() if n > 1
    ]
    if problems:
        raise LawImportError("\n".join(problems[:50]))
    if not rows:
        raise LawImportError(f"{source}: no articles")
    body = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows).encode()
    words = "".join(" ".join(cut(index_text(r["law"], r["chapter"], r["section"], r["text"]))) + "\n" for r in rows)
    version = version_of(body)
    target.mkdir(parents=True, exist_ok=True)
    contents = {ARTICLES_FILE: body, WORDS_FILE: f"{version}\n{words}".encode()}
    if further:
        lines = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in further)
        contents[FURTHER_FILE] = lines.encode()
    for name, content in contents.items():
        _write(target / name, content)
    written = tuple(target / name for name in contents)
    unverified = sum(r["review_status"] == "unverified" for r in rows)
    return ImportReport(len(rows), len({(r["law"], r["adopted"]) for r in rows}), unverified, version, written)


def version_of(body: bytes) -> str:
    """Name of a state of the articles: first 12 hex digits of the SHA-256 of the uncompressed rows."""
    return hashlib.sha256(body).hexdigest()[:12]


def index_text(law: str, chapter: str, section: str, text: str) -> str:
    """What of an article is searched: the law's short title, its place and its text."""
    return "\n".join((law.removeprefix("中华人民共和国"), chapter, section, text))


def cut(text: str) -> list[str]:
    """Chinese words of two characters or more, by jieba's own dictionary (single characters say too little)."""
    import jieba  # only the import needs it; the web process never loads its dictionary for this room

    global _cutter
    if _cutter is None:
        jieba.setLogLevel("ERROR")
        # A cutter of our own: words that another part of the program adds to the shared one must not change the file.
        _cutter = jieba.Tokenizer()
    return [w for w in _cutter.cut_for_search(text) if len(w) > 1 and not w.isspace() and any(map(str.isalnum, w))]


_cutter: Any = None


def _sources(source: Path) -> list[Path]:
    if source.is_dir():
        found = [p for p in (source / "labour.jsonl", source / "extra.jsonl") if p.is_file()]
        if not found or found[0].stem != "labour":
            raise LawImportError(f"{source}: labour.jsonl is not there")
        return found
    if not source.is_file():
        raise LawImportError(f"{source}: no such file")
    return [source]


def _rows(path: Path, problems: list[str], titles: Container[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of one file, those of these titles in their newest version only; what is bad is told in `problems`."""
    for line_number, line in _lines(path):
        try:
            row = _row(line, unverified=path.stem == "extra")
        except ValueError as error:
            problems.append(f"{path.name}:{line_number}: {error}")
            continue
        if titles is None or (row["law"] in titles and row["current"]):
            yield row


def _further(source: Path, problems: list[str]) -> list[dict[str, Any]]:
    """The articles of the laws that are only cited and read; [] where the source has no national collection."""
    path = source / "national.jsonl.gz"
    if not path.is_file():
        return []
    titles = yaml.safe_load((DATA_DIR / "further.yaml").read_text(encoding="utf-8"))
    found = list(_rows(path, problems, frozenset(titles)))
    problems += [f"further.yaml: {path.name} has no {title}" for title in set(titles) - {row["law"] for row in found}]
    return found


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from ((n, line) for n, line in enumerate(file, start=1) if line.strip())


def _row(line: bytes, *, unverified: bool) -> dict[str, Any]:
    try:
        row = json.loads(line.decode())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a JSON object in UTF-8 ({error})") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
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
    kept["review_status"] = "unverified" if unverified else "verified"
    return kept


def _require_text(row: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"{name} is missing or not a text")


def _write(path: Path, body: bytes) -> None:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as packed:
        packed.write(body)
    part = path.with_suffix(".part")
    part.write_bytes(buffer.getvalue())
    part.replace(path)
