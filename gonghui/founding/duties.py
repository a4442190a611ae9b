"""到期提醒: once a day the terms that end within 90 days begin their change of term."""

from __future__ import annotations

from datetime import timedelta

from gonghui.founding.renewals import begin_due
from gonghui.kernel.worker import duty


@duty("founding terms", every=timedelta(hours=6), alone=True)
def terms() -> int:
    return begin_due()
