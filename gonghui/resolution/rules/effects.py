"""Effects of the letters: acceptance, inquiry, number, service, reply, verification, the next letter."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from gonghui.kernel import clocks, outbox
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.kernel.numbering import next_number
from gonghui.kernel.times import SHANGHAI, day_of
from gonghui.organisations.flow_rules import tell_staff
from gonghui.resolution import tables
from gonghui.resolution.letters import follow
from gonghui.resolution.models import Inquiry, Letter, Reply, Service
from gonghui.resolution.rules.common import chosen, letter_of, service_of, shown, stamp
from gonghui.resolution.rules.guards import signer
from gonghui.resolution.rules.limits import reply_limit


@effect("resolution.accept")
def accept(ctx: Context, args: Any) -> None:
    ctx.matter.data["accepted"] = True


@effect("resolution.refuse")
def refuse(ctx: Context, args: Any) -> None:
    """The written notice (浙江 17) is kept as it was given."""
    letter = letter_of(ctx)
    ground = tables.chinese(tables.words().refusals, ctx.data["ground"])
    day = f"{ctx.now.astimezone(SHANGHAI):%Y-%m-%d}"
    notice = (
        f"不予受理通知：您反映的情况（{'、'.join(letter.clues)}）经审查，{ground}，工会劳动法律监督不予受理。"
        f"{ctx.data['text']} {letter.committee.organisation.name} {day}"
    )
    stamp(ctx, ground=ctx.data["ground"], notice_text=notice)


def _inquiry(ctx: Context, purpose: Inquiry.Purpose) -> None:
    Inquiry.objects.create(
        matter=ctx.matter,
        purpose=purpose,
        day=ctx.data["day"],
        supervisors=shown(chosen(ctx.data["supervisors"])),
        ways=ctx.data.get("ways") or [],
        refused=bool(ctx.data.get("refused")),
        text=ctx.data["text"],
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )


@effect("resolution.investigate")
def investigate(ctx: Context, args: Any) -> None:
    _inquiry(ctx, Inquiry.Purpose.INVESTIGATE)


@effect("resolution.sign")
def sign(ctx: Context, args: Any) -> None:
    """文号 ×工监(提/意/建)〔2026〕N号, N from 1 in each year for each union and kind."""
    letter, day = letter_of(ctx), day_of(ctx.now)
    count = next_number(f"resolution:{letter.committee_id}:{letter.kind}:{day.year}")
    number = f"{letter.committee.code}工监{tables.kind(letter.kind).short}〔{day.year}〕{count}号"
    member = signer(ctx, letter)
    stamp(ctx, number=number, signed_on=day, signer=member.name if member else ctx.actor.name)
    ctx.record(number=number)


@effect("resolution.send")
def send(ctx: Context, args: Any) -> None:
    Service.objects.create(
        matter=ctx.matter,
        method=ctx.data["method"],
        sent_on=ctx.data["day"],
        tracking=ctx.data.get("tracking") or "",
        servers=shown(chosen(ctx.data["supervisors"])),
    )


@effect("resolution.deliver")
def deliver(ctx: Context, args: Any) -> None:
    """The reply limit runs from the day of service, however late that is written down."""
    service, day = service_of(ctx), ctx.data["day"]
    service.delivered_on = day
    service.received_by, service.received_as = ctx.data.get("received_by") or "", ctx.data.get("received_as") or ""
    service.note = ctx.data.get("note") or ""
    service.save()
    letter = letter_of(ctx)
    since = datetime.combine(day, time(0), tzinfo=SHANGHAI)
    spec = ctx.flow.clocks["reply"]
    clocks.start(ctx.matter, "reply", spec, since)
    due, _guessed = clocks.due_moment(since, reply_limit(letter), statutory=spec.statutory)
    stamp(ctx, delivered_on=day, reply_due=due)
    ctx.record(reply_due=due.isoformat())


@effect("resolution.undelivered")
def undelivered(ctx: Context, args: Any) -> None:
    service = service_of(ctx)
    service.failed, service.note = True, ctx.data["reason"]
    service.save()
    remark(ctx, args)


@effect("resolution.reply")
def reply(ctx: Context, args: Any) -> None:
    """In time is judged by the day of the answer, not by the day on which it was written down."""
    letter, day = letter_of(ctx), ctx.data["day"]
    _keep(ctx)
    assert letter.reply_due is not None, "served letters have their limit"
    stamp(ctx, replied_on=day, stance=ctx.data["stance"], in_time=answered_in_time(day, letter.reply_due))


@effect("resolution.report")
def report(ctx: Context, args: Any) -> None:
    """What came of a matter that was taken up. Whether the letter was answered in time stays as it was."""
    _keep(ctx)
    stamp(ctx, stance=ctx.data["stance"])


def _keep(ctx: Context) -> None:
    """The answer as it was given, under a link or on paper."""
    Reply.objects.create(
        matter=ctx.matter,
        day=ctx.data["day"],
        stance=ctx.data["stance"],
        text=ctx.data["text"],
        online=ctx.transition.name in ("answer_online", "report_online"),
        answered_by=ctx.data.get("answered_by") or "",
        answered_as=ctx.data.get("answered_as") or "",
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )


@effect("resolution.tell_answered")
def tell_answered(ctx: Context, args: Any) -> None:
    """Who drafted and who issued the letter, and who handles the case it comes from, hear of it."""
    letter = letter_of(ctx)
    parties = [(ctx.matter, path) for path in ctx.matter.scopes.filter(direct=True).values_list("path", flat=True)]
    if letter.source is not None:
        parties.append((letter.source, letter.source.holder_path))
    for matter, path in dict(zip((path for _matter, path in parties), parties, strict=True)).values():
        outbox.enqueue(
            "notice.staff",
            f"resolution:{ctx.matter.pk}:answered:{ctx.matter.version}:{path}",
            {"path": path, "kind": "letter_answered", "number": ctx.matter.number},
            matter=matter,
        )


def answered_in_time(day: Any, due: datetime) -> bool:
    """Does an answer of this day keep the limit? A day that only begins when the limit ends is too late."""
    return datetime.combine(day, time(0), tzinfo=SHANGHAI) < due


@effect("resolution.lapse")
def lapse(ctx: Context, args: Any) -> None:
    stamp(ctx, in_time=False)
    tell_staff(ctx.matter, ctx.matter.clocks.filter(name="reply").latest("pk"), "supervision", ctx.matter.holder_path)


@effect("resolution.verify")
def verify(ctx: Context, args: Any) -> None:
    _inquiry(ctx, Inquiry.Purpose.VERIFY)
    stamp(ctx, corrected=ctx.data["corrected"], recovered=ctx.data.get("recovered"))


@effect("resolution.close")
def close(ctx: Context, args: Any) -> None:
    stamp(ctx, explanation=ctx.data.get("text") or "")


@effect("resolution.remark")
def remark(ctx: Context, args: Any) -> None:
    """The short reason of a step, to be read in the trail."""
    if ctx.data.get("reason"):
        ctx.note(ctx.data["reason"])


@effect("resolution.escalate")
def escalate(ctx: Context, args: Any) -> None:
    """The next letter begins as a draft of what this one said; after the last one only where the case goes."""
    letter = stamp(
        ctx,
        ground=ctx.data["ground"],
        onward=ctx.data.get("onward") or "",
        explanation=ctx.data.get("text") or "",
    )
    following = tables.kind(letter.kind).next
    if following:
        made: Letter = follow(letter, following, ctx.actor, ctx.now)
        ctx.record(next=made.matter.number)
