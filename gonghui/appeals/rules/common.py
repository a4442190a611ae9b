"""Small helpers that several rules share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonghui.appeals.models import WorkOrder
from gonghui.kernel import clocks
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import Context, clock_of, set_fields
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Organisation

LEAD_KIND, ASSIST_KIND, REVIEW_KIND = "appeals.work_order", "appeals.assist_order", "appeals.petition_review"
MAJOR_REPORT = "major_report"
URGENCY_CLOCKS = (
    "register",
    "dispatch",
    "sign_off",
    "first_contact",
    "result",
    "rework",
    "review",
    "callback",
    "quality",
)


def order_of(ctx: Context) -> WorkOrder:
    """The work order of the matter that is being changed, read once for each transition."""
    return ctx.once(order_for)


def order_for(matter: Matter) -> WorkOrder:
    return WorkOrder.objects.select_related("appeal").get(matter_id=matter.pk)


def urgency_of(matter: Matter) -> str:
    return f"P{min(3, matter.priority)}"


def organisation(path: str) -> Organisation | None:
    return Organisation.objects.filter(path=path, active=True).first()


def common_path(paths: list[str]) -> str:
    """The lowest organisation path at or above all of these; with a single path, the one above it."""
    if not paths:
        return "cn"
    parts = [path.split(".") for path in paths]
    shared: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    joined = ".".join(shared)
    if joined in paths:
        shared = shared[:-1]
    return ".".join(shared) or parts[0][0]


def in_group(category: str, groups: tuple[str, ...]) -> bool:
    """Is a category one of these codes or below one of these two-digit groups?"""
    return any(category.startswith(group) for group in groups)


def work_stamp(ctx: Context, **values: Any) -> WorkOrder:
    """Set fields of the work order and save it."""
    return set_fields(order_of(ctx), **values)


def begin_anew(ctx: Context) -> None:
    """The order is handled again: what was said and counted about the last handling is no part of the next one."""
    work_stamp(ctx, callback_round=order_of(ctx).callback_round + 1, closed_at=None, sampled=None, on_time=None)
    for name in ("contacted", "disputed"):
        ctx.matter.data.pop(name, None)
    ctx.matter.data["since"] = ctx.now.isoformat()


def retime(matter: Matter, previous_priority: int, at: datetime) -> None:
    """Fit running clocks to a changed urgency. More urgent: at most the new limit from now, never later than
    before. Less urgent: the new limit from the clock's own start."""
    flow = flow_of(matter)
    if MAJOR_REPORT in flow.state_of(matter.state).clocks:
        clocks.start(matter, MAJOR_REPORT, flow.clocks[MAJOR_REPORT], at)
    if matter.priority:
        clocks.stop(matter, MAJOR_REPORT, at)
    for name in URGENCY_CLOCKS:
        clock, spec = clock_of(matter, name), flow.clocks.get(name)
        if clock is None or spec is None or clock.status != clock.Status.RUNNING:
            continue
        limit = clocks.limit_for(spec, matter)
        if limit is None:
            continue
        begin = at if matter.priority < previous_priority else clock.started_at
        if matter.priority < previous_priority and clocks.due_moment(begin, limit)[0] >= clock.due_at:
            continue
        clocks.stop(matter, name, at)
        clocks.start(matter, name, spec.model_copy(update={"once": False}), begin)
