"""Tables of the legal cloud: limits, words, notices (`data/*.yaml`), checked at start. Every value names its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import model_validator

from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.tables import Coded, Row, Steps, check_steps, limit_of, read_table
from gonghui.kernel.tables import label as label
from gonghui.kernel.tables import pairs as pairs

DATA = Path(__file__).parent / "data"
STEPS = (
    "assign", "accept_question", "answer", "reply", "rate", "decide", "appoint", "papers", "late_papers", "accept_aid",
    "first_contact", "progress", "review", "objection_wait", "objection", "confirm",
)  # fmt: skip


class Item(Coded):
    satisfied: bool = False
    interest: str = ""


class Number(Row):
    value: int
    source: str


class Limits(Row):
    profiles: tuple[Steps, ...]
    ask_again_most: Number
    handed_on_most: Number

    @model_validator(mode="after")
    def _default_is_whole(self) -> Limits:
        check_steps(self.profiles, STEPS)
        return self


class WishFor(Row):
    category: str
    gender: str
    source: str


class Service(Coded):
    """What can be booked, by whom: the worker from an own case, staff for a union or an employer."""

    worker: bool = False
    staff: bool = False


class WordTable(Row):
    default_language: str
    languages: tuple[Item, ...]
    satisfaction: tuple[Item, ...]
    decline_reasons: tuple[Item, ...]
    milestones: tuple[Item, ...]
    terminate_grounds: tuple[Item, ...]
    aid_forms: tuple[Item, ...]
    wishes_for: tuple[WishFor, ...]
    services: tuple[Service, ...]
    booking_modes: tuple[Item, ...]
    day_parts: tuple[Item, ...]


@cache
def limits() -> Limits:
    return read_table(DATA / "limits.yaml", Limits)


@cache
def words() -> WordTable:
    return read_table(DATA / "words.yaml", WordTable)


@cache
def notices() -> dict[str, str]:
    return read_table(DATA / "notices.yaml", dict[str, str])


def step_limit(step: str, path: str) -> Limit:
    return limit_of(limits().profiles, step, path)


def service(code: str) -> Service:
    return next(item for item in words().services if item.code == code)


def check_all() -> None:
    """Read every table, so that a mistake in one stops the start."""
    from gonghui.legal import eligibility

    limits()
    words()
    notices()
    eligibility.table()
