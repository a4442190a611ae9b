"""Articles to search and questions to learn from, read from JSON Lines."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?.*$")


class CorpusError(ValueError):
    """A file of articles or questions cannot be read; the message names file, line and cause."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article: id, full name (《law》 with its number) and text."""

    id: str
    name: str
    text: str

    @property
    def law(self) -> str:
        """Key of the version of the law that the article belongs to: its id without the number."""
        return self.id.rsplit("-", 1)[0] if "-" in self.id else self.title

    @property
    def title(self) -> str:
        """The law's short title, without number and without 中华人民共和国."""
        return _ARTICLE.sub("", self.name).removeprefix("中华人民共和国").strip()


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the articles that answer it, and a lawyer's answer where there is one."""

    id: str
    text: str
    gold: tuple[str, ...] = ()
    answer: str = ""
    labour: bool = False


def read_corpus(path: Path) -> list[Article]:
    """All articles of a file (`id`, `name`, `text` a line, gzip by its name). Raises CorpusError."""
    articles = [Article(*_texts(path, line, row, "id", "name", "text")) for line, row in read_rows(path)]
    if not articles:
        raise CorpusError(f"{path.name}: no articles")
    if len({article.id for article in articles}) < len(articles):
        raise CorpusError(f"{path.name}: an id occurs twice")
    return articles


def read_questions(path: Path) -> list[Question]:
    """Questions of a file: `query_id` and `text` a line; `gold`, `answer`, `labour` where given. Raises CorpusError."""
    questions = []
    for line, row in read_rows(path):
        if "query_id" not in row or not isinstance(row.get("text"), str):
            raise CorpusError(f"{path.name}:{line}: needs query_id and text")
        gold = row.get("gold") or ()
        if not all(isinstance(article_id, str) for article_id in gold):
            raise CorpusError(f"{path.name}:{line}: gold must be article ids")
        questions.append(
            Question(
                str(row["query_id"]),
                row["text"],
                tuple(gold),
                str(row.get("answer") or ""),
                bool(row.get("labour")),
            )
        )
    return questions


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of each line of JSON Lines. Raises CorpusError."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise CorpusError(f"{path.name}:{number}: not a JSON object")
                    yield number, row
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path.name}:{number}: not JSON ({error})") from None
    except UnicodeDecodeError:
        raise CorpusError(f"{path.name}:{number}: not UTF-8") from None
    except (OSError, EOFError) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from None


def _texts(path: Path, line: int, row: dict[str, Any], *names: str) -> tuple[str, ...]:
    values = tuple(row.get(name) for name in names)
    if not all(isinstance(value, str) for value in values):
        raise CorpusError(f"{path.name}:{line}: needs {', '.join(names)} as text")
    return values  # type: ignore[return-value]
