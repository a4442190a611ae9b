from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.calculators import Missing, Range, Result
from gonghui.law.calculators.double_wage import DoubleWageFacts, double_wage
from gonghui.law.calculators.overtime import OvertimeFacts, overtime
from gonghui.law.tests.test_calculators import context

# Three times as much still fits into a month.
HOURS = st.decimals(Decimal(0), Decimal(240), places=1)


def extra(hired: date, signed: date | None, wage: int = 6000, **more: object) -> Result:
    known = {"hired": hired, "monthly_wage": wage, "signed": signed, "never_signed": signed is None, **more}
    found = double_wage(DoubleWageFacts.model_validate(known), context())
    assert isinstance(found, Result)
    return found


@pytest.mark.parametrize(
    ("signed", "amount"),
    [
        (date(2025, 4, 9), "0.00"),
        (date(2025, 4, 10), "0.00"),
        (date(2025, 4, 11), "275.86"),
        (date(2025, 5, 10), "6000.00"),
        # From 10 February to 8 March 2026 lie the Spring Festival and 15 working days.
        (date(2026, 3, 9), "64137.93"),
        (date(2026, 3, 10), "66000.00"),
        (date(2027, 1, 1), "66000.00"),
    ],
)
def test_double_wage_runs_from_the_second_month_to_the_twelfth(signed: date, amount: str) -> None:
    assert extra(date(2025, 3, 10), signed).amount == Decimal(amount)


@given(st.dates(date(2008, 1, 1), date(2026, 1, 1)), st.integers(0, 800), st.integers(0, 200))
def test_signing_later_never_gives_less_and_never_more_than_eleven_months(hired: date, days: int, more: int) -> None:
    early = extra(hired, hired + timedelta(days=days)).amount
    late = extra(hired, hired + timedelta(days=days + more)).amount
    assert isinstance(early, Decimal) and isinstance(late, Decimal)
    assert Decimal(0) <= early <= late <= 66_000


def test_whoever_still_has_no_contract_is_counted_to_today() -> None:
    found = extra(date(2026, 8, 24), None)
    assert found.amount == Decimal("12275.86") and any("算到今天" in text for text in found.warnings)


def test_after_leaving_nothing_more_is_counted() -> None:
    assert extra(date(2025, 1, 1), None, ended=date(2025, 3, 31)).amount == Decimal("12000.00")
    assert extra(date(2025, 1, 1), date(2026, 1, 1), ended=date(2025, 3, 31)).amount == Decimal("12000.00")


def test_a_late_claim_gives_a_range() -> None:
    found = extra(date(2025, 3, 10), None, claim_on=date(2026, 7, 10))
    assert found.amount == Range(Decimal("48000.00"), Decimal("66000.00")) and found.sure == "U"
    too_late = extra(date(2025, 3, 10), None, claim_on=date(2027, 7, 10))
    assert too_late.amount == Range(Decimal(0), Decimal("66000.00"))


def test_an_excuse_of_the_employer_opens_the_range_to_nothing() -> None:
    found = extra(date(2025, 3, 10), None, excuse="worker")
    assert found.amount == Range(Decimal(0), Decimal("66000.00")) and found.others


def test_whether_a_contract_was_signed_is_asked() -> None:
    found = double_wage(DoubleWageFacts(hired=date(2025, 1, 1), monthly_wage=Decimal(6000)), context())
    assert isinstance(found, Missing) and found.questions[0].fact == "signed"


def pay(**known: object) -> Result:
    found = overtime(OvertimeFacts.model_validate({"month": date(2026, 10, 1), **known}), context())
    assert isinstance(found, Result)
    return found


@given(st.decimals(Decimal(1), Decimal(99_999), places=2), HOURS, HOURS, HOURS)
def test_a_holiday_pays_no_less_than_a_rest_day_and_that_no_less_than_a_weekday(
    base: Decimal, one: Decimal, two: Decimal, three: Decimal
) -> None:
    def amount(**hours: Decimal) -> Decimal:
        found = pay(base=base, **hours).amount
        assert isinstance(found, Decimal)
        return found

    hours = one + two + three
    assert amount(weekday=hours) <= amount(rest_day=hours) <= amount(holiday=hours)
    assert amount(weekday=hours) <= amount(weekday=one, rest_day=two, holiday=three) <= amount(holiday=hours)


def test_piece_rates_and_hourly_pay_take_the_same_ratios() -> None:
    assert pay(base="2.5", base_kind="piece", weekday=100).amount == Decimal("375.00")
    assert pay(base="20", base_kind="hour", holiday=8).amount == Decimal("480.00")


def test_what_was_paid_is_taken_off_but_never_below_nothing() -> None:
    assert pay(base="6525", weekday=20, paid="1000").amount == Decimal("125.00")
    assert pay(base="6525", weekday=20, paid="2000").amount == Decimal("0.00")


def test_special_schemes() -> None:
    assert pay(base="6525", rest_day=8, scheme="comprehensive").amount == Decimal("450.00")
    assert pay(base="6525", rest_day=8, scheme="irregular").amount == Decimal("0.00")


@pytest.mark.parametrize(("hours", "warned"), [("36", False), ("36.1", True)])
def test_the_month_limit(hours: str, warned: bool) -> None:
    assert pay(base="6525", weekday=hours).figure("over_limit") is warned


@pytest.mark.parametrize("hours", ["319", "293", "322.5"])
def test_the_hours_of_a_published_case_break_the_limit(hours: str) -> None:
    # 劳动者超时加班发生工伤…: 319, 293 and 322.5 hours a month, against 21.75 × 8 = 174 at most.
    over = Decimal(hours) - Decimal("21.75") * 8
    assert any("超过每月 36 小时" in text for text in pay(base="6525", weekday=over).warnings)


def test_a_day_over_three_hours_is_a_breach() -> None:
    assert any("每日 3 小时" in text for text in pay(base="6525", weekday=10, longest_day="3.5").warnings)
    assert any("特殊原因" in text for text in pay(base="6525", weekday=10, longest_day="2").warnings)


def test_old_months_are_left_to_a_person() -> None:
    facts = OvertimeFacts(month=date(2003, 5, 1), base=Decimal(2000), weekday=Decimal(5))
    assert isinstance(overtime(facts, context()), Missing)


def test_who_began_on_a_month_end_gets_eleven_months_and_not_a_day_more() -> None:
    assert extra(date(2013, 1, 29), None).amount == Decimal("66000.00")
    assert extra(date(2013, 1, 31), None).amount == Decimal("66000.00")
