"""权益情形: lay questions of the handbook's situations with the articles that answer them, in words of our own.

Labour questions are few among the public ones; these stand beside them in the ranker's memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.brain.laws import titles_by_name
from gonghui.brain.numerals import parse_number
from gonghui.brain.statutes.corpus import Article, CorpusError, Question

FILE = Path(__file__).resolve().parents[1] / "data" / "situations.yaml"
_NUMBER = re.compile(r"第([〇零一二三四五六七八九十百千]+)条(之[一二三四五六七八九十]+)?$")


def _rows(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yamls.read(path.read_text(encoding="utf-8"))
    return loaded


def situations_version(path: Path = FILE) -> str:
    """Name of a state of the file: 8 hex digits of its content."""
    return blake2b(path.read_bytes(), digest_size=4).hexdigest()


def situation_of(question: Question) -> str:
    """The code of the situation that a question is of (`R14`), or "" for a question from elsewhere."""
    return question.id.split(":")[0] if ":" in question.id else ""


def articles_by_place(articles: Sequence[Article]) -> dict[tuple[str, str], str]:
    """Id of each article by the law's full title and its number (`14`, `276之一`); the newest version wins."""
    found: dict[tuple[str, str], str] = {}
    for article in sorted(articles, key=lambda a: a.law):
        if match := _NUMBER.search(article.name):
            number = parse_number(match.group(1))
            found[article.name[: match.start()], f"{number}{match.group(2) or ''}"] = article.id
    return found


def situation_questions(articles: Sequence[Article], path: Path = FILE, *, strict: bool = True) -> list[Question]:
    """Two questions a situation, ids `R14:1` and `R14:2`; gold as the corpus names it.

    strict: raise CorpusError for an article that the corpus lacks; else leave it out, and a question without any.
    """
    rows = _rows(path)
    known = articles_by_place(articles)
    questions = []
    for code, row in rows["situations"].items():
        gold = []
        for law, numbers in row["cites"].items():
            if (title := titles_by_name().get(law)) is None:
                raise CorpusError(f"{path.name}: {code}: no law {law}")
            for number in numbers:
                if article := known.get((title, str(number))):
                    gold.append(article)
                elif strict:
                    raise CorpusError(f"{path.name}: {code}: no article {number} of {title}")
        if gold:
            questions += [
                Question(f"{code}:{place}", text, tuple(gold), labour=True)
                for place, text in enumerate(row["asks"], start=1)
            ]
    return questions
