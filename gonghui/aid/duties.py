"""What the worker process does for this room: say each month what monthly aid is to be made."""

from __future__ import annotations

from datetime import timedelta

from gonghui.aid import monthly
from gonghui.kernel.worker import duty


@duty("monthly aid to be made", every=timedelta(hours=6), alone=True)
def remind_monthly() -> int:
    return monthly.remind()
