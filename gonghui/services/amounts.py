"""How much a service gives (发放标准): dated rules in the service's file, reckoned exactly, with a working."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from gonghui.kernel.tables import Row
from gonghui.law.calculators.money import cents, exact, percent, yuan


class AmountRule(Row):
    """One rule, from a day on: a fixed sum, or a share of a field above a threshold, up to a ceiling.

    `pay = min(most, max(0, of − threshold) × share)` (handbook 5.6). mark: how sure the number is.
    """

    since: date
    fixed: Decimal | None = Field(default=None, gt=0)
    of: str = ""
    share: Decimal | None = Field(default=None, gt=0, le=1)
    threshold: Decimal = Field(default=Decimal(0), ge=0)
    most: Decimal | None = Field(default=None, gt=0)
    mark: Literal["V", "P", "S", "U"]
    source: str

    @model_validator(mode="after")
    def _one_way(self) -> AmountRule:
        if (self.fixed is None) == (self.share is None) or bool(self.of) != (self.share is not None):
            raise ValueError("give either `fixed`, or `of` and `share`")
        return self


@dataclass(frozen=True)
class Amount:
    """A sum in yuan with the line that reckons it. `sure`: the rule's numbers are ours or the law's, not hearsay."""

    value: Decimal
    working: str
    sure: bool


def rule_on(rules: tuple[AmountRule, ...], day: date) -> AmountRule | None:
    """The rule in force on a day: the latest that has begun."""
    begun = [rule for rule in rules if rule.since <= day]
    return max(begun, key=lambda rule: rule.since) if begun else None


def amount(rules: tuple[AmountRule, ...], values: Mapping[str, Any], day: date) -> Amount | None:
    """What the rules come to for these values; None where no rule is in force or the field it needs is not answered."""
    rule = rule_on(rules, day)
    if rule is None:
        return None
    sure = rule.mark in ("V", "P")
    if rule.fixed is not None:
        return Amount(cents(rule.fixed), f"按标准发放：{yuan(rule.fixed)}", sure)
    base = values.get(rule.of)
    if base is None or rule.share is None:
        return None
    above = max(exact(base) - exact(rule.threshold), exact(0))
    found = above * exact(rule.share)
    working = f"（{yuan(base)} − {yuan(rule.threshold)}）× {percent(rule.share)} = {yuan(found)}"
    if rule.most is not None and found > rule.most:
        found = exact(rule.most)
        working += f"，超过上限，按 {yuan(rule.most)}"
    return Amount(cents(found), working, sure)
