"""四技五小两比: two grades, the proof of the benefit, the reward, where it is used (handbook 5.9)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.craft import tables
from gonghui.craft.models import Innovation
from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import higher_path
from gonghui.services.rules.common import values_of
from gonghui.services.rules.handing import hand_to


@guard("craft.benefit_fits")
def benefit_fits(ctx: Context, args: Any) -> str | None:
    """What is checked is never more than what was declared."""
    if ctx.preview or ctx.data["benefit"] <= values_of(ctx)["benefit"]:
        return None
    return _("核实的效益不能多于申报的；确实更多的，请退回由申报人补正。")


@guard("craft.benefit_proved")
def benefit_proved(ctx: Context, args: Any) -> str | None:
    most = tables.numbers().proof_above
    if ctx.preview or ctx.data["benefit"] <= most or ctx.data["finance_proof"]:
        return None
    return _("年效益超过 %(most)s 元的，要写明财务证明。") % {"most": f"{most:,.0f}"}


@effect("craft.unit_grade")
def unit_grade(ctx: Context, args: Any) -> None:
    values = values_of(ctx)
    Innovation.objects.update_or_create(
        matter=ctx.matter,
        defaults={
            "organisation": Organisation.objects.get(path=ctx.matter.holder_path),
            "kind": values["kind"],
            "project": values["project"],
            "unit": values["unit"],
            "team": len(values["team"]),
            "year": ctx.now.astimezone(SHANGHAI).year,
            "benefit": ctx.data["benefit"],
            "unit_grade": ctx.data["unit_grade"],
            "at": ctx.now,
        },
    )


@effect("craft.hand_above")
def hand_above(ctx: Context, args: Any) -> None:
    """To the next union above; at the top it stays, and another person grades."""
    hand_to(ctx.matter, higher_path(ctx.matter.holder_path) or ctx.matter.holder_path)


def innovation_of(ctx: Context) -> Innovation:
    return Innovation.objects.get(matter=ctx.matter)


@effect("craft.grade")
def grade(ctx: Context, args: Any) -> None:
    set_fields(innovation_of(ctx), grade=ctx.data["grade"])
    ctx.record(grade=ctx.data["grade"])


@guard("craft.summary_for_public")
def summary_for_public(ctx: Context, args: Any) -> str | None:
    if ctx.preview or not ctx.data["open_to_all"] or ctx.data["summary"]:
        return None
    return _("同意公开的，请写公开的简介。")


@effect("craft.reward")
def reward(ctx: Context, args: Any) -> None:
    set_fields(
        innovation_of(ctx),
        reward=ctx.data["reward"],
        open_to_all=bool(ctx.data["open_to_all"]),
        summary=ctx.data["summary"] or "",
    )


@effect("craft.spread")
def spread(ctx: Context, args: Any) -> None:
    set_fields(innovation_of(ctx), spread_to=ctx.data["spread_to"], spread_units=ctx.data["spread_units"])
