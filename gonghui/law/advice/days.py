"""What follows from the days a worker tells (由日期推得), and what cannot be so together (自相矛盾)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gonghui.kernel.calendar import months_later
from gonghui.law.calculators.periods import service
from gonghui.law.topics.facts import Facts, FactValue
from gonghui.law.topics.topic import Topic

# The first and the last day on which something may have happened.
Span = tuple[date, date]
_HAPPENED = ("started_on", "injured_on", "diagnosed_on", "claimed_on", "award_received_on")


def told_day(known: Facts, name: str) -> date | None:
    """The day told under that name."""
    value = known.get(name)
    return value if isinstance(value, date) else None


def following(known: Facts, today: date) -> dict[str, FactValue]:
    """How many full months there was no contract, and that one left less than a year ago, where the days tell it."""
    started, ended = told_day(known, "started_on"), told_day(known, "ended_on")
    found: dict[str, FactValue] = {}
    if ended is not None and ended <= today:
        until: date | None = ended
    else:
        until = None if known.get("employed") is False else today
    if known.get("contract_state") == "never" and started is not None and until is not None and started <= until:
        found["unsigned_months"] = service(started, until).months
    if ended is not None and ended <= today < months_later(ended, 12):
        found["left_over_year"] = False
    return found


def spans(known: Facts, rough: Mapping[str, Span]) -> dict[str, Span]:
    """First and last possible day of each thing that happened: of a month or year where no day is told."""
    days = {name: (value, value) for name, value in known.items() if isinstance(value, date)}
    return {**rough, **days}


def contradictions(known: Facts, when: Mapping[str, Span], today: date) -> tuple[str, ...]:
    """Answers that cannot be so together, each in a sentence that says what to correct."""
    started, ended = when.get("started_on"), when.get("ended_on")
    found = []
    if started is not None and ended is not None and ended[1] < started[0]:
        found.append("最后一天上班早于第一天上班。请核对这两个日期。")
    if known.get("employed") is True and ended is not None and ended[1] < today:
        found.append("您说现在还在上班，又说最后一天已经过去。请改正其中一项。")
    if any(name in when and when[name][0] > today for name in _HAPPENED):
        found.append("有一个日期在今天以后。请核对填的日期。")
    return tuple(found)


def earlier(topic: Topic, when: Mapping[str, Span]) -> str:
    """That what was told happened before the cited rules were in force; "" where it did not, or no day is known."""
    days = [when[name][1] for name in ("ended_on", "injured_on", "diagnosed_on") if name in when]
    if not days or max(days) >= topic.valid_from:
        return ""
    start = topic.valid_from.isoformat()
    return f"这里引用的规定从 {start} 起这样写。您说的事在那以前，适用当时的规定，请打 12351 核对。"
