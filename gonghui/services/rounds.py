"""年度（批次）: the dated rounds of a service: when one may apply, and which days count in each (`in_round`)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from gonghui.kernel.tables import Row


class Round(Row):
    """One round: applications from `since` to `until`; a field with `in_round` takes a day from `least` to `most`. What
    may be had once a round (`once: during: round`) may be had again in the next. mark: how sure the days are."""

    name: str = Field(pattern=r"^[0-9A-Za-z-]{1,20}$")
    since: date
    until: date
    least: date
    most: date
    mark: Literal["V", "P", "S", "U"]
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> Round:
        if self.until < self.since or self.most < self.least:
            raise ValueError(f"the round {self.name} ends before it begins")
        return self


def wrong(rounds: Sequence[Round]) -> str:
    """Why these rounds cannot stand beside each other; empty where they can."""
    rows = sorted(rounds, key=lambda one: one.since)
    for before, after in itertools.pairwise(rows):
        if after.since <= before.until:
            return f"the rounds {before.name} and {after.name} are open on one day"
    return ""


def on(rounds: Sequence[Round], day: date) -> Round | None:
    """The round in which one applies on a day; None between two."""
    return next((one for one in rounds if one.since <= day <= one.until), None)


def following(rounds: Sequence[Round], day: date) -> Round | None:
    """The next one that is known."""
    return min((one for one in rounds if one.since > day), key=lambda one: one.since, default=None)
