"""Conditions of the end: callback, rating, reopening, quality check, closing (handbook 1.5, 1.8, 1.10).

Each returns None, or a sentence that says what is missing and what to do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.models import WorkOrder
from gonghui.appeals.rules.common import order_of
from gonghui.appeals.rules.guards import contact_done
from gonghui.appeals.sampling import sample
from gonghui.kernel.flow import guard
from gonghui.kernel.matters import Context


@guard("appeals.three_attempts")
def three_attempts(ctx: Context, args: Any) -> str | None:
    """Three failed attempts on different days (1.8)."""
    order = order_of(ctx)
    wanted = tables.number(tables.sla().callback, "attempts")
    days = order.callbacks.filter(round=order.callback_round, reached=False).values_list("day", flat=True)
    if len(set(days)) < wanted:
        return _("要在%(wanted)d个不同的日子各试一次，现在有%(have)d天。") % {"wanted": wanted, "have": len(set(days))}
    return None


def unhappy(data: dict[str, Any]) -> bool:
    """Do these answers ask for a reopening: not contacted, or unsolved and dissatisfied and reasonable (1.5)?"""
    if data.get("contacted") == "no":
        return True
    satisfied = tables.item(tables.handling().satisfaction, str(data.get("satisfaction") or ""))
    unsolved = data.get("resolution") == "unsolved"
    reasonable = data.get("reasonable") != "no"
    return unsolved and satisfied is not None and not satisfied.satisfied and reasonable


@guard("appeals.no_reopening_needed")
def no_reopening_needed(ctx: Context, args: Any) -> str | None:
    if not ctx.preview and unhappy(ctx.data):
        return _("没有联系职工，或合理诉求未解决且不满意：请选择“退回重办”。诉求不合理的，请取消“诉求合理”并说明。")
    return None


@guard("appeals.reopening_justified")
def reopening_justified(ctx: Context, args: Any) -> str | None:
    if not ctx.preview and not unhappy(ctx.data):
        return _("按这些回答不需要重办：只有没有联系职工，或合理诉求未解决且不满意时才退回。")
    return None


@guard("appeals.may_reopen")
def may_reopen(ctx: Context, args: Any) -> str | None:
    most = tables.number(tables.sla().reopen, "max")
    if order_of(ctx).reopen_count >= most:
        return _("已重办%(most)d次，请选择“转督办”。") % {"most": most}
    return None


@guard("appeals.reopenings_used_up")
def reopenings_used_up(ctx: Context, args: Any) -> str | None:
    if order_of(ctx).reopen_count < tables.number(tables.sla().reopen, "max"):
        return _("还可以退回重办，不需要转督办。")
    return None


@guard("appeals.may_reopen_closed")
def may_reopen_closed(ctx: Context, args: Any) -> str | None:
    """New facts at any time, or the worker's dispute within 30 days of closing (1.5)."""
    most = tables.number(tables.sla().reopen, "max")
    if order_of(ctx).reopen_count >= most:
        return _("已重办%(most)d次，请选择“结案后转督办”。") % {"most": most}
    return disputed_in_time(ctx, args)


@guard("appeals.disputed_in_time")
def disputed_in_time(ctx: Context, args: Any) -> str | None:
    """New facts need no dispute; a dispute must be there (1.5)."""
    if ctx.data.get("reason") == "disputed" and not ctx.matter.data.get("disputed"):
        return _("职工没有在结案后30日内提出异议；有新事实的请选择“有新事实”。")
    return None


@guard("appeals.within_dispute_days")
def within_dispute_days(ctx: Context, args: Any) -> str | None:
    days = tables.number(tables.sla().reopen, "dispute_days")
    closed = ctx.matter.closed_at
    if closed is not None and ctx.now > closed + timedelta(days=days):
        return _("结案已超过%(days)d日。有新的事实请重新提交诉求。") % {"days": days}
    return None


@guard("appeals.score_passes")
def score_passes(ctx: Context, args: Any) -> str | None:
    if ctx.preview or quality_verdict(ctx.data)[1]:
        return None
    return _("不足%(score)d分或有否决项，不能通过，请选择“质检不合格”。") % {"score": tables.quality().pass_score.value}


@guard("appeals.score_fails")
def score_fails(ctx: Context, args: Any) -> str | None:
    if ctx.preview or not quality_verdict(ctx.data)[1]:
        return None
    return _("评分合格且没有否决项，请选择“质检通过”。")


def points(data: dict[str, Any]) -> dict[str, int]:
    """Points by item of the score card, from the fields `score_<item>`."""
    return {item.code: int(data.get(f"score_{item.code}") or 0) for item in tables.quality().items}


def quality_verdict(data: dict[str, Any]) -> tuple[int, bool]:
    """(points of 100, passed): a veto item fails whatever the points (1.8)."""
    total = sum(points(data).values())
    return total, total >= tables.quality().pass_score.value and not data.get("vetoes")


@guard("appeals.not_sampled")
def not_sampled(ctx: Context, args: Any) -> str | None:
    chosen, reason = sample(order_of(ctx), ctx.matter)
    return _("已抽中质检（%(reason)s），须由质检员检查。") % {"reason": reason} if chosen else None


@guard("appeals.closing_rules")
def closing_rules(ctx: Context, args: Any) -> str | None:
    """Everything that must be there before an order is closed (1.10), each missing thing named."""
    order = order_of(ctx)
    missing = []
    if not order.result_text or not order.legal_basis:
        missing.append(_("事实、依据和结果"))
    if ctx.matter.state != "answered_directly":
        if order.merged_into_id is None and not contact_done(order, None):
            missing.append(_("联系职工的记录"))
        if not order.result_code:
            missing.append(_("结果代码"))
        if order.merged_into_id is None and not order.documents_attached:
            missing.append(_("文书归档"))
        if not callback_finished(order):
            missing.append(_("回访"))
    return _("还缺：%(what)s。补齐后才能结案。") % {"what": "、".join(missing)} if missing else None


def callback_finished(order: WorkOrder) -> bool:
    rows = order.callbacks.filter(round=order.callback_round)
    if rows.filter(reached=True).exists():
        return True
    return len(set(rows.values_list("day", flat=True))) >= tables.number(tables.sla().callback, "attempts")
