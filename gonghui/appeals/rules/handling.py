"""Effects of the handling: sign-off, contacts, extension, suspension, submission, review, supervision, petitions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.models import ContactLog, ExtensionRequest, MajorReport, Message, SupervisionLetter, Suspension
from gonghui.appeals.rules.choices import assigned
from gonghui.appeals.rules.common import MAJOR_REPORT, order_of, work_stamp
from gonghui.appeals.rules.decisions import say, with_version
from gonghui.appeals.rules.guards import longest_extension, pending_extension
from gonghui.kernel import clocks, outbox
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context, clock_of, move
from gonghui.kernel.models import MatterParticipant
from gonghui.organisations.queries import higher_path


@effect("appeals.stamp_accepted")
def stamp_accepted(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    if order.accepted_at is None:
        work_stamp(ctx, accepted_at=ctx.now, auto_accepted=ctx.actor.is_system)


@effect("appeals.assign")
def assign(ctx: Context, args: Any) -> None:
    ctx.matter.assignee_id = int(ctx.data["assignee"])


@effect("appeals.recuse")
def recuse(ctx: Context, args: Any) -> None:
    """Conflict of interest (信访工作条例 28): the person leaves the order for good."""
    recused = [*ctx.matter.data.get("recused", []), ctx.actor.account_id]
    ctx.matter.data["recused"] = list(dict.fromkeys(recused))
    if ctx.matter.assignee_id == ctx.actor.account_id:
        ctx.matter.assignee_id = None


@effect("appeals.log_contact")
def log_contact(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    ContactLog.objects.create(
        order=order,
        at=ctx.now,
        way=ctx.data["way"],
        reached=ctx.data["reached"] == "yes",
        gist=ctx.data["gist"],
        by_id=ctx.actor.account_id,
    )
    if ctx.data["reached"] == "yes":
        ctx.matter.data["contacted"] = True
        clocks.stop(ctx.matter, "first_contact", ctx.now)
        if order.first_contact_at is None:
            work_stamp(ctx, first_contact_at=ctx.now)


@effect("appeals.request_extension")
def request_extension(ctx: Context, args: Any) -> None:
    order, clock = order_of(ctx), clock_of(ctx.matter, "result")
    if clock is None:
        return
    new_due = ctx.data["new_due"]
    latest = longest_extension(order, clock)
    if new_due <= clock.due_at:
        raise InvalidData({"new_due": [_("新期限必须晚于现在的期限（%(due)s）。") % {"due": _shown(clock.due_at)}]})
    if new_due > latest:
        raise InvalidData({"new_due": [_("延期不能超过原时限的一半，最晚到%(latest)s。") % {"latest": _shown(latest)}]})
    ExtensionRequest.objects.create(
        order=order,
        asked_at=ctx.now,
        asked_by_id=ctx.actor.account_id,
        reason=ctx.data["reason"],
        old_due=clock.due_at,
        new_due=new_due,
    )


def _shown(moment: Any) -> str:
    from gonghui.kernel.times import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _decide(ctx: Context, pending: ExtensionRequest | Suspension | None, approved: bool) -> None:
    if pending is None:
        return
    pending.approved, pending.decided_by_id = approved, ctx.actor.account_id
    if isinstance(pending, ExtensionRequest):
        pending.decided_at, pending.decision_note = ctx.now, ctx.data.get("note") or ""
    pending.save()


@effect("appeals.approve_extension")
def approve_extension(ctx: Context, args: Any) -> None:
    pending = pending_extension(order_of(ctx))
    if pending is None:
        return
    clocks.extend(ctx.matter, "result", pending.new_due, ctx.flow.clocks["result"], ctx.now)
    _decide(ctx, pending, True)
    say(ctx, Message.Kind.REPLY, _("延期理由：%(reason)s") % {"reason": pending.reason})
    ctx.record(new_due=pending.new_due.isoformat())


@effect("appeals.refuse_extension")
def refuse_extension(ctx: Context, args: Any) -> None:
    _decide(ctx, pending_extension(order_of(ctx)), False)


def _pending_suspension(ctx: Context) -> Suspension | None:
    return order_of(ctx).suspensions.filter(approved__isnull=True).first()


@effect("appeals.request_suspension")
def request_suspension(ctx: Context, args: Any) -> None:
    Suspension.objects.create(
        order=order_of(ctx),
        reason=ctx.data["reason"],
        note=ctx.data.get("note") or "",
        asked_at=ctx.now,
        asked_by_id=ctx.actor.account_id,
    )


@effect("appeals.approve_suspension")
def approve_suspension(ctx: Context, args: Any) -> None:
    pending = _pending_suspension(ctx)
    if pending is None:
        return
    pending.started_at = ctx.now
    _decide(ctx, pending, True)
    reason = tables.item(tables.handling().suspend_reasons, pending.reason)
    ctx.matter.data["suspend_max"] = reason.max_working_days if reason else None
    say(ctx, Message.Kind.REPLY, _("暂停计时：%(reason)s") % {"reason": reason.zh if reason else pending.reason})


@effect("appeals.refuse_suspension")
def refuse_suspension(ctx: Context, args: Any) -> None:
    _decide(ctx, _pending_suspension(ctx), False)


@effect("appeals.resume")
def resume(ctx: Context, args: Any) -> None:
    order_of(ctx).suspensions.filter(started_at__isnull=False, ended_at__isnull=True).update(ended_at=ctx.now)
    ctx.matter.data.pop("suspend_max", None)


@effect("appeals.submit")
def submit(ctx: Context, args: Any) -> None:
    clock = clock_of(ctx.matter, "result")
    order = order_of(ctx)
    values: dict[str, Any] = {
        "findings": ctx.data["findings"],
        "legal_basis": with_version(ctx.data["legal_basis"]),
        "result_code": ctx.data["result_code"],
        "result_text": ctx.data["result_text"],
        "money_recovered": ctx.data.get("money_recovered"),
        "result_note": ctx.data.get("result_note") or "",
        "union_actions": ctx.data.get("union_actions") or [],
        "documents_attached": bool(ctx.data["documents_attached"]),
        "submitted_at": ctx.now,
    }
    if clock is not None:
        values |= {"result_due_at": clock.due_at, "on_time": ctx.now <= clock.due_at}
    ctx.matter.data.pop("rework", None)
    order.extensions.filter(approved__isnull=True).update(
        approved=False, decided_at=ctx.now, decision_note="已提交结果"
    )
    order.suspensions.filter(approved__isnull=True).update(approved=False)
    work_stamp(ctx, **values)


@effect("appeals.reject_review")
def reject_review(ctx: Context, args: Any) -> None:
    ctx.matter.data["rework"] = True
    say(ctx, Message.Kind.NOTE, ctx.data["note"], internal=True)


@effect("appeals.supervise")
def supervise(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    SupervisionLetter.objects.create(
        order=order,
        kind=ctx.data["kind"],
        at=ctx.now,
        from_path=ctx.org_path,
        to_path=ctx.matter.holder_path,
        text=ctx.data["message"],
        by_id=ctx.actor.account_id,
    )
    if ctx.data["kind"] == SupervisionLetter.Kind.SUPERVISION and not order.supervised:
        work_stamp(ctx, supervised=True)


@effect("appeals.assign_lawyer")
def assign_lawyer(ctx: Context, args: Any) -> None:
    """指派: from now on this person sees the case and does its legal part (1.12)."""
    account_id = int(ctx.data["lawyer"])
    MatterParticipant.objects.create(matter=ctx.matter, account_id=account_id, role="lawyer", since=ctx.now)
    ctx.matter.data["lawyers"] = assigned(ctx.matter).count()
    ctx.record(lawyer=account_id)
    outbox.enqueue(
        "notice.app",
        f"lawyer:{ctx.matter.pk}:{account_id}:{ctx.matter.version}",
        {"kind": "assigned", "number": ctx.matter.number},
        matter=ctx.matter,
        account_id=account_id,
    )


@effect("appeals.release_lawyer")
def release_lawyer(ctx: Context, args: Any) -> None:
    account_id = int(ctx.data["lawyer"])
    ctx.matter.participants.filter(account_id=account_id, role="lawyer", until=None).update(until=ctx.now)
    ctx.matter.data["lawyers"] = assigned(ctx.matter).count()
    ctx.record(lawyer_released=account_id)


@effect("appeals.report_major")
def report_major(ctx: Context, args: Any) -> None:
    """Write down who was told; the clock ends when everybody who must know does (信访工作条例 25)."""
    order = order_of(ctx)
    for receiver in ctx.data["receivers"]:
        MajorReport.objects.create(
            order=order,
            at=ctx.now,
            receiver=receiver,
            way=ctx.data["way"],
            person=ctx.data["person"],
            gist=ctx.data["gist"],
            by_id=ctx.actor.account_id,
        )
    ctx.record(reported_to=list(ctx.data["receivers"]), way=ctx.data["way"])
    told = set(order.reports.values_list("receiver", flat=True))
    if told >= set(tables.handling().report_needed):
        ctx.matter.data["reported"] = ctx.now.isoformat()
        clocks.stop(ctx.matter, MAJOR_REPORT, ctx.now)


@effect("appeals.petition_tell")
def petition_tell(ctx: Context, args: Any) -> None:
    """告知: the petitioner knows what becomes of it; an acceptance starts the 60 days (信访工作条例 23, 34)."""
    matter = ctx.matter
    matter.data["petition_told"] = ctx.now.isoformat()
    clocks.stop(matter, "petition_tell", ctx.now)
    if ctx.data["decision"] == "accepted":
        matter.data["petition_accepted"] = ctx.now.isoformat()
        clocks.start(matter, "petition_finish", ctx.flow.clocks["petition_finish"], ctx.now)
    ctx.record(petition=ctx.data["decision"])
    say(ctx, Message.Kind.REPLY, ctx.data["text"])


@effect("appeals.extend_petition")
def extend_petition(ctx: Context, args: Any) -> None:
    clock = clock_of(ctx.matter, "petition_finish")
    most = tables.number(tables.sla().petition, "extension_days")
    days = ctx.data["days"]
    if clock is None or not 1 <= days <= most:
        raise InvalidData({"days": [_("延长1到%(most)d日。") % {"most": most}]})
    clocks.extend(
        ctx.matter, "petition_finish", clock.due_at + timedelta(days=days), ctx.flow.clocks["petition_finish"], ctx.now
    )
    say(ctx, Message.Kind.REPLY, _("延期理由：%(reason)s") % {"reason": ctx.data["reason"]})


@effect("appeals.petition_opinion")
def petition_opinion(ctx: Context, args: Any) -> None:
    """The written opinion of a review goes to the petitioner's page (信访工作条例 35, 36)."""
    original = ctx.matter.data.get("appeal")
    Message.objects.create(
        appeal_id=original,
        matter=ctx.matter,
        kind=Message.Kind.REPLY,
        text=ctx.data["opinion"],
        account_id=ctx.actor.account_id,
        org_path=ctx.org_path,
        at=ctx.now,
    )


@effect("appeals.petition_to_higher")
def petition_to_higher(ctx: Context, args: Any) -> None:
    """A re-review is done one level above the review (信访工作条例 36)."""
    higher = higher_path(ctx.matter.holder_path)
    if higher:
        move(ctx.matter, higher)
