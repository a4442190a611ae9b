"""Where facts come from (事实的来源): the profile, the register of members, a room's own tables, a field of the form.

A condition on a fact that nothing tells would stand as 待核实 for ever: `has_source` is asked of every file at start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gonghui.services.spec import Service

Facts = dict[str, Any]
# What a worker's profile tells, and what the register of members tells.
PROFILE = ("age", "worker_type")
REGISTER = ("member", "member_months")
# Told by the register alone: what anybody can tick proves nothing.
REGISTER_ALONE = ("member",)


@dataclass(frozen=True)
class Asked:
    """Of whom and for which day facts are asked; of which unit and place, where the form has told them. `written`: the
    number stands on the form, so it is whoever it names that is asked about, and not the account."""

    account_id: int | None
    id_no: str
    day: date
    unit: str = ""
    region: str = ""
    written: bool = False


Source = Callable[[Asked], Facts]
_sources: dict[Source, tuple[str, ...]] = {}


def fact_source(*names: str) -> Callable[[Source], Source]:
    """`@fact_source("joined_mutual")` — facts that a room's tables tell of a person for sure: they go before what a
    form tells. What it does not know it leaves out."""

    def keep(function: Source) -> Source:
        _sources[function] = names
        return function

    return keep


def of_rooms(asked: Asked) -> Facts:
    """What all rooms know."""
    known: Facts = {}
    for source in _sources:
        known |= source(asked)
    return known


def asks_register(service: Service) -> bool:
    """Whether a condition of the service is on what the register of members tells."""
    return any(condition.fact in REGISTER and condition.is_ is not False for condition in service.eligibility)


def has_source(service: Service, fact: str) -> bool:
    """Whether anything can tell this fact to this service."""
    told = {field.fact for field in service.fields}
    return fact in (*PROFILE, *REGISTER, *told) or any(fact in names for names in _sources.values())
