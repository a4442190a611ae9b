"""Limits end where handbook 0.3 says, on any day, in any year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gonghui.kernel import calendar
from gonghui.kernel.calendar import HOLIDAY, MAKEUP, WEEKEND, WORKDAY, WorkCalendar, months_later, parse_hours
from gonghui.kernel.models import CalendarDay
from gonghui.kernel.times import SHANGHAI

PLAIN = WorkCalendar()
WITH_PAUSE = WorkCalendar(hours=parse_hours("09:00-12:00,14:00-18:00"))
FIRST, LAST = datetime(2024, 1, 1), datetime(2029, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone

moments = st.datetimes(FIRST, LAST, timezones=st.just(SHANGHAI))
calendars = st.sampled_from([PLAIN, WITH_PAUSE])
working_days = st.decimals(min_value=0, max_value=40, places=1)
working_seconds = st.integers(1, 40 * 9 * 3600)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_the_weekend_work_days_of_2026_are_worked(day: str) -> None:
    kind = PLAIN.day_kind(date.fromisoformat(day))
    assert (kind.kind, kind.works, kind.complete) == (MAKEUP, True, True)


def test_2026_has_no_other_weekend_work_days_and_thirty_three_days_off() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(PLAIN.day_kind(day).kind == MAKEUP for day in days) == 6
    assert sum(PLAIN.day_kind(day).kind == HOLIDAY for day in days) == 33


def test_days_carry_their_chinese_names() -> None:
    assert PLAIN.day_kind(date(2026, 2, 17)).name == "春节"
    assert PLAIN.day_kind(date(2026, 3, 7)).kind == WEEKEND
    assert PLAIN.day_kind(date(2026, 3, 6)).kind == WORKDAY


def test_a_limit_starts_on_the_first_working_day_after_and_ends_at_close_of_business() -> None:
    assert PLAIN.add_working_days(at("2026-03-05 10:00"), 1).at == at("2026-03-06 18:00")
    assert PLAIN.add_working_days(at("2026-03-06 23:59"), 1).at == at("2026-03-09 18:00")
    # Given on a Saturday: the days after it are counted from Monday.
    assert PLAIN.add_working_days(at("2026-03-07 10:00"), 2).at == at("2026-03-10 18:00")


def test_a_limit_over_spring_festival_counts_make_up_days_and_leaves_the_days_off_out() -> None:
    # 14 February is a Saturday worked in exchange; work begins again on the 24th and on Saturday the 28th.
    assert PLAIN.add_working_days(at("2026-02-13 16:00"), 3).at == at("2026-02-25 18:00")
    assert PLAIN.add_working_days(at("2026-02-13 16:00"), 6).at == at("2026-02-28 18:00")


def test_half_a_working_day_is_half_the_hours_in_working_time() -> None:
    assert PLAIN.add_working_days(at("2026-03-05 09:00"), Decimal("0.5")).at == at("2026-03-05 13:30")
    assert PLAIN.add_working_days(at("2026-03-06 16:00"), Decimal("0.5")).at == at("2026-03-09 11:30")
    assert PLAIN.add_working_days(at("2026-03-05 16:00"), Decimal("1.5")).at == at("2026-03-09 13:30")
    # Seven hours a day with a pause at noon: three and a half of them.
    assert WITH_PAUSE.add_working_days(at("2026-03-05 09:00"), Decimal("0.5")).at == at("2026-03-05 14:30")


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        PLAIN.add_working_days(at("2026-03-05 09:00"), -1)


@pytest.mark.parametrize("hours", ["18:00-09:00", "09:00-12:00,11:00-18:00", "09:00", "nine-six"])
def test_hours_that_do_not_run_forward_are_refused(hours: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(hours)


def test_a_year_nobody_published_is_counted_by_the_week_and_marked() -> None:
    assert PLAIN.years_incomplete([2025, 2026, 2027]) == [2027]
    due = PLAIN.add_working_days(at("2026-12-31 10:00"), 1)
    # 1 January is fixed by the law itself and falls on a Friday in 2027.
    assert (due.at, due.incomplete) == (at("2027-01-04 18:00"), True)
    assert not PLAIN.add_working_days(at("2026-12-30 10:00"), 1).incomplete
    assert PLAIN.day_kind(date(2027, 10, 1)).kind == HOLIDAY
    assert PLAIN.add_working_days(at("2026-12-31 17:00"), Decimal("0.5")).incomplete


def test_a_year_is_complete_once_its_statutory_days_are_entered() -> None:
    entered = {date(2027, 2, 6) + timedelta(days=n): (HOLIDAY, "春节", "通知") for n in range(12)}
    assert WorkCalendar(entered).years_incomplete([2027]) == [2027]
    entered[date(2027, 1, 1)] = (HOLIDAY, "元旦", "通知")
    entered[date(2027, 1, 9)] = (MAKEUP, "元旦", "通知")
    full = WorkCalendar(entered)
    assert full.years_incomplete([2027]) == []
    assert full.add_working_days(at("2026-12-31 10:00"), 1).incomplete is False
    assert full.is_workday(date(2027, 1, 9))


def test_a_day_limit_moves_off_a_holiday_only_when_the_law_says_so() -> None:
    # Fifteen days from 20 September 2026 end on 5 October, within the National Day holiday.
    assert PLAIN.add_calendar_days(at("2026-09-20 10:00"), 15).at == at("2026-10-06 00:00")
    assert PLAIN.add_calendar_days(at("2026-09-20 10:00"), 15, shift_holidays=True).at == at("2026-10-09 00:00")


def test_month_ends_and_leap_days() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_later(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert PLAIN.add_months(at("2026-03-31 08:00"), 1).at == at("2026-05-01 00:00")


def test_moments_in_utc_are_read_on_the_wall_of_shanghai() -> None:
    late = datetime.fromisoformat("2026-03-05T16:30:00+00:00")
    assert PLAIN.add_working_days(late, 1).at == at("2026-03-09 18:00")


@given(calendars, moments, working_days)
def test_a_limit_never_ends_on_a_day_off_nor_outside_working_hours(
    days: WorkCalendar, start: datetime, number: Decimal
) -> None:
    assume(int(number * days.day_seconds) > 0)
    due = days.add_working_days(start, number).at.astimezone(SHANGHAI)
    assert days.is_workday(due.date())
    assert any(opens <= due.time() <= closes for opens, closes in days.hours)
    assert due > start


@given(calendars, moments, working_days, working_days)
def test_a_longer_limit_never_ends_earlier(days: WorkCalendar, start: datetime, one: Decimal, two: Decimal) -> None:
    shorter, longer = sorted((one, two))
    # 0 and parts of a day are counted from `start`; a whole day starts with the next: both grow with the number.
    assert days.add_working_days(start, shorter).at <= days.add_working_days(start, longer).at


@given(moments, moments, st.integers(1, 40))
def test_who_starts_later_never_ends_earlier(one: datetime, two: datetime, number: int) -> None:
    earlier, later = sorted((one, two))
    assert PLAIN.add_working_days(earlier, number).at <= PLAIN.add_working_days(later, number).at


@given(moments, st.integers(1, 30), st.integers(1, 30))
def test_days_added_in_two_parts_are_the_days_added_at_once(start: datetime, one: int, two: int) -> None:
    halfway = PLAIN.add_working_days(start, one).at
    assert PLAIN.add_working_days(halfway, two).at == PLAIN.add_working_days(start, one + two).at


@given(calendars, moments, working_seconds)
def test_working_time_added_is_the_working_time_between(days: WorkCalendar, start: datetime, seconds: int) -> None:
    assert days.working_seconds_between(start, days.add_working_seconds(start, seconds)) == seconds


@given(calendars, moments, working_seconds, st.integers(0, 60 * 24 * 3600))
def test_suspending_gives_back_exactly_what_was_left(
    days: WorkCalendar, start: datetime, total: int, pause: int
) -> None:
    due = days.add_working_seconds(start, total)
    suspended = start + (due - start) / 3
    suspended = suspended.replace(microsecond=start.microsecond)
    used = days.working_seconds_between(start, suspended)
    assume(0 <= used < total)
    resumed = suspended + timedelta(seconds=pause)
    new_due = days.add_working_seconds(resumed, total - used)
    paused = days.working_seconds_between(suspended, resumed)
    assert days.working_seconds_between(start, new_due) in (total + paused, total + paused + 1)
    if pause == 0:
        assert days.working_seconds_between(due, new_due) <= 1


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.integers(0, 600))
def test_months_later_keeps_the_day_or_takes_the_months_last(day: date, number: int) -> None:
    later = months_later(day, number)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == number
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.dates(date(1990, 1, 1), date(2080, 12, 31)))
def test_every_day_of_any_year_has_a_kind(day: date) -> None:
    kind = PLAIN.day_kind(day)
    assert kind.kind in (WORKDAY, WEEKEND, HOLIDAY, MAKEUP)
    assert kind.complete == (2004 <= day.year <= max(calendar.PACKAGED_YEARS))


@pytest.mark.django_db
def test_days_entered_in_the_table_go_before_the_package() -> None:
    CalendarDay.objects.create(date=date(2026, 3, 5), kind=HOLIDAY, name="停工一日", source="省政府通知")
    try:
        current = calendar.reload()
        assert not current.is_workday(date(2026, 3, 5))
        assert calendar.default_calendar() is current
        assert current.day_kind(date(2026, 3, 5)).source == "省政府通知"
    finally:
        CalendarDay.objects.all().delete()
        calendar.reload()


@pytest.mark.django_db
def test_working_hours_come_from_the_settings(settings: Any) -> None:
    settings.WORKING_HOURS = "08:30-12:00,14:00-17:30"
    try:
        current = calendar.reload()
        assert (current.opens, current.closes, current.day_seconds) == (time(8, 30), time(17, 30), 7 * 3600)
    finally:
        settings.WORKING_HOURS = "09:00-18:00"
        calendar.reload()
