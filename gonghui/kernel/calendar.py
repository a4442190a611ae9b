"""工作日历 (handbook 0.3): which days are working days, and where a limit ends.

Days come from the packaged Chinese calendar (holidays and make-up days as the State Council publishes them each year),
corrected by `CalendarDay` rows. A year that neither knows is counted Monday to Friday, less the holidays whose date the
law itself fixes, and every result that touched it says `incomplete`.
"""

from __future__ import annotations

import calendar as month_calendar
import threading
import time as clock_time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

import chinese_calendar
from chinese_calendar.constants import holidays as packaged_holidays

from gonghui.kernel.times import SHANGHAI, day_of, today

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
# The same article gives 13 days in all: a year is only known once at least so many were entered for it.
STATUTORY_DAYS = 13
PACKAGED_YEARS = frozenset(day.year for day in packaged_holidays)
PACKAGED_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年纪念日",
}
FULL_DAY = ((time(9, 0), time(18, 0)),)
Span = tuple[time, time]


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


def parse_hours(text: str) -> tuple[Span, ...]:
    """Working hours written `09:00-12:00,14:00-18:00`. ValueError unless the spans are in order and apart."""
    spans = []
    for part in text.split(","):
        begins, _, ends = part.strip().partition("-")
        spans.append((time.fromisoformat(begins), time.fromisoformat(ends)))
    moments = [moment for span in spans for moment in span]
    if any(later <= earlier for earlier, later in pairwise(moments)):
        raise ValueError(f"working hours must run forward: {text!r}")
    return tuple(spans)


@dataclass(frozen=True)
class WorkCalendar:
    """Working days and hours. `overrides` are days a person entered: (kind, name, source); it is not changed later.

    `hours` are the spans worked on a working day, 09:00–18:00 unless configured (handbook 0.3 [P]).
    """

    overrides: Mapping[date, tuple[str, str, str]] = field(default_factory=dict)
    hours: tuple[Span, ...] = FULL_DAY

    @cached_property
    def _entered_years(self) -> frozenset[int]:
        """Years beyond the package for which at least the statutory days were entered."""
        days = [day.year for day, (kind, _name, _source) in self.overrides.items() if kind == HOLIDAY]
        return frozenset(year for year in set(days) if days.count(year) >= STATUTORY_DAYS)

    def year_known(self, year: int) -> bool:
        """Whether the year's holidays and make-up days are known, from the package or from entered days."""
        return year in PACKAGED_YEARS or year in self._entered_years

    def day_kind(self, day: date) -> DayKind:
        """What `day` is. Entered days go first, then the package, then the law's fixed dates and the week."""
        if day in self.overrides:
            kind, name, source = self.overrides[day]
            return DayKind(kind, True, name, source)
        weekend = day.weekday() >= 5
        if day.year in PACKAGED_YEARS:
            off, packaged = chinese_calendar.get_holiday_detail(day)
            name = PACKAGED_NAMES.get(packaged, packaged) if packaged else ""
            if off:
                return DayKind(HOLIDAY if name else WEEKEND, True, name, "chinesecalendar")
            return DayKind(MAKEUP if weekend else WORKDAY, True, name, "chinesecalendar")
        known = self.year_known(day.year)
        if not known and (day.month, day.day) in FIXED_HOLIDAYS:
            return DayKind(HOLIDAY, False, FIXED_HOLIDAYS[(day.month, day.day)], "全国年节及纪念日放假办法")
        return DayKind(WEEKEND if weekend else WORKDAY, known, "", "")

    def is_workday(self, day: date) -> bool:
        return self.day_kind(day).works

    @property
    def opens(self) -> time:
        return self.hours[0][0]

    @property
    def closes(self) -> time:
        return self.hours[-1][1]

    @property
    def day_seconds(self) -> int:
        """Working seconds in one working day."""
        return sum((_minutes(ends) - _minutes(begins)) * 60 for begins, ends in self.hours)

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
        2.5 is the close of the second day and then half a day's hours more. ValueError for a negative number.
        """
        number = Decimal(number)
        if number < 0:
            raise ValueError(f"a limit cannot be negative: {number}")
        whole, part = int(number), number - int(number)
        day, incomplete = day_of(start), False
        for _ in range(whole):
            day, guessed = self._next_workday(day)
            incomplete = incomplete or guessed
        at = self._at(day, self.closes) if whole else start
        if part:
            after = self.add_working_seconds(at, int(part * self.day_seconds))
            incomplete = incomplete or self._guessed_between(at, after)
            at = after
        return Due(at, incomplete)

    def _guessed_between(self, start: datetime, end: datetime) -> bool:
        day, last = day_of(start), day_of(end)
        while day <= last:
            if not self.day_kind(day).complete:
                return True
            day += timedelta(days=1)
        return False

    def add_calendar_days(self, start: datetime, number: int, *, shift_holidays: bool = False) -> Due:
        """Where "N days" ends: at 24:00 of the Nth day after, moved off a holiday or weekend with `shift_holidays`
        (民事诉讼法 85, 民法典 203)."""
        return self._end_of(day_of(start) + timedelta(days=number), shift_holidays)

    def add_months(self, start: datetime, number: int, *, shift_holidays: bool = False) -> Due:
        """Where "N months" ends: at 24:00 of the same day number N months later, the month's last day if missing."""
        return self._end_of(months_later(day_of(start), number), shift_holidays)

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
        # Summed as exact durations: parts of a second left over on one day must not be lost on the next.
        day, total = start.date(), timedelta()
        while day <= end.date():
            if self.is_workday(day):
                for opens, closes in self.hours:
                    begins, ends = max(start, self._at(day, opens)), min(end, self._at(day, closes))
                    total += max(timedelta(), ends - begins)
            day += timedelta(days=1)
        return total // timedelta(seconds=1)

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """The moment at which `seconds` of working time have passed since `start`; never outside working hours,
        except that 0 seconds is `start` itself."""
        if seconds <= 0:
            return start
        local, left = start.astimezone(SHANGHAI), timedelta(seconds=seconds)
        day = local.date()
        for _ in range(366 * 20):
            if self.is_workday(day):
                for opens, closes in self.hours:
                    begins = max(local, self._at(day, opens))
                    available = max(timedelta(), self._at(day, closes) - begins)
                    if left <= available:
                        return begins + left
                    left -= available
            day += timedelta(days=1)
        raise ValueError("the limit is longer than twenty years")

    def years_incomplete(self, years: Iterable[int] | None = None) -> list[int]:
        """Of these years (this one and the next unless given), those whose holidays are not known (handbook 0.3)."""
        this = today().year
        return [year for year in ((this, this + 1) if years is None else years) if not self.year_known(year)]


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


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
    from django.conf import settings

    from gonghui.kernel.models import CalendarDay

    global _cached
    with _lock:
        rows = CalendarDay.objects.values_list("date", "kind", "name", "source")
        built = WorkCalendar(
            {day: (kind, name, source) for day, kind, name, source in rows}, parse_hours(settings.WORKING_HOURS)
        )
        _cached = (clock_time.monotonic(), built)
    return built
