"""Effects of the end: callback, rating, reopening, quality check, closing, withdrawal, termination."""

from __future__ import annotations

from datetime import date
from typing import Any

from gonghui.appeals import tables
from gonghui.appeals.models import CallbackAttempt, Message, QualityCheck
from gonghui.appeals.rules.assists import cancel_assists
from gonghui.appeals.rules.closing import points, quality_verdict
from gonghui.appeals.rules.common import begin_anew, order_of, work_stamp
from gonghui.appeals.rules.decisions import say, share_result
from gonghui.appeals.sampling import sample
from gonghui.kernel import outbox
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context
from gonghui.kernel.times import day_of


@effect("appeals.pass_review")
def pass_review(ctx: Context, args: Any) -> None:
    """The worker gets the result; orders merged into this one get theirs, and a callback of their own."""
    order = work_stamp(ctx, reviewed_at=ctx.now)
    say(ctx, Message.Kind.REPLY, order.result_text)
    share_result(ctx)


@effect("appeals.callback_failed")
def callback_failed(ctx: Context, args: Any) -> None:
    _attempt(ctx, reached=False)


def _yes(value: Any) -> bool | None:
    return {"yes": True, "no": False}.get(str(value))


def _attempt(ctx: Context, *, reached: bool) -> CallbackAttempt:
    order, data = order_of(ctx), ctx.data
    return CallbackAttempt.objects.create(
        order=order,
        round=order.callback_round,
        at=ctx.now,
        day=day_of(ctx.now),
        way=data.get("way") or "app",
        by_id=ctx.actor.account_id,
        by_worker=ctx.role == "owner",
        reached=reached,
        contacted=_yes(data.get("contacted")),
        resolution=data.get("resolution") or "",
        satisfaction=data.get("satisfaction") or "",
        attitude=data.get("attitude") or "",
        opinion=data.get("opinion") or "",
        reasonable=None if ctx.role == "owner" else _yes(data.get("reasonable")),
    )


@effect("appeals.callback_answered")
def callback_answered(ctx: Context, args: Any) -> None:
    """Write the answers Q1–Q5 down; the newest count in the figures (1.8)."""
    attempt = _attempt(ctx, reached=True)
    work_stamp(
        ctx,
        callback_at=ctx.now,
        contacted_answer=attempt.contacted,
        resolution=attempt.resolution,
        satisfaction=attempt.satisfaction,
        attitude=attempt.attitude,
    )
    if ctx.matter.state == "quality":
        _gate(ctx)


@effect("appeals.callback_unreachable")
def callback_unreachable(ctx: Context, args: Any) -> None:
    """Three days without an answer: closed later as 未评价, counted apart (1.8) — unless the worker has rated it
    themselves: what they said stays, and a dissatisfied answer is drawn for the quality check."""
    order = order_of(ctx)
    if order.callbacks.filter(round=order.callback_round, by_worker=True).exists():
        work_stamp(ctx, callback_at=ctx.now)
    else:
        work_stamp(ctx, callback_at=ctx.now, contacted_answer=None, resolution="", satisfaction="", attitude="")
    _gate(ctx)


def _gate(ctx: Context) -> None:
    outbox.enqueue(
        "task.quality_gate",
        f"quality_gate:{order_of(ctx).pk}:{ctx.matter.version}",
        {"matter": ctx.matter.pk},
        matter=ctx.matter,
    )


@effect("appeals.reopen")
def reopen(ctx: Context, args: Any) -> None:
    work_stamp(ctx, reopen_count=order_of(ctx).reopen_count + 1)
    begin_anew(ctx)
    if ctx.data.get("note"):
        say(ctx, Message.Kind.NOTE, ctx.data["note"], internal=True)


@effect("appeals.quality_check")
def quality_check(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    total, passed = quality_verdict(ctx.data)
    chosen, reason = sample(order, ctx.matter)
    QualityCheck.objects.create(
        order=order,
        at=ctx.now,
        by_id=ctx.actor.account_id,
        scores=points(ctx.data),
        vetoes=ctx.data.get("vetoes") or [],
        total=total,
        passed=passed,
        note=ctx.data.get("note") or "",
    )
    work_stamp(ctx, quality_score=total, sampled=True, sample_reason=reason if chosen else "chosen")
    ctx.record(total=total, passed=passed)


@effect("appeals.quality_reopen")
def quality_reopen(ctx: Context, args: Any) -> None:
    """A failed check sends the order back; one answered at once has no handler yet and stays with who took it in."""
    reopen(ctx, args)


@effect("appeals.close")
def close(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    _archive(ctx)
    values: dict[str, Any] = {"closed_at": ctx.now}
    if order.sampled is None:
        values["sampled"] = False
    work_stamp(ctx, **values)


def _archive(ctx: Context) -> None:
    """From the end on it is kept so many years (1.10), however it ended; then `archiving` lets go of it."""
    order = order_of(ctx)
    years = tables.number(tables.sla().archive_years, "consult" if order.nature == "consult" else "rights")
    order.appeal.archive_until = _years_later(day_of(ctx.now), int(years))
    order.appeal.save(update_fields=["archive_until"])


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def release_merged(ctx: Context) -> None:
    """Orders that ran with this one go their own way again when it ends without a result."""
    order = order_of(ctx)
    if order.merged.exists():
        key = f"release_merged:{order.pk}:{ctx.matter.version}"
        outbox.enqueue("task.release_merged", key, {"matter": ctx.matter.pk}, matter=ctx.matter)


@effect("appeals.finish")
def finish(ctx: Context, args: Any) -> None:
    _archive(ctx)
    cancel_assists(ctx)
    release_merged(ctx)
    work_stamp(ctx, closed_at=ctx.now)


@effect("appeals.withdraw")
def withdraw(ctx: Context, args: Any) -> None:
    _archive(ctx)
    cancel_assists(ctx)
    release_merged(ctx)
    work_stamp(ctx, closed_at=ctx.now, result_code="withdrawn")


@effect("appeals.terminate")
def terminate(ctx: Context, args: Any) -> None:
    _archive(ctx)
    cancel_assists(ctx)
    release_merged(ctx)
    codes = {"legal": "to_court", "not_union": "to_other"}
    work_stamp(
        ctx,
        closed_at=ctx.now,
        result_text=ctx.data["reply"],
        result_code=codes.get(ctx.data["reason"], "explained_refused"),
    )
    say(ctx, Message.Kind.REPLY, ctx.data["reply"])


@effect("appeals.dispute")
def dispute(ctx: Context, args: Any) -> None:
    """What the worker does not accept is written down; whoever dispatches decides on it. Where it was handled anew as
    often as it may be, nobody need decide: the higher union supervises it (1.5, 1.8)."""
    order, matter = order_of(ctx), ctx.matter
    matter.data["disputed"] = ctx.now.isoformat()
    say(ctx, Message.Kind.DISPUTE, ctx.data["text"])
    if order.reopen_count >= tables.number(tables.sla().reopen, "max"):
        key = f"supervise_dispute:{order.pk}:{matter.version}"
        outbox.enqueue("task.supervise_dispute", key, {"matter": matter.pk}, matter=matter)
