"""Tables of the letters: kinds, limits, words, notices (`data/*.yaml`), checked at start; values name their source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import model_validator

from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.tables import (
    Coded,
    Row,
    Step,
    Steps,
    Words,
    check_steps,
    label,
    limit_of,
    nearest_first,
    read_table,
)
from gonghui.kernel.tables import pairs as pairs

DATA = Path(__file__).parent / "data"
STEPS = ("acceptance", "drafting", "review", "sign", "send", "serve", "follow_up", "verify", "close")


class Item(Coded):
    """`refuses`: ground for the next letter. `more`: what came of it is told later. `later`: said only then."""

    refuses: bool = False
    more: bool = False
    later: bool = False


class Office(Item):
    """An authority; `ends`: what follows its field in the capital, in a province, below."""

    ends: tuple[str, str, str]


class Kind(Words):
    """One of the three letters and who may issue it. `full` is its title, `short` its character in the number."""

    code: str
    full: str
    short: str
    document: str
    levels: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    inquiry: bool = False
    after: str = ""
    next: str = ""
    to_authority: bool = False
    source: str


class Profile(Steps):
    reply_days: dict[str, Step] = {}
    steps: dict[str, Step] = {}


class Limits(Row):
    answer_link: Step
    result_link: Step
    profiles: tuple[Profile, ...]

    @model_validator(mode="after")
    def _default_is_whole(self) -> Limits:
        check_steps(self.profiles, STEPS)
        for profile in self.profiles:
            for name, step in profile.reply_days.items():
                if step.limit.unit not in ("days", "working_days") or step.limit.amount % 1:
                    raise ValueError(f"{profile.id}: the reply limit of {name} must be whole days or working days")
        return self


class WordTable(Row):
    scope: tuple[Item, ...]
    refusals: tuple[Item, ...]
    told_by: tuple[Item, ...]
    services: tuple[Item, ...]
    stances: tuple[Item, ...]
    authority_stances: tuple[Item, ...]
    ways: tuple[Item, ...]
    corrected: tuple[Item, ...]
    escalations: tuple[Item, ...]
    onward: tuple[Item, ...]
    authorities: tuple[Office, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    return read_table(DATA / "kinds.yaml", tuple[Kind, ...])


def kind(code: str) -> Kind:
    """KeyError for an unknown code."""
    found = next((one for one in kinds() if one.code == code), None)
    if found is None:
        raise KeyError(code)
    return found


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
    """The limit of a step at an organisation: the nearest profile's that names it, else the default's."""
    return limit_of(limits().profiles, step, path)


def reply_days(kind_code: str, path: str) -> Step:
    """The usual reply limit of a kind of letter that a union at `path` issues, with its source."""
    found = nearest_first(limits().profiles, path)
    return next(one.reply_days[kind_code] for one in found if kind_code in one.reply_days)


def chinese(items: tuple[Item, ...], code: str) -> str:
    """For what stands in a letter, whatever the language of who drafts it."""
    return next((item.zh for item in items if item.code == code), code)


def labels(items: tuple[Item, ...], codes: list[str]) -> list[str]:
    return [label(items, code) for code in codes]


def stances(code: str) -> tuple[Item, ...]:
    """What answers to a letter of this kind say, first and later ones."""
    return words().authority_stances if kind(code).to_authority else words().stances


def first_stances(code: str) -> tuple[Item, ...]:
    """What the first answer may say."""
    return tuple(one for one in stances(code) if not one.later)


def results(code: str) -> tuple[Item, ...]:
    """What a later answer may say, once the first one left the result open; () where none does. What was taken up
    (立案) is not refused any more: neither by the authority nor by whoever has its link."""
    said = stances(code)
    return tuple(one for one in said if not one.more and not one.refuses) if any(one.more for one in said) else ()


def is_open(code: str, stance: str) -> bool:
    """Whether an answer of this stance leaves the result to be told later."""
    return any(one.code == stance and one.more for one in stances(code))


def check_all() -> None:
    """Read every table, so that a mistake in one stops the start."""
    words()
    notices()
    known = {one.code for one in kinds()}
    default = next(profile for profile in limits().profiles if profile.id == "default")
    assert known == set(default.reply_days), "every kind of letter needs a usual reply limit"
    assert {name for one in kinds() for name in (one.next, one.after) if name} <= known
