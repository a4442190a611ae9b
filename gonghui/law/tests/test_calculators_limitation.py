from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.calculators import FactsError
from gonghui.law.calculators.limitation import Clock, clock, clocks, run
from gonghui.law.calculators.limitation_facts import LimitationFacts, LimitEvent
from gonghui.law.calculators.limitation_rules import RULES
from gonghui.law.tests.test_calculators import context

DAYS = st.dates(date(2015, 1, 1), date(2026, 6, 1))


def event(kind: str, on: date, until: date | None = None) -> LimitEvent:
    return LimitEvent.model_validate({"kind": kind, "day": on, "until": until})


def at(code: str, start: date, *events: LimitEvent, today: date = date(2026, 11, 24)) -> Clock:
    return clock(code, start, context(today), events)


@pytest.mark.parametrize(
    ("code", "start", "nominal", "last"),
    [
        ("L1", date(2025, 3, 10), date(2026, 3, 10), date(2026, 3, 10)),
        ("L1", date(2024, 2, 29), date(2025, 2, 28), date(2025, 2, 28)),
        # 3 October is a holiday; work begins again on the 9th in 2025.
        ("L2", date(2024, 10, 3), date(2025, 10, 3), date(2025, 10, 9)),
        ("L3", date(2024, 10, 3), date(2026, 10, 3), date(2026, 10, 3)),
        ("L4e", date(2026, 3, 10), date(2026, 4, 9), date(2026, 4, 9)),
        ("L4w", date(2026, 3, 10), date(2027, 3, 10), date(2027, 3, 10)),
        ("L5", date(2026, 9, 1), date(2026, 9, 16), date(2026, 9, 16)),
        ("L6r", date(2026, 8, 3), date(2026, 10, 2), date(2026, 10, 8)),
        ("L6s", date(2025, 8, 31), date(2026, 2, 28), date(2026, 2, 28)),
        ("L6d", date(2026, 9, 1), date(2026, 9, 16), date(2026, 9, 16)),
        # The fifteenth day is 26 September 2026, a Saturday.
        ("L7s", date(2026, 9, 11), date(2026, 9, 26), date(2026, 9, 28)),
        ("L7a", date(2026, 9, 11), date(2026, 10, 11), date(2026, 10, 12)),
        ("L8", date(2023, 9, 1), date(2026, 9, 1), date(2026, 9, 1)),
        ("L9", date(2024, 9, 2), date(2026, 9, 2), date(2026, 9, 2)),
        ("L10", date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 8)),
        ("L11", date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 1)),
        ("L11r", date(2026, 9, 1), date(2026, 9, 16), date(2026, 9, 16)),
    ],
)
def test_the_last_day_of_each_clock(code: str, start: date, nominal: date, last: date) -> None:
    found = at(code, start)
    assert (found.nominal_end, found.last_day) == (nominal, last)
    assert found.shifted == (nominal != last)
    assert found.steps and found.citations and found.source.source
    json.dumps(found.as_dict())


def test_every_kind_of_clock_is_tested_above() -> None:
    mark = next(m for m in test_the_last_day_of_each_clock.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {row[0] for row in mark.args[1]} == set(RULES)


def test_a_shift_that_no_text_allows_is_not_made_but_told() -> None:
    found = at("L3", date(2024, 10, 3))
    assert not found.shifted and any("没有读到依据" in text for text in found.warnings)


def test_overtime_claimed_ten_months_after_leaving_is_in_time() -> None:
    # 加班费的仲裁时效应当如何认定: hired July 2016, left February 2019, claimed December 2019.
    facts = LimitationFacts(wages_owed=True, ended=date(2019, 2, 28))
    (found,) = clocks(facts, context(date(2019, 12, 31)))
    assert found.code == "L2" and found.last_day == date(2020, 2, 28)
    assert found.days_left == 59 and found.light == "amber"


def test_wages_do_not_lapse_while_the_relation_lasts() -> None:
    (found,) = clocks(LimitationFacts(wages_owed=True), context())
    assert found.light == "not_running" and found.last_day is None and found.days_left is None


@pytest.mark.parametrize(
    ("today", "light"),
    [
        (date(2026, 1, 8), "green"),
        (date(2026, 1, 9), "amber"),
        (date(2026, 2, 7), "amber"),
        (date(2026, 2, 8), "red"),
        (date(2026, 3, 10), "red"),
        (date(2026, 3, 11), "expired"),
    ],
)
def test_the_light_turns_at_sixty_and_thirty_days(today: date, light: str) -> None:
    assert at("L1", date(2025, 3, 10), today=today).light == light


def test_a_claim_starts_the_year_again() -> None:
    found = at("L1", date(2025, 3, 10), event("claimed", date(2025, 12, 1)), event("asked_authority", date(2026, 5, 6)))
    assert found.counted_from == date(2026, 5, 6) and found.last_day == date(2027, 5, 6)
    assert [note.counted for note in found.interruptions] == [True, True]


def test_a_claim_after_the_end_or_before_the_start_changes_nothing() -> None:
    found = at("L1", date(2025, 3, 10), event("claimed", date(2026, 3, 11)), event("claimed", date(2025, 1, 1)))
    assert found.last_day == date(2026, 3, 10)
    assert [note.counted for note in found.interruptions] == [False, False]


def test_a_promise_after_the_end_is_worth_keeping() -> None:
    found = at("L1", date(2025, 3, 10), event("agreed", date(2026, 6, 1)))
    assert found.light == "expired" and any("不得再以时效届满抗辩" in text for text in found.warnings)


def test_a_hindrance_stops_the_clock_for_as_long_as_it_lasts() -> None:
    found = at("L1", date(2025, 3, 10), event("stopped", date(2025, 6, 1), date(2025, 6, 11)))
    assert found.nominal_end == date(2026, 3, 20)
    waiting = at("L1", date(2025, 3, 10), event("stopped", date(2025, 6, 1)))
    assert waiting.light == "not_running" and waiting.last_day is None
    late = at("L1", date(2025, 3, 10), event("stopped", date(2026, 6, 1), date(2026, 7, 1)))
    assert late.last_day == date(2026, 3, 10)


def test_time_lost_over_the_relation_is_left_out_of_the_injury_year() -> None:
    found = at("L4w", date(2025, 3, 10), event("stopped", date(2025, 9, 1), date(2026, 3, 1)))
    assert found.last_day == date(2026, 3, 10) + timedelta(days=181)


def test_short_court_limits_do_not_start_again() -> None:
    found = at("L7s", date(2026, 9, 1), event("claimed", date(2026, 9, 5)), event("stopped", date(2026, 9, 5)))
    assert found.last_day == date(2026, 9, 16) and not any(note.counted for note in found.interruptions)


def test_a_civil_clock_stops_only_in_its_last_six_months() -> None:
    early = at("L8", date(2023, 9, 1), event("stopped", date(2024, 1, 1), date(2024, 6, 1)))
    assert early.last_day == date(2026, 9, 1)
    over = at("L8", date(2023, 9, 1), event("stopped", date(2026, 2, 1), date(2026, 5, 4)))
    assert over.nominal_end == date(2026, 11, 4)


def test_a_civil_clock_counts_from_the_end_of_the_procedure() -> None:
    found = at("L8", date(2023, 9, 1), event("filed", date(2024, 1, 1), date(2024, 6, 3)))
    assert found.counted_from == date(2024, 6, 3)
    arbitration = at("L1", date(2025, 3, 10), event("asked_authority", date(2025, 6, 2), date(2025, 9, 1)))
    assert arbitration.counted_from == date(2025, 6, 2)


@given(
    DAYS,
    st.lists(st.tuples(st.sampled_from(["claimed", "asked_authority", "agreed", "filed"]), DAYS), max_size=4),
    st.lists(st.tuples(DAYS, st.integers(0, 200)), max_size=2),
    st.sampled_from(sorted(RULES)),
)
def test_what_happens_on_the_way_never_shortens_a_clock(
    start: date, claims: list[tuple[str, date]], stops: list[tuple[date, int]], code: str
) -> None:
    events = [event(kind, on) for kind, on in claims]
    events += [event("stopped", on, on + timedelta(days=length)) for on, length in stops]
    plain, found = at(code, start), at(code, start, *events)
    assert plain.last_day is not None and found.last_day is not None and found.nominal_end is not None
    assert found.last_day >= plain.last_day
    assert found.last_day >= found.nominal_end > start
    assert len(found.interruptions) == len(events)


@given(DAYS, st.integers(0, 400), st.sampled_from(sorted(RULES)))
def test_who_starts_later_ends_no_earlier(start: date, later: int, code: str) -> None:
    first, second = at(code, start).last_day, at(code, start + timedelta(days=later)).last_day
    assert first is not None and second is not None and first <= second


def test_all_clocks_of_a_case_come_most_urgent_first() -> None:
    facts = LimitationFacts(
        rights_known=date(2026, 1, 5),
        wages_owed=True,
        ended=date(2025, 12, 1),
        violation=date(2025, 1, 1),
        violation_goes_on=True,
        injured=date(2026, 11, 1),
        award=date(2026, 11, 20),
        harmed=date(2020, 1, 1),
    )
    assert [(item.code, item.light) for item in clocks(facts, context())] == [
        ("L2", "red"),
        ("L4e", "red"),
        ("L7s", "red"),
        ("L7a", "red"),
        ("L1", "amber"),
        ("L4w", "green"),
        ("L8", "expired"),
        ("L3", "not_running"),
    ]


def test_a_year_without_a_calendar_is_marked() -> None:
    found = at("L8", date(2047, 10, 2))
    assert found.incomplete and any("放假安排" in text for text in found.warnings)


def test_a_day_before_the_rule_is_a_guess_for_a_person() -> None:
    found = at("L1", date(2005, 1, 1))
    assert found.sure == "U" and any("更早的规定" in text for text in found.warnings)


def test_facts_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="不能早于"):
        event("stopped", date(2025, 1, 2), date(2025, 1, 1))
    with pytest.raises(ValueError, match="仍在继续"):
        LimitationFacts(violation_goes_on=True, violation_ended=date(2025, 1, 1))
    assert issubclass(FactsError, ValueError)


def test_clocks_can_be_asked_for_as_a_form_sends_them() -> None:
    data = {"award": "2026-11-20", "injured": "", "events": [{"kind": "claimed", "day": "2026-11-21"}]}
    assert [item.code for item in run(data, context())] == ["L7s", "L7a"]
    with pytest.raises(FactsError) as wrong:
        run({"award": "昨天", "events": [{"kind": "claimed"}]}, context())
    assert set(wrong.value.errors) == {"award", "events.0.day"}
    assert run({}, context()) == ()


def test_overlapping_hindrances_count_once() -> None:
    one, two = (
        event("stopped", date(2025, 6, 1), date(2025, 6, 11)),
        event("stopped", date(2025, 6, 5), date(2025, 6, 15)),
    )
    assert at("L1", date(2025, 3, 10), one, two).nominal_end == date(2026, 3, 24)
    within = event("stopped", date(2025, 6, 2), date(2025, 6, 3))
    found = at("L1", date(2025, 3, 10), one, within)
    assert found.nominal_end == date(2026, 3, 20) and [note.counted for note in found.interruptions] == [True, False]
