"""What clocks do besides turning yellow: 催办 at 80 %, 督办 when overdue, then the higher union, the leader (1.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonghui.appeals.models import SupervisionLetter, WorkOrder
from gonghui.appeals.rules.common import REVIEW_KIND, order_for
from gonghui.appeals.rules.notices import queue
from gonghui.kernel import outbox
from gonghui.kernel.flow import flow_of, tick
from gonghui.kernel.models import Clock, Matter
from gonghui.organisations.queries import higher_path

Kind = SupervisionLetter.Kind


def _letter(matter: Matter, clock: Clock, kind: Kind, at: datetime, to_path: str, text: str) -> None:
    """One letter for each clock, run and kind, with an in-app event for the organisation it goes to."""
    title = str(flow_of(matter).clocks[clock.name].title.zh)
    if matter.kind != REVIEW_KIND:
        order = order_for(matter)
        SupervisionLetter.objects.create(
            order=order,
            kind=kind,
            at=at,
            from_path=order.dispatched_by_path,
            to_path=to_path,
            text=text % {"clock": title},
            clock=clock.name,
        )
        if kind == Kind.SUPERVISION and not order.supervised:
            WorkOrder.objects.filter(pk=order.pk).update(supervised=True)
    outbox.enqueue(
        "notice.staff",
        f"staff:{matter.pk}:{clock.pk}:{clock.extended}:{kind}:{clock.step}",
        {"path": to_path, "kind": str(kind), "number": matter.number, "clock": clock.name},
        matter=matter,
    )


@tick("appeals.remind")
def remind(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    _letter(matter, clock, Kind.REMINDER, now, matter.holder_path, "“%(clock)s”时限已用八成，请抓紧办理。")


@tick("appeals.overdue")
def overdue(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    _letter(matter, clock, Kind.SUPERVISION, now, matter.holder_path, "“%(clock)s”已超时限，请说明原因并立即办理。")


@tick("appeals.notify_higher")
def notify_higher(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    to_path = higher_path(matter.holder_path) or matter.holder_path
    _letter(matter, clock, Kind.NOTICE_HIGHER, now, to_path, "下级单位“%(clock)s”超时两个工作日，请督促。")


@tick("appeals.notify_leader")
def notify_leader(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    to_path = higher_path(matter.holder_path) or matter.holder_path
    _letter(matter, clock, Kind.NOTICE_LEADER, now, to_path, "“%(clock)s”超时五个工作日，请单位负责人处理。")


@tick("appeals.review_suspension")
def review_suspension(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Every ten days somebody looks whether the reason still holds."""
    running = order_for(matter).suspensions.filter(started_at__isnull=False, ended_at__isnull=True).first()
    if running is not None:
        running.reviews += 1
        running.reviewed_at = now
        running.save(update_fields=["reviews", "reviewed_at"])
    _letter(matter, clock, Kind.REMINDER, now, matter.holder_path, "挂起已满十天，请复查挂起原因是否还在。")


@tick("appeals.remind_worker")
def remind_worker(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    days = max(1, (clock.due_at - now).days)
    queue(order_for(matter), matter, "reminder", f"{clock.pk}", {"days": str(days)})
