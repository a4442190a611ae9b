"""Words and numbers of finding work (`data/*.yaml`), checked when first read."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import Field

from gonghui.kernel.tables import Row, Words, read_table

DATA = Path(__file__).parent / "data"


class Rates(Row):
    reports: str
    applications: str
    invitations: str


class Numbers(Row):
    open_applications_most: int = Field(ge=1)
    candidates_most: int = Field(ge=1)
    fits_most: int = Field(ge=1)
    list_most: int = Field(ge=1)
    reports_to_pause: int = Field(ge=1)
    tap_days: int = Field(ge=1)
    same_text: float = Field(gt=0, le=1)
    rates: Rates


class Named(Words):
    code: str


class Trade(Named):
    most: Decimal
    words: tuple[str, ...]


class Reason(Named):
    hotline: bool


@cache
def numbers() -> Numbers:
    return read_table(DATA / "numbers.yaml", Numbers)


@cache
def trades() -> dict[str, Trade]:
    return {row.code: row for row in read_table(DATA / "trades.yaml", tuple[Trade, ...])}


@cache
def campaigns() -> dict[str, Named]:
    return {row.code: row for row in read_table(DATA / "campaigns.yaml", tuple[Named, ...])}


@cache
def groups() -> dict[str, Named]:
    return {row.code: row for row in read_table(DATA / "groups.yaml", tuple[Named, ...])}


@cache
def reasons() -> dict[str, Reason]:
    return {row.code: row for row in read_table(DATA / "reports.yaml", tuple[Reason, ...])}
