"""大病互助: how a claim stands to its plan at the form, at the check and at the grant (handbook 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import tables
from gonghui.aid.models import MutualClaim, MutualCover
from gonghui.aid.mutual import claims, plans, register
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.organisations.queries import organisation_for_region
from gonghui.services.amounts import Amount
from gonghui.services.facts import id_no_of
from gonghui.services.holding import union_of_unit
from gonghui.services.hooks import checks, holders, reckons
from gonghui.services.models import Application
from gonghui.services.rules.common import application_of
from gonghui.services.rules.granting import sum_of
from gonghui.services.sources import Asked, Facts, fact_source
from gonghui.services.spec import Service


@fact_source("joined_mutual")
def has_joined(asked: Asked) -> Facts:
    """Who stands in the register joined for sure; that somebody does not is not known: not every union enters it."""
    return {"joined_mutual": True} if register.own(asked.account_id, asked.id_no) else {}


@choices("aid.mutual_plans")
def mutual_plans(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    """Every plan there is, the examples too: which of them somebody is in, the register tells."""
    return [(code, str(plan)) for code, plan in plans.book().codes().items()]


@checks("M17")
def claim_is_right(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """InvalidData beside the fields: a late claim says why; a stay that a confirmed plan does not cover is refused;
    what the register does not know is asked for by its certificate. An example's numbers refuse nobody."""
    days = tables.mutual().report_days.value
    if today() > values["discharged"] + timedelta(days=days) and not values.get("late_why"):
        raise InvalidData({"late_why": [_("出院已经超过 %(days)d 天，请写明为什么现在才申请。") % {"days": days}]})
    if "first_by" not in values:
        # The first version of the service knew no register.
        return
    number, admitted = id_no_of(service, values), values["admitted"]
    own = register.own(actor.account_id, number)
    found = claims.chosen([one for one in own if one.starts <= admitted <= one.ends], values.get("plan"))
    if len({one.plan for one in found}) > 1:
        raise InvalidData({"plan": [_("您那时参加了不止一个计划，请选这次按哪一个申请。")]})
    if found:
        findings = claims.findings(found[0], values)
        wrong = {one.field: [one.text] for one in findings.found if one.exact and findings.confirmed}
        if wrong:
            raise InvalidData(wrong)
    elif not values.get("plan_no") or not values.get("covered_from"):
        text = _("登记里没有查到您入院那天参加的计划。请照互助凭证填写凭证号和生效日期，由工作人员核对。")
        raise InvalidData({name: [text] for name in ("plan_no", "covered_from") if not values.get(name)})


@holders("M17")
def first_checker(service: Service, values: Mapping[str, Any]) -> str:
    """单位工会初审: the named unit's union where it has one and the worker does not mind; else the county's."""
    region = str(values.get("region") or "")
    own = union_of_unit(str(values.get("unit") or ""), region) if values.get("first_by") == "unit" else None
    found = own or organisation_for_region(region)
    return found.path if found is not None else ""


@reckons("M17")
def reckoned(application: Application) -> Amount | None:
    return claims.reckoned(application)


def no_cover() -> str:
    return _("登记里没有这个人入院那天的参保记录。请核对互助凭证，先到“互助参保”补登，再审核。")


@guard("aid.claim_fits")
def claim_fits(ctx: Context, args: Any) -> str | None:
    """A cover stands in the register, days and sum are within a confirmed plan's rule, the sum in any case within the
    cap. The rule of a plan that nobody confirmed only advises: the handler goes by the certificate."""
    application = application_of(ctx)
    with as_system("the cover of a claim that the actor decides"):
        covers = claims.covers(application)
    if not covers:
        return no_cover()
    if len(covers) > 1:
        return _("这个人那时参加了不止一个计划，申请里没有选：请退回，让职工选定。")
    if (why := _outside(application, covers[0])) is not None:
        return why
    return None if ctx.preview else _too_much(ctx, application, covers[0], ctx.data["amount"])


def _outside(application: Application, cover: MutualCover) -> str | None:
    """Where a confirmed plan does not cover the claim. The form asked too, but only of covers it knew then."""
    findings = claims.findings(cover, claims.values_of(application), application.pk)
    wrong = [one for one in findings.found if one.exact]
    if findings.confirmed is None or not wrong:
        return None
    text = "".join(one.text for one in wrong)
    if any(one.field == "admitted" for one in wrong):
        text += _("如果是续保，请先在“互助参保”补登上一期，再登记这一期。")
    return text


def _too_much(ctx: Context, application: Application, cover: MutualCover, value: Any) -> str | None:
    if value <= 0:
        return _("金额要大于零；不该发的请选“不通过”。")
    found, left = claims.reckoned(application), claims.left(cover, application)
    if found is None or left is None:
        return _("这个计划的文件不在了，请先补上再审核。")
    if found.sure and value > found.value:
        return _("按标准最多 %(most)s 元：%(working)s。") % {"most": f"{found.value:,.2f}", "working": found.working}
    if value > left:
        return _("本期上限还剩 %(left)s 元，不能超过。") % {"left": f"{left:,.2f}"}
    return None


@effect("aid.take_cover")
def take_cover(ctx: Context, args: Any) -> None:
    """From now on the claim counts against this cover, locked so that whoever cancels it waits and sees the claim."""
    application = application_of(ctx)
    standing = [one.pk for one in claims.covers(application)]
    cover = MutualCover.objects.select_for_update(of=("self",)).filter(pk__in=standing, cancelled_on=None).first()
    if cover is None:
        # Cancelled by somebody else since the guard saw it.
        raise GuardRefused([no_cover()])
    MutualClaim.objects.update_or_create(application=application, defaults={"cover": cover, "at": ctx.now})
    ctx.record(plan=cover.plan, period=cover.period, cover=cover.pk)


@guard("aid.within_cap")
def within_cap(ctx: Context, args: Any) -> str | None:
    """Once more at the grant, with the cover locked: two claims decided at the same instant wait for each other, and
    nothing is paid from a cover that was cancelled."""
    application = application_of(ctx)
    with as_system("the cover of a claim that the actor decides"):
        rows = MutualCover.objects.filter(claims__application=application, cancelled_on=None)
        cover = rows.first() if ctx.preview else rows.select_for_update(of=("self",)).first()
    if cover is None:
        return _("参保记录还没有认定，或者已经撤销，请退回审核。")
    left = claims.left(cover, application)
    if left is None or sum_of(ctx.matter) <= left:
        return None
    return _("本期上限还剩 %(left)s 元，不够这一笔：请退回审核，重新确认金额。") % {"left": f"{left:,.2f}"}
