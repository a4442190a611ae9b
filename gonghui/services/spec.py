"""The shape of a service file (服务定义), as pydantic models: a service of 职工之家 is a file, not a program.

`catalogue/M04.yaml` in short (all of it: docs/add-a-service.md)::

    id: M04
    version: 1
    valid_from: 2026-01-01
    zh: 暖新礼包
    en: Welcome kit
    purpose: {zh: …, en: …}
    needs: [骑手入会有礼包吗, …]          # eight ways and more of saying the need: found by them
    eligibility:                        # typed facts; each refusal has its reason and what one may have instead
      - {fact: member, is: true, mark: P, zh: 需要先入会, en: Membership comes first, instead: M01}
    form:
      - id: job
        zh: 您的工作
        fields:
          - {name: platform, type: text, zh: 平台, en: Platform, required: true, max: 60}
    rules:                              # conditions over several fields, in CEL
      - {that: "end >= start", field: end, zh: 结束不能早于开始, en: The end is before the beginning}
    once: [{by: person, during: life, zh: 每人只领一次, en: Once a person}]
    handled_by: {level: county, place: region}
    flow: {pattern: kit, clocks: {verify: {limit: {working_days: 1}}}}
    result: {kind: goods}

A province, city or county changes amounts, fields or limits in `catalogue/regions/52/M04.yaml`, which holds the
difference only (`layers`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from gonghui.brain.match import Condition
from gonghui.kernel.flow.schema import Choice, Strict, Text
from gonghui.services import births, rounds
from gonghui.services.amounts import AmountRule
from gonghui.services.patterning import wrong_pattern
from gonghui.services.rounds import Round

State = Literal["open", "planned", "closed"]
FieldType = Literal[
    "text", "long_text", "int", "money", "date", "bool", "choice", "multi", "phone", "id_no", "bank_card", "uscc",
    "region", "plate", "promise", "offer", "file", "rows",
]  # fmt: skip
PREFILLED = (
    "name",
    "phone",
    "id_no",
    "gender",
    "birth_year",
    "worker_type",
    "region",
    "union",
    "member_no",
    "member",
    "member_months",
    "employer",
    "post",
    "skill",
)


# Limits as a file writes them: a day, or one counted from today; a number.
_DAY = re.compile(r"\d{4}-\d\d-\d\d|(?:today|offer)(?:[+-](?:\d{1,5}d|\d{1,4}m|\d{1,3}y))*")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d+)?")


class ShowWhen(Strict):
    """条件显示: the field is asked (and taken) only when another one has one of these values."""

    field: str
    one_of: tuple[str, ...] = ()
    is_: bool | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _one_kind(self) -> ShowWhen:
        if bool(self.one_of) == (self.is_ is not None):
            raise ValueError("give one_of or is")
        return self

    def holds(self, values: dict[str, Any]) -> bool:
        """Whether the field is asked, given the values so far (None: not answered)."""
        value = values.get(self.field)
        if self.is_ is not None:
            return bool(value) is self.is_
        if isinstance(value, list | tuple):
            return any(str(item) in self.one_of for item in value)
        return value is not None and str(value) in self.one_of


class FormField(Text):
    """One field (字段). `secret` (🔒): masked for all but who handles it. `fact`: the value is the fact of that name in
    the conditions, by the person's own word (never `member`, which the register tells). `prefill`: of the profile.
    Limits: `max` letters of a text; `least`, `most` of a number, or of a date (a day, or `today`, `today-16y`,
    `today+30d`; `offer-6y` counts from the first day of the chosen offer, from today where it has none), or how many
    files or rows. `birth_of`: a date that is the birthday of whose identity number stands in that field; both must
    agree (`births`). `minimum`: of the form that holds in every place (handbook 4.2); unsaid, what the country's file
    requires is. `in_round`: a date within the days of the round in which one applies (`rounds`).

    `file` (附件): photos and PDF, as many as `most` (3). `rows` (多行): records with `columns`, such as the members of
    a family; in a condition `family.size()`, `family.all(x, x.income >= 0)`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    type: FieldType
    help: Text | None = None
    required: bool = False
    minimum: bool | None = None
    secret: bool = False
    prefill: str = ""
    fact: str = ""
    choices: tuple[Choice, ...] = ()
    choices_from: str = Field(default="", description="a registered function of another room gives the choices")
    show_when: ShowWhen | None = None
    birth_of: str = ""
    in_round: bool = False
    max: int | None = Field(default=None, ge=1, le=4000)
    least: Decimal | str | None = None
    most: Decimal | str | None = None
    pattern: str = ""
    pattern_says: Text | None = None
    columns: tuple[FormField, ...] = Field(default=(), description="of `rows`")

    @model_validator(mode="after")
    def _whole(self) -> FormField:
        if (self.type in ("choice", "multi")) != bool(self.choices or self.choices_from):
            raise ValueError(f"{self.name}: a choice needs choices, and nothing else has them")
        if self.prefill and self.prefill not in PREFILLED:
            raise ValueError(f"{self.name}: nothing of the profile is called {self.prefill!r}")
        if self.type in ("id_no", "bank_card") and not self.secret:
            raise ValueError(f"{self.name}: identity and card numbers are secret: write `secret: true`")
        for limit in (self.least, self.most):
            if isinstance(limit, str) and not (_DAY if self.type == "date" else _NUMBER).fullmatch(limit):
                raise ValueError(f"{self.name}: {limit!r} is no limit of a field of this type")
        if self.in_round and self.type != "date":
            raise ValueError(f"{self.name}: only a date can be in a round")
        if (self.type == "rows") != bool(self.columns):
            raise ValueError(f"{self.name}: rows have columns, and nothing else has them")
        for column in self.columns:
            if column.type in ("rows", "file", "promise") or column.show_when:
                raise ValueError(f"{self.name}.{column.name}: a column is a plain field")
            if column.secret and not self.secret:
                raise ValueError(f"{self.name}.{column.name} is secret: write `secret: true` for the rows")
        if cause := births.wrong_naming(self.columns):
            raise ValueError(f"{self.name}: {cause}")
        if self.pattern and not self.pattern_says:
            raise ValueError(f"{self.name}: say in pattern_says what the pattern asks for")
        if self.pattern and (cause := wrong_pattern(self.pattern)):
            raise ValueError(f"{self.name}: {cause}")
        return self

    @property
    def in_minimum_form(self) -> bool:
        """Whether no place may leave it out (`rights`)."""
        return self.required if self.minimum is None else self.minimum

    @property
    def counts_from_offer(self) -> bool:
        """Whether a limit of it counts from the first day of the chosen offer."""
        return any(str(limit).startswith("offer") for limit in (self.least, self.most))


class Section(Text):
    """One page of the form."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    help: Text | None = None
    fields: tuple[FormField, ...] = Field(min_length=1)


class Rule(Text):
    """A condition over several fields. `that` is CEL over the fields' names: money in 分, dates as `2026-01-31`; it is
    judged only when all fields it names are answered. The text is what the worker reads when it does not hold, with
    the service they may have `instead`, where that is a refusal and no slip of the pen."""

    that: str
    field: str
    instead: str = ""


class Once(Text):
    """不重复: by whom (`person`: the identity number, else the account; `account`; a field's name; or several of these
    together, as a company's code with the topic) and during what.

    `open`: while an earlier one is under way; `offer`: for one offer; `round`: in one of the service's rounds. The
    text is the reason a second one gets."""

    by: str | tuple[str, ...] = "person"
    during: Literal["life", "year", "round", "open", "offer"]

    @property
    def names(self) -> tuple[str, ...]:
        """All that it goes by."""
        return (self.by,) if isinstance(self.by, str) else self.by


class HandledBy(Strict):
    """Which union handles it: of this level, for the place in that field (or of the profile). `unit` is the field that
    names an employer, whose own union handles it where there is one. `first: own`: the applicant's own union by the
    register of members begins; where the unit or place leads is then where the flow hands it on to."""

    first: Literal["", "own"] = ""

    level: Literal["national", "province", "city", "county"] = "county"
    place: str = "region"
    unit: str = ""
    moves: bool = Field(default=True, description="whether another union can take it over (redirect.yaml)")
    readers: tuple[str, ...] = Field(
        default=(), description="roles at that union that read 🔒 fields; empty: all that handle"
    )


class Attendance(Strict):
    """签到签退: how coming is told. `check_out`: leaving too, at least `least_minutes` after coming. `printed`:
    the code may hang on the wall; else it changes every minute. The host may enter the sign sheet for `enter_days`
    after the end (and mark who came without a telephone); then who is not entered was absent."""

    check_out: bool = False
    least_minutes: int = Field(default=0, ge=0, le=1440)
    printed: bool = False
    opens_minutes: int = Field(default=60, ge=0, le=1440, description="before the start")
    enter_days: int = Field(default=3, ge=0, le=60)


class Offers(Strict):
    """供报名的场次、班次、线路、活动: what a union puts up for people to take part in (`Offer`).

    `one` is what one of them is called, `fields` what the union tells of each. An application takes one seat in the
    transaction in which it is handed in; with `waiting` it is put on the list when there is none. It begins in the
    flow's initial state, or in `begins` with a seat and in `queues` without one. `roles` put up; `cancel_before_hours`
    is until when a worker may give the seat back."""

    one: Text
    fields: tuple[FormField, ...] = ()
    capacity: Literal["required", "optional", "none"] = "optional"
    dated: bool = Field(default=True, description="false: an open course without a date")
    waiting: bool = False
    attendance: Attendance | None = None
    begins: str = ""
    queues: str = ""
    roles: tuple[str, ...] = ("handler", "dispatcher", "leader")
    cancel_before_hours: int = Field(default=0, ge=0, le=720)

    @model_validator(mode="after")
    def _whole(self) -> Offers:
        for field in self.fields:
            if field.secret or field.prefill or field.fact or field.show_when or field.type in ("offer", "promise"):
                raise ValueError(f"{field.name}: what a union tells of an offer is plain and open to all")
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("fields of the offers stand twice")
        if self.waiting and self.capacity == "none":
            raise ValueError("a waiting list needs a capacity")
        return self


class Result(Strict):
    """What the worker has in the end. `kind` none: the decision itself. `payee`, `card`, `unit`: the fields of who is
    paid, to which card, and of the unit or platform that a public notice names. Of goods, `pick_up`: the field of the
    point where they are fetched (`choices_from: services.pickup_points`), `variant`: that of the size."""

    kind: Literal["none", "goods", "certificate", "payment", "booking", "content"] = "none"
    zh: str = ""
    en: str = ""
    keep_days: int = Field(default=30, ge=1, le=400, description="goods not fetched go back to the stock")
    pick_up: str = ""
    variant: str = ""
    payee: str = "name"
    card: str = "bank_card"
    unit: str = ""


class Opens(Strict):
    """A service that is a room of its own (诉求, 法律服务, 查法条): the address it opens."""

    route: str


def kind_of(service_id: str, version: int, layers: Sequence[str]) -> str:
    """The kind of matter of a service of this version with these layers, each as `place` or `place.version`: of a place
    within the one before it only the digits that are more are written (`services.M04.1-52-01.2`)."""
    found, wider = f"services.{service_id}.{version}", ""
    for layer in layers:
        found += f"-{layer.removeprefix(wider)}"
        wider = layer.partition(".")[0]
    return found


class Service(Text):
    """One service. Frozen: an application keeps the version it began with."""

    id: str = Field(pattern=r"^[A-Z]\d\d$")
    version: int = Field(ge=1)
    kind: Literal["service", "policy"] = "service"
    state: State = "open"
    valid_from: date
    valid_to: date | None = None
    region: str = Field(default="", description="code of the narrowest place whose layer it has; empty: national")
    layers: tuple[str, ...] = Field(default=(), description="the layers under the country's file: `52`, `5201.2`")
    group: str = ""
    source: str
    mark: Literal["V", "P", "S", "U"] = "P"
    purpose: Text
    result_words: Text | None = Field(default=None, description="what one has in the end, before one applies")
    needs: tuple[str, ...] = ()
    part_of: str = Field(default="", description="a step of another service: reached from it, not searched or listed")
    categories: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    crisis: bool = False
    eligibility: tuple[Condition, ...] = ()
    form: tuple[Section, ...] = ()
    rules: tuple[Rule, ...] = ()
    once: tuple[Once, ...] = ()
    handled_by: HandledBy = HandledBy()
    offers: Offers | None = None
    flow: dict[str, Any] = Field(default_factory=dict)
    result: Result = Result()
    amounts: tuple[AmountRule, ...] = ()
    rounds: tuple[Round, ...] = Field(default=(), description="dated rounds; between two nobody can apply")
    reckoned: bool = Field(default=False, description="the sum is a room's to reckon (`hooks.reckons`)")
    messages: dict[str, Text] = Field(default_factory=dict, description="by notice of the flow, at most 70 letters")
    figures: tuple[str, ...] = ()
    opens: Opens | None = None
    reviewed: bool = Field(
        default=True, description="a refusal can be contested (review.yaml); false where it is no decision on a right"
    )
    exchange: bool | None = Field(
        default=None, description="whether it is published to other installations; the exchange's default where unsaid"
    )

    @model_validator(mode="after")
    def _whole(self) -> Service:
        if len(self.needs) < 8 and not self.part_of:
            raise ValueError("say the need in eight ways and more")
        names = [field.name for field in self.fields]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"fields stand twice: {', '.join(doubled)}")
        known: set[str] = set()
        for field in self.fields:
            if field.show_when is not None and field.show_when.field not in known:
                raise ValueError(
                    f"{field.name}: show_when names {field.show_when.field!r}, which is not asked before it"
                )
            known.add(field.name)
        if cause := births.wrong_naming(self.fields):
            raise ValueError(cause)
        counted = [field.name for field in self.fields if field.counts_from_offer]
        if counted and self.offers is None:
            raise ValueError(f"{counted[0]}: a limit counts from an offer, and there are none")
        for rule in self.rules:
            if rule.field not in known:
                raise ValueError(f"a rule names the field {rule.field!r}, which is not there")
        for once in self.once:
            if unknown := [name for name in once.names if name not in {"person", "account"} | known]:
                raise ValueError(f"once names {unknown[0]!r}, which is no field")
            if not once.names:
                raise ValueError("once goes by nothing: name `person`, `account` or a field")
        chosen = [field for field in self.fields if field.type == "offer"]
        if len(chosen) != (1 if self.offers else 0) or any(not f.required or f.show_when for f in chosen):
            raise ValueError("who has `offers` asks for one in a required field of type `offer`, and nobody else does")
        if any(once.during == "offer" for once in self.once) and not chosen:
            raise ValueError("once during an offer needs `offers`")
        if cause := rounds.wrong(self.rounds):
            raise ValueError(cause)
        by_round = any(field.in_round for field in self.fields) or any(once.during == "round" for once in self.once)
        if by_round and not self.rounds:
            raise ValueError("a field is `in_round`, or something may be had once a `round`, and there are no `rounds`")
        if self.handled_by.unit and self.handled_by.unit not in known:
            raise ValueError(f"handled_by names the unit {self.handled_by.unit!r}, which is no field")
        if self.takes_applications != bool(self.flow):
            raise ValueError("an open service has a form and a flow, or `opens` another room; others have neither")
        for name in filter(None, (self.result.pick_up, self.result.variant)):
            if self.result.kind != "goods" or name not in known or self.field(name).type != "choice":
                raise ValueError(f"the result names {name!r}: goods have it, and it is a field of choices")
        if self.amounts and self.reckoned:
            raise ValueError("the sum follows from `amounts` or is `reckoned`, not both")
        if (self.result.kind == "payment") != (bool(self.amounts) or self.reckoned):
            raise ValueError("a payment needs `amounts` or `reckoned`, and nothing else has them")
        paid_by = [self.result.payee, self.result.card] if self.result.kind == "payment" else []
        for name in [*paid_by, *(rule.of for rule in self.amounts if rule.of)]:
            if name not in known:
                raise ValueError(f"the payment names the field {name!r}, which is not there")
        for name, text in self.messages.items():
            if len(text.zh) > 70:
                raise ValueError(f"the message {name!r} is longer than 70 letters (handbook 1.14)")
        return self

    @property
    def fields(self) -> tuple[FormField, ...]:
        return tuple(field for section in self.form for field in section.fields)

    @property
    def offer_field(self) -> str:
        """The field by which an offer is chosen; empty where there are none."""
        return next((field.name for field in self.fields if field.type == "offer"), "")

    @property
    def takes_applications(self) -> bool:
        return bool(self.form)

    @property
    def kind_of_matter(self) -> str:
        """The flow's name, by id, version and layers: an application keeps those it began with."""
        return kind_of(self.id, self.version, self.layers)

    def valid(self, day: date) -> bool:
        """Whether it is offered on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def field(self, name: str) -> FormField:
        """KeyError for an unknown name."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
