"""An identity number is right by its check digit and day of birth, wherever and whenever its county got a code."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.people.identity import age_on, born_on

PLACES = st.sampled_from(["520102", "110105", "500101"])


def with_check(number: str) -> str:
    """The number with its right last digit (GB 11643)."""
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number[:17] + "10X98765432"[total % 11]


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.integers(0, 999), PLACES)
def test_any_day_with_its_right_digit_is_taken_and_any_other_digit_is_not(day: date, order: int, place: str) -> None:
    right = with_check(f"{place}{day:%Y%m%d}{order:03d}0")
    assert born_on(right) == born_on(right.lower()) == day
    assert all(born_on(right[:-1] + digit) is None for digit in "0123456789X" if digit != right[-1])


@pytest.mark.parametrize(
    "number",
    [
        "",
        "x",
        "１１０１０５１９４９１２３１００２X",
        with_check("520102199002300010"),
        with_check("520102299901010010"),
    ],
)
def test_what_is_no_number_or_no_day_that_has_been_is_wrong(number: str) -> None:
    assert born_on(number) is None and age_on(number, date(2026, 1, 1)) is None


def test_full_years_count_from_the_birthday() -> None:
    number = with_check("520102201006150010")
    assert [age_on(number, date(2026, 6, day)) for day in (14, 15)] == [15, 16]
