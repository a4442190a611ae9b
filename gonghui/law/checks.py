"""Every citation within the project's own data leads to an article at hand (引用核对): for `gonghui law check`, tests.

Situations and lay terms are checked by their readers, which refuse to start. Here they are read once, and besides them
what only names articles in passing: ids in the calculators' code, sources of parameters, sentences of the answers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.law.articles import NATIONAL_PREFIX
from gonghui.law.calculators import sources
from gonghui.law.citations import CitationReader
from gonghui.law.lexicon import LawDataError
from gonghui.law.links import LinkReader
from gonghui.law.shelf import Shelf
from gonghui.law.store import LawStore
from gonghui.law.topics.library import Library

PACKAGE = Path(__file__).resolve().parents[1]
# Tests and the questions that try the models cite what is not there on purpose.
_PASSED_OVER = {"tests", "evaluate"}
# Where a source says itself that its text is not at hand, there is nothing to look up.
_NOT_AT_HAND = re.compile(r"转引|未见全文|未收录|未核对")


def problems(shelf: Shelf | None = None, folder: Path = PACKAGE) -> list[str]:
    """What leads nowhere, one line each: file, line or place, and the citation. Empty when all is well."""
    shelf = shelf or Shelf.default()
    found: list[str] = []
    try:
        store = LawStore.default()
        Library()
    except LawDataError as error:
        return str(error).splitlines()
    names = {name: v.law for v in shelf.volumes for name in (v.law, v.law.removeprefix(NATIONAL_PREFIX))}
    reader = LinkReader(names)
    for path in _files(folder, "*.py"):
        tree = ast.parse(path.read_bytes())
        found += [f"{path.relative_to(folder)}:{n}: no article {i}" for n, i in ids_in(tree) if not shelf.get(i)]
        texts = list(_strings(tree))
        found += _unresolved(f"{path.relative_to(folder)}", texts, reader, store.citations, shelf)
    for path in _files(folder, "*.yaml"):
        texts = list(_texts(yamls.read(path.read_bytes())))
        found += _unresolved(f"{path.relative_to(folder)}", texts, reader, store.citations, shelf)
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(p for p in folder.rglob(pattern) if not _PASSED_OVER.intersection(p.relative_to(folder).parts))


def ids_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The ids that `articles(CONTRACT, 47, 87)` makes, with their lines."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "articles"):
            continue
        law, *numbers = node.args
        if isinstance(law, ast.Name) and isinstance(slug := getattr(sources, law.id, None), str):
            for number in numbers:
                if isinstance(number, ast.Constant) and isinstance(number.value, int):
                    yield node.lineno, f"{slug}-{number.value}"


def _strings(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The texts of a program that may name an article, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "条" in node.value:
            yield str(node.lineno), node.value


def _texts(data: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a YAML file with the place where it stands."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, f"{place}.{key}".lstrip("."))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _texts(value, f"{place}[{number}]")


def _unresolved(
    file: str, texts: list[tuple[str, str]], reader: LinkReader, short: CitationReader, shelf: Shelf
) -> Iterator[str]:
    for place, text in texts:
        if _NOT_AT_HAND.search(text):
            continue
        cited = [(c.law, c.spelled, c.number, c.suffix, c.paragraph, c.item) for c in reader.find(text)]
        cited += [(c.law, c.law, c.number, c.suffix, c.paragraph, c.item) for c in short.find(text)]
        for law, spelled, number, suffix, paragraph, item in cited:
            article = shelf.by_number(law, number, suffix) if law else None
            if article is None or article.part(paragraph, item) is None:
                part = "".join((f".{paragraph}" if paragraph else "", f"({item})" if item else ""))
                yield f"{file}:{place}: no article {spelled} {number}{suffix}{part}"
