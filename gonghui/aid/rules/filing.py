"""建档: the visit and its test, who decides, the file, its yearly review and its end."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import households, lines, means, tables
from gonghui.aid.models import Assessment, HardshipFile
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of
from gonghui.law.calculators.hardship import LEVELS
from gonghui.law.calculators.results import Result
from gonghui.organisations.models import Organisation
from gonghui.services.catalogue import service_of
from gonghui.services.holding import holder_of
from gonghui.services.models import Application
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.rules.granting import post_notice
from gonghui.services.rules.handing import hand_to
from gonghui.services.sources import Asked, Facts, fact_source

State = HardshipFile.State
KEPT = ("income", "rigid", "people", "sudden_cost", "cleared", "visitors", "found_told")

# A subsistence line a head and month from here on is a slip of the pen.
LINE_MOST = 100_000


@fact_source("hardship_file")
def has_file(asked: Asked) -> Facts:
    """A file that stands is known for sure; that somebody has none in this system is not."""
    return {"hardship_file": True} if households.open_file(asked.account_id, asked.id_no) is not None else {}


def file_of(ctx: Context) -> HardshipFile:
    return HardshipFile.objects.get(application=application_of(ctx))


@guard("aid.two_visitors")
def two_visitors(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    names = {name for name in re.split(r"[、,，;；\s]+", ctx.data["visitors"]) if name}
    if ctx.data["people"] < 1:
        return _("家庭人口至少填 1。")
    if ctx.data["visited_on"] > day_of(ctx.now):
        return _("入户日期还没有到。")
    least = tables.hardship().visitors.least
    if len(names) < least:
        return _("入户要 %(least)d 人以上，请写全姓名，用顿号隔开。") % {"least": least}
    return None


@guard("aid.one_household")
def one_household(ctx: Context, args: Any) -> str | None:
    """查重: one family, one file."""
    if ctx.preview:
        return None
    found = households.doubled(application_of(ctx), values_of(ctx))
    if found is None:
        return None
    return _("查重：家庭成员已在困难职工档案 %(number)s 里。一个家庭建一份档案。") % {"number": found.number}


def _line(ctx: Context) -> means.Line | None:
    """The line that is known holds, whatever was typed; else what the visitors found published."""
    known = means.line_for(application_of(ctx).region, ctx.data["visited_on"])
    if known is not None:
        return known
    amount, source = ctx.data.get("dibao"), (ctx.data.get("dibao_source") or "").strip()
    return means.Line(amount, source) if amount and source else None


@guard("aid.line_known")
def line_known(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if (ctx.data.get("dibao") or 0) >= LINE_MOST:
        return _("低保标准是每人每月多少元，请核对。")
    if _line(ctx) is not None:
        return None
    return _("系统里没有这里核对过的低保标准：请按民政部门公布的填写数额和出处。")


def _tested(ctx: Context) -> Result:
    """C33 by what was found at the family's home. `aid.line_known` has seen that there is a line."""
    application, values, data, line = application_of(ctx), values_of(ctx), ctx.data, _line(ctx)
    found = means.test(
        data["visited_on"], application.region, data["income"], data["rigid"], data["people"],
        line=line.amount if line is not None else None,
        sudden=means.is_sudden(values), sudden_cost=data["sudden_cost"] or Decimal(0),
        excluded=bool(means.ruled_out(values)),
    )  # fmt: skip
    assert isinstance(found, Result)
    return found


def _assess(ctx: Context, kind: str) -> None:
    application, data, result, line = application_of(ctx), ctx.data, _tested(ctx), _line(ctx)
    assert line is not None, "the guard has seen it"
    level = str(result.figure("level"))
    known = means.line_for(application.region, data["visited_on"])
    used = {"dibao": line.amount, "dibao_source": line.source, "line_unconfirmed": None if known else "yes"}
    Assessment.objects.create(
        application=application,
        kind=kind,
        day=data["visited_on"],
        level=level,
        assessed_json=means.packed(result, {name: data[name] for name in KEPT} | used),
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )
    ctx.record(level=level, line=str(line.amount))
    typed, source = data.get("dibao"), (data.get("dibao_source") or "").strip()
    if typed and source and (known is None or typed != known.amount):
        # Another confirms it before it decides about any other family.
        lines.propose(ctx.actor, application.region, data["visited_on"], typed, source)


@effect("aid.assess_visit")
def assess_visit(ctx: Context, args: Any) -> None:
    _assess(ctx, Assessment.Kind.VISIT)


@effect("aid.assess_review")
def assess_review(ctx: Context, args: Any) -> None:
    _assess(ctx, Assessment.Kind.REVIEW)


@guard("aid.still_in_need")
def still_in_need(ctx: Context, args: Any) -> str | None:
    if ctx.preview or _line(ctx) is None or _tested(ctx).figure("level") != "none":
        return None
    return _("按填写的数测算已经没有达到困难标准，请选“脱困”；情况特殊的先核实支出和人口。")


@effect("aid.publish")
def publish(ctx: Context, args: Any) -> None:
    """公示 of a file: a masked name and the unit; no sum is granted yet."""
    post_notice(ctx, Decimal(0))


@effect("aid.to_county")
def to_county(ctx: Context, args: Any) -> None:
    """The county's union of where the family lives decides and keeps the file."""
    found = holder_of(service_of(ctx.matter), application_of(ctx).region)
    if found is not None:
        hand_to(ctx.matter, found.path)


def latest(application: Application) -> Assessment | None:
    return application.assessments.order_by("-at", "-pk").first()


@choices("aid.levels")
def levels(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The level that the test came to stands first; the person decides."""
    with as_system("the actor sees this matter"):
        found = Assessment.objects.filter(application__matter=matter).order_by("-at", "-pk").first()
    codes = [code for code in LEVELS if code != "none"]
    if found is not None and found.level in codes:
        codes.sort(key=lambda code: code != found.level)
    return [(code, str(HardshipFile.Level(code).label)) for code in codes]


@guard("aid.exclusions_cleared")
def exclusions_cleared(ctx: Context, args: Any) -> str | None:
    found = means.ruled_out(values_of(ctx))
    last = latest(application_of(ctx))
    if not found or (last is not None and households.unpacked(last)["facts"].get("cleared")):
        return None
    return _("申请人写明有不予建档的情形：%(which)s。属实的请选“不通过”；不属实的退回重新入户，写明查明的情况。") % {
        "which": "、".join(str(asset) for asset in found)
    }


@effect("aid.set_level")
def set_level(ctx: Context, args: Any) -> None:
    ctx.matter.data["level"] = ctx.data["level"]
    last = latest(application_of(ctx))
    if last is not None and last.level != ctx.data["level"]:
        ctx.record(tested=last.level)


@effect("aid.open_file")
def open_file(ctx: Context, args: Any) -> None:
    """建档: the number, the level, the plan."""
    application, values, day = application_of(ctx), values_of(ctx), day_of(ctx.now)
    county = holder_of(service_of(ctx.matter), application.region)
    series = f"{application.region}-{day.year}"
    last = latest(application)
    people = int(households.unpacked(last)["facts"]["people"]) if last is not None else means.people(values)
    file = HardshipFile.objects.create(
        application=application,
        account_id=ctx.matter.owner_id,
        organisation=county or Organisation.objects.get(path=ctx.matter.holder_path),
        number=f"KN-{series}-{next_number(f'aid:file:{series}'):05d}",
        region=application.region,
        level=ctx.matter.data["level"],
        causes=values.get("causes") or [],
        people=people,
        plan=ctx.data["plan"],
        plan_text=ctx.data["plan_told"] or "",
        opened_on=day,
        reviewed_on=day,
    )
    households.fill(file, values)
    ctx.record(file=file.number, level=file.level)


@effect("aid.plan")
def plan(ctx: Context, args: Any) -> None:
    file = file_of(ctx)
    file.plan, file.plan_text = ctx.data["plan"], ctx.data["plan_told"] or ""
    file.save(update_fields=["plan", "plan_text"])


@effect("aid.renew")
def renew(ctx: Context, args: Any) -> None:
    """续档, at the level of the review."""
    file, last = file_of(ctx), latest(application_of(ctx))
    assert last is not None
    file.level, file.people, file.reviewed_on = last.level, ctx.data["people"], last.day
    file.save(update_fields=["level", "people", "reviewed_on"])


def _set(file: HardshipFile, state: str, left: date | None = None) -> None:
    file.state, file.left_on = state, left
    file.save(update_fields=["state", "left_on"])


@effect("aid.lift")
def lift(ctx: Context, args: Any) -> None:
    _set(file_of(ctx), State.WATCHED)


@effect("aid.relapse")
def relapse(ctx: Context, args: Any) -> None:
    _set(file_of(ctx), State.ACTIVE)


@effect("aid.leave")
def leave(ctx: Context, args: Any) -> None:
    file = file_of(ctx)
    _set(file, State.LEFT, day_of(ctx.now))
    file.household.update(open=False)


@effect("aid.cancel")
def cancel(ctx: Context, args: Any) -> None:
    file = file_of(ctx)
    _set(file, State.CANCELLED, day_of(ctx.now))
    file.household.update(open=False)
