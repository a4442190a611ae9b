from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.calculators import FactsError, Missing, Range, Result, calculators
from gonghui.law.tests.test_calculators import context

AMOUNTS = st.decimals(Decimal(0), Decimal(100_000), places=2)


def run(number: str, /, **facts: Any) -> Result:
    found = calculators()[number].run(facts, context())
    assert isinstance(found, Result), found
    return found


def amount(number: str, /, **facts: Any) -> Decimal:
    found = run(number, **facts).amount
    assert isinstance(found, Decimal)
    return found


def asked(number: str, /, **facts: Any) -> list[str]:
    found = calculators()[number].run(facts, context())
    return [question.fact for question in found.questions] if isinstance(found, Missing) else []


LEAVE: dict[str, Any] = {"year": 2026, "cumulative_years": 12, "continuous_12_months": True, "average_wage": "8700"}


@pytest.mark.parametrize(("years", "days"), [(0, 0), (1, 5), (9, 5), (10, 10), (19, 10), (20, 15), (40, 15)])
def test_leave_grows_at_one_ten_and_twenty_years(years: int, days: int) -> None:
    assert run("C6", **{**LEAVE, "cumulative_years": years}).figure("entitled") == days


@given(st.integers(0, 45), st.integers(0, 5), st.dates(date(2024, 1, 1), date(2024, 12, 31)), st.integers(0, 15))
def test_leave_is_whole_capped_and_grows_with_service(years: int, more: int, left: date, taken: int) -> None:
    facts = {**LEAVE, "year": 2024, "left": left, "taken": taken}
    less = run("C6", **{**facts, "cumulative_years": years})
    greater = run("C6", **{**facts, "cumulative_years": years + more})
    days, more_days = less.figure("entitled"), greater.figure("entitled")
    assert isinstance(days, Decimal) and isinstance(more_days, Decimal)
    assert days == days.to_integral_value() and 0 <= days <= more_days <= 15
    unused = less.figure("unused")
    assert isinstance(unused, Decimal) and 0 <= unused == max(days - taken, Decimal(0))


def test_a_leap_year_gives_no_more_than_the_full_leave() -> None:
    assert run("C6", **{**LEAVE, "year": 2024, "left": "2024-12-31"}).figure("entitled") == 10
    assert run("C6", **{**LEAVE, "year": 2024, "left": "2024-02-29"}).figure("entitled") == 1


def test_leave_taken_too_much_is_not_claimed_back() -> None:
    assert amount("C6", **LEAVE, left="2026-03-31", taken=8) == 0


def test_half_days_are_read_in_two_ways() -> None:
    found = run("C6", **LEAVE, left="2026-06-30", taken="2.5")
    assert found.figure("unused") == Range(Decimal("1.5"), Decimal(2))
    assert found.amount == Range(Decimal("1200.00"), Decimal("1600.00"))


@pytest.mark.parametrize(
    "reason",
    [
        {"continuous_12_months": False},
        {"long_vacation": True},
        {"paid_personal_days": 20},
        {"sick_months": 3},
        {"cumulative_years": 0},
    ],
)
def test_what_excludes_leave(reason: dict[str, Any]) -> None:
    found = run("C6", **{**LEAVE, **reason})
    assert found.amount == 0 and found.figure("entitled") == 0


def test_sick_leave_after_the_leave_costs_next_years() -> None:
    found = run("C6", **LEAVE, sick_months=3, taken=10)
    assert any("下一年度" in text for text in found.warnings)
    assert run("C6", **LEAVE, sick_months="2.9").figure("entitled") == 10


def test_leave_declined_in_writing_pays_nothing_more() -> None:
    assert amount("C6", **LEAVE, declined=True) == 0


def test_days_are_told_even_without_a_wage() -> None:
    found = run("C6", **{**LEAVE, "average_wage": None})
    assert found.amount is None and [question.fact for question in found.questions] == ["average_wage"]


TRIAL: dict[str, Any] = {"term": "fixed", "trial_start": "2026-01-01", "trial_end": "2026-06-30", "full_wage": 8000}


@pytest.mark.parametrize(("months", "limit"), [(0, 0), (2, 0), (3, 1), (11, 1), (12, 2), (35, 2), (36, 6), (120, 6)])
def test_the_longest_trial_by_term(months: int, limit: int) -> None:
    found = run("C7", **TRIAL, contract_months=months)
    assert found.figure("limit") == limit
    assert found.amount == (6 - limit) * 8000


@pytest.mark.parametrize(("term", "limit"), [("open_ended", 6), ("task", 0), ("part_time", 0), ("trial_only", 0)])
def test_the_longest_trial_by_kind(term: str, limit: int) -> None:
    assert run("C7", **{**TRIAL, "term": term}).figure("limit") == limit


def test_a_second_trial_is_wholly_unlawful() -> None:
    assert amount("C7", **TRIAL, contract_months=36, repeated=True) == 48_000


@given(st.integers(0, 400), st.integers(0, 60))
def test_a_longer_trial_never_pays_less(days: int, more: int) -> None:
    start = date(2026, 1, 1)
    facts = {**TRIAL, "contract_months": 24}
    shorter = amount("C7", **{**facts, "trial_end": start + timedelta(days=days)})
    assert shorter <= amount("C7", **{**facts, "trial_end": start + timedelta(days=days + more)})


def test_trial_pay_below_the_floor_is_pointed_out() -> None:
    found = run("C7", **TRIAL, contract_months=36, trial_wage=6000, min_wage=2130)
    assert found.figure("pay_floor") == Decimal("6400.00")
    assert any("低于下限" in text for text in found.warnings)
    both = run("C7", **TRIAL, contract_months=36, trial_wage=6000, min_wage=2130, lowest_same_post=5000)
    assert both.figure("pay_floor") == Range(Decimal("4000.00"), Decimal("6400.00"))
    assert any("或者" in text for text in both.warnings)
    unknown = run("C7", **TRIAL, contract_months=36, trial_wage=6000)
    assert [question.fact for question in unknown.questions] == ["min_wage"]


def test_a_fixed_term_needs_its_length() -> None:
    assert asked("C7", **TRIAL) == ["contract_months"]


def test_part_time_is_measured_by_the_hour() -> None:
    months = [{"month": "2026-03-01", "paid": 1500, "hours": 80}]
    assert amount("C8", months=months, part_time=True, min_wage="21") == 180
    assert asked("C8", months=[{"month": "2026-03-01", "paid": 1}], part_time=True, min_wage="21") == ["months"]


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_the_shortfall_is_never_negative_and_a_month_never_helps_another(paid: list[Decimal]) -> None:
    months = [{"month": date(2026, 1 + place, 1), "paid": sum_} for place, sum_ in enumerate(paid)]
    assert amount("C8", months=months, min_wage=2130) == sum(max(2130 - sum_, Decimal(0)) for sum_ in paid)


def test_the_minimum_wage_is_asked_for_once() -> None:
    months = [{"month": "2026-03-01", "paid": 1500}, {"month": "2026-04-01", "paid": 1500}]
    assert asked("C8", months=months) == ["min_wage"]


def test_extra_damages_only_after_an_order_and_its_term() -> None:
    assert amount("C9", ordered=10_000, order_issued=False, deadline_passed=False) == 0
    assert amount("C9", ordered=10_000, order_issued=True, deadline_passed=False) == 0
    found = run("C9", ordered=10_000, order_issued=True, deadline_passed=True, paid=4000)
    assert found.amount == Range(Decimal(3000), Decimal(6000))
    leave = run("C9", ordered=4000, order_issued=True, deadline_passed=True, kind="annual_leave")
    assert leave.amount == Decimal(4000)


@given(AMOUNTS, AMOUNTS, st.decimals(Decimal(1000), Decimal(4000), places=2))
def test_deductions_leave_the_minimum_and_take_at_most_a_fifth(wage: Decimal, loss: Decimal, least: Decimal) -> None:
    taken = amount("C21", month="2026-03-01", wage=wage, loss=loss, min_wage=least)
    assert 0 <= taken <= loss or taken == 0
    assert taken <= (wage / 5).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert taken == 0 or wage - taken >= least


def test_stoppage_work_is_paid_at_least_the_minimum() -> None:
    later = [{"worked": True, "wage": 1000}, {"worked": True, "wage": 3000}]
    assert amount("C20", start="2026-03-01", contract_wage=5000, later=later, min_wage=2130) == 10_130
    assert amount("C20", start="2026-03-01", contract_wage=5000) == 5000
    idle = [{"worked": False}]
    assert asked("C20", start="2026-03-01", contract_wage=5000, later=idle) == ["min_wage", "living_ratio"]


def test_sick_pay_takes_the_higher_of_rule_and_floor() -> None:
    assert amount("C23", month="2026-03-01", min_wage=2130, rule_pay=3000) == 3000
    assert amount("C23", month="2026-03-01", min_wage=2130, rule_pay=0) == 1704


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), AMOUNTS, AMOUNTS), min_size=1, max_size=12))
def test_arrears_add_up_by_person(rows: list[tuple[str, Decimal, Decimal]]) -> None:
    months = [{"person": who, "month": "2026-03-01", "due": due, "paid": paid} for who, due, paid in rows]
    found = run("C24", months=months)
    people = [figure.value for figure in found.figures if figure.key.startswith("person:")]
    assert found.amount == sum(value for value in people if isinstance(value, Decimal))
    assert found.amount == sum(max(due - paid, Decimal(0)) for _who, due, paid in rows)


CRIME: dict[str, Any] = {"day": "2026-03-01", "ordered": True, "still_unpaid": True}


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"workers": 1, "total": 4999, "months_one": 3, "amount_one": 4999}, "not_yet"),
        ({"workers": 1, "total": 5000, "months_one": 3, "amount_one": 5000}, "depends"),
        ({"workers": 1, "total": 5000, "months_one": 3, "amount_one": 5000, "threshold_one": 5000}, "suggest"),
        ({"workers": 1, "total": 5000, "months_one": 3, "amount_one": 5000, "threshold_one": 6000}, "not_yet"),
        ({"workers": 1, "total": 20_000, "months_one": 2, "amount_one": 20_000}, "not_yet"),
        ({"workers": 10, "total": 100_000, "months_one": 1, "amount_one": 10_000}, "suggest"),
        ({"workers": 9, "total": 100_000, "months_one": 1, "amount_one": 10_000}, "not_yet"),
    ],
)
def test_a_transfer_is_suggested_only_where_the_sums_reach(facts: dict[str, Any], level: str) -> None:
    found = run("C26", **CRIME, **facts)
    assert found.figure("level") == level and "构成犯罪" not in found.outcome
    assert bool(found.questions) == (level == "depends")


def test_no_transfer_without_an_order() -> None:
    facts = {"workers": 10, "total": 100_000, "months_one": 4, "amount_one": 20_000}
    assert run("C26", **{**CRIME, "ordered": False}, **facts).figure("level") == "not_yet"


def test_dates_out_of_order_are_refused() -> None:
    with pytest.raises(FactsError):
        run("C7", **{**TRIAL, "trial_end": "2025-12-31"}, contract_months=24)
    with pytest.raises(FactsError):
        run("C6", **LEAVE, left="2025-12-31")


def test_a_trial_begun_on_a_month_end_is_not_made_longer() -> None:
    facts = {**TRIAL, "trial_start": "2026-01-31", "trial_end": "2026-07-30"}
    assert amount("C7", **facts, contract_months=3) == 40_000


def test_arrears_without_a_month_are_asked_for_not_nought() -> None:
    found = calculators()["C24"].run({"months": []})
    assert isinstance(found, Missing) and [question.fact for question in found.questions] == ["months"]


def test_overtime_without_hours_is_asked_for_not_nought() -> None:
    found = calculators()["C5"].run({"month": "2026-10-01", "base": "6525"})
    assert isinstance(found, Missing)
    assert [question.fact for question in found.questions] == ["weekday", "rest_day", "holiday"]


def test_more_hours_than_a_month_has_are_refused() -> None:
    data = {"month": "2026-10-01", "base": "6525", "weekday": "700", "rest_day": "45"}
    with pytest.raises(FactsError, match="没有这么多小时"):
        calculators()["C5"].run(data)
    assert not isinstance(calculators()["C5"].run({**data, "base_kind": "piece"}), Missing)
