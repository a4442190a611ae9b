"""What a clock tells the staff, whatever the matter: a reminder, an overdue limit, the same to the union above."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonghui.kernel import outbox
from gonghui.kernel.flow import tick
from gonghui.kernel.models import Clock, Matter
from gonghui.organisations.queries import higher_path


def tell_staff(matter: Matter, clock: Clock, kind: str, path: str) -> str:
    """Queue a notice to the staff at `path`; the key tells a clock's runs apart, so a restarted one tells again."""
    key = f"staff:{matter.pk}:{clock.pk}:{kind}:{clock.step}:{clock.started_at.timestamp():.0f}"
    payload = {"path": path, "kind": kind, "number": matter.number, "clock": clock.name}
    outbox.enqueue("notice.staff", key, payload, matter=matter)
    return key


@tick("staff.remind")
def remind(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """催办: most of the limit is used."""
    tell_staff(matter, clock, "reminder", matter.holder_path)


@tick("staff.overdue")
def overdue(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """督办: the limit has passed."""
    tell_staff(matter, clock, "supervision", matter.holder_path)


@tick("staff.notify_higher")
def notify_higher(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """The same to the union above."""
    tell_staff(matter, clock, "notice_higher", higher_path(matter.holder_path) or matter.holder_path)
