"""What the worker process does for this room: remind drivers before their cover ends."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from gonghui.kernel import outbox
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.kernel.worker import duty
from gonghui.voice import tables
from gonghui.voice.models import DriverCover

BATCH = 200


@duty("voice cover reminders", every=timedelta(hours=6), alone=True)
def remind_drivers() -> int:
    """到期提醒: once a cover, to the driver whom the union helped."""
    last = today() + timedelta(days=tables.number("cover_reminder_days"))
    with transaction.atomic(), as_system("who is reminded"):
        due = DriverCover.objects.select_for_update().filter(ends__lte=last, reminded_at=None).order_by("ends", "pk")
        rows = list(due[:BATCH])
        for row in rows:
            if row.account_id is not None:
                text = f"您的货车司机意外险{row.ends:%Y-%m-%d}到期，请及时续保；续保后可以再申请补助。"
                outbox.enqueue("notice.app", f"voice:cover:{row.pk}", {"text": text}, account_id=row.account_id)
            row.reminded_at = now()
        DriverCover.objects.bulk_update(rows, ["reminded_at"])
    return len(rows)
