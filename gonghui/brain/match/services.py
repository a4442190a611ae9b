"""What matching needs of a service or policy. The files themselves are the `services` room's."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gonghui.brain.match.rules import Condition


class Words(BaseModel):
    """The same in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class Service(BaseModel):
    """One service or policy. needs: how people say that they need it; categories: codes of appeals it helps with;
    months: when it is in season; crisis: also for those in danger."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[MP]\d\d$")
    kind: Literal["service", "policy"] = "service"
    zh: str
    en: str
    purpose: Words
    needs: tuple[str, ...] = Field(min_length=8)
    categories: tuple[str, ...] = ()
    eligibility: tuple[Condition, ...] = ()
    months: tuple[int, ...] = ()
    crisis: bool = False
    source: str
    valid_from: date
    valid_to: date | None = None

    def valid(self, day: date) -> bool:
        """Whether it exists on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def sure(self) -> bool:
        """Whether every rule of it is law or ours; what is only reported or unknown is not told as certain."""
        return all(condition.mark in ("V", "P") for condition in self.eligibility)
