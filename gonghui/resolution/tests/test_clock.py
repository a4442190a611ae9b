"""The reply limit: counted from the service, by itself overdue, whatever the day and the unit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.kernel import clocks
from gonghui.kernel.calendar import WorkCalendar, default_calendar
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import SHANGHAI, day_of, now, time_shifted, today
from gonghui.resolution import queries, tables
from gonghui.resolution.models import Letter
from gonghui.resolution.rules.effects import answered_in_time
from gonghui.resolution.rules.limits import reply_limit
from gonghui.resolution.tests.support import Office, letter_of

DAYS = st.dates(date(2020, 1, 1), date(2026, 10, 1))


def last_day(served: date, number: int, unit: str, calendar: WorkCalendar) -> date:
    """The last day of the limit, counted on the fingers."""
    day, left = served, number
    while left:
        day += timedelta(days=1)
        left -= unit == "days" or calendar.is_workday(day)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


@settings(max_examples=200, deadline=None)
@given(served=DAYS, number=st.integers(1, 60), unit=st.sampled_from(["days", "working_days"]))
def test_an_answer_on_the_last_day_is_in_time_and_one_on_the_next_is_not(served: date, number: int, unit: str) -> None:
    limit = reply_limit(Letter(reply_days=number, reply_unit=unit))
    due, _guessed = clocks.due_moment(datetime.combine(served, time(0), tzinfo=SHANGHAI), limit, statutory=True)
    last = last_day(served, number, unit, WorkCalendar())
    assert answered_in_time(last, due)
    assert not answered_in_time(last + timedelta(days=1), due)
    assert answered_in_time(served, due)


@pytest.fixture(autouse=True)
def _calendar(db: object) -> None:
    default_calendar()


def run_clocks(matter: Matter, at: datetime) -> Matter:
    while clocks.run_due(50, at=at):
        continue
    matter.refresh_from_db()
    return matter


def test_the_limit_runs_from_the_day_of_service_however_late_that_is_written_down(office: Office) -> None:
    matter = office.sent("reminder")
    served = today() + timedelta(days=2)
    with time_shifted(timedelta(days=6)):
        matter = act(matter.pk, "deliver", office.handler, {"day": served, "received_by": "王经理"})
    clock = clock_of(matter, "reply")
    assert clock is not None
    assert (clock.unit, clock.amount) == ("days", Decimal(15))
    expected = last_day(served, 15, "days", default_calendar()) + timedelta(days=1)
    assert clock.due_at.astimezone(SHANGHAI) == datetime.combine(expected, time(0), tzinfo=SHANGHAI)
    assert letter_of(matter).reply_due == clock.due_at == matter.due_at


def test_it_is_overdue_by_itself_after_a_reminder(office: Office) -> None:
    matter = office.delivered("opinion")
    letter = letter_of(matter)
    assert (letter.reply_days, letter.reply_unit) == (15, "working_days")
    assert letter.reply_due is not None
    matter = run_clocks(matter, letter.reply_due - timedelta(minutes=1))
    assert matter.state == "delivered"
    told = OutboxMessage.objects.filter(topic="notice.staff", matter=matter)
    assert told.filter(payload__kind="reminder", payload__clock="reply").count() == 1
    matter = run_clocks(matter, letter.reply_due + timedelta(minutes=1))
    assert matter.state == "overdue"
    assert letter_of(matter).in_time is False
    assert told.filter(payload__kind="supervision", payload__clock="reply").count() == 1
    assert clock_of(matter, "follow_up") is not None


def test_an_answer_in_time_that_is_written_down_late_is_in_time(office: Office) -> None:
    matter = office.delivered()
    due = letter_of(matter).reply_due
    assert due is not None
    matter = run_clocks(matter, due + timedelta(days=1))
    with time_shifted(due + timedelta(days=1) - now()):
        said = {"stance": "corrects", "text": "已补发。"}
        with pytest.raises(GuardRefused, match="送达以后"):
            act(matter.pk, "reply", office.handler, {**said, "day": today() + timedelta(days=1)})
        act(matter.pk, "reply", office.handler, {**said, "day": today() - timedelta(days=3)})
    letter = letter_of(matter)
    assert letter.in_time is True
    assert letter.stance == "corrects"


@pytest.mark.parametrize(
    ("kind", "path", "limit"),
    [
        ("reminder", "cn.52.5201.520102", Limit(days=Decimal(15))),
        ("opinion", "cn.52.5201.520102", Limit(working_days=Decimal(15))),
        ("opinion", "cn.33.3301", Limit(working_days=Decimal(15))),
        ("opinion", "cn.36.3601.360102", Limit(days=Decimal(60))),
        ("opinion", "cn.36.3602", Limit(working_days=Decimal(15))),
        ("reminder", "cn.36.3601", Limit(days=Decimal(15))),
        ("recommendation", "cn.36.3601", Limit(days=Decimal(60))),
    ],
)
def test_the_reply_limit_is_data_by_region(kind: str, path: str, limit: Limit) -> None:
    assert tables.reply_days(kind, path).limit == limit


def test_verifying_waits_for_the_time_to_correct(office: Office) -> None:
    matter = office.delivered()
    said = {"day": today(), "stance": "corrects", "text": "按期整改。"}
    matter = act(matter.pk, "reply", office.handler, said)
    clock = clock_of(matter, "verify")
    assert clock is not None
    assert day_of(clock.due_at) == today() + timedelta(days=30 + 15 + 1)


def test_a_letter_signed_early_in_the_morning_is_in_the_figures() -> None:
    """At one in the morning it is still yesterday in UTC: the period ends with the day on the wall."""
    assert queries.default_period(datetime(2026, 3, 1, 1, tzinfo=SHANGHAI)) == (date(2025, 3, 1), date(2026, 3, 1))
