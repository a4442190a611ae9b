"""栏目 and 用词 as data, checked when they are first read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import ahocorasick_rs
from pydantic import TypeAdapter

from gonghui import yamls
from gonghui.kernel.flow.schema import Text

DATA = Path(__file__).parent / "data"


class Column(Text):
    """栏目. `law`: its citations of law must resolve."""

    law: bool = False


class Word(Text):
    """A word not to be used (`stop`) or to be confirmed (`ask`), with the reason the writer reads."""

    word: str
    level: Literal["stop", "ask"]


@cache
def columns() -> dict[str, Column]:
    data = yamls.read((DATA / "columns.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Column]).validate_python(data)


@cache
def words() -> tuple[Word, ...]:
    data = yamls.read((DATA / "words.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Word, ...]).validate_python(data)


@cache
def _scanner() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(
        [word.word for word in words()], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
    )


@dataclass(frozen=True)
class Found:
    """A word of the table in a text, with some letters on both sides."""

    word: Word
    around: str


def found_in(text: str) -> list[Found]:
    """The words of the table that a text has, each once, in its order. Of two that overlap the longer one counts."""
    seen: dict[str, Found] = {}
    for place, start, end in _scanner().find_matches_as_indexes(text):
        word = words()[place]
        seen.setdefault(word.word, Found(word, text[max(0, start - 8) : end + 8].replace("\n", " ")))
    return list(seen.values())
