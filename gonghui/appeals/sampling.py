"""Which finished orders are checked for quality (质检抽样, handbook 1.8): all of some kinds, and a fixed share."""

from __future__ import annotations

import hashlib

from gonghui.appeals import tables
from gonghui.appeals.models import WorkOrder
from gonghui.kernel.models import Matter


def drawn(number: str, percent: int) -> bool:
    """Is this number among the `percent` drawn? Depends on the number alone, so nobody can influence or repeat it."""
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big") % 100 < percent


def sample(order: WorkOrder, matter: Matter) -> tuple[bool, str]:
    """(to be checked, why): P0/P1, reopened, dissatisfied and machine-answered always, others by the draw."""
    always = tables.quality().always
    rating = tables.item(tables.handling().satisfaction, order.satisfaction)
    for reason, holds in (
        ("urgent", matter.priority <= 1),
        ("reopened", order.reopen_count > 0),
        ("dissatisfied", rating is not None and not rating.satisfied),
        ("ai_answered", order.ai_answered),
    ):
        if holds and reason in always:
            return True, reason
    if drawn(matter.number, int(tables.quality().sample_percent.value)):
        return True, "random"
    return False, ""
