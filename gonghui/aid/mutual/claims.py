"""A claim and its cover: which one it is, what it comes to, what of the cap is left, where it does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import reckoning, register
from gonghui.aid.mutual.plans import Confirmed
from gonghui.aid.mutual.reckoning import Finding, Stay
from gonghui.kernel.scope import as_system
from gonghui.services.actions import load
from gonghui.services.amounts import Amount
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application

Values = Mapping[str, Any]


def values_of(application: Application) -> dict[str, Any]:
    return load(service_of(application), application.values_json)


def chosen(covers: Iterable[MutualCover], code: str | None) -> list[MutualCover]:
    """Those of the plan that was chosen, where any is; else all."""
    rows = list(covers)
    return [one for one in rows if one.plan == code] or rows


def covers(application: Application) -> list[MutualCover]:
    """What may pay this claim: one; none where the register knows of nothing; several where none was chosen."""
    values = values_of(application)
    return chosen(register.covers_on(application.id_no, values["admitted"]), values.get("plan"))


@dataclass(frozen=True)
class Findings:
    """How a claim stands to the plan of a cover; `confirmed`: by whom its numbers were, or None."""

    confirmed: Confirmed | None = None
    found: list[Finding] = field(default_factory=list)


def findings(cover: MutualCover, values: Values, but: int | None = None) -> Findings:
    plan = register.plan_of(cover)
    if plan is None:
        return Findings()
    stay = Stay(values["admitted"], values["own_paid"], values["disease"], values["hospital"])
    since = plan.waits_until(cover.starts, cover.renewed)
    return Findings(plan.confirmed, reckoning.findings(plan, since, stay, register.earlier(cover, but)))


def reckoned(application: Application) -> Amount | None:
    """What the plan comes to; None where no one cover is known."""
    with as_system("the caller sees this application"):
        found = covers(application)
    plan = register.plan_of(found[0]) if len(found) == 1 else None
    if plan is None:
        return None
    values = values_of(application)
    earlier = register.earlier(found[0], application.pk)
    return reckoning.reckon(plan, values["own_paid"], values["hospital_level"], earlier)


def left(cover: MutualCover, application: Application) -> Decimal | None:
    """Yuan of the cap that other claims have not taken; None where the plan is not there any more."""
    plan = register.plan_of(cover)
    return reckoning.left_of(plan, register.earlier(cover, application.pk)) if plan is not None else None
