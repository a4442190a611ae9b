"""Numbers and words of the places (`data/*.yaml`), checked when first read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from gonghui.kernel.tables import Row, Words, read_table
from gonghui.membership.tables import Photo

DATA = Path(__file__).parent / "data"


class Rates(Row):
    faults: str
    visits: str


class Scans(Row):
    """Verified cards: so long a row tells whose card it was; so many days the place's chart has."""

    named_days: int = Field(ge=1)
    figure_days: int = Field(ge=7, le=92)


class Refund(Row):
    """So many percent are given back from so many hours before the beginning on."""

    hours: int = Field(ge=0)
    percent: int = Field(ge=0, le=100)


class Fees(Row):
    pay_hours: int = Field(ge=1)
    pay_before_hours: int = Field(ge=0)
    transfer_days: int = Field(ge=1)
    watch_days: int = Field(ge=1)
    companions: Literal["member", "public"]
    refunds: tuple[Refund, ...]

    @field_validator("refunds")
    @classmethod
    def _in_order(cls, rows: tuple[Refund, ...]) -> tuple[Refund, ...]:
        hours = [row.hours for row in rows]
        if not rows or hours != sorted(set(hours), reverse=True) or hours[-1] != 0:
            raise ValueError("refunds go from many hours down to 0")
        return rows


class Ratings(Row):
    days: int = Field(ge=1)
    low: int = Field(ge=1, le=4)


class Numbers(Row):
    cancel_hours: int = Field(ge=0)
    no_shows: int = Field(ge=1)
    block_days: int = Field(ge=0)
    people_most: int = Field(ge=1)
    waiting_most: int = Field(ge=0)
    days_ahead: int = Field(ge=1)
    public_days_ahead: int = Field(ge=1)
    ratings: Ratings
    fitness_days: int = Field(ge=1)
    rates: Rates
    scans: Scans
    fees: Fees
    photo: Photo
    photos_most: int = Field(ge=1)
    heat_days: int = Field(ge=7)


class Equipment(Words):
    code: str


class Kind(Words):
    """A kind of place. `title`, `lead`: of its list; `nameless`: who came is not kept."""

    code: str = Field(pattern=r"^[a-z]{2,8}$")
    slug: str = Field(pattern=r"^[a-z-]+$")
    title: Words
    lead: Words
    nameless: bool = False

    @property
    def route(self) -> str:
        return self.slug.replace("-", "_")


class Inspecting(Words):
    """A kind of inspection. `every`: once in each; empty: whenever."""

    code: str = Field(pattern=r"^[a-z]{2,8}$")
    every: Literal["month", "year", ""]
    kinds: tuple[str, ...]
    points: tuple[Words, ...]


@cache
def numbers() -> Numbers:
    return read_table(DATA / "numbers.yaml", Numbers)


@cache
def equipment() -> tuple[Equipment, ...]:
    return read_table(DATA / "equipment.yaml", tuple[Equipment, ...])


@cache
def kinds() -> tuple[Kind, ...]:
    return read_table(DATA / "kinds.yaml", tuple[Kind, ...])


def kind(code: str) -> Kind:
    """KeyError for a kind that is not there."""
    return {row.code: row for row in kinds()}[code]


@cache
def inspecting() -> tuple[Inspecting, ...]:
    return read_table(DATA / "inspections.yaml", tuple[Inspecting, ...])
