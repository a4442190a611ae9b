"""Effects up to the hand-over: registration, triage, direct answer, dispatch, return, escalation, merging."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.models import (
    AppealLink,
    Message,
    ReturnRecord,
    SupervisionLetter,
    Triage,
    TriageDecision,
    WorkOrder,
)
from gonghui.appeals.rules.assists import cancel_assists, open_assists
from gonghui.appeals.rules.common import (
    begin_anew,
    common_path,
    in_group,
    order_of,
    organisation,
    retime,
    work_stamp,
)
from gonghui.appeals.rules.guards import has_result, merge_refusal
from gonghui.kernel import clocks, outbox
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import paths_of
from gonghui.organisations.queries import higher_path


@effect("appeals.register")
def register(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    outbox.enqueue("task.understand", f"understand:{order.appeal_id}", {"appeal": order.appeal_id}, matter=ctx.matter)


@effect("appeals.triage")
def triage(ctx: Context, args: Any) -> None:
    """The human decision beside the proposal; clocks follow a changed urgency (handbook 1.2, 1.4)."""
    order, matter, data = order_of(ctx), ctx.matter, ctx.data
    newest = Triage.objects.filter(appeal_id=order.appeal_id).order_by("-at", "-pk").first()
    before = matter.priority
    matter.category = data["category"]
    matter.priority = int(data["urgency"][1])
    matter.restricted = in_group(matter.category, tables.routing().discipline_categories)
    matter.data.update(nature=data["nature"], difficulty=data["difficulty"])
    if data.get("petition"):
        make_petition(ctx)
    if matter.priority != before:
        retime(matter, before, ctx.now)
    TriageDecision.objects.create(
        appeal_id=order.appeal_id,
        triage=newest,
        by_id=ctx.actor.account_id,
        at=ctx.now,
        category=data["category"],
        urgency=data["urgency"],
        nature=data["nature"],
        difficulty=data["difficulty"],
        worker_type=data.get("worker_type") or "",
        agreed=None if newest is None or not newest.category else newest.category == data["category"],
        reason=data.get("reason") or "",
    )
    work_stamp(
        ctx,
        nature=data["nature"],
        difficulty=data["difficulty"],
        type=order_type(data["nature"], data["category"]),
        triaged_at=ctx.now,
        is_petition=bool(matter.data.get("petition")),
    )


def order_type(nature: str, category: str) -> str:
    """The work order's type (1.13) from the nature of the appeal and its category."""
    if nature in ("consult",):
        return "consult"
    if nature in ("suggestion", "praise"):
        return "advice"
    return "help" if nature == "help" or category[:2] in ("12", "13", "14") else "rights"


def make_petition(ctx: Context) -> None:
    """From now on the statutory clocks run too, from the day the matter came in (信访工作条例 23)."""
    matter = ctx.matter
    if matter.data.get("petition"):
        return
    matter.data["petition"] = True
    clocks.start(matter, "petition_tell", ctx.flow.clocks["petition_tell"], matter.opened_at)


def _consult_due(ctx: Context) -> datetime:
    """When a question should have been answered: the consultation's limit from its receipt (1.6)."""
    limit = tables.step_limit("result_consult", f"P{min(3, ctx.matter.priority)}", ctx.matter.holder_path)
    return clocks.due_moment(ctx.matter.opened_at, limit)[0]


@effect("appeals.answer_directly")
def answer_directly(ctx: Context, args: Any) -> None:
    order = work_stamp(
        ctx,
        result_text=ctx.data["answer"],
        legal_basis=with_version(ctx.data["legal_basis"]),
        result_code="explained_accepted",
        ai_answered=bool(ctx.data.get("ai_answered")),
        submitted_at=ctx.now,
        on_time=ctx.now <= _consult_due(ctx),
        nature="consult",
        type="consult",
    )
    ctx.matter.data["nature"] = "consult"
    ctx.matter.category = ctx.data["category"]
    say(ctx, Message.Kind.REPLY, ctx.data["answer"])
    share_result(ctx)
    outbox.enqueue(
        "task.quality_gate",
        f"quality_gate:{order.pk}:{ctx.matter.version}",
        {"matter": ctx.matter.pk},
        matter=ctx.matter,
    )


def share_result(ctx: Context) -> None:
    """Orders merged into this one get its result, in the worker (they are other matters with locks of their own)."""
    order = order_of(ctx)
    if order.merged.exists():
        key = f"merged_results:{order.pk}:{ctx.matter.version}"
        outbox.enqueue("task.merged_results", key, {"matter": ctx.matter.pk}, matter=ctx.matter)


def with_version(articles: list[str]) -> list[dict[str, str]]:
    """Citations with the version of the law data they were chosen from (1.13)."""
    from gonghui.law.answer import law_version

    return [{"article": article, "law_version": law_version()} for article in articles]


def say(ctx: Context, kind: Message.Kind, text: str, *, internal: bool = False) -> Message:
    return Message.objects.create(
        appeal_id=order_of(ctx).appeal_id,
        matter=ctx.matter,
        kind=kind,
        text=text,
        from_worker=ctx.role == "owner",
        account_id=ctx.actor.account_id,
        org_path=ctx.org_path,
        at=ctx.now,
        internal=internal,
    )


@effect("appeals.dispatch")
def dispatch(ctx: Context, args: Any) -> None:
    """One lead, helpers with orders of their own, due dates stamped by the clocks that start now."""
    order, matter, lead = order_of(ctx), ctx.matter, ctx.data["lead"]
    newest = Triage.objects.filter(appeal_id=order.appeal_id).exclude(lead_path="").order_by("-at", "-pk").first()
    moved = bool(order.organisation_path) and order.organisation_path != lead
    overridden = newest is not None and newest.lead_path != lead
    if moved or ctx.previous_state == "reopened":
        # The new lead has to speak with the worker itself.
        matter.data.pop("contacted", None)
    matter.data.pop("rework", None)
    matter.data["since"] = ctx.now.isoformat()
    matter.assignee_id = None
    target = organisation(lead)
    overlay = list(target.overlay_parents.values_list("path", flat=True)) if target else []
    helpers = [path for path in ctx.data.get("assist") or [] if path != lead]
    cancel_assists(ctx, keep=helpers)
    move(matter, lead, assist=helpers, overlay=overlay)
    if lead not in order.tried_paths:
        order.tried_paths = [*order.tried_paths, lead]
    work_stamp(
        ctx,
        organisation_path=lead,
        dispatched_by_path=ctx.org_path,
        dispatched_at=ctx.now,
        accepted_at=None,
        auto_accepted=False,
        first_contact_at=order.first_contact_at if matter.data.get("contacted") else None,
        routing_rule=newest.routing_rule if newest is not None and not overridden else "manual",
        routing_reason=(newest.proposal.get("routing", {}).get("reason", "")[:300] if newest is not None else ""),
        routing_overridden=overridden,
        override_reason=(ctx.data.get("reason") or "")[:300],
        tried_paths=order.tried_paths,
    )
    ctx.record(lead=lead, assist=helpers, rule=order.routing_rule, overridden=overridden)
    if ctx.data.get("instruction"):
        say(ctx, Message.Kind.NOTE, ctx.data["instruction"], internal=True)
    open_assists(ctx, helpers, ctx.data.get("instruction") or "")


@effect("appeals.add_assist")
def add_assist(ctx: Context, args: Any) -> None:
    helpers = [path for path in ctx.data["assist"] if path != ctx.matter.holder_path]
    move(ctx.matter, ctx.matter.holder_path, assist=[*paths_of(ctx.matter, "assist"), *helpers])
    open_assists(ctx, helpers, ctx.data.get("reason") or "")


@effect("appeals.return_order")
def return_order(ctx: Context, args: Any) -> None:
    """Back to who dispatched it; after the second time to the common higher union of all that had it."""
    order, matter = order_of(ctx), ctx.matter
    count = order.return_count + 1
    back_to = order.dispatched_by_path or paths_of(matter, "receive")[0]
    if count >= tables.number(tables.sla().returns, "max"):
        deciding = common_path([str(path) for path in order.tried_paths])
        back_to = deciding if organisation(deciding) else (higher_path(deciding) or back_to)
    ReturnRecord.objects.create(
        order=order,
        at=ctx.now,
        from_path=matter.holder_path,
        to_path=back_to,
        reason=ctx.data["reason"],
        note=ctx.data.get("note") or "",
        suggested_path=ctx.data.get("suggested") or "",
        by_id=ctx.actor.account_id,
    )
    cancel_assists(ctx)
    matter.assignee_id = None
    move(matter, back_to, assist=[], overlay=[])
    work_stamp(ctx, return_count=count)
    ctx.record(returned_to=back_to, return_count=count)


@effect("appeals.escalate")
def escalate(ctx: Context, args: Any) -> None:
    higher = higher_path(ctx.matter.holder_path)
    if higher is None:
        return
    cancel_assists(ctx)
    ctx.matter.assignee_id = None
    move(ctx.matter, higher, assist=[])
    ctx.record(escalated_to=higher)


@effect("appeals.to_supervision")
def to_supervision(ctx: Context, args: Any) -> None:
    """Two reopenings did not help: the higher union takes it and watches it formally (督办)."""
    order = work_stamp(ctx, supervised=True)
    holder = ctx.matter.holder_path
    begin_anew(ctx)
    escalate(ctx, args)
    SupervisionLetter.objects.create(
        order=order,
        kind=SupervisionLetter.Kind.SUPERVISION,
        at=ctx.now,
        from_path=ctx.matter.holder_path,
        to_path=holder,
        text="两次重办后职工仍不认可，由上级工会督办。",
        by_id=ctx.actor.account_id,
    )


@effect("appeals.merge")
def merge(ctx: Context, args: Any) -> None:
    """The order runs with another one; the appeal stays as it is and is asked back by itself (1.5)."""
    order = order_of(ctx)
    main = lock_main(ctx)
    if main is None:
        raise GuardRefused([_("要并入的那件正在被修改，请稍后再试。")])
    # The guard looked before the other one was locked: two people may have merged them into each other.
    refusal = merge_refusal(ctx, main)
    if refusal:
        raise GuardRefused([refusal])
    cancel_assists(ctx)
    work_stamp(ctx, merged_into=main)
    if has_result(main):
        # The main order has shared its result already and will not do so again.
        key = f"merged_results:{main.pk}:{order.pk}:{ctx.matter.version}"
        outbox.enqueue("task.merged_results", key, {"matter": main.matter_id}, matter=main.matter)
    AppealLink.objects.update_or_create(
        from_appeal_id=order.appeal_id,
        to_appeal_id=main.appeal_id,
        kind=AppealLink.Kind.MERGED,
        defaults={
            "reason": ctx.data["reason"][:200],
            "proposed_at": ctx.now,
            "confirmed_by_id": ctx.actor.account_id,
            "confirmed_at": ctx.now,
            "rejected": False,
        },
    )
    ctx.record(merged_into=main.matter_id)


def lock_main(ctx: Context) -> WorkOrder | None:
    """The order to merge into, its matter locked. Several matters are locked in the order of their keys; one before
    our own is taken only if nobody holds it (None otherwise), because waiting for it could be waiting in a circle."""
    into = int(ctx.data["into"])
    rows = Matter.objects.select_for_update(of=("self",), skip_locked=into < ctx.matter.pk)
    there = rows.filter(pk=into).first()
    if there is None:
        return None
    main = WorkOrder.objects.get(matter_id=into)
    main.matter = there
    return main


@effect("appeals.unmerge")
def unmerge(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    AppealLink.objects.filter(from_appeal_id=order.appeal_id, kind=AppealLink.Kind.MERGED).update(rejected=True)
    work_stamp(ctx, merged_into=None)


@effect("appeals.copy_result")
def copy_result(ctx: Context, args: Any) -> None:
    main = order_of(ctx).merged_into
    if main is not None:
        work_stamp(
            ctx,
            result_code=main.result_code,
            result_text=main.result_text,
            findings=main.findings,
            legal_basis=main.legal_basis,
            documents_attached=main.documents_attached,
            submitted_at=ctx.now,
            on_time=main.on_time,
        )
