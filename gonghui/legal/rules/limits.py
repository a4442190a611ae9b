"""Limits of the clocks, from `data/limits.yaml`, and what clocks do besides turning yellow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import limit, tick
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import act
from gonghui.kernel.models import Clock, Matter
from gonghui.legal import tables
from gonghui.legal.rules.common import case_for
from gonghui.organisations.flow_rules import tell_staff
from gonghui.organisations.queries import higher_path


def _step(name: str) -> Callable[[Matter], Limit | None]:
    def of(matter: Matter) -> Limit | None:
        return tables.step_limit(name, matter.holder_path)

    return of


for _name in tables.STEPS:
    if _name not in ("late_papers", "first_contact"):
        limit(f"legal.limit_{_name}")(_step(_name))


@limit("legal.limit_late_papers")
def late_papers(matter: Matter) -> Limit | None:
    """Only where aid was begun before the decision, and until that is made up for."""
    if not matter.data.get("aid_first") or matter.data.get("decided"):
        return None
    return tables.step_limit("late_papers", matter.holder_path)


@limit("legal.limit_first_contact")
def first_contact(matter: Matter) -> Limit | None:
    return None if matter.data.get("contacted") else tables.step_limit("first_contact", matter.holder_path)


@tick("legal.remind")
def remind(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """催办 as everywhere, and to the lawyer who has the case."""
    key = tell_staff(matter, clock, "reminder", matter.holder_path)
    case = case_for(matter)
    if case.counsel is not None:
        outbox.enqueue(
            "notice.app",
            f"{key}:counsel",
            {"kind": "reminder", "number": matter.number},
            matter=matter,
            account_id=case.counsel.account_id,
        )


@tick("legal.answer_overdue")
def answer_overdue(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """Not answered in time: the question goes to another lawyer."""
    _hand_on(matter, clock, now, "answering")


@tick("legal.contact_overdue")
def contact_overdue(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """The worker was not contacted in time: the case goes to another lawyer (handbook 3.6)."""
    _hand_on(matter, clock, now, "acting")


def _hand_on(matter: Matter, clock: Clock, now: datetime, state: str) -> None:
    """Away from who let the time pass, and who dispatches hears of it. After some such changes the case stays, as one
    more lawyer would only begin anew, and the higher union hears of it too."""
    tell_staff(matter, clock, "supervision", matter.holder_path)
    if matter.state != state:
        return
    if int(matter.data.get("handed_on", 0)) >= tables.limits().handed_on_most.value:
        tell_staff(matter, clock, "notice_higher", higher_path(matter.holder_path) or matter.holder_path)
        return
    try:
        act(matter.pk, "hand_on_late", SYSTEM, {"reason": f"clock:{clock.name}"}, at=now)
    except KernelError as refusal:
        name = f"clock.{clock.name}.refused"
        trail.record(f"matter:{matter.pk}", name, actor=SYSTEM, matter=matter, note=str(refusal))
