"""Early warning: what makes an event, what does not, and that one event is told once."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.brain.warn import Alarm, Message, Seasons, UsualDays, Watcher, load_rules, tail
from gonghui.brain.warn.seasons import weekday
from gonghui.brain.warn.types import rules_from

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def message(number: object, day: float, text: str, **more: object) -> Message:
    given: dict[str, object] = {"reporter": f"r{number}", **more}
    return Message(f"m{number}", START + day * DAY, text, text[:20], **given)  # type: ignore[arg-type]


def anything(seed: object) -> str:
    """A text that shares no word with another."""
    luck = random.Random(str(seed))  # noqa: S311 - no secret
    return "".join(chr(luck.randrange(0x4E00, 0x9FA0)) for _ in range(24))


def background(days: int = 60) -> list[Message]:
    """So that the watch knows what is usual before anything happens."""
    return [message(f"b{n}", n * 0.7, anything(n)) for n in range(int(days / 0.7))]


def flood(people: int, day: float = 50.0, gap: float = 0.2, **more: object) -> list[Message]:
    text = "龙腾鞋业三分厂连续两个月没有发工资，大家都在厂门口等"
    return [message(f"f{n}", day + n * gap, f"{text}，我是{n}车间的", **more) for n in range(people)]


def run(messages: list[Message], watcher: Watcher | None = None) -> list[Alarm]:
    return (watcher or Watcher()).see_all(sorted(messages, key=lambda m: m.at))


def test_several_people_about_one_matter_are_one_event_that_grows() -> None:
    alarms = [alarm for alarm in run([*background(), *flood(6)]) if alarm.kind == "matter"]
    assert {alarm.number for alarm in alarms} == {alarms[0].number}
    assert [alarm.version for alarm in alarms] == list(range(1, len(alarms) + 1))
    assert alarms[0].people == 3
    assert (alarms[-1].people, alarms[-1].messages, alarms[-1].level) == (6, 6, "orange")
    assert {case.id for case in alarms[-1].cases} == {f"mf{n}" for n in range(6)}
    zh, en = alarms[-1].why()
    assert "人反映" in zh
    assert "people in" in en


def test_what_is_usual_raises_nothing() -> None:
    assert run(background(120)) == []


def test_one_person_is_no_crowd_but_has_not_been_helped() -> None:
    alarms = run([*background(), *[replace(m, reporter="same") for m in flood(5)]])
    assert {alarm.kind for alarm in alarms} == {"repeat"}
    assert alarms[-1].people == 1
    assert alarms[-1].messages == 5


def test_alarm_words_make_two_people_enough_and_raise_the_level() -> None:
    plain = run([*background(), *flood(2)])
    loud = run([*background(), *flood(2, words=("堵路",))])
    assert plain == []
    assert [(alarm.people, alarm.level, alarm.words) for alarm in loud] == [(2, "orange", ("堵路",))]


def test_another_burst_after_quiet_is_another_event() -> None:
    later = [replace(m, id=f"x{m.id}", reporter=f"x{m.reporter}") for m in flood(4, day=110)]
    alarms = [a for a in run([*background(120), *flood(4, day=40), *later]) if a.kind == "matter"]
    assert len({alarm.number for alarm in alarms}) == 2


def test_the_same_words_at_another_place_are_another_matter() -> None:
    here = flood(2, place="52/5201/520102")
    there = [replace(m, id=f"x{m.id}", reporter=f"x{m.reporter}") for m in flood(2, place="44/4403/440309")]
    assert run([*background(), *here, *there]) == []
    assert run([*background(), *here, *[replace(m, place="52/5201") for m in there]]) != []


def test_a_rise_at_a_place_is_told_once_by_what_makes_it() -> None:
    spread = [
        message(f"p{n}", 50 + n * 0.1, anything(f"p{n}"), place="52/5201/520103", category="0501") for n in range(5)
    ]
    assert {a.kind for a in run([*background(), *spread])} == {"place"}
    one = flood(5, place="52/5201/520103", category="0101")
    assert {a.kind for a in run([*background(), *one])} == {"matter"}


def test_a_season_that_every_year_brings_is_expected() -> None:
    season = START.date() + 49 * DAY
    quiet = run([*background(), *flood(3, gap=4.0)], Watcher())
    busy = run([*background(), *flood(3, gap=4.0)], Watcher(season=lambda day, category: 20.0 if day >= season else 1))
    assert quiet != []
    assert busy == []


def wages(at: datetime, people: int) -> list[Message]:
    """A place where somebody writes about wages every four weeks, and `people` who write in three days from `at`."""
    place = {"place": "52/5201/520103", "category": "0101"}
    usual = [replace(message(f"w{n}", 0, anything(n), **place), at=at - n * 28.5 * DAY) for n in range(1, 14)]
    others = [replace(message(f"b{n}", 0, anything(-n)), at=at - n * 3 * DAY) for n in range(1, 10)]
    rise = [message(f"p{n}", 0, anything(f"p{n}"), **place) for n in range(people)]
    return [*others, *usual, *(replace(row, at=at + n * 3 * DAY / people) for n, row in enumerate(rise))]


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (datetime(2026, 6, 9, 1, tzinfo=UTC), datetime(2026, 6, 23, 1, tzinfo=UTC)),
        (datetime(2026, 6, 29, 1, tzinfo=UTC), datetime(2026, 6, 5, 1, tzinfo=UTC)),
        (datetime(2027, 1, 20, 1, tzinfo=UTC), datetime(2027, 2, 20, 1, tzinfo=UTC)),
    ],
)
def test_a_usual_rise_before_pay_day_or_festival_is_no_alarm_but_the_same_rise_at_another_time_is(
    inside: datetime, outside: datetime
) -> None:
    # So few messages come that three people in three days would always be told: this office wants fewer alarms.
    strict = replace(load_rules(), budget=0.08)

    def told(at: datetime, people: int) -> set[str]:
        return {alarm.kind for alarm in run(wages(at, people), Watcher(strict))}

    assert told(inside, 3) == set()
    assert told(outside, 3) == {"place"}
    assert told(inside, 12) == {"place"}


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2018, 1, 1), date(2039, 12, 31)), st.sampled_from(["01", "05", ""]))
def test_a_season_only_ever_makes_more_usual(day: date, category: str) -> None:
    seasons = Seasons()
    factor, rules = seasons(day, category), seasons.rules
    inside = seasons.before_spring_festival(day) or seasons.near_pay_day(day)
    assert (factor > 1) == (inside and category == "01")
    assert factor <= max(rules.festival_factor, rules.pay_factor)
    pay_days = list(seasons.pay_days(day.year, day.month))
    assert all(weekday(one) and seasons.near_pay_day(one) for one in pay_days)
    assert len(pay_days) == len(rules.pay_days)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(datetime(2009, 1, 1), datetime(2101, 1, 1)), min_size=3, max_size=3))  # noqa: DTZ001
def test_usual_days_add_up_and_are_no_fewer_than_days(times: list[datetime]) -> None:
    first, middle, last = sorted(at.replace(tzinfo=UTC) for at in times)
    days = UsualDays(lambda day, category: 1.5 if day.day > 20 else 1.0)
    whole = days.between(first, last, "01")
    assert math.isclose(whole, days.between(first, middle, "01") + days.between(middle, last, "01"), abs_tol=1e-6)
    assert (last - first) / DAY - 1e-6 <= whole <= 1.5 * ((last - first) / DAY) + 1e-6
    assert days.between(last, first, "01") == 0


def test_a_pay_day_on_a_holiday_is_the_working_day_before() -> None:
    holidays = {date(2026, 2, day) for day in range(15, 24)}
    seasons = Seasons(works=lambda day: weekday(day) and day not in holidays)
    assert list(seasons.pay_days(2026, 2)) == [date(2026, 2, 10), date(2026, 2, 13), date(2026, 2, 27)]


def test_the_festivals_are_those_of_the_packaged_calendar() -> None:
    known = {day for day, name in chinese_calendar.constants.holidays.items() if name == "Spring Festival"}
    named = [day for day in load_rules().seasons.festivals if any(one.year == day.year for one in known)]
    assert len(named) >= 9
    assert all(day in known and day + 2 * DAY in known for day in named)


def test_people_spoken_for_count_once_a_writer() -> None:
    crowd = [replace(m, people=n) for m, n in zip(flood(3), (1, 1, 12), strict=True)]
    again = replace(crowd[2], id="again", at=crowd[2].at + DAY / 10)
    assert run([*background(), *crowd, again])[-1].people == 14
    assert run([*background(), *crowd])[-1].level == "red"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=6), st.integers(3, 8))
def test_cuts_do_not_matter(cuts: list[int], people: int) -> None:
    stream = sorted([*background(40), *flood(people, day=30)], key=lambda m: m.at)
    whole = Watcher().see_all(stream)
    watcher, parts, start = Watcher(), [], 0
    for cut in sorted({min(c, len(stream)) for c in cuts} | {len(stream)}):
        parts += watcher.see_all(stream[start:cut])
        start = cut
    assert parts == whole


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60), st.floats(0.05, 50), st.floats(0.5, 400), st.floats(0.5, 30))
def test_the_tail_is_a_falling_probability(count: int, shape: float, exposure: float, days: float) -> None:
    chances = [tail(k, shape, exposure, days) for k in range(count, count + 3)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(chances))
    assert tail(0, shape, exposure, days) == 1.0
    none = 1 - (exposure / (exposure + days)) ** shape
    assert math.isclose(tail(1, shape, exposure, days), none, rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize("text", ["", "😀", "?" * 5000, "\ud800", "Hello, I was not paid", "a" * 1_000_000])
def test_odd_texts_are_taken(text: str) -> None:
    watcher = Watcher()
    assert watcher.see(Message("1", START, text)) == []
    assert watcher.see(Message("2", START + DAY, text, reporter="x")) == []


def test_rules_that_cannot_be_are_refused() -> None:
    from gonghui.brain.lexicon import load_yaml

    raw = load_yaml("warn.yaml")
    assert rules_from(raw) == load_rules()
    with pytest.raises(ValueError, match="no crowd"):
        rules_from({**raw, "least_people_with_words": 1})
    for change in (
        {"pay_days": {**raw["seasons"]["pay_days"], "factor": 0.5}},
        {"spring_festival": {**raw["seasons"]["spring_festival"], "dates": [date(2027, 3, 6)]}},
    ):
        with pytest.raises(ValueError, match=r"warn\.yaml"):
            rules_from({**raw, "seasons": {**raw["seasons"], **change}})
