"""A coming year's days are entered from the notice, with a trail, and count at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gonghui.kernel import calendar, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar_days import STREAM, enter_days, read_days, remove_day
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import CalendarDay, TrailEntry

ADMIN = Actor(kind="staff", account_id=1, name="管理员")
HEAD = "date,kind,name,source\n"
NOTICE = (
    HEAD
    + "".join(f"2027-02-{day:02d},法定节假日,春节,通知\n" for day in range(6, 13))
    + "".join(f"2027-10-{day:02d},holiday,国庆节,通知\n" for day in range(1, 8))
    + "2027-02-20,调休上班,春节,通知\n"
)


@pytest.fixture(autouse=True)
def _calendar_as_packaged(db: None) -> Iterator[None]:
    yield
    CalendarDay.objects.all().delete()
    calendar.reload()


def test_a_notice_makes_its_year_complete(django_capture_on_commit_callbacks: Any) -> None:
    assert calendar.reload().years_incomplete([2027]) == [2027]
    with django_capture_on_commit_callbacks(execute=True):
        assert enter_days(ADMIN, read_days("\ufeff" + NOTICE)) == 15
    known = calendar.default_calendar()
    assert known.years_incomplete([2027]) == []
    assert known.is_workday(date(2027, 2, 20))
    assert not known.is_workday(date(2027, 2, 8))
    assert trail.verify(STREAM).ok


def test_entering_the_same_notice_again_changes_nothing() -> None:
    enter_days(ADMIN, read_days(NOTICE))
    entries = TrailEntry.objects.count()
    assert enter_days(ADMIN, read_days(NOTICE)) == 0
    assert TrailEntry.objects.count() == entries


def test_a_correction_keeps_what_stood_before_in_the_trail(django_capture_on_commit_callbacks: Any) -> None:
    enter_days(ADMIN, read_days(NOTICE))
    enter_days(ADMIN, read_days(HEAD + "2027-02-20,weekend,,更正通知\n"))
    entry = TrailEntry.objects.filter(stream=STREAM).latest("seq")
    assert (entry.before["kind"], entry.after["kind"], entry.note) == ("makeup_workday", "weekend", "2027-02-20")
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_day(ADMIN, date(2027, 2, 20))
        assert not remove_day(ADMIN, date(2027, 2, 20))
    assert calendar.default_calendar().day_kind(date(2027, 2, 20)).source == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "date,kind"),
        ("day,what\n2027-01-01,holiday\n", "date,kind"),
        (HEAD, "没有"),
        (HEAD + "2027-02-30,holiday,春节,通知\n", "第 2 行"),
        (HEAD + "2027-02-06,holiday,春节,通知\n2027-02-07,休息,春节,通知\n", "第 3 行"),
        (HEAD + "2027-02-06,holiday,春节,\n", "依据"),
        (HEAD + "2027-02-06,holiday,春节,通知\n2027-02-06,weekend,,通知\n", "两次"),
        (HEAD + "2027-02-06,holiday\n", "依据"),
    ],
)
def test_a_text_with_a_wrong_line_says_which(text: str, word: str) -> None:
    with pytest.raises(InvalidData) as refused:
        read_days(text)
    assert any(word in message for message in refused.value.errors["text"])
    assert not CalendarDay.objects.exists()
