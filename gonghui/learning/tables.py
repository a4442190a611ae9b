"""Numbers of the courses (`data/numbers.yaml`), checked when first read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from gonghui.kernel.tables import Row, Words, read_table

DATA = Path(__file__).parent / "data"


class Numbers(Row):
    attendees_least: int = Field(ge=1)
    watched_share: int = Field(ge=1, le=100)
    learned_share: int = Field(ge=1, le=100)
    pass_score: int = Field(ge=0, le=100)
    tries: int = Field(ge=1)
    retry_hours: int = Field(ge=0)
    hour_minutes: int = Field(ge=1)
    learn_days: int = Field(ge=1)
    read_seconds: int = Field(ge=0)
    green: int = Field(ge=1, le=100)
    yellow: int = Field(ge=1, le=100)
    video_megabytes: int = Field(ge=1)
    subsidy_months: int = Field(ge=1)


class Title(Words):
    """What an hour taught by somebody of this title may cost at most, in yuan."""

    code: str
    most: Decimal = Field(gt=0)
    mark: Literal["V", "P", "S", "U"]


class HonorariumRule(Row):
    since: date
    source: str
    hour_minutes: int = Field(ge=1)
    half_day_hours: int = Field(ge=1)
    titles: tuple[Title, ...] = Field(min_length=1)


class TaxNote(Words):
    since: date
    source: str
    mark: Literal["V", "P", "S", "U"]


class Honoraria(Row):
    rules: tuple[HonorariumRule, ...] = Field(min_length=1)
    tax: tuple[TaxNote, ...]

    def rule_on(self, day: date) -> HonorariumRule | None:
        """The rule in force on the day of a lecture."""
        begun = [rule for rule in self.rules if rule.since <= day]
        return max(begun, key=lambda rule: rule.since) if begun else None

    def tax_on(self, day: date) -> TaxNote | None:
        begun = [note for note in self.tax if note.since <= day]
        return max(begun, key=lambda note: note.since) if begun else None


@cache
def honoraria() -> Honoraria:
    return read_table(DATA / "honoraria.yaml", Honoraria)


@cache
def numbers() -> Numbers:
    return read_table(DATA / "numbers.yaml", Numbers)
