"""The sums: exact to the cent, by dated and local rates, nothing lost between levels."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.dues import reckoning
from gonghui.law.parameters import Parameter, ParameterStore

MONTH = date(2026, 9, 1)
SUMS = st.decimals(min_value=0, max_value=10**9, places=2)
SHARES = st.decimals(min_value=Decimal("0.01"), max_value=1, places=4)


def test_dues_and_funds_by_the_rates_on_record() -> None:
    dues, funds = reckoning.dues(Decimal(4001), MONTH), reckoning.funds(Decimal(500_000), MONTH)
    assert dues is not None and dues.value == Decimal("20.01") and not dues.sure
    assert funds is not None and funds.value == Decimal(10_000) and funds.sure
    assert dues.working == "4,001 元 × 0.5% = 20.01 元"
    assert reckoning.dues(Decimal(4000), date(1980, 1, 1)) is None


def test_a_small_union_gets_all_back_while_that_rule_is_in_force() -> None:
    small, large = (reckoning.rebate(Decimal(900), Decimal(year), date(2024, 6, 1)) for year in (9000, 90_000))
    assert small is not None and (small.value, small.mark) == (Decimal(900), "U")
    assert large is not None and large.value == Decimal(540)
    later = reckoning.rebate(Decimal(900), Decimal(9000), date(2026, 6, 1))
    assert later is not None and later.value == Decimal(540)


def test_a_province_has_its_own_share() -> None:
    row = Parameter("union.basic_share", "52", Decimal("0.65"), date(2020, 1, 1), None, "省分成表", "V")
    store = ParameterStore.packaged().with_rows(row)
    here, there = (reckoning.rebate(Decimal(100), Decimal(10**6), MONTH, region, store) for region in ("520102", "62"))
    assert here is not None and (here.value, here.sure, here.source) == (Decimal(65), True, "省分成表")
    assert there is not None and (there.value, there.sure) == (Decimal(60), False)


@given(SUMS, SHARES)
def test_what_is_returned_is_never_more_than_came_in(received: Decimal, share: Decimal) -> None:
    found = reckoning.rebate(received, received, MONTH, share=share)
    assert found is not None and 0 <= found.value <= received
    assert found.value == found.value.quantize(Decimal("0.01"))
    assert abs(found.value - received * share) <= Decimal("0.005")


@given(SUMS, SUMS)
def test_dues_grow_with_the_base_and_have_whole_cents(one: Decimal, other: Decimal) -> None:
    low, high = (reckoning.dues(base, MONTH) for base in sorted((one, other)))
    assert low is not None and high is not None and low.value <= high.value
    assert high.value == high.value.quantize(Decimal("0.01"))
    assert abs(high.value - max(one, other) * Decimal("0.005")) <= Decimal("0.005")


@pytest.mark.parametrize("wrong", [-1, Decimal("-0.01")])
def test_a_negative_sum_is_refused(wrong: Decimal) -> None:
    with pytest.raises(ValueError, match="negative"):
        reckoning.dues(Decimal(wrong), MONTH)
