"""Tables of the legal cloud: limits, words, notices (`data/*.yaml`), checked at start. Every value names its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import model_validator

from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.tables import Row, Words, nearest_first, read_table

DATA = Path(__file__).parent / "data"
STEPS = (
    "assign", "accept_question", "answer", "reply", "rate", "decide", "appoint", "papers", "late_papers", "accept_aid",
    "first_contact", "progress", "review", "objection_wait", "objection",
)  # fmt: skip


class Item(Words):
    code: str
    source: str
    satisfied: bool = False
    interest: str = ""


class Number(Row):
    value: int
    source: str


class Step(Row):
    limit: Limit
    source: str


class Profile(Row):
    id: str
    path: str
    limits: dict[str, Step]


class Limits(Row):
    profiles: tuple[Profile, ...]
    ask_again_most: Number
    handed_on_most: Number

    @model_validator(mode="after")
    def _default_is_whole(self) -> Limits:
        default = next((profile for profile in self.profiles if profile.id == "default"), None)
        missing = set(STEPS) - set(default.limits if default else ())
        unknown = {name for profile in self.profiles for name in profile.limits} - set(STEPS)
        if missing or unknown:
            raise ValueError(f"limits missing: {sorted(missing)}, unknown: {sorted(unknown)}")
        return self


class WordTable(Row):
    default_language: str
    languages: tuple[Item, ...]
    satisfaction: tuple[Item, ...]
    decline_reasons: tuple[Item, ...]
    milestones: tuple[Item, ...]
    terminate_grounds: tuple[Item, ...]


@cache
def _load(name: str, kind: Any) -> Any:
    return read_table(DATA / f"{name}.yaml", kind)


def limits() -> Limits:
    return _load("limits", Limits)


def words() -> WordTable:
    return _load("words", WordTable)


def notices() -> dict[str, str]:
    return _load("notices", dict[str, str])


def step_limit(step: str, path: str) -> Limit:
    """The limit of a step at an organisation: the nearest profile's that names it, else the default's."""
    for profile in nearest_first(limits().profiles, path):
        if step in profile.limits:
            return profile.limits[step].limit
    raise KeyError(step)


def pairs(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    return [(item.code, item.label) for item in items]


def label(items: tuple[Item, ...], code: str) -> str:
    return next((item.label for item in items if item.code == code), code)


def check_all() -> None:
    """Read every table, so that a mistake in one stops the start."""
    from gonghui.legal import eligibility

    limits()
    words()
    notices()
    eligibility.table()
