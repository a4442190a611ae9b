"""Tables of the room: limits by place, numbers with their mark, the score card of proposals (`data/*.yaml`)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.tables import Coded, Row, Steps, check_steps, limit_of, read_table

DATA = Path(__file__).parent / "data"
STEPS = (
    "prepare", "answer", "delegates", "exchange", "talk", "coordinate", "vote", "sign", "file", "publish", "check",
)  # fmt: skip


class Limits(Row):
    profiles: tuple[Steps, ...]

    @model_validator(mode="after")
    def _default_is_whole(self) -> Limits:
        check_steps(self.profiles, STEPS)
        return self


class Number(Row):
    value: Decimal
    mark: Literal["V", "P", "S", "U"]
    source: str


class Numbers(Row):
    numbers: dict[str, Number]


class Item(Coded):
    most: int


class Pillar(Coded):
    """一项硬指标: its weight is what its items come to together."""

    items: tuple[Item, ...]

    @property
    def weight(self) -> int:
        return sum(item.most for item in self.items)


class Scoring(Row):
    pillars: tuple[Pillar, ...]

    @model_validator(mode="after")
    def _comes_to_a_hundred(self) -> Scoring:
        if sum(pillar.weight for pillar in self.pillars) != 100:
            raise ValueError("the items must come to 100 together")
        return self

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for pillar in self.pillars for item in pillar.items)


@cache
def limits() -> Limits:
    return read_table(DATA / "limits.yaml", Limits)


@cache
def numbers() -> dict[str, Number]:
    return read_table(DATA / "numbers.yaml", Numbers).numbers


@cache
def scoring() -> Scoring:
    return read_table(DATA / "scoring.yaml", Scoring)


def number(name: str) -> int:
    """A whole number of the table."""
    return int(numbers()[name].value)


def limit(step: str, path: str) -> Limit:
    """The limit of a step at a union."""
    return limit_of(limits().profiles, step, path)
