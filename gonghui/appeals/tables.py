"""Tables of the appeals room (诉求业务参数), read from `appeals/data/*.yaml` and checked when first used.

Every value carries its source: `[V]` statute, `[S]` secondary, `[P]` product default, `[I]` inferred (handbook 0.1).
A wrong file raises `TableError` naming the file and the place; `check_all()` runs at start.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.tables import Coded, Row, Words, nearest_first, read_table
from gonghui.kernel.tables import label as label
from gonghui.kernel.tables import pairs as pairs

DATA = Path(__file__).parent / "data"
Urgency = Literal["P0", "P1", "P2", "P3"]


class Item(Coded):
    supervised: bool = False
    no_reporter: bool = False
    new_form: bool = False
    legal: bool = False
    priority: int | None = None
    max_working_days: int | None = None
    solved: Decimal = Decimal(0)
    share: Decimal | None = None
    unreasonable: bool = False
    money: bool = False
    satisfied: bool = False
    max: int | None = None
    appeals: int | None = None
    people: int | None = None


class Number(Row):
    value: Any
    source: str


class Intake(Row):
    channels: tuple[Item, ...]
    worker_types: tuple[Item, ...]
    natures: tuple[Item, ...]
    urgencies: tuple[Item, ...]
    difficulties: tuple[Item, ...]
    order_types: tuple[Item, ...]
    tried: tuple[Item, ...]
    genders: tuple[Item, ...]
    households: tuple[Item, ...]
    yes_no: tuple[Item, ...]
    party_roles: tuple[Item, ...]
    evidence_types: tuple[Item, ...]
    limits: dict[str, Number]
    current_consent: str


class Profile(Row):
    id: str
    path: str
    steps: dict[str, dict[Urgency, Limit]]


class Sla(Row):
    source: str
    profiles: tuple[Profile, ...]
    returns: dict[str, Number]
    reopen: dict[str, Number]
    extension: dict[str, Number]
    callback: dict[str, Number]
    contact: dict[str, Number]
    archive_years: dict[str, Number]
    petition: dict[str, Number]
    major_report: dict[str, Number]
    duplicates: dict[str, Number]

    @model_validator(mode="after")
    def _default_is_whole(self) -> Sla:
        default = next((profile for profile in self.profiles if profile.id == "default"), None)
        if default is None:
            raise ValueError("the profile `default` is missing")
        for step, limits in default.steps.items():
            missing = {"P0", "P1", "P2", "P3"} - set(limits)
            if missing:
                raise ValueError(f"step {step!r} of the default profile lacks {', '.join(sorted(missing))}")
        return self


class Handling(Row):
    return_reasons: tuple[Item, ...]
    suspend_reasons: tuple[Item, ...]
    suspend_review_days: Number
    reject_reasons: tuple[Item, ...]
    reopen_reasons: tuple[Item, ...]
    invalid_reasons: tuple[Item, ...]
    terminate_reasons: tuple[Item, ...]
    result_codes: tuple[Item, ...]
    union_actions: tuple[Item, ...]
    contact_ways: tuple[Item, ...]
    satisfaction: tuple[Item, ...]
    resolution: tuple[Item, ...]
    report_receivers: tuple[Item, ...]
    report_needed: tuple[str, ...]
    report_ways: tuple[Item, ...]
    emergency_script: tuple[Item, ...]
    petition_decisions: tuple[Item, ...]


class Quality(Row):
    pass_score: Number
    sample_percent: Number
    always: tuple[str, ...]
    items: tuple[Item, ...]
    vetoes: tuple[Item, ...]

    @model_validator(mode="after")
    def _hundred(self) -> Quality:
        total = sum(item.max or 0 for item in self.items)
        if total != 100:
            raise ValueError(f"the score card must add up to 100, not {total}")
        return self


class Mass(Row):
    window_days: Number
    levels: tuple[Item, ...]
    baseline_weeks: Number
    watch_days: Number
    watch_suggested: tuple[Words, ...]
    wage_days: Number
    signal_days: Number
    signal_kinds: tuple[Item, ...]
    words: tuple[str, ...]
    actions_suggested: tuple[Words, ...]


class Rule(Words):
    rule: str


class Routing(Row):
    source: str
    order: tuple[Rule, ...]
    retaliation_categories: tuple[str, ...]
    discipline_categories: tuple[str, ...]
    not_union_categories: tuple[str, ...]
    construction_categories: tuple[str, ...]
    new_form_categories: tuple[str, ...]
    group_levels: dict[str, int]
    elsewhere: dict[str, Words]


class Notice(Row):
    sms: str
    text: str


class Notices(Row):
    sms_max: Number
    sensitive: tuple[str, ...]
    notices: dict[str, Notice] = Field(min_length=1)

    @model_validator(mode="after")
    def _fit_for_sms(self) -> Notices:
        for name, notice in self.notices.items():
            found = [word for word in self.sensitive if word in notice.sms]
            if found:
                raise ValueError(f"the SMS of {name!r} holds {', '.join(found)}")
            longest = len(notice.sms.format(**LONGEST_VALUES))
            if longest > int(self.sms_max.value):
                raise ValueError(f"the SMS of {name!r} may have {longest} characters, more than {self.sms_max.value}")
        return self


# What stands in an SMS at its longest; a union's name may be longer and is then shortened.
LONGEST_VALUES = {
    "code": "8" * 8,
    "number": "12351-520102-20261125-00001",
    "due": "2026-12-31",
    "org": "南明区总工会法律服务部",
    "phone": "0851-85558888转8012",
    "days": "60",
}


@cache
def _load(name: str, model: type[Row]) -> Any:
    return read_table(DATA / f"{name}.yaml", model)


def intake() -> Intake:
    return _load("intake", Intake)


def sla() -> Sla:
    return _load("sla", Sla)


def handling() -> Handling:
    return _load("handling", Handling)


def quality() -> Quality:
    return _load("quality", Quality)


def mass() -> Mass:
    return _load("mass", Mass)


def routing() -> Routing:
    return _load("routing", Routing)


def notices() -> Notices:
    return _load("notices", Notices)


def check_all() -> None:
    """Load every table, so that a mistake in one stops the start (TableError)."""
    for table in (intake, sla, handling, quality, mass, routing, notices):
        table()


def codes(items: tuple[Item, ...]) -> frozenset[str]:
    return frozenset(item.code for item in items)


def item(items: tuple[Item, ...], code: str) -> Item | None:
    return next((one for one in items if one.code == code), None)


def number(table: dict[str, Number], key: str) -> Any:
    return table[key].value


def step_limit(step: str, urgency: str, path: str) -> Limit:
    """The limit of a step for an urgency at an organisation: its own profile's, else the default's (handbook 1.6)."""
    for profile in nearest_first(sla().profiles, path):
        limit = profile.steps.get(step, {}).get(urgency)  # type: ignore[call-overload]
        if limit is not None:
            return limit
    raise KeyError(f"no limit for step {step!r}")
