"""Limits are kept: computed from the calendar, suspended, extended, and performed exactly once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Clock, Matter, TrailEntry
from gonghui.kernel.tests.support import COUNTY, errand_flow, make_errand, performed
from gonghui.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
HANDLER = Actor(kind="staff", name="handler", duties=(Duty("handler", COUNTY),))


@pytest.fixture(autouse=True)
def _flow() -> None:
    errand_flow()
    performed.clear()


def due(matter: Matter, name: str) -> datetime:
    clock = clock_of(matter, name)
    assert clock is not None
    return clock.due_at.astimezone(SHANGHAI)


def test_a_working_day_limit_ends_at_close_of_the_nth_working_day() -> None:
    matter = make_errand(at=MONDAY)
    assert due(matter, "accept") == datetime(2026, 3, 3, 18, 0, tzinfo=SHANGHAI)
    assert due(matter, "finish") == datetime(2026, 3, 9, 18, 0, tzinfo=SHANGHAI)
    assert matter.due_at == due(matter, "accept")


def test_an_urgent_matter_has_the_short_limit() -> None:
    matter = make_errand(at=MONDAY, priority=0)
    assert due(matter, "accept") == MONDAY + timedelta(minutes=15)


def test_the_lights_turn_yellow_at_seventy_percent_and_red_when_overdue() -> None:
    matter = make_errand(at=MONDAY, priority=0)
    for minutes, colour in ((0, "green"), (10, "green"), (11, "yellow"), (15, "yellow"), (16, "red")):
        assert clocks.light(matter, MONDAY + timedelta(minutes=minutes)) == colour, minutes


def test_nobody_accepting_in_time_makes_the_platform_accept_once() -> None:
    matter = make_errand(at=MONDAY)
    later = datetime(2026, 3, 3, 18, 1, tzinfo=SHANGHAI)
    assert clocks.run_due(at=MONDAY + timedelta(hours=1)) == 0
    while clocks.run_due(at=later):
        pass
    matter.refresh_from_db()
    assert matter.state == "doing"
    assert TrailEntry.objects.filter(matter=matter, verb="take", actor_kind="system").count() == 1
    assert clocks.run_due(at=later) == 0


def test_each_later_notice_is_given_once_and_marks_the_clock_overdue() -> None:
    matter = make_errand(at=MONDAY)
    act(matter.pk, "take", HANDLER, at=MONDAY)
    for day, hour, minute in ((9, 18, 1), (10, 9, 0), (11, 18, 1)):
        while clocks.run_due(at=datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)):
            pass
    assert [args for _number, name, args in performed if name == "finish"] == [{}, {"level": "higher"}]
    clock = clock_of(matter, "finish")
    assert clock is not None
    assert clock.overdue


def test_suspension_stops_the_time_and_its_own_review_repeats() -> None:
    matter = make_errand(at=MONDAY)
    act(matter.pk, "take", HANDLER, at=MONDAY)
    assert due(matter, "finish") == datetime(2026, 3, 9, 18, 0, tzinfo=SHANGHAI)
    act(matter.pk, "pause", HANDLER, {"reason": "court"}, at=MONDAY + timedelta(days=1))
    matter.refresh_from_db()
    assert clocks.light(matter) == "grey"
    for days in (12, 23):
        while clocks.run_due(at=MONDAY + timedelta(days=days)):
            pass
    assert [name for _number, name, _args in performed] == ["pause", "pause"]
    act(matter.pk, "resume", HANDLER, at=MONDAY + timedelta(days=29))
    matter.refresh_from_db()
    # Four weeks later, and one day more: 6 April 2026 is a holiday (清明).
    assert due(matter, "finish") == datetime(2026, 4, 7, 18, 0, tzinfo=SHANGHAI)
    assert clock_of(matter, "pause") is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 3000)), min_size=1, max_size=5))
def test_however_often_suspended_exactly_the_limit_is_used(pauses: list[tuple[int, int]]) -> None:
    matter = make_errand(number=f"E-{Matter.objects.count()}", at=MONDAY)
    at = MONDAY
    act(matter.pk, "take", HANDLER, at=at)
    clock = clock_of(matter, "finish")
    assert clock is not None
    total = clock.total_seconds
    for run, rest in pauses:
        at += timedelta(minutes=run)
        act(matter.pk, "pause", HANDLER, {"reason": "court"}, at=at)
        at += timedelta(minutes=rest)
        act(matter.pk, "resume", HANDLER, at=at)
    clock = clock_of(matter, "finish")
    assert clock is not None
    if at < clock.due_at and not clock.overdue:
        assert clocks.elapsed(clock, clock.due_at) == total


def test_extension_moves_the_moment_and_warns_again() -> None:
    matter = make_errand(at=MONDAY)
    act(matter.pk, "take", HANDLER, at=MONDAY)
    spec = get_flow("kernel.errand").clocks["finish"]
    later = datetime(2026, 3, 12, 18, 0, tzinfo=SHANGHAI)
    friday = datetime(2026, 3, 6, 12, 0, tzinfo=SHANGHAI)
    while clocks.run_due(at=friday):
        pass
    clock = clocks.extend(matter, "finish", later, spec, friday)
    assert (clock.due_at, clock.extended, clock.step) == (later, 1, 0)
    assert clock.warn_at is not None
    assert friday < clock.warn_at < later
    with pytest.raises(KernelError):
        clocks.extend(matter, "finish", friday, spec, friday)


def test_a_clock_that_runs_once_is_not_started_again() -> None:
    matter = make_errand(at=MONDAY)
    clocks.stop(matter, "finish", MONDAY)
    act(matter.pk, "take", HANDLER, at=MONDAY)
    assert clock_of(matter, "finish") is None


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_perform_each_tick_once() -> None:
    errand_flow()
    made = [make_errand(number=f"W-{n}", at=MONDAY) for n in range(12)]
    later = datetime(2026, 3, 3, 18, 1, tzinfo=SHANGHAI)

    def work() -> None:
        from gonghui.kernel.scope import as_system

        try:
            with as_system("test"):
                while clocks.run_due(at=later):
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()
    assert Matter.objects.filter(state="doing").count() == len(made)
    assert TrailEntry.objects.filter(verb="take").count() == len(made)
    assert not Clock.objects.filter(status="running", next_at__lte=later).exists()
