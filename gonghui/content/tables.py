"""栏目, 用词 and the numbers of 推送 as data, checked when they are first read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache
from pathlib import Path
from typing import Literal

import ahocorasick_rs
from pydantic import Field, TypeAdapter

from gonghui import yamls
from gonghui.kernel.flow.schema import Strict, Text

DATA = Path(__file__).parent / "data"


class Column(Text):
    """栏目. `law`: its citations of law must resolve."""

    law: bool = False


class Word(Text):
    """A word not to be used (`stop`) or to be confirmed (`ask`), with the reason the writer reads."""

    word: str
    level: Literal["stop", "ask"]


class PushRules(Strict):
    """Numbers of 推送: texts a person and day, hours from–to without any, letters, people in one transaction,
    days after its end in which it is counted how many have read a push."""

    per_day: int = Field(ge=1)
    quiet: tuple[time, time]
    words_most: int = Field(ge=10, le=60)
    batch: int = Field(ge=1)
    read_days: int = Field(ge=1)
    mark: Literal["V", "S", "P", "U"]

    def is_quiet(self, at: time) -> bool:
        """Whether a time of the day (Asia/Shanghai) lies in the quiet hours, which may span midnight."""
        begin, end = self.quiet
        return begin <= at < end if begin <= end else at >= begin or at < end


@cache
def push_rules() -> PushRules:
    return PushRules.model_validate(yamls.read((DATA / "push.yaml").read_text(encoding="utf-8")))


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


# What parts the characters of a word for the eye alone: spaces, invisible letters, Markdown's and other marks. An empty
# line and the marks of a sentence part words in earnest.
_PARTING = re.compile(r"(?!\n\s*\n)[\s\u200b-\u200f\u2060\ufeff\u00ad*_~`·•・|/\\^+=#-]")


def found_in(text: str) -> list[Found]:
    """The words of the table that a text has, each once, in its order, also written in wide letters or with something
    between their characters (打 工 妹, 打*工*妹). Of two that overlap the longer one counts."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if not _PARTING.match(text, place):
            for one in unicodedata.normalize("NFKC", letter):
                letters.append(one)
                places.append(place)
    seen: dict[str, Found] = {}
    for number, first, after in _scanner().find_matches_as_indexes("".join(letters)):
        word = words()[number]
        start, end = places[first], places[after - 1] + 1
        seen.setdefault(word.word, Found(word, text[max(0, start - 8) : end + 8].replace("\n", " ")))
    return list(seen.values())


def kinds_of(worker_types: str) -> list[str]:
    """`,rider,courier,` one by one; none: all."""
    return [one for one in worker_types.split(",") if one]


def kinds_text(codes: Sequence[str]) -> str:
    """As rows keep them, each between commas so that one is found by `,rider,`; none: empty."""
    return f",{','.join(codes)}," if codes else ""
