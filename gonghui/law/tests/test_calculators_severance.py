from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel.calendar import months_later
from gonghui.law.calculators import Missing, Range, Result
from gonghui.law.calculators.periods import service, span
from gonghui.law.calculators.severance import (
    NoticeFacts,
    SeveranceFacts,
    UnlawfulFacts,
    notice_pay,
    severance,
    unlawful_dismissal,
)
from gonghui.law.calculators.severance_array import severance_cents
from gonghui.law.tests.test_calculators import context

MIN, AVERAGE = Decimal(2130), Decimal(8200)
DAYS = st.dates(date(2008, 1, 1), date(2060, 12, 31))
WAGES = st.decimals(Decimal(0), Decimal(200_000), places=2)


def months_of(hired: date, ended: date, wage: Decimal = Decimal(5000)) -> Decimal:
    found = severance(
        SeveranceFacts(hired=hired, ended=ended, average_wage=wage, min_wage=MIN, avg_wage_local=AVERAGE), context()
    )
    assert isinstance(found, Result)
    months = found.figure("months")
    assert isinstance(months, Decimal)
    return months


@pytest.mark.parametrize(
    ("hired", "ended", "months"),
    [
        (date(2025, 5, 1), date(2025, 5, 1), "0.5"),
        (date(2025, 5, 1), date(2025, 10, 30), "0.5"),
        (date(2025, 5, 1), date(2025, 10, 31), "1"),
        (date(2025, 5, 1), date(2026, 4, 29), "1"),
        (date(2025, 5, 1), date(2026, 4, 30), "1"),
        (date(2025, 5, 1), date(2026, 5, 1), "1.5"),
        (date(2024, 2, 29), date(2025, 2, 27), "1"),
        (date(2024, 2, 29), date(2025, 2, 28), "1.5"),
        (date(2024, 2, 29), date(2028, 2, 28), "4"),
        (date(2025, 8, 31), date(2026, 2, 26), "0.5"),
        (date(2025, 8, 31), date(2026, 2, 27), "1"),
        (date(2025, 8, 30), date(2026, 2, 27), "1"),
    ],
)
def test_service_at_its_boundaries(hired: date, ended: date, months: str) -> None:
    assert months_of(hired, ended) == Decimal(months)


def test_a_month_end_boundary_is_pointed_out() -> None:
    found = severance(
        SeveranceFacts(
            hired=date(2025, 8, 31), ended=date(2026, 2, 27), average_wage=Decimal(5000), min_wage=Decimal(2130)
        ),
        context(),
    )
    assert isinstance(found, Result)
    assert any("月末" in text for text in found.warnings)


@given(DAYS, st.integers(0, 15_000), st.integers(0, 400), WAGES)
def test_longer_service_never_gives_less(hired: date, days: int, more: int, wage: Decimal) -> None:
    ended = hired + timedelta(days=days)
    assert months_of(hired, ended, wage) <= months_of(hired, ended + timedelta(days=more), wage)


@given(DAYS, st.integers(1, 480))
def test_whole_months_are_counted_to_the_day_before(start: date, number: int) -> None:
    full = span(start, months_later(start, number))
    assert (full.months, full.days) == (number, 0)
    assert service(start, full.last_day) == full
    assert span(start, full.last_day).months == number - 1


@given(DAYS, st.integers(0, 15_000), WAGES)
def test_nobody_gets_less_than_the_minimum_or_more_than_the_cap(hired: date, days: int, wage: Decimal) -> None:
    facts = SeveranceFacts(
        hired=hired,
        ended=hired + timedelta(days=days),
        average_wage=wage,
        min_wage=MIN,
        avg_wage_local=AVERAGE,
    )
    found = severance(facts, context())
    assert isinstance(found, Result) and isinstance(found.amount, Decimal)
    months, base = found.figure("months"), found.figure("base")
    assert isinstance(months, Decimal) and isinstance(base, Decimal)
    assert MIN <= base <= 3 * AVERAGE
    assert (found.figure("capped") is True) == (wage > 3 * AVERAGE)
    assert months <= 12 or wage <= 3 * AVERAGE
    assert abs(found.amount - base * months) <= Decimal("0.01")


@given(
    st.lists(
        st.tuples(
            st.dates(date(1990, 1, 1), date(2040, 1, 1)),
            st.integers(0, 15_000),
            st.lists(st.integers(0, 10_000_000), min_size=1, max_size=12),
            st.integers(100_000, 400_000),
            st.integers(400_000, 2_000_000),
        ),
        min_size=1,
        max_size=20,
    ),
    st.booleans(),
)
def test_the_arrays_agree_with_the_single_calculation_to_the_cent(
    people: list[tuple[date, int, list[int], int, int]], unlawful: bool
) -> None:
    rows = []
    for hired, days, wages, least, average in people:
        ended = max(hired + timedelta(days=days), date(2008, 1, 1))
        rows.append((hired, ended, wages, least, average))
    together = severance_cents(
        np.array([row[0] for row in rows], "datetime64[D]"),
        np.array([row[1] for row in rows], "datetime64[D]"),
        np.array([sum(row[2]) for row in rows]),
        np.array([row[3] for row in rows]),
        np.array([row[4] for row in rows]),
        wage_months=np.array([len(row[2]) for row in rows]),
        unlawful=unlawful,
    )
    for place, (hired, ended, wages, least, average) in enumerate(rows):
        known = {
            "hired": hired,
            "ended": ended,
            "wages": tuple(Decimal(wage).scaleb(-2) for wage in wages),
            "min_wage": Decimal(least).scaleb(-2),
            "avg_wage_local": Decimal(average).scaleb(-2),
        }
        if unlawful:
            single = unlawful_dismissal(UnlawfulFacts.model_validate(known), context())
        else:
            single = severance(SeveranceFacts.model_validate(known), context())
        assert isinstance(single, Result) and single.amount is not None
        low = single.amount.low if isinstance(single.amount, Range) else single.amount
        assert low == Decimal(int(together.cents[place])).scaleb(-2)
        assert isinstance(single.amount, Range) == bool(together.before_2008[place])
        assert single.figure("capped") is bool(together.capped[place])
        assert single.figure("months") == Decimal(int(together.halves[place])) / 2


def test_arrays_refuse_floats_and_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="integer cents"):
        severance_cents("2020-01-01", "2021-01-01", 5000.5, 213_000, 820_000)
    with pytest.raises(ValueError, match="in order"):
        severance_cents("2021-01-01", "2020-01-01", 500_000, 213_000, 820_000)
    with pytest.raises(ValueError, match="not in force"):
        severance_cents("2001-01-01", "2007-01-01", 500_000, 213_000, 820_000)
    with pytest.raises(ValueError, match="from 0"):
        severance_cents("2020-01-01", "2021-01-01", -1, 213_000, 820_000)


def test_an_average_that_does_not_end_in_cents_stays_exact() -> None:
    wages = (Decimal(1000), Decimal(1000), Decimal("1000.01"))
    found = severance(
        SeveranceFacts(hired=date(2020, 1, 1), ended=date(2021, 3, 31), wages=wages, min_wage=Decimal(500)), context()
    )
    # 3,000.01 ÷ 3 × 1.5 = 1,500.005: exactly half a cent, rounded up.
    assert isinstance(found, Result) and found.amount == Decimal("1500.01")


def test_service_before_2008_is_left_to_a_person() -> None:
    known = {"hired": date(2003, 1, 1), "ended": date(2020, 12, 31), "average_wage": 6000, "min_wage": 2130}
    found = severance(SeveranceFacts.model_validate(known), context())
    assert isinstance(found, Result) and found.amount == Range(Decimal("78000.00"), None)
    double = unlawful_dismissal(UnlawfulFacts.model_validate(known), context())
    assert isinstance(double, Result) and double.amount == Decimal("216000.00")


def test_what_ended_before_the_law_is_asked_about() -> None:
    found = severance(SeveranceFacts(hired=date(2001, 1, 1), ended=date(2007, 12, 31)), context())
    assert isinstance(found, Missing) and [question.fact for question in found.questions] == ["ended"]


@pytest.mark.parametrize(
    ("wage", "min_wage", "local_average", "asked"),
    [
        (Decimal(5000), None, None, ["min_wage", "avg_wage_local"]),
        (Decimal(5000), MIN, None, []),
        (Decimal(9000), None, AVERAGE, []),
        (Decimal(9000), MIN, None, ["avg_wage_local"]),
        (Decimal(5000), None, AVERAGE, ["min_wage"]),
        (None, MIN, AVERAGE, ["average_wage"]),
    ],
)
def test_only_local_values_that_can_matter_are_asked_for(
    wage: Decimal | None, min_wage: Decimal | None, local_average: Decimal | None, asked: list[str]
) -> None:
    found = severance(
        SeveranceFacts(
            hired=date(2020, 1, 1),
            ended=date(2022, 12, 31),
            average_wage=wage,
            min_wage=min_wage,
            avg_wage_local=local_average,
        ),
        context(),
    )
    assert ([question.fact for question in found.questions] if isinstance(found, Missing) else []) == asked


@pytest.mark.parametrize("ground", ["resigned", "article_39", "retired", "agreed_by_worker", "expired_offer_refused"])
def test_no_severance_is_promised_where_the_law_gives_none(ground: str) -> None:
    known = {"hired": date(2020, 1, 1), "ended": date(2022, 12, 31), "average_wage": 5000, "ground": ground}
    found = severance(SeveranceFacts.model_validate(known), context())
    assert isinstance(found, Result) and found.amount == Decimal(0)


def test_notice_pay_only_for_article_40_without_notice() -> None:
    def pay(article_40: bool, days: int) -> object:
        facts = NoticeFacts(
            ended=date(2026, 10, 31), article_40=article_40, notice_days=days, last_month_wage=Decimal(9800)
        )
        found = notice_pay(facts, context())
        assert isinstance(found, Result)
        return found.amount

    assert [pay(True, 0), pay(True, 29), pay(True, 30), pay(False, 0)] == [
        Decimal(9800),
        Decimal(9800),
        Decimal(0),
        Decimal(0),
    ]
