"""What the worker process does for this room: let go of what is over its 保存期限."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.worker import duty
from gonghui.services import retention


@duty("applications over their period", every=timedelta(hours=24), alone=True)
def blank_due() -> int:
    return retention.blank_due()
