from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.calculators import FactsError, Range, Result
from gonghui.law.calculators.retirement import month_of
from gonghui.law.tests.test_calculators_wages import amount, asked, run

AMOUNTS = st.decimals(Decimal(0), Decimal(200_000), places=2)
INJURED: dict[str, Any] = {"day": "2026-03-01", "own_wage": 7000, "injury_avg_wage": 8200, "insured": True}


def number(found: Result, key: str) -> Decimal:
    value = found.figure(key)
    assert isinstance(value, Decimal)
    return value


@pytest.mark.parametrize(
    ("grade", "months"), list(zip(range(1, 11), (27, 25, 23, 21, 18, 16, 13, 11, 9, 7), strict=True))
)
def test_the_lump_by_grade(grade: int, months: int) -> None:
    found = run("C10", **INJURED, grade=grade, min_wage=2130)
    assert found.amount == months * 7000
    assert any(figure.key == "allowance" for figure in found.figures) == (grade <= 6)


@given(AMOUNTS, st.integers(1, 9))
def test_own_wage_is_bounded_and_a_graver_injury_never_pays_less(wage: Decimal, grade: int) -> None:
    facts = {**INJURED, "own_wage": wage, "min_wage": 2130}
    graver, lighter = run("C10", **facts, grade=grade), run("C10", **facts, grade=grade + 1)
    assert Decimal(4920) <= number(graver, "own_wage") <= Decimal(24_600)
    assert isinstance(graver.amount, Decimal) and isinstance(lighter.amount, Decimal)
    assert graver.amount > lighter.amount


def test_the_allowance_is_topped_up_to_the_minimum_wage() -> None:
    assert number(run("C10", **{**INJURED, "own_wage": 5000}, grade=6, min_wage=3500), "allowance") == 3500
    assert [q.fact for q in run("C10", **INJURED, grade=6).questions] == ["min_wage"]


def test_leaving_with_grade_five_to_ten_asks_for_the_provinces_sums() -> None:
    found = run("C10", **INJURED, grade=9, leaving=True)
    assert [question.fact for question in found.questions] == ["medical_lump", "job_lump"]
    assert found.amount == 63_000
    assert amount("C10", **INJURED, grade=9, leaving=True, medical_lump=20_000, job_lump=30_000) == 113_000
    kept = run("C10", **INJURED, grade=3, leaving=True, min_wage=2130)
    assert not kept.questions and any("保留劳动关系" in text for text in kept.warnings)


def test_pay_during_treatment_is_the_old_wage_for_at_most_twelve_months() -> None:
    facts = {**INJURED, "original_wage": 9000, "leave_paid": 18_000, "grade": 10}
    assert number(run("C10", **facts, leave_months=4), "treatment_pay") == 18_000
    long = run("C10", **facts, leave_months=15)
    assert number(long, "treatment_pay") == 90_000 and any("最长 12 个月" in text for text in long.warnings)
    assert number(run("C10", **facts, leave_months=15, leave_extended=True), "treatment_pay") == 117_000


DEAD: dict[str, Any] = {**INJURED, "died": "2026-03-02", "urban_income": 50_000}


@given(st.booleans(), st.integers(0, 8), st.integers(0, 3))
def test_survivors_never_draw_more_than_the_wage(spouse: bool, others: int, lone: int) -> None:
    lone = min(lone, others)
    found = run("C10", **DEAD, spouse=spouse, other_relatives=others, lone_relatives=lone)
    share = Decimal("0.4") * spouse + Decimal("0.3") * others + Decimal("0.1") * lone
    if share:
        assert number(found, "survivors") == min(share, Decimal(1)) * 7000
    assert found.amount == 49_200 + 1_000_000


def test_the_death_lump_is_not_due_after_the_treatment_of_grades_one_to_four() -> None:
    facts = {**DEAD, "grade": 2, "died_after_leave": True}
    assert amount("C10", **facts) == 49_200
    with pytest.raises(FactsError):
        run("C10", **{**facts, "grade": 7})


def test_the_injury_wage_of_the_place_is_asked_for() -> None:
    assert asked("C10", **{**INJURED, "injury_avg_wage": None}, grade=8) == ["injury_avg_wage"]
    assert any("先行支付" in text for text in run("C10", **{**INJURED, "insured": False}, grade=8).warnings)


@pytest.mark.parametrize(
    ("kind", "birth", "delay", "month"),
    [
        ("man", "1964-12-31", 0, "2024-12"),
        ("man", "1965-01-01", 1, "2025-02"),
        ("man", "1965-04-30", 1, "2025-05"),
        ("man", "1965-05-01", 2, "2025-07"),
        ("man", "1966-09-01", 6, "2027-03"),
        ("man", "1976-08-31", 35, "2039-07"),
        ("man", "1976-09-01", 36, "2039-09"),
        ("woman55", "1981-08-31", 35, "2039-07"),
        ("woman55", "1981-09-01", 36, "2039-09"),
        ("woman50", "1984-10-31", 59, "2039-09"),
        ("woman50", "1984-11-01", 60, "2039-11"),
    ],
)
def test_published_rows_of_the_retirement_table(kind: str, birth: str, delay: int, month: str) -> None:
    found = run("C11", kind=kind, birth=birth)
    assert number(found, "delay") == delay
    assert f"{found.figure('retirement'):%Y-%m}" == month


@given(st.sampled_from(["man", "woman55", "woman50"]), st.integers(1950 * 12, 2010 * 12))
def test_who_is_born_later_retires_no_earlier_and_within_the_flexible_months(kind: str, month: int) -> None:
    one, next_one = (run("C11", kind=kind, birth=month_of(month + later)) for later in (0, 1))
    first, second = one.figure("retirement"), next_one.figure("retirement")
    assert isinstance(first, date) and isinstance(second, date) and first < second
    assert 0 <= number(one, "delay") <= (60 if kind == "woman50" else 36)
    if first >= date(2025, 1, 1):
        earliest, latest = one.figure("earliest"), one.figure("latest")
        assert isinstance(earliest, date) and isinstance(latest, date) and earliest <= first < latest
        old = {"man": 720, "woman55": 660, "woman50": 600}[kind]
        assert earliest >= month_of(month + old)


def test_a_woman_who_does_not_know_her_kind_gets_both() -> None:
    found = run("C11", kind="woman", birth="1978-05-01")
    assert found.figure("woman50.retirement") == date(2030, 2, 1)
    assert found.figure("woman55.retirement") == date(2035, 7, 1)
    assert [question.fact for question in found.questions] == ["kind"]


@pytest.mark.parametrize(
    ("year", "months"), [(2025, 180), (2029, 180), (2030, 186), (2031, 192), (2038, 234), (2039, 240), (2050, 240)]
)
def test_years_of_contributions(year: int, months: int) -> None:
    assert number(run("C12", year=year), "minimum") == months


@pytest.mark.parametrize(
    ("paid", "months"), [(0, 0), (11, 0), (12, 12), (59, 12), (60, 18), (119, 18), (120, 24), (400, 24)]
)
def test_unemployment_benefit_by_months_paid(paid: int, months: int) -> None:
    facts = {"ended": "2026-03-01", "paid_months": paid, "involuntary": True}
    assert number(run("C13", **facts), "max_months") == months
    assert number(run("C13", **{**facts, "involuntary": False}), "max_months") == 0


def test_what_was_left_over_is_added_up_to_two_years() -> None:
    facts = {"ended": "2026-03-01", "paid_months": 70, "involuntary": True, "monthly": 1700}
    assert run("C13", **facts, carried_months=4).amount == Range(Decimal(0), Decimal(37_400))
    assert number(run("C13", **facts, carried_months=20), "max_months") == 24


COMPETE: dict[str, Any] = {"ended": "2026-03-01", "agreed": False, "average_wage": 20_000, "min_wage": 2130}


def test_a_non_compete_binds_for_two_years_at_most() -> None:
    assert amount("C14", **COMPETE, months_kept=30) == 24 * 6000
    assert any("没有约束力" in text for text in run("C14", **COMPETE, term_months=36).warnings)
    assert amount("C14", **COMPETE, months_kept=3, paid=10_000) == 8000


def test_an_agreed_compensation_counts_as_agreed() -> None:
    assert amount("C14", ended="2026-03-01", agreed=True, agreed_monthly=5000, months_kept=2) == 10_000
    assert asked("C14", ended="2026-03-01", agreed=True) == ["agreed_monthly"]
    assert asked("C14", ended="2026-03-01", agreed=False) == ["average_wage", "min_wage"]


@pytest.mark.parametrize(("months", "may"), [(2, False), (3, True)])
def test_three_unpaid_months_free_the_worker(months: int, may: bool) -> None:
    found = run("C14", **COMPETE, unpaid_months=months)
    assert any(figure.key == "may_end" for figure in found.figures) == may


def test_an_award_that_mixes_kinds_is_not_final() -> None:
    leave, pay = {"name": "年休假", "kind": "standard"}, {"name": "工资", "kind": "pay", "amount": 100}
    other = {"name": "确认劳动关系", "kind": "other"}

    def final(*items: dict[str, Any]) -> object:
        return run("C16", day="2026-03-01", min_wage=2130, items=list(items)).figure("final")

    assert [final(leave), final(pay), final(leave, pay), final(other), final(leave, other)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert asked("C16", day="2026-03-01", items=[pay]) == ["min_wage"]
    assert asked("C16", day="2026-03-01", min_wage=2130, items=[{"name": "工资", "kind": "pay"}]) == ["items"]


BIRTH: dict[str, Any] = {"day": "2026-03-01", "event": "birth", "insured": True, "employer_average": 8000}


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        ({}, 98),
        ({"difficult": True}, 113),
        ({"babies": 3}, 128),
        ({"babies": 2, "difficult": True, "extra_days": 60}, 188),
        ({"event": "miscarriage", "months_pregnant": "3.9"}, 15),
        ({"event": "miscarriage", "months_pregnant": "4"}, 42),
    ],
)
def test_days_of_maternity_leave(facts: dict[str, Any], days: int) -> None:
    assert number(run("C17", **{**BIRTH, **facts}), "days") == days


def test_maternity_pay_by_insurance() -> None:
    uninsured = run("C17", **{**BIRTH, "insured": False, "employer_average": None}, own_wage=6000)
    assert uninsured.amount == 19_600 and "用人单位" in uninsured.outcome
    assert number(run("C17", **BIRTH, own_wage=9000), "gap") == Decimal("3266.67")
    assert asked("C17", day="2026-03-01", event="birth") == ["insured"]
    assert asked("C17", day="2026-03-01", event="miscarriage", insured=True) == ["months_pregnant"]
    assert [question.fact for question in run("C17", **BIRTH).questions] == ["extra_days"]


@pytest.mark.parametrize(
    ("total", "unit", "months", "window"),
    [
        (0, 0, 3, 6),
        (9, 4, 3, 6),
        (9, 5, 6, 12),
        (10, 0, 6, 12),
        (10, 5, 9, 15),
        (20, 10, 12, 18),
        (20, 15, 18, 24),
        (40, 20, 24, 30),
    ],
)
def test_the_medical_period(total: int, unit: int, months: int, window: int) -> None:
    found = run("C18", start="2026-03-01", total_years=total, unit_years=unit)
    assert (number(found, "months"), number(found, "window")) == (months, window)


@given(AMOUNTS, st.integers(0, 3000), st.integers(0, 500))
def test_the_late_fee_grows_by_the_day(arrears: Decimal, days: int, more: int) -> None:
    facts = {"arrears": arrears, "owed_from": "2024-02-28"}
    first, second = amount("C19", **facts, days=days), amount("C19", **facts, days=days + more)
    assert first <= second
    paid = date(2024, 2, 28) + timedelta(days=days)
    assert amount("C19", **facts, paid_on=paid) == first


def test_the_late_fee_counts_a_leap_day_and_asks_for_days() -> None:
    facts = {"arrears": 10_000, "owed_from": "2024-02-28"}
    assert amount("C19", **facts, paid_on="2024-03-01") == 10
    assert asked("C19", **facts) == ["days"]
    assert asked("C19", arrears=10_000, owed_from="2011-06-30", days=5) == ["owed_from"]
    assert any("超过欠缴本金" in text for text in run("C19", **facts, days=2001).warnings)


@pytest.mark.parametrize(
    ("place", "temperature", "due"),
    [("outdoor", "34.9", 0), ("outdoor", "35", 120), ("indoor", "32.9", 0), ("indoor", "33", 120)],
)
def test_heat_allowance_from_the_temperature_on(place: str, temperature: str, due: int) -> None:
    facts = {"day": "2026-07-01", "per": "day", "number": 12, "standard": 10}
    assert amount("C22", **facts, place=place, temperature=temperature) == due


@given(AMOUNTS, st.integers(1, 120), st.integers(0, 119))
def test_a_training_bond_shrinks_with_service(cost: Decimal, total: int, served: int) -> None:
    now = amount("C25", cost=cost, total_months=total, served_months=served)
    later = amount("C25", cost=cost, total_months=total, served_months=served + 1)
    assert 0 <= later <= now <= cost


def test_a_training_bond_is_void_where_the_employer_is_at_fault() -> None:
    facts = {"cost": 30_000, "total_months": 36, "served_months": 12}
    assert amount("C25", **facts, article_38=True) == 0
    assert amount("C25", **facts, special_training=False) == 0
    assert amount("C25", **facts, agreed=5000) == 5000


def test_union_dismissal_and_funds() -> None:
    assert amount("C27", day="2026-03-01", annual_income=100_000) == 200_000
    assert amount("C32", month="2026-03-01", wage_bill=500_000, funds_paid=4000) == 6000
    dues = run("C32", month="2026-03-01", basic_pay=4000)
    assert dues.amount == 20 and dues.sure == "U"
    assert asked("C32", month="2026-03-01") == ["wage_bill"]


@given(AMOUNTS, st.decimals(Decimal(0), Decimal(2_000_000), places=2))
def test_tax_grows_with_the_compensation_but_never_eats_it(more: Decimal, compensation: Decimal) -> None:
    facts = {"day": "2026-03-01", "avg_wage_year": 98_400}
    less = amount("C30", **facts, compensation=compensation)
    greater = amount("C30", **facts, compensation=compensation + more)
    assert 0 <= less <= greater <= less + more * Decimal("0.45") + Decimal("0.01")
    assert less == 0 or compensation > 295_200


@pytest.mark.parametrize("edge", [36_000, 144_000, 300_000, 420_000, 660_000, 960_000])
def test_the_tax_table_has_no_jumps(edge: int) -> None:
    facts = {"day": "2026-03-01", "avg_wage_year": 98_400}
    below = amount("C30", **facts, compensation=295_200 + edge)
    above = amount("C30", **facts, compensation=Decimal(295_200 + edge) + Decimal("0.01"))
    assert abs(above - below) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("rigid", "more", "level"),
    [
        ("16800.01", {}, "deep"),
        ("16800", {}, "relative"),
        ("0", {}, "relative"),
        ("0", {"people": 2}, "none"),
        ("0", {"people": 2, "sudden": True}, "accident"),
        ("0", {"people": 2, "sudden_cost": "33600"}, "none"),
        ("0", {"people": 2, "sudden_cost": "33600.01"}, "accident"),
        ("50000", {}, "deep"),
    ],
)
def test_hardship_at_its_lines(rigid: str, more: dict[str, Any], level: str) -> None:
    # Three people and a line of 700: 42,000 - 16,800 = 25,200 = 12 × 3 × 700.
    facts = {"day": "2026-03-01", "income": 42_000, "people": 3, "dibao": 700, "rigid": rigid, **more}
    assert run("C33", **facts).figure("level") == level
    assert asked("C33", **{**facts, "dibao": None}) == ["dibao"]
