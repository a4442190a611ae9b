"""The one source of "now", so that a test can let time pass without waiting (docs: clocks never get lost)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")
_shift: ContextVar[timedelta] = ContextVar("gonghui_time_shift", default=timedelta())


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return timezone.now() + _shift.get()


def day_of(moment: datetime) -> date:
    """The day of a moment, as the worker's calendar on the wall shows it (Asia/Shanghai)."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    """The present day (Asia/Shanghai)."""
    return day_of(now())


@contextmanager
def time_shifted(by: timedelta) -> Iterator[None]:
    """Run the body as if `by` more time had passed. Shifts nest."""
    token = _shift.set(_shift.get() + by)
    try:
        yield
    finally:
        _shift.reset(token)
