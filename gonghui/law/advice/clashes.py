"""What a message tells twice and differently (前后不一): it is said and asked, and nothing is reckoned with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gonghui import yamls
from gonghui.brain.types import Understanding
from gonghui.law.advice.reading import Read, told_words, years_worked
from gonghui.law.topics import FactValue

HERE = Path(__file__).resolve().parent
# Who tells of more years of work than they can have behind them wrote one of the numbers wrong; years of age.
_YOUNGEST = 10


@dataclass(frozen=True, slots=True)
class Clash:
    """Two things of one message that cannot both be so: the first of `facts` is asked, none of them is taken."""

    facts: tuple[str, ...]
    words: tuple[str, str]

    @property
    def text(self) -> str:
        """What is said of it."""
        one, other = self.words
        return f"您写了“{one}”，又写了“{other}”。这两处对不上，请告诉我们哪一个对。"


@dataclass(frozen=True, slots=True)
class _Row:
    fact: str
    value: FactValue
    drops: tuple[str, ...]
    words: re.Pattern[str]
    unless: re.Pattern[str]


@cache
def clash_rows() -> tuple[_Row, ...]:
    """The rows of `data/clashing.yaml`."""
    rows = yamls.read((HERE / "data" / "clashing.yaml").read_bytes())
    return tuple(
        _Row(
            row["fact"],
            row["value"],
            tuple(row.get("drops", ())),
            re.compile(row["words"]),
            re.compile(row["unless"]),
        )
        for row in rows
    )


def clashes(meaning: Understanding, read: Sequence[Read]) -> tuple[Clash, ...]:
    """What of the facts that were read is told otherwise elsewhere in the message."""
    by_fact = {one.fact: one for one in read}
    found = []
    for row in clash_rows():
        one = by_fact.get(row.fact)
        if one is None or one.value != row.value or row.unless.search(meaning.text):
            continue
        other = told_words(meaning.text, row.words)
        if other and other not in one.words:
            found.append(Clash((row.fact, *row.drops), (one.words, other)))
    if (age := by_fact.get("age")) and isinstance(age.value, int) and (years := _too_long(meaning, age.value)):
        found.append(Clash(("age",), (age.words, years)))
    return tuple(found)


def _too_long(meaning: Understanding, age: int) -> str:
    """The words for a time of work that somebody so old cannot have behind them, "" if there are none."""
    return next((words for words, years in years_worked(meaning) if years > age - _YOUNGEST), "")
