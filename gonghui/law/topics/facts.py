"""Facts (事实) that answers depend on: what they are, how they are asked for, and conditions on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FactValue = bool | str | int | Decimal | date
# What is known of a case. A fact that is missing is unknown, which is neither yes nor no.
Facts = Mapping[str, FactValue]
Kind = Literal["bool", "choice", "number", "money", "months", "date"]


EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)
_MONEY = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
# Strict: a word must not be taken for yes, nor a number for a day.
_Bool = Annotated[bool, Field(strict=True)]
_Day = Annotated[date, Field(strict=True)]


class Choice(BaseModel):
    """One of the answers to a question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str


class Between(BaseModel):
    """From `least` to `most`, both included; days or numbers. One of them may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: Annotated[_Day | Decimal | None, Field(union_mode="left_to_right")] = None
    most: Annotated[_Day | Decimal | None, Field(union_mode="left_to_right")] = None

    @model_validator(mode="after")
    def _some(self) -> Between:
        if self.least is None and self.most is None:
            raise ValueError("give least, most or both")
        both = self.least is not None and self.most is not None
        if both and (type(self.least) is not type(self.most) or self.least > self.most):  # type: ignore[operator]
            raise ValueError("least must not be above most")
        return self

    def holds(self, value: FactValue) -> bool:
        """Whether the value lies between."""
        if isinstance(value, bool | str):
            return False
        number = value if isinstance(value, date) else Decimal(value)
        return (self.least is None or self.least <= number) and (self.most is None or number <= self.most)  # type: ignore[operator]


class Fact(BaseModel):
    """A question to the worker. `number` and `months` are whole numbers, `money` is yuan, `date` a day.

    `usual`: what holds for nearly everybody who says nothing of it; an answer given so says what else there may be.
    `plausible`: what nearly every answer lies between (`plausible.yaml`); one outside is asked back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    zh: str
    en: str
    help: str = ""
    options: dict[str, Choice] = {}
    usual: _Bool | str | None = None
    plausible: Between | None = None

    @model_validator(mode="after")
    def _has_options(self) -> Fact:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("a choice has options, and nothing else has")
        if self.usual is not None and (isinstance(self.usual, bool) != (self.kind == "bool")):
            raise ValueError("usual: yes or no for a bool, an option for a choice, nothing for the others")
        if isinstance(self.usual, str) and self.usual not in self.options:
            raise ValueError(f"usual: no option {self.usual}")
        return self

    def doubts(self, value: FactValue) -> bool:
        """Whether such an answer is hardly ever so, and most likely a slip."""
        return self.plausible is not None and not self.plausible.holds(value)

    def read(self, raw: object) -> FactValue:
        """The value that was given, from JSON or a form. Raises ValueError with what would be right."""
        if self.kind == "bool":
            if isinstance(raw, bool):
                return raw
            if raw in ("yes", "no"):
                return raw == "yes"
            raise ValueError("请回答是或否 / answer yes or no")
        text = str(raw).strip()
        if self.kind == "choice":
            if text not in self.options:
                raise ValueError("请从给出的选项中选一个 / choose one of: " + ", ".join(self.options))
            return text
        if self.kind == "date":
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise ValueError("请填日期，例如 2026-03-15 / give a day, such as 2026-03-15") from None
            if not EARLIEST <= day <= LATEST:
                raise ValueError("请填 1950 年到 2100 年之间的日期 / give a day from 1950 to 2100")
            return day
        # Not every spelling of a number that Python knows: 1E-20000000 would be shown with all its places.
        if self.kind == "money":
            text = text.replace(",", "").replace("，", "").removesuffix("元").rstrip()
            if not _MONEY.fullmatch(text):
                raise ValueError(
                    "请填 0 以上、不到 100 亿的数字，例如 5200 / give a number from 0 to below 10,000,000,000"
                )
            return Decimal(text)
        if not _WHOLE.fullmatch(text):
            raise ValueError("请填 0 以上的整数 / give a whole number from 0")
        return int(text)


Test = Annotated[_Bool | str | tuple[str, ...] | Between, Field(union_mode="left_to_right")]
# All must hold: {fact: value | [values] | {least, most}}.
When = dict[str, Test]


def holds(when: When, facts: Facts) -> bool | None:
    """True when every test holds, False when one does not, None when what is not known decides."""
    unknown = False
    for name, test in when.items():
        value = facts.get(name)
        if value is None:
            unknown = True
        elif not passes(test, value):
            return False
    return None if unknown else True


def passes(test: Test, value: FactValue) -> bool:
    """Whether a known value passes a test."""
    if isinstance(test, Between):
        return test.holds(value)
    if isinstance(test, tuple):
        return value in test
    return type(value) is type(test) and value == test
