"""Last days (最后期限) that a message itself tells of: for the appeal's urgency and for a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from gonghui.brain.types import Understanding
from gonghui.kernel.calendar import default_calendar
from gonghui.law.advice.planning import advise
from gonghui.law.advice.reading import read_facts
from gonghui.law.advice.words import day_in_words
from gonghui.law.calculators import Context
from gonghui.law.calculators.limitation import Clock
from gonghui.law.calculators.limitation_rules import RULES
from gonghui.law.english import in_words
from gonghui.law.parameters import ParameterStore

# Reminders before the last day, in days: time to gather papers, time to go, the eve.
REMINDERS = (30, 7, 1)


def context(today: date) -> Context:
    """What clocks stand in: the working days that this platform knows."""
    return Context(ParameterStore.default(), default_calendar(), today)


def urgent_clock(meaning: Understanding, today: date) -> Clock | None:
    """The clock that runs out within a week by what the message says, if there is one (handbook 1.4: P1)."""
    # Only a day that was read can start a clock; most letters name none, and a whole plan is much for nothing.
    if not any(isinstance(read.value, date) for read in read_facts(meaning)):
        return None
    where = context(today)
    within = where.parameters.national("limitation.urgent_days", today).number
    near = [
        clock
        for clock in advise(meaning.text, meaning=meaning, context=where).clocks
        if clock.days_left is not None and 0 <= clock.days_left <= within and RULES[clock.code].watched_by == "worker"
    ]
    return min(near, key=lambda clock: clock.days_left or 0, default=None)


def calendar_file(clocks: Sequence[Clock], today: date, *, english: bool = False) -> bytes:
    """The last days as an iCalendar file (RFC 5545), each with reminders; b"" when none is to come."""
    coming = [clock for clock in clocks if clock.last_day is not None and clock.last_day >= today]
    if not coming:
        return b""
    calendar = Calendar()
    calendar.add("prodid", "-//gonghui//law//ZH")
    calendar.add("version", "2.0")
    for clock in coming:
        assert clock.last_day is not None
        event = Event()
        event.add("uid", f"{clock.code}-{clock.last_day.isoformat()}@gonghui")
        event.add("dtstamp", datetime(today.year, today.month, today.day, tzinfo=UTC))
        event.add("dtstart", clock.last_day)
        event.add("dtend", clock.last_day + timedelta(days=1))
        event.add("summary", in_words(f"最后一天：{clock.name}", english))
        when = day_in_words(clock.last_day)
        event.add("description", in_words(f"{when}是{clock.name}的最后一天。职工维权热线 12351。", english))
        for days in REMINDERS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", in_words(f"还有 {days} 天：{clock.name}", english))
            alarm.add("trigger", timedelta(days=-days))
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
