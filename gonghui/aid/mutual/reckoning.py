"""What a claim comes to by its plan, and where it does not fit the plan (handbook 5.6). Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from gonghui.aid.mutual.plans import LEVELS, Listed, Plan
from gonghui.law.calculators.money import cents, exact, percent, yuan
from gonghui.services.amounts import Amount


def left_of(plan: Plan, earlier: Decimal) -> Decimal:
    """What of the cap is left after earlier payments of the same period, in yuan; never below nothing."""
    return max(Decimal(0), plan.figures.cap.value - earlier)


def reckon(plan: Plan, own_paid: Decimal, level: str, earlier: Decimal) -> Amount:
    """`pay = min(cap − earlier, max(0, own_paid − deductible) × ratio)`, rounded to the cent, with its working.

    `level`: of the hospital, "1" to "3"; for one not known the lowest ratio. `sure`: the plan's office confirmed it.
    """
    ratio, deductible = plan.ratio(level), plan.figures.deductible.value
    found = max(exact(own_paid) - exact(deductible), exact(0)) * exact(ratio)
    working = f"（{yuan(own_paid)} − {yuan(deductible)}）× {percent(ratio)} = {yuan(found)}"
    if level not in LEVELS:
        working += "（医院等级不清楚，按最低的比例）"
    value, left = cents(found), cents(left_of(plan, earlier))
    if value > left:
        value = left
        working += f"，超过本期上限 {yuan(plan.figures.cap.value)}"
        working += f"减去已付的 {yuan(earlier)}，按 {yuan(left)}" if earlier else f"，按 {yuan(left)}"
    return Amount(value, working, plan.confirmed is not None)


@dataclass(frozen=True)
class Finding:
    """Where a claim does not fit its plan. `field`: of the form. `exact`: it follows from numbers and days; a name that
    is written otherwise than in a list proves nothing and is only looked at."""

    field: str
    text: str
    exact: bool


@dataclass(frozen=True)
class Stay:
    """What a claim tells of the stay in hospital."""

    admitted: date
    own_paid: Decimal
    disease: str
    hospital: str


def findings(plan: Plan, covered_since: date, stay: Stay, earlier: Decimal) -> list[Finding]:
    """`covered_since`: the first day after the waiting days (`plan.waits_until`)."""
    found = []
    if stay.admitted < covered_since:
        text = _("入院那天还在等待期，从 %(day)s 起住院才在保障范围。") % {"day": covered_since.isoformat()}
        found.append(Finding("admitted", text, True))
    deductible = plan.figures.deductible.value
    if stay.own_paid <= deductible:
        text = _("自付没有超过起付线 %(sum)s 元。") % {"sum": f"{deductible:,.2f}"}
        found.append(Finding("own_paid", text, True))
    if left_of(plan, earlier) <= 0:
        text = _("本期已经付到上限 %(sum)s 元。") % {"sum": f"{plan.figures.cap.value:,.2f}"}
        found.append(Finding("own_paid", text, True))
    if plan.diseases and not _named(plan.diseases, stay.disease):
        text = _("诊断不在计划写明的病种里（%(names)s）。") % {"names": "、".join(str(one) for one in plan.diseases)}
        found.append(Finding("disease", text, False))
    if plan.hospitals and not _named(plan.hospitals, stay.hospital):
        text = _("医院不在计划认可的医院里（%(names)s）。") % {"names": "、".join(str(one) for one in plan.hospitals)}
        found.append(Finding("hospital", text, False))
    return found


def _named(listed: Iterable[Listed], text: str) -> bool:
    return any(name in text for one in listed for name in (one.zh, *one.also))
