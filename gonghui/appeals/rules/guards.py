"""Conditions of the appeal flows. Each returns None, or a sentence that says what is missing and what to do.

In a preview (`ctx.preview`) no data has been typed yet: conditions on the data then let pass.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.models import ExtensionRequest, Triage, WorkOrder
from gonghui.appeals.rules.common import common_path, in_group, order_of
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.flow import guard
from gonghui.kernel.matters import Context, clock_of
from gonghui.kernel.models import Clock, TrailEntry
from gonghui.kernel.scope import within
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import higher_path


@guard("appeals.other_person")
def other_person(ctx: Context, verbs: list[str]) -> str | None:
    """handler ≠ reviewer ≠ callback (1.12): nobody who did one of these steps on this order may do this one."""
    if ctx.actor.account_id is None:
        return None
    did = TrailEntry.objects.filter(
        stream=f"matter:{ctx.matter.pk}",
        verb__in=list(verbs),
        actor_kind__in=("staff", "api"),
        actor_id=ctx.actor.account_id,
    ).exists()
    return _("您办过这件工单的前面环节，这一步必须由另一位同事来做。") if did else None


@guard("appeals.not_recused")
def not_recused(ctx: Context, args: Any) -> str | None:
    if ctx.actor.account_id in ctx.matter.data.get("recused", []):
        return _("您已经声明回避，请由同事办理。")
    return None


@guard("appeals.is_consultation")
def is_consultation(ctx: Context, args: Any) -> str | None:
    nature = ctx.matter.data.get("nature")
    if nature and nature != "consult":
        return _("只有咨询可以直接答复，这件的性质是“%(nature)s”，请派单办理。") % {
            "nature": tables.label(tables.intake().natures, str(nature))
        }
    return None


@guard("appeals.not_emergency")
def not_emergency(ctx: Context, args: Any) -> str | None:
    if ctx.matter.priority == 0:
        return _("特急事项必须由人派单处置，不能这样结束。情况不属实时请先重新研判。")
    return None


@guard("appeals.caller_accepts")
def caller_accepts(ctx: Context, args: Any) -> str | None:
    if not ctx.preview and not ctx.data.get("accepted"):
        return _("职工没有认可这个答复，请派单办理。")
    return None


@guard("appeals.triage_complete")
def triage_complete(ctx: Context, args: Any) -> str | None:
    if not ctx.matter.category or not ctx.matter.data.get("nature") or not ctx.matter.data.get("difficulty"):
        return _("请先研判：分类、性质、紧急程度和难度都要确定。")
    return None


@guard("appeals.lead_is_below")
def lead_is_below(ctx: Context, args: Any) -> str | None:
    """A dispatcher gives work to the own level and down (1.12)."""
    outside = [path for path in _targets(ctx) if not within(path, ctx.org_path)]
    if outside:
        return _("只能派给本级和下级单位；跨地区请升级，由共同的上级工会派单。")
    return None


@guard("appeals.common_higher_decides")
def common_higher_decides(ctx: Context, args: Any) -> str | None:
    """After two returns only the common higher union may say who leads (1.5; mirrors 信访工作条例 24)."""
    order = order_of(ctx)
    most = tables.number(tables.sla().returns, "max")
    if order.return_count < most:
        return None
    deciding = common_path([str(path) for path in order.tried_paths])
    if not within(deciding, ctx.org_path):
        name = Organisation.objects.filter(path=deciding).values_list("name", flat=True).first() or deciding
        return _("已退单%(count)d次，由共同的上级工会（%(name)s）决定由谁办理。") % {
            "count": order.return_count,
            "name": name,
        }
    return None


@guard("appeals.employer_union_hidden")
def employer_union_hidden(ctx: Context, args: Any) -> str | None:
    """The employer's own union learns of a complaint only if the worker said so, and never where it invites
    retaliation (0.5, 1.7 rule 3, 1.12)."""
    targets = _targets(ctx)
    if not targets:
        return None
    unions = set(
        Organisation.objects.filter(path__in=targets, level=Organisation.Level.GRASSROOTS).values_list(
            "path", flat=True
        )
    )
    own = own_union_paths(order_of(ctx))
    if not unions and not own & set(targets):
        return None
    appeal = order_of(ctx).appeal
    if in_group(ctx.matter.category, tables.routing().retaliation_categories):
        return _("这类诉求容易引起报复，不能交给企业工会，请由县级工会办理。")
    if not appeal.disclose_ok:
        return _("职工没有同意向单位披露，不能交给企业工会，请由县级工会办理。")
    return None


def own_union_paths(order: WorkOrder) -> set[str]:
    """Unions of the employers that an appeal names."""
    employers = [order.appeal.employer_id, *order.appeal.parties.values_list("employer_id", flat=True)]
    wanted = [pk for pk in employers if pk]
    return set(Organisation.objects.filter(employers__in=wanted).values_list("path", flat=True)) if wanted else set()


def _targets(ctx: Context) -> list[str]:
    lead = ctx.data.get("lead")
    return [*([lead] if lead else []), *(ctx.data.get("assist") or [])]


@guard("appeals.override_needs_reason")
def override_needs_reason(ctx: Context, args: Any) -> str | None:
    lead = ctx.data.get("lead")
    if not lead or ctx.data.get("reason"):
        return None
    newest = Triage.objects.filter(appeal_id=order_of(ctx).appeal_id).exclude(lead_path="").order_by("-at").first()
    if newest is not None and newest.lead_path != lead:
        return _("主办单位与建议不同，请写明理由。")
    return None


@guard("appeals.may_return")
def may_return(ctx: Context, args: Any) -> str | None:
    most = tables.number(tables.sla().returns, "max")
    if order_of(ctx).return_count >= most:
        return _("已退单%(count)d次，由共同的上级工会指定办理单位，不能再退。") % {"count": most}
    return None


@guard("appeals.return_in_time")
def return_in_time(ctx: Context, args: Any) -> str | None:
    """Within one working day of the dispatch; a petition's objection has five (信访工作条例 23)."""
    order = order_of(ctx)
    if order.dispatched_at is None:
        return None
    days = tables.number(tables.sla().returns, "within_working_days")
    if order.is_petition:
        days = tables.number(tables.sla().petition, "objection_working_days")
    last = default_calendar().add_working_days(order.dispatched_at, Decimal(days)).at
    if ctx.now > last:
        return _("退单应在派单后%(days)s个工作日内提出，现在已过期。可以申请由派单单位转办。") % {"days": days}
    return None


@guard("appeals.contacted")
def contacted(ctx: Context, args: Any) -> str | None:
    """At least one contact, or three attempts, since the order came here (1.10, 1.13)."""
    return (
        None
        if contact_done(order_of(ctx), since_of(ctx))
        else _("办结前要联系职工：请先“记录联系”，联系上一次，或三次未联系上。")
    )


def since_of(ctx: Context) -> datetime | None:
    """Since when contacts count: the last dispatch or reopening."""
    stamp = ctx.matter.data.get("since")
    return datetime.fromisoformat(stamp) if stamp else None


def contact_done(order: WorkOrder, since: datetime | None) -> bool:
    rows = order.contacts.all() if since is None else order.contacts.filter(at__gte=since)
    reached = list(rows.values_list("reached", flat=True))
    return any(reached) or len(reached) >= tables.number(tables.sla().contact, "attempts")


@guard("appeals.assists_finished")
def assists_finished(ctx: Context, args: Any) -> str | None:
    waiting = order_of(ctx).assists.filter(matter__is_open=True).count()
    if waiting:
        return _("还有%(count)d家协办单位没有报告结果。请催办或取消协办。") % {"count": waiting}
    return None


@guard("appeals.money_recorded")
def money_recorded(ctx: Context, args: Any) -> str | None:
    code = ctx.data.get("result_code")
    item = tables.item(tables.handling().result_codes, code) if code else None
    if item and item.money and ctx.data.get("money_recovered") is None and not ctx.data.get("result_note"):
        return _("请写明追回金额；没有金额的，写明其他结果。")
    return None


@guard("appeals.documents_filed")
def documents_filed(ctx: Context, args: Any) -> str | None:
    if not ctx.preview and not ctx.data.get("documents_attached"):
        return _("请先把办理文书和材料归档。")
    return None


@guard("appeals.extension_once")
def extension_once(ctx: Context, args: Any) -> str | None:
    asked = order_of(ctx).extensions
    if asked.filter(approved__isnull=True).exists():
        return _("已有一个延期申请等待审批。")
    if asked.filter(approved=True).count() >= tables.number(tables.sla().extension, "times"):
        return _("每件工单只能延期一次，这件已经延过。")
    return None


@guard("appeals.before_due")
def before_due(ctx: Context, args: Any) -> str | None:
    clock = clock_of(ctx.matter, "result")
    if clock is None or clock.status != Clock.Status.RUNNING:
        return _("现在没有在计时的办结时限，不能延期。")
    return _("已过办结时限，不能再延期。") if ctx.now > clock.due_at else None


@guard("appeals.extension_pending")
def extension_pending(ctx: Context, args: Any) -> str | None:
    return None if order_of(ctx).extensions.filter(approved__isnull=True).exists() else _("没有等待审批的延期申请。")


@guard("appeals.lawyer_assigned")
def lawyer_assigned(ctx: Context, args: Any) -> str | None:
    return None if ctx.matter.data.get("lawyers") else _("没有指派律师或调解员。")


@guard("appeals.is_major")
def is_major(ctx: Context, args: Any) -> str | None:
    return None if ctx.matter.priority <= 1 else _("只有特急、紧急的事项需要报告；请先调整紧急程度。")


@guard("appeals.overdue_needs_supervisor")
def overdue_needs_supervisor(ctx: Context, args: Any) -> str | None:
    """A pause must not hide that a limit has passed: the higher union agrees to it then, not the unit's own leader."""
    clock = clock_of(ctx.matter, "result")
    if clock is None or ctx.now <= clock.due_at or ctx.role == "supervisor":
        return None
    return _("已过办结时限：这时挂起须由上级工会的督办员同意。")


@guard("appeals.no_suspension_pending")
def no_suspension_pending(ctx: Context, args: Any) -> str | None:
    return _("已有一个挂起申请等待审批。") if order_of(ctx).suspensions.filter(approved__isnull=True).exists() else None


@guard("appeals.suspension_pending")
def suspension_pending(ctx: Context, args: Any) -> str | None:
    return None if order_of(ctx).suspensions.filter(approved__isnull=True).exists() else _("没有等待审批的挂起申请。")


@guard("appeals.other_than_requester")
def other_than_requester(ctx: Context, args: Any) -> str | None:
    order = order_of(ctx)
    name = ctx.transition.name
    pending: Any = order.suspensions if "suspension" in name else order.extensions
    asker = pending.filter(approved__isnull=True).values_list("asked_by_id", flat=True).first()
    if asker is not None and asker == ctx.actor.account_id:
        return _("申请人不能审批自己的申请，请由另一位领导审批。")
    return None


@guard("appeals.may_merge")
def may_merge(ctx: Context, args: Any) -> str | None:
    """Into an open lead order that is not merged itself and that the actor sees too."""
    into = ctx.data.get("into")
    if into is None:
        return None
    main = WorkOrder.objects.select_related("matter").filter(matter_id=into, role=WorkOrder.Role.LEAD).first()
    return merge_refusal(ctx, main)


def merge_refusal(ctx: Context, main: WorkOrder | None) -> str | None:
    """Why this order cannot run with `main`; None when it can. Asked again once both are locked."""
    if main is None or not main.matter.is_open or main.matter.state == "merged":
        return _("只能并入一件正在办理、自己没有被并入的工单。")
    if main.matter_id == ctx.matter.pk:
        return _("不能并入这件工单自己。")
    if not (within(main.matter.holder_path, ctx.org_path) or main.matter.scopes.filter(path=ctx.org_path).exists()):
        return _("没有找到这个编号的工单，请核对。")
    if order_of(ctx).merged.exists():
        return _("这件已有其他工单并入，请反过来合并。")
    return None


@guard("appeals.main_has_result")
def main_has_result(ctx: Context, args: Any) -> str | None:
    main = order_of(ctx).merged_into
    return None if main is not None and has_result(main) else _("主件还没有结果。")


def has_result(main: WorkOrder) -> bool:
    """Has its result been reviewed, so that those merged into it share it?"""
    return bool(main.result_code) and main.matter.state in ("callback", "quality", "closed", "answered_directly")


@guard("appeals.higher_exists")
def higher_exists(ctx: Context, args: Any) -> str | None:
    return None if higher_path(ctx.matter.holder_path) else _("已在最高一级，没有上级可以升级。")


@guard("appeals.is_petition")
def is_petition(ctx: Context, args: Any) -> str | None:
    return None if ctx.matter.data.get("petition") else _("这件不是信访事项。需要时请在研判中标明。")


@guard("appeals.petition_not_told")
def petition_not_told(ctx: Context, args: Any) -> str | None:
    return _("已经告知过信访人。") if ctx.matter.data.get("petition_told") else None


@guard("appeals.petition_told")
def petition_told(ctx: Context, args: Any) -> str | None:
    if ctx.matter.data.get("petition") and not ctx.matter.data.get("petition_told"):
        return _("这是信访事项，请先完成“信访告知”（信访工作条例第二十三条）。")
    return None


@guard("appeals.petition_extension_once")
def petition_extension_once(ctx: Context, args: Any) -> str | None:
    clock = clock_of(ctx.matter, "petition_finish")
    if clock is None:
        return _("信访办结时限没有在计时。")
    if clock.extended:
        return _("信访事项只能延期一次。")
    return _("已过信访办结时限，不能再延期。") if ctx.now > clock.due_at else None


@guard("appeals.final_repeat_is_petition")
def final_repeat_is_petition(ctx: Context, args: Any) -> str | None:
    """ "No longer accepted" exists only for petitions after review and re-review, never for a plain question (1.9)."""
    if ctx.data.get("reason") == "final_repeat" and not ctx.matter.data.get("petition"):
        return _("“不再受理”只适用于已复查复核终结的信访事项，不能用于一般诉求。")
    return None


def longest_extension(order: WorkOrder, original: Clock) -> datetime:
    """The latest new date an extension may name: half of the original limit after the old due moment (1.5)."""
    from gonghui.kernel.clocks import due_moment
    from gonghui.kernel.flow.schema import Limit

    share = Decimal(str(tables.number(tables.sla().extension, "share")))
    return due_moment(original.due_at, Limit(**{original.unit: original.amount * share}))[0]


def pending_extension(order: WorkOrder) -> ExtensionRequest | None:
    return order.extensions.filter(approved__isnull=True).first()
