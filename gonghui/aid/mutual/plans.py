"""互助计划 (`gonghui/aid/plans/*.yaml`): what a plan promises, every number with its mark and source.

A place's own plan, or what differs there, is `regions/CODE/NAME.yaml`, merged over the wider file of the same name as a
service's layers are (docs/add-a-plan.md). A plan of a later time is a file of another name with the same `code`
(`inpatient.2027.yaml`) and days of its own. `confirmed` says that the plan's office looked at these very figures: a
narrower file that changes any of them is not confirmed unless it says so itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from django.conf import settings
from pydantic import Field, ValidationError, field_validator, model_validator

from gonghui import yamls
from gonghui.kernel.flow.schema import Strict, Text
from gonghui.kernel.tables import TableError
from gonghui.services.layers import above, merge

FOLDER = Path(__file__).parent.parent / "plans"
LEVELS = ("1", "2", "3")
UNKNOWN = "unknown"
Mark = Literal["V", "P", "S", "U"]


class Figure(Strict):
    """A number with how sure it is (handbook 0.1) and where it was read."""

    value: Decimal = Field(ge=0)
    mark: Mark
    source: str = Field(min_length=2)


class Figures(Strict):
    """Yuan and days. `premium` a person and period; cover lasts `cover_days`; what begins in its first `waiting_days`
    is not covered, unless an earlier cover ended at most `renewal_gap_days` before (续保)."""

    premium: Figure
    cover_days: Figure
    waiting_days: Figure
    renewal_gap_days: Figure
    deductible: Figure
    cap: Figure

    @model_validator(mode="after")
    def _whole(self) -> Figures:
        for name in ("cover_days", "waiting_days", "renewal_gap_days"):
            value = getattr(self, name).value
            if value != int(value):
                raise ValueError(f"{name} is a whole number of days")
        if not self.waiting_days.value < self.cover_days.value <= 3660:
            raise ValueError("the cover is longer than its waiting days, and ten years at most")
        if self.cap.value <= 0:
            raise ValueError("the cap is more than nothing")
        return self


class Listed(Text):
    """A disease or a hospital of the plan; `also`: how it is written otherwise."""

    also: tuple[str, ...] = ()
    mark: Mark
    source: str = Field(min_length=2)


class Window(Strict):
    """参保时间: from when to when in a year one may join, as `MM-DD`; it may go over the end of the year."""

    opens: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    closes: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    mark: Mark
    source: str = Field(min_length=2)

    def holds(self, day: date) -> bool:
        at = f"{day:%m-%d}"
        if self.opens <= self.closes:
            return self.opens <= at <= self.closes
        return at >= self.opens or at <= self.closes


class OfficeWords(Text):
    """经办机构: who answers for the plan."""

    phone: str = ""


class Confirmed(Strict):
    """That the plan's office looked at the figures: who, when, on which paper."""

    by: str = Field(min_length=2)
    day: date
    document: str = Field(min_length=2)


class Plan(Text):
    """One plan in force in a place. `place`: the code of the narrowest file that it was made of; empty: the country."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,19}$")
    source: str
    office: OfficeWords
    ways: tuple[Literal["collective", "single"], ...] = Field(min_length=1)
    members: tuple[Literal["active", "dormant", "retired"], ...] = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None
    window: Window
    figures: Figures
    ratios: dict[str, Figure]
    diseases: tuple[Listed, ...] = ()
    hospitals: tuple[Listed, ...] = ()
    confirmed: Confirmed | None = None
    place: str = ""

    @field_validator("ratios")
    @classmethod
    def _every_level(cls, value: dict[str, Figure]) -> dict[str, Figure]:
        if set(value) != set(LEVELS):
            raise ValueError(f"ratios: one for each level of hospital: {', '.join(LEVELS)}")
        if any(not 0 < one.value <= 1 for one in value.values()):
            raise ValueError("ratios: a share of the costs, as 0.7")
        return value

    @model_validator(mode="after")
    def _sure_where_confirmed(self) -> Plan:
        guessed = sorted({name for name, one in self.marked() if one.mark != "V"})
        if self.confirmed is not None and guessed:
            raise ValueError(f"confirmed, but not read in the plan's own paper (mark V): {', '.join(guessed)}")
        return self

    def marked(self) -> Iterator[tuple[str, Figure | Listed | Window]]:
        """Everything that has a mark, by name."""
        for name in type(self.figures).model_fields:
            yield name, getattr(self.figures, name)
        for level, one in self.ratios.items():
            yield f"ratio {level}", one
        yield "window", self.window
        yield from ((one.zh, one) for one in (*self.diseases, *self.hospitals))

    def valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def ratio(self, level: str) -> Decimal:
        """The share for a hospital's level; for one not known the lowest of all."""
        return self.ratios[level].value if level in self.ratios else min(one.value for one in self.ratios.values())

    def last_day(self, starts: date) -> date:
        return starts + timedelta(days=int(self.figures.cover_days.value) - 1)

    def waits_until(self, starts: date, renewed: bool) -> date:
        """The first day that is covered."""
        return starts if renewed else starts + timedelta(days=int(self.figures.waiting_days.value))


@dataclass(frozen=True)
class Book:
    """The plans of a folder: file name → place → plan."""

    files: Mapping[str, Mapping[str, Plan]]

    def here(self, region: str) -> list[Plan]:
        """Every plan as it stands in a place, whenever it is valid."""
        codes = ["", *above(region)]
        found = ([places[code] for code in codes if code in places] for places in self.files.values())
        return [rows[-1] for rows in found if rows]

    def find(self, code: str, region: str, day: date) -> Plan | None:
        """The plan of a code that holds in a place on a day."""
        return next((one for one in self.here(region) if one.code == code and one.valid(day)), None)

    def offered(self, region: str, day: date) -> list[Plan]:
        return [one for one in self.here(region) if one.valid(day)]

    def codes(self) -> dict[str, Plan]:
        """One plan of each code that stands anywhere, the country's before a place's."""
        found: dict[str, Plan] = {}
        for places in self.files.values():
            for _place, plan in sorted(places.items()):
                found.setdefault(plan.code, plan)
        return found


def book() -> Book:
    """The plans of this installation: the folder that GONGHUI_MUTUAL_PLANS names, else the packaged one."""
    return read(Path(settings.MUTUAL_PLANS_FOLDER) if settings.MUTUAL_PLANS_FOLDER else FOLDER)


@cache
def read(folder: Path) -> Book:
    """Every plan of a folder, checked. TableError names the file and the cause of the first mistake."""
    texts = {("", path.name): _raw(path) for path in sorted(folder.glob("*.yaml"))}
    for path in sorted((folder / "regions").glob("*/*.yaml")):
        if path.parent.name not in above(path.parent.name):
            raise TableError(f"{path.parent.name}/{path.name}: a place's code has 2, 4, 6 or 9 digits")
        texts[path.parent.name, path.name] = _raw(path)
    found: dict[str, dict[str, Plan]] = {}
    for place, name in sorted(texts, key=lambda key: (len(key[0]), key)):
        chain = [texts[code, name] for code in ("", *above(place)) if (code, name) in texts]
        found.setdefault(name, {})[place] = _made(chain, place, name)
    made = Book(found)
    for place in {key[0] for key in texts}:
        _one_at_a_time(made.here(place), place)
    return made


def _raw(path: Path) -> dict[str, Any]:
    try:
        data = yamls.read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise TableError(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise TableError(f"{path.name}: a plan is written as `name: value`")
    return data


def _made(chain: list[dict[str, Any]], place: str, name: str) -> Plan:
    whole: dict[str, Any] = {}
    for data in chain:
        # What another union confirmed is not confirmed where a file changes it.
        whole = merge({key: value for key, value in whole.items() if key != "confirmed"}, data)
    try:
        return Plan.model_validate({**whole, "place": place})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TableError(f"{f'{place}/' if place else ''}{name}: {where}: {first['msg']}") from error


def _one_at_a_time(plans: list[Plan], place: str) -> None:
    for index, one in enumerate(plans):
        for other in plans[:index]:
            ends = [plan.valid_to or date.max for plan in (one, other)]
            if one.code == other.code and one.valid_from <= ends[1] and other.valid_from <= ends[0]:
                raise TableError(f"{place or 'the country'}: two plans {one.code} hold on the same day")
