"""Eligibility (资格): typed conditions on facts, in three values, since most facts are not known at first.

json-logic and CEL engines were looked at: both take a missing fact for null and so refuse where one must ask. A list of
conditions that must all hold, each of one fact, says all the catalogue needs and can be read by who writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

# A number may have a part: months that the register counts by the day.
Value = bool | int | float | str
# Facts about a person or company that are known; what is missing is unknown.
Facts = Mapping[str, Value]
Status = Literal["fits", "depends", "no"]

# What a fact is, and how it is asked for (Chinese, English). A condition on anything else is refused at start.
FACTS: dict[str, tuple[type, str, str]] = {
    "age": (int, "您多大年纪？", "How old are you?"),
    "worker_type": (str, "您做哪一类工作？", "What kind of work do you do?"),
    "member": (bool, "您是工会会员吗？", "Are you a union member?"),
    "member_months": (int, "您入会几个月了？", "For how many months have you been a member?"),
    "received_kit": (bool, "您领过暖新礼包吗？", "Have you had the welcome kit before?"),
    "unit_has_union": (bool, "您单位有工会吗？", "Is there a union at your workplace?"),
    "of_unit": (bool, "您是这个单位的职工吗？", "Do you work for this unit?"),
    "delegate": (bool, "您是职工代表吗？", "Are you a delegate to the congress of workers?"),
    "is_employer": (bool, "您是代表企业来的吗？", "Do you ask for a company?"),
    "joined_mutual": (bool, "您参加了职工互助保障吗？", "Have you joined the mutual aid plan?"),
    "single": (bool, "您是单身吗？", "Are you single?"),
    "hardship_file": (bool, "您建了困难职工档案吗？", "Have you a file of a worker in hardship?"),
    "has_child": (bool, "您有需要照看或上学的孩子吗？", "Have you children in care or at school?"),
    "insured_months": (int, "您和单位缴了几个月失业保险？", "For how many months was unemployment insurance paid?"),
    "left_by_choice": (bool, "是您自己愿意辞职的吗？", "Did you leave of your own will?"),
    "seeks_work": (bool, "您办了失业登记、想找工作吗？", "Are you registered and looking for work?"),
    "maternity_insured": (bool, "单位给您缴生育保险吗？", "Does the employer pay maternity insurance?"),
    "injury_recognised": (bool, "已经认定为工伤了吗？", "Has the injury been recognised?"),
    "employer_insured_injury": (bool, "单位给您缴了工伤保险吗？", "Did the employer insure you against injury?"),
    "low_income": (bool, "您家里经济困难吗？", "Is your family in need?"),
}


class Condition(BaseModel):
    """One condition on one fact, and the reason for a refusal. mark: how sure the rule is (handbook 0.1). `unknown`:
    what happens when all has been told and the fact is still not known: somebody asks, or it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    fact: str
    at_least: int | None = None
    at_most: int | None = None
    one_of: tuple[str, ...] = ()
    is_: bool | None = None
    unknown: Literal["asked", "refused"] = "asked"
    mark: Literal["V", "P", "S", "U"]
    zh: str
    en: str
    instead: str = ""

    @model_validator(mode="before")
    @classmethod
    def _name(cls, raw: object) -> object:
        # `is` is no name in Python.
        if isinstance(raw, dict) and "is" in raw:
            raw = {**raw, "is_": raw["is"]}
            del raw["is"]
        return raw

    @model_validator(mode="after")
    def _whole(self) -> Condition:
        if self.fact not in FACTS:
            raise ValueError(f"no fact {self.fact}")
        kind = FACTS[self.fact][0]
        given = [self.at_least is not None, self.at_most is not None, bool(self.one_of), self.is_ is not None]
        if sum(given) == 0 or (sum(given) > 1 and given[2:] != [False, False]):
            raise ValueError(f"{self.fact}: give at_least, at_most, one_of or is")
        fits = {int: given[0] or given[1], str: given[2], bool: given[3]}
        if not fits[kind]:
            raise ValueError(f"{self.fact} is {kind.__name__}: the condition is of another kind")
        return self

    def holds(self, facts: Facts) -> bool | None:
        """Whether it holds; None when the fact is not known or not of its kind."""
        value = facts.get(self.fact)
        kind = FACTS[self.fact][0]
        counted = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None or not (counted if kind is int else isinstance(value, kind)):
            return None
        if self.is_ is not None:
            return value is self.is_
        if self.one_of:
            return value in self.one_of
        assert isinstance(value, int | float)
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Outcome:
    """fits: all conditions hold; no: those in `against` do not; depends: the facts in `ask` decide. What is known of
    the facts in `told` is the person's own word."""

    status: Status
    against: tuple[Condition, ...] = ()
    ask: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def decide(conditions: Sequence[Condition], facts: Facts, *, told: bool = False) -> Outcome:
    """Weigh the conditions. An unknown fact does not refuse, only what is known does; but for a condition that says
    otherwise (`unknown: refused`) once all there is to tell has been `told`."""
    found = [(condition, condition.holds(facts)) for condition in conditions]
    against = tuple(
        condition
        for condition, holds in found
        if holds is False or (holds is None and told and condition.unknown == "refused")
    )
    if against:
        return Outcome("no", against)
    ask = tuple(dict.fromkeys(condition.fact for condition, holds in found if holds is None))
    return Outcome("depends", ask=ask) if ask else Outcome("fits")
