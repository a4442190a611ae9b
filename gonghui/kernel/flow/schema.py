"""The shape of a flow file (流程定义), as pydantic models.

`flow.yaml` in short::

    flow: appeals.work_order          # the matter's kind
    version: "1"
    title: {zh: 工单, en: Work order}
    initial: registered
    restricted_roles: [discipline]    # who may see a restricted matter
    clocks:
      sign_off:
        title: {zh: 签收, en: Sign-off}
        by: priority                  # an attribute of the matter, or `function:` a registered limit
        limits: {"0": {minutes: 15}, "1": {minutes: 120}, "2": {working_days: 0.5}, "3": {working_days: 1}}
        once: false                   # true: not started again on coming back to a state that lists it
        ticks:
          - {at: 70%, do: warn}
          - {at: 100%, do: "transition:auto_accept"}
          - {after: {working_days: 2}, do: appeals.notify_higher}
    states:
      dispatched: {zh: 派单, en: Dispatched, plain: {zh: 已转给…, en: …}, clocks: [sign_off, result]}
      suspended: {zh: 挂起, en: Suspended, suspends: true, clocks: [suspend_review]}
      closed: {zh: 结案, en: Closed, final: true}
    transitions:
      - name: accept
        zh: 签收
        en: Accept
        does: {zh: 开始办理…, en: …}
        from: [dispatched]
        to: accepted                  # or `same`
        roles: [handler@holder, leader@holder, system]
        fields: [{name: note, type: text, zh: 备注, en: Note}]
        guards: [appeals.something, {kernel.not_actor_of: [submit]}]
        effects: [appeals.stamp_accepted]
        restart: [first_contact]      # begins anew
        go_on: [result]               # ends when it would have ended, though the matter was elsewhere meanwhile
        notices: [accepted]

A clock runs exactly while the matter is in a state that lists it. A state that `suspends` stops the time of the
clocks that ran before it; they go on when it is left. Every state that is not final must list a clock or say in
`no_limit` why it has none.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator, model_validator

from gonghui.kernel.language import in_english

Relation = Literal["holder", "party", "receiver", "scope", "assigned", "any"]
RELATIONS: tuple[str, ...] = ("holder", "party", "receiver", "scope", "assigned", "any")
PLAIN_GRANTS = ("owner", "system")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(Strict):
    """A text in both languages; English falls back to Chinese."""

    zh: str
    en: str = ""

    def __str__(self) -> str:
        return self.en if self.en and in_english() else self.zh


# Fifty years: what is longer is a slip of the pen, and would be counted day by day.
LONGEST = {"minutes": 26_300_000, "working_days": 12_500, "days": 18_263, "months": 600}


class Limit(Strict):
    """A length of time: exactly one of the four units (handbook 0.3)."""

    minutes: Decimal | None = None
    working_days: Decimal | None = None
    days: Decimal | None = None
    months: Decimal | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Limit:
        given = [name for name in ("minutes", "working_days", "days", "months") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a limit needs exactly one of minutes, working_days, days, months")
        if getattr(self, given[0]) <= 0:
            raise ValueError("a limit must be more than zero")
        if getattr(self, given[0]) > LONGEST[given[0]]:
            raise ValueError(f"a limit of more than {LONGEST[given[0]]} {given[0]} is none")
        return self

    @property
    def unit(self) -> str:
        return next(name for name in ("minutes", "working_days", "days", "months") if getattr(self, name) is not None)

    @property
    def amount(self) -> Decimal:
        return getattr(self, self.unit)


class Tick(Strict):
    """One thing to do while a clock runs: at a share of the limit, or some time after it passed."""

    at: Decimal | None = None
    after: Limit | None = None
    do: str
    args: dict[str, Any] = Field(default_factory=dict)

    @field_validator("at", mode="before")
    @classmethod
    def _percent(cls, value: Any) -> Any:
        if value is None:
            return None
        text = str(value).strip()
        if not text.endswith("%"):
            raise ValueError("write the share as a percentage, e.g. 70%")
        share = Decimal(text[:-1]) / 100
        if not 0 < share <= 1:
            raise ValueError("the share must be above 0% and at most 100%")
        return share

    @field_serializer("at")
    def _as_written(self, value: Decimal | None) -> str | None:
        return None if value is None else f"{(value * 100).normalize():f}%"

    @model_validator(mode="after")
    def _one_moment(self) -> Tick:
        if (self.at is None) == (self.after is None):
            raise ValueError("a tick needs either `at` or `after`")
        return self


class ClockSpec(Strict):
    title: Text
    limit: Limit | None = None
    by: str | None = None
    limits: dict[str, Limit] = Field(default_factory=dict)
    function: str | None = None
    ticks: tuple[Tick, ...] = ()
    once: bool = False
    repeat: bool = False
    statutory: bool = Field(default=False, description="calendar days move off holidays; never suspended")

    @model_validator(mode="after")
    def _one_source(self) -> ClockSpec:
        sources = [self.limit is not None, bool(self.by), bool(self.function)]
        if sum(sources) != 1:
            raise ValueError("a clock needs exactly one of limit, by (with limits), function")
        if self.by and not self.limits:
            raise ValueError("`by` needs a table `limits`")
        return self


class Choice(Strict):
    code: str
    zh: str
    en: str = ""

    def __str__(self) -> str:
        return str(Text(zh=self.zh, en=self.en))


class FieldSpec(Strict):
    """One thing the person must or may give with a transition."""

    name: str
    type: str = "text"
    zh: str
    en: str = ""
    help: Text | None = None
    required: bool = False
    choices: tuple[Choice, ...] = ()
    choices_from: str | None = None
    max: int | None = None
    sensitive: bool = Field(default=False, description="kept out of the trail; only a fingerprint is recorded")

    @property
    def label(self) -> str:
        return str(Text(zh=self.zh, en=self.en))


class Call(Strict):
    """A registered function's name with arguments, written as `name` or `{name: args}`."""

    name: str
    args: Any = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            ((name, args),) = value.items()
            return {"name": name, "args": args}
        return value


class Grant(Strict):
    """`role@relation`: who may do it. `owner` is the worker, `system` the platform itself.

    Relations: `holder` the duty is at the organisation that holds the matter; `party` at the holder or a helper;
    `receiver` at the organisation that received it; `scope` at any organisation that sees it (own level and above);
    `assigned` the matter was assigned to this person by name (`MatterParticipant`).
    """

    role: str
    relation: Relation = "scope"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            role, _, relation = value.partition("@")
            if role not in PLAIN_GRANTS and relation and relation not in RELATIONS:
                raise ValueError(f"unknown relation {relation!r}; use one of {', '.join(RELATIONS)}")
            return {"role": role, "relation": relation or "scope"}
        return value


class State(Strict):
    zh: str
    en: str = ""
    plain: Text | None = Field(default=None, description="what the worker reads")
    final: bool = False
    open: bool = Field(default=True, description="still on somebody's list")
    side: bool = False
    suspends: bool = False
    clocks: tuple[str, ...] = ()
    no_limit: str | None = None
    yours: bool = Field(
        default=False, description="the worker's turn, though no step of theirs leads on: to fetch, to come"
    )

    @property
    def label(self) -> str:
        return str(Text(zh=self.zh, en=self.en))

    @property
    def worker_text(self) -> str:
        return str(self.plain) if self.plain else self.label


class Transition(Strict):
    name: str
    zh: str
    en: str = ""
    does: Text | None = None
    sources: tuple[str, ...] = Field(alias="from")
    to: str
    roles: tuple[Grant, ...]
    fields: tuple[FieldSpec, ...] = ()
    guards: tuple[Call, ...] = ()
    effects: tuple[Call, ...] = ()
    restart: tuple[str, ...] = ()
    go_on: tuple[str, ...] = Field(default=(), description="clocks that go on to the moment they had before")
    notices: tuple[str, ...] = ()
    hidden: bool = Field(default=False, description="done by the platform or another page, not offered as a button")
    bulk: bool = False
    key: str = Field(default="", description="keyboard letter at the desk")

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def label(self) -> str:
        return str(Text(zh=self.zh, en=self.en))


def plain(model: BaseModel) -> dict[str, Any]:
    """All that a model holds, as JSON can hold it, by the names of a file. Defaults too: those of a later release would
    otherwise change what is read back."""
    said = model.model_dump(by_alias=True)
    return json.loads(json.dumps(said, default=_json_of))


def _json_of(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no value of a flow: {value!r}")


class Flow(Strict):
    name: str = Field(alias="flow")
    version: str
    title: Text
    initial: str
    restricted_roles: tuple[str, ...] = ()
    clocks: dict[str, ClockSpec] = Field(default_factory=dict)
    states: dict[str, State]
    transitions: tuple[Transition, ...]
    beside: dict[str, Any] = Field(default_factory=dict, description="what a room keeps with it, set by the room")

    @cached_property
    def text(self) -> str:
        """All that it says, as canonical JSON: the same flow has the same text."""
        return json.dumps(plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its text, 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def by_name(self) -> dict[str, Transition]:
        return {transition.name: transition for transition in self.transitions}

    def state_of(self, code: str) -> State:
        """The state that a matter is in. Where the flow has none of that code (it stands in for a kept text that cannot
        be read, and the state is gone), one that is labelled by its code: a list that holds such a matter still opens.
        """
        return self.states.get(code) or State(zh=code)

    def sources_of(self, transition: Transition) -> tuple[str, ...]:
        """The states it may start from; `*` means every state that is not final."""
        if transition.sources == ("*",):
            return tuple(name for name, state in self.states.items() if not state.final)
        return transition.sources

    def leaving(self, state: str) -> list[Transition]:
        return [transition for transition in self.transitions if state in self.sources_of(transition)]

    def awaits_owner(self, state: str) -> bool:
        """Whether it is the worker's turn: the state says so, or a step of theirs leads on and not merely out."""
        here = self.state_of(state)
        if here.final or here.yours:
            return here.yours
        return any(
            any(grant.role == "owner" for grant in step.roles) and not self._leads_out(step, state)
            for step in self.leaving(state)
        )

    def _leads_out(self, transition: Transition, state: str) -> bool:
        target = self.target(transition, state)
        return target == state or (self.states[target].final and self.states[target].side)

    def target(self, transition: Transition, state: str) -> str:
        return state if transition.to == "same" else transition.to
