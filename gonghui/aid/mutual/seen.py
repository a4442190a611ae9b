"""What pages show of mutual aid: a worker's own covers, a claim beside its plan at the desk, the plans with the source
of every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import claims, plans, reckoning, register
from gonghui.aid.mutual.plans import Confirmed, Plan
from gonghui.aid.mutual.reckoning import Finding
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.services.models import Application

MARKS = {
    "V": gettext_lazy("已核实"),
    "S": gettext_lazy("来自报道，未核实"),
    "P": gettext_lazy("示例或建议"),
    "U": gettext_lazy("未核实"),
}
NAMES = {
    "premium": gettext_lazy("每人每期缴费（元）"),
    "cover_days": gettext_lazy("保障天数"),
    "waiting_days": gettext_lazy("等待期（天）"),
    "renewal_gap_days": gettext_lazy("续保可间隔（天）"),
    "deductible": gettext_lazy("起付线（元）"),
    "cap": gettext_lazy("每期上限（元）"),
}


def usual(value: Decimal) -> str:
    """A number without idle zeros: 10,000; 0.7."""
    return f"{value:,f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:,f}"


@dataclass(frozen=True)
class Cover:
    """One's own cover. `since`: the first day after the waiting days; `sure`: the plan's office confirmed the plan."""

    row: MutualCover
    plan: Plan | None
    since: date
    paid: Decimal
    left: Decimal | None
    waiting: bool
    over: bool

    @property
    def sure(self) -> bool:
        return self.plan is not None and self.plan.confirmed is not None

    @property
    def title(self) -> str:
        return str(self.plan) if self.plan is not None else self.row.plan


def shown(row: MutualCover) -> Cover:
    """A cover with what its plan says today. The caller may see it."""
    return listed([row])[0]


def listed(rows: Sequence[MutualCover]) -> list[Cover]:
    """Covers with what their plans say today, in their order. The caller may see them."""
    paid = register.paid(rows)
    return [_shown(row, paid[row.pk]) for row in rows]


def _shown(row: MutualCover, paid: Decimal) -> Cover:
    plan, day = register.plan_of(row), today()
    since = plan.waits_until(row.starts, row.renewed) if plan is not None else row.starts
    left = reckoning.left_of(plan, paid) if plan is not None else None
    return Cover(row, plan, since, paid, left, day < since, day > row.ends)


def own(actor: Actor) -> list[Cover]:
    """我参加的互助计划."""
    return listed(register.own(actor.account_id))


@dataclass(frozen=True)
class Beside:
    """A claim beside its plan. `covers`: what may pay it, one where all is right; `findings` of that one."""

    covers: list[Cover]
    confirmed: Confirmed | None
    findings: list[Finding]
    certificate: str
    covered_from: date | None


def beside(matter: Matter) -> Beside:
    """The caller has checked that the actor reads this matter in clear."""
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
        values = claims.values_of(application)
        covers = claims.covers(application)
        found = claims.findings(covers[0], values, application.pk) if len(covers) == 1 else claims.Findings()
        return Beside(
            listed(covers), found.confirmed, found.found, values.get("plan_no") or "",
            values.get("covered_from"),
        )  # fmt: skip


def cover_of(application: Application) -> Cover | None:
    """The cover that a worker's own claim counts against, once the office settled it."""
    with as_system("the worker's own application"):
        row = MutualCover.objects.filter(claims__application=application).first()
        return shown(row) if row is not None else None


@dataclass(frozen=True)
class Line:
    """One number of a plan, in words: what, how much, how sure, from where."""

    name: str
    value: str
    mark: str
    source: str


def lines(plan: Plan) -> list[Line]:
    """Every number of a plan with its mark and source."""
    levels = {"1": _("一级医院比例"), "2": _("二级医院比例"), "3": _("三级医院比例")}
    found = [(str(NAMES[name]), usual(one.value), one) for name, one in plan.figures]
    found += [(levels[level], f"{usual(one.value * 100)}%", one) for level, one in sorted(plan.ratios.items())]
    window = _("每年 %(opens)s 到 %(closes)s") % {"opens": plan.window.opens, "closes": plan.window.closes}
    rows = [Line(name, value, str(MARKS[one.mark]), one.source) for name, value, one in found]
    rows.append(Line(_("参保时间"), window, str(MARKS[plan.window.mark]), plan.window.source))
    for title, listed in ((_("病种"), plan.diseases), (_("认可的医院"), plan.hospitals)):
        rows.extend(Line(title, str(one), str(MARKS[one.mark]), one.source) for one in listed)
    return rows


def plans_here(region: str) -> list[tuple[Plan, list[Line]]]:
    """The plans that are offered in a place today, with their numbers."""
    return [(plan, lines(plan)) for plan in plans.book().offered(region, today())]
