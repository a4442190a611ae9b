"""工作日历 (handbook 0.3): which days are working days, and where a limit ends.

Days come from the packaged Chinese calendar (holidays and make-up days as the State Council publishes them each year),
corrected by `CalendarDay` rows. A year that neither knows is counted Monday to Friday, less the holidays whose date the
law itself fixes, and every result that touched it says `incomplete`.
"""

from __future__ import annotations

import calendar as month_calendar
import threading
import time as clock_time
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import chinese_calendar
from chinese_calendar.constants import holidays as packaged_holidays

from gonghui.kernel.times import SHANGHAI

WORKDAY, WEEKEND, HOLIDAY, MAKEUP = "workday", "weekend", "holiday", "makeup_workday"
RELOAD_SECONDS = 60
# 全国年节及纪念日放假办法 (2024-11-10), article 2: those holidays whose solar date is fixed.
FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
PACKAGED_YEARS = frozenset(day.year for day in packaged_holidays)


@dataclass(frozen=True)
class DayKind:
    """What a day is; `complete` is False where the year's notice is not known yet."""

    kind: str
    complete: bool = True
    name: str = ""
    source: str = ""

    @property
    def works(self) -> bool:
        return self.kind in (WORKDAY, MAKEUP)


@dataclass(frozen=True)
class Due:
    """The end of a limit, and whether a day on the way had to be guessed."""

    at: datetime
    incomplete: bool


@dataclass
class WorkCalendar:
    """Working days and hours. `overrides` are days a person entered: (kind, name, source)."""

    overrides: dict[date, tuple[str, str, str]] = field(default_factory=dict)
    opens: time = time(9, 0)
    closes: time = time(18, 0)

    def day_kind(self, day: date) -> DayKind:
        if day in self.overrides:
            kind, name, source = self.overrides[day]
            return DayKind(kind, True, name, source)
        weekend = day.weekday() >= 5
        if day.year in PACKAGED_YEARS:
            off, name = chinese_calendar.get_holiday_detail(day)
            if off:
                return DayKind(HOLIDAY if name else WEEKEND, True, name or "", "chinesecalendar")
            return DayKind(MAKEUP if weekend else WORKDAY, True, name or "", "chinesecalendar")
        if (day.month, day.day) in FIXED_HOLIDAYS:
            return DayKind(HOLIDAY, False, FIXED_HOLIDAYS[(day.month, day.day)], "全国年节及纪念日放假办法")
        return DayKind(WEEKEND if weekend else WORKDAY, False, "", "")

    def is_workday(self, day: date) -> bool:
        return self.day_kind(day).works

    @property
    def day_seconds(self) -> int:
        """Working seconds in one working day."""
        return (self.closes.hour - self.opens.hour) * 3600 + (self.closes.minute - self.opens.minute) * 60

    def _next_workday(self, day: date) -> tuple[date, bool]:
        """The first working day after `day`, and whether a guess was needed."""
        incomplete = False
        for _ in range(366):
            day += timedelta(days=1)
            kind = self.day_kind(day)
            incomplete = incomplete or not kind.complete
            if kind.works:
                return day, incomplete
        raise ValueError("no working day within a year: the calendar table is wrong")

    def add_working_days(self, start: datetime, number: Decimal | int) -> Due:
        """Where "N working days" from `start` ends: at close of business on the Nth working day after that day.

        A part of a day is counted in working time: 0.5 is half a working day's hours from `start` on (handbook 1.6);
        2.5 is the close of the second day and then half a day's hours more.
        """
        number = Decimal(number)
        whole, part = int(number), number - int(number)
        day, incomplete = start.astimezone(SHANGHAI).date(), False
        for _ in range(whole):
            day, guessed = self._next_workday(day)
            incomplete = incomplete or guessed
        at = self._at(day, self.closes) if whole else start
        if part:
            at = self.add_working_seconds(at, int(part * self.day_seconds))
            incomplete = incomplete or not self.day_kind(at.astimezone(SHANGHAI).date()).complete
        return Due(at, incomplete)

    def add_calendar_days(self, start: datetime, number: int, *, shift_holidays: bool = False) -> Due:
        """Where "N days" ends: at 24:00 of the Nth day after, moved off a holiday or weekend with `shift_holidays`
        (民事诉讼法 85, 民法典 203)."""
        return self._end_of(start.astimezone(SHANGHAI).date() + timedelta(days=number), shift_holidays)

    def add_months(self, start: datetime, number: int, *, shift_holidays: bool = False) -> Due:
        """Where "N months" ends: at 24:00 of the same day number N months later, the month's last day if missing."""
        return self._end_of(months_later(start.astimezone(SHANGHAI).date(), number), shift_holidays)

    def _end_of(self, day: date, shift: bool) -> Due:
        incomplete = False
        if shift:
            kind = self.day_kind(day)
            incomplete = not kind.complete
            if not kind.works:
                day, guessed = self._next_workday(day)
                incomplete = incomplete or guessed
        return Due(self._at(day + timedelta(days=1), time(0, 0)), incomplete)

    @staticmethod
    def _at(day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=SHANGHAI)

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """Seconds of working time from `start` to `end`; 0 when `end` is not later."""
        if end <= start:
            return 0
        start, end = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
        day, total = start.date(), 0.0
        while day <= end.date():
            if self.is_workday(day):
                begins, ends = max(start, self._at(day, self.opens)), min(end, self._at(day, self.closes))
                total += max(0.0, (ends - begins).total_seconds())
            day += timedelta(days=1)
        return int(total)

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """The moment at which `seconds` of working time have passed since `start`; never outside working hours,
        except that 0 seconds is `start` itself."""
        if seconds <= 0:
            return start
        local, left = start.astimezone(SHANGHAI), float(seconds)
        day = local.date()
        for _ in range(366 * 20):
            if self.is_workday(day):
                begins = max(local, self._at(day, self.opens))
                available = max(0.0, (self._at(day, self.closes) - begins).total_seconds())
                if left <= available:
                    return begins + timedelta(seconds=left)
                left -= available
            day += timedelta(days=1)
        raise ValueError("the limit is longer than twenty years")

    def years_incomplete(self, years: list[int]) -> list[int]:
        """Of these years, those whose holidays are not known (handbook 0.3: the yearly notice)."""
        entered = {day.year for day, (kind, _name, _source) in self.overrides.items() if kind == MAKEUP}
        return [year for year in years if year not in PACKAGED_YEARS and year not in entered]


def months_later(day: date, number: int) -> date:
    """The same day number `number` months later, or the month's last day if it is missing there."""
    month = day.month - 1 + number
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, month_calendar.monthrange(year, month)[1]))


_lock = threading.Lock()
_cached: tuple[float, WorkCalendar] | None = None


def default_calendar() -> WorkCalendar:
    """The calendar with the days entered in the database; read anew once a minute."""
    global _cached
    cached = _cached
    if cached is not None and clock_time.monotonic() - cached[0] < RELOAD_SECONDS:
        return cached[1]
    return reload()


def reload() -> WorkCalendar:
    """Read the entered days now (after somebody edited them)."""
    from gonghui.kernel.models import CalendarDay

    global _cached
    with _lock:
        rows = CalendarDay.objects.values_list("date", "kind", "name", "source")
        built = WorkCalendar({day: (kind, name, source) for day, kind, name, source in rows})
        _cached = (clock_time.monotonic(), built)
    return built
