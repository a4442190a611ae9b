"""Spans of service (工作年限): whole months and days over, counted end-exclusive (handbook 0.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from gonghui.kernel.calendar import WorkCalendar, months_later

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end): `months` whole months and `days` days over. A month ends the day before the same day number.

    `whole_until` is the day on which the whole months end and the days over begin.
    """

    start: date
    end: date
    months: int
    days: int
    whole_until: date

    @property
    def years(self) -> int:
        return self.months // 12

    @property
    def months_over(self) -> int:
        """Whole months beyond the whole years."""
        return self.months % 12

    @property
    def last_day(self) -> date:
        return self.end - ONE_DAY

    def __str__(self) -> str:
        parts = [(self.years, "年"), (self.months_over, "个月"), (self.days, "天")]
        return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 天"


def span(start: date, end: date) -> Span:
    """The span from `start` until the day before `end`. ValueError if it runs backwards.

    Where the later month lacks the day number its last day stands in (民法典 202): a month from 31 January is full at
    the start of 28 February.
    """
    if end < start:
        raise ValueError(f"a span cannot run backwards: {start} to {end}")
    months = (end.year - start.year) * 12 + end.month - start.month
    if months_later(start, months) > end:
        months -= 1
    whole_until = months_later(start, months)
    return Span(start, end, months, (end - whole_until).days, whole_until)


def span_after(first: date, skipped: int, end: date) -> Span:
    """What is left of [first, end) after the first `skipped` months; months keep the day number of `first`.

    Counted anew from the end of February, who began on the 31st would gain days. ValueError if nothing is left.
    """
    whole = span(first, end)
    if whole.months < skipped:
        raise ValueError(f"{first} to {end} is shorter than {skipped} months")
    return replace(whole, start=months_later(first, skipped), months=whole.months - skipped)


def service(first: date, last: date) -> Span:
    """Service from the first day up to and including the last day (最后工作日). ValueError if it runs backwards."""
    return span(first, last + ONE_DAY)


def hangs_on_month_end(spell: Span, months: int) -> bool:
    """Whether `months` were reached only because the month lacks the day number (31 August to 28 February).

    The handbook counts the month's last day as reached; one may also ask for the first day of the next month.
    """
    mark = months_later(spell.start, months)
    return mark.day < spell.start.day and spell.end == mark


def working_days(calendar: WorkCalendar, start: date, end: date) -> tuple[int, bool]:
    """Working days in [start, end), and whether a year's holidays were not known and had to be guessed."""
    number, guessed, day = 0, False, start
    while day < end:
        kind = calendar.day_kind(day)
        number += kind.works
        guessed = guessed or not kind.complete
        day += ONE_DAY
    return number, guessed


def years_text(months: Decimal | int) -> str:
    """Months as years: 189 → 15 年 9 个月."""
    years, over = divmod(int(months), 12)
    return " ".join(part for part in (f"{years} 年" if years else "", f"{over} 个月" if over else "") if part) or "0 年"
