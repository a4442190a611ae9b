"""Numbers and words of the craftsmen (`data/*.yaml`), checked when first read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from gonghui.kernel.tables import Row, Words, read_table

DATA = Path(__file__).parent / "data"


class Quotas(Row):
    front_line: int = Field(ge=0, le=100)
    migrant: int = Field(ge=0, le=100)
    female: int = Field(ge=0, le=100)
    non_public: int = Field(ge=0, le=100)


class Numbers(Row):
    matched: int = Field(ge=1, le=20)
    candidates: int = Field(ge=1, le=500)
    judges_least: int = Field(ge=1)
    judges_drop: int = Field(ge=3)
    theory: int = Field(ge=0, le=100)
    practice: int = Field(ge=0, le=100)
    appeal_hours: int = Field(ge=1)
    quotas: Quotas
    proof_above: Decimal = Field(ge=0)
    blind_nominations: bool

    @model_validator(mode="after")
    def _whole(self) -> Numbers:
        if self.theory + self.practice != 100:
            raise ValueError("theory and practice make 100 together")
        return self


class Item(Words):
    code: str


class HonourKind(Item):
    level: Literal["national", "province", "city", "county"]


class TeamRule(Item):
    best: int = Field(ge=0, description="so many of the best are counted; 0: everybody")


class Teams(Row):
    least: int = Field(ge=2)
    most: int = Field(ge=2, le=50)
    rules: tuple[TeamRule, ...] = Field(min_length=1)


class Rounds(Row):
    rounds: tuple[Item, ...]
    final: Item
    team: Teams

    def word(self, code: str) -> str:
        """The words for a round; the code where the table no longer has it."""
        return next((str(one) for one in (*self.rounds, self.final) if one.code == code), code)

    def rule(self, code: str) -> TeamRule:
        """KeyError for an unknown rule."""
        for one in self.team.rules:
            if one.code == code:
                return one
        raise KeyError(code)


class Host(Words):
    host: str


class Media(Row):
    megabytes: int = Field(ge=1)
    per_person: int = Field(ge=1)
    transcript_least: int = Field(ge=1)
    caption_kilobytes: int = Field(ge=1)
    hosts: tuple[Host, ...]

    def host(self, name: str) -> Host | None:
        """The approved site of that name; None for any other."""
        return next((one for one in self.hosts if one.host == name.lower()), None)


@cache
def media() -> Media:
    return read_table(DATA / "media.yaml", Media)


@cache
def numbers() -> Numbers:
    return read_table(DATA / "numbers.yaml", Numbers)


@cache
def rounds() -> Rounds:
    return read_table(DATA / "rounds.yaml", Rounds)


@cache
def trades() -> tuple[Item, ...]:
    return read_table(DATA / "trades.yaml", tuple[Item, ...])


@cache
def levels() -> tuple[Item, ...]:
    return read_table(DATA / "levels.yaml", tuple[Item, ...])


@cache
def honours() -> tuple[HonourKind, ...]:
    return read_table(DATA / "honours.yaml", tuple[HonourKind, ...])


def honour(code: str) -> HonourKind:
    """KeyError for an unknown code."""
    for one in honours():
        if one.code == code:
            return one
    raise KeyError(code)


def names(items: Iterable[Item], codes: Iterable[str]) -> list[str]:
    """The words for codes, in the table's order; what the table no longer has is left out."""
    wanted = set(codes)
    return [str(item) for item in items if item.code in wanted]


def check_all() -> None:
    """Read every table, so that a mistake in one stops the start."""
    numbers(), rounds(), media(), trades(), levels(), honours()
