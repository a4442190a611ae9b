from __future__ import annotations

import pytest

from gonghui.organisations.regions import lies_in, stem


def test_a_stem_is_what_all_codes_within_begin_with() -> None:
    codes = ("520000", "520100", "520102", "520110", "500000", "411000", "5200", "52")
    assert [stem(code) for code in codes] == ["52", "5201", "520102", "520110", "50", "4110", "52", "52"]


@pytest.mark.parametrize(
    ("region", "place", "within"),
    [
        ("520102", "520100", True),
        ("520102", "520102", True),
        ("520102", "500000", False),
        ("411100", "411000", False),
        ("310113", "310110", False),
        ("520102", "", False),
        ("", "520100", False),
    ],
)
def test_a_place_holds_its_own_and_no_neighbour(region: str, place: str, within: bool) -> None:
    assert lies_in(region, place) is within
