from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gonghui.law.calculators import Context, Missing, Result, calculators
from gonghui.law.parameters import Parameter, ParameterError, ParameterStore, regions_of, weakest
from gonghui.law.parameters.dated_rules import dated_rules, in_force, later
from gonghui.law.tests.test_calculators import context

STORE = ParameterStore.default()
KEYS = "some.key: {name: 某数, unit: 元}\n"


def row(value: object = Decimal(2130), status: str = "V", region: str = "5201", **more: object) -> Parameter:
    known = {
        "key": "min_wage_month",
        "region": region,
        "value": value,
        "valid_from": date(2024, 2, 1),
        "valid_to": date(2025, 2, 1),
        "source": "贵阳市通知",
        "status": status,
    }
    return Parameter(**{**known, **more})  # type: ignore[arg-type]


def with_rows(*rows: Parameter) -> Context:
    others = [item for item in STORE if item.key != "min_wage_month"]
    return replace(context(), parameters=ParameterStore([*others, *rows], STORE.keys.values()))


def ask(rows: tuple[Parameter, ...], day: date, region: str = "520102") -> Result | Missing:
    facts = {"region": region, "months": [{"month": day, "paid": 2000}]}
    return calculators()["C8"].run(facts, with_rows(*rows))


def test_every_row_has_a_meaning_a_source_and_a_mark() -> None:
    used = {item.key for item in STORE}
    assert all(item.source and item.status in "VPSU" for item in STORE)
    without = {key for key in STORE.keys if key not in used}
    # Only what places publish may have a meaning and no row yet: it is asked for.
    assert all(STORE.keys[key].where for key in without), without


def test_no_local_value_is_called_verified_without_a_notice() -> None:
    local = [item for item in STORE if STORE.keys[item.key].where]
    assert local and all(item.status in "SU" for item in local)


@pytest.mark.parametrize(
    ("code", "regions"),
    [
        ("520102", ("520102", "5201", "52", "CN")),
        ("520100", ("5201", "52", "CN")),
        ("520000", ("52", "CN")),
        ("520102001", ("520102001", "520102", "5201", "52", "CN")),
        ("52", ("52", "CN")),
        ("", ("CN",)),
        ("CN", ("CN",)),
    ],
)
def test_a_region_lies_in_its_city_and_province(code: str, regions: tuple[str, ...]) -> None:
    assert regions_of(code) == regions


@pytest.mark.parametrize("code", ["贵阳", "5", "52010", "５２", "1234567"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="行政区划"):
        regions_of(code)


def test_a_value_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    rows = (row(), row(Decimal(2300), valid_from=date(2025, 2, 1), valid_to=None))
    amounts = []
    for day in (date(2024, 2, 1), date(2025, 1, 31), date(2025, 2, 1), date(2030, 1, 1)):
        found = ask(rows, day)
        assert isinstance(found, Result)
        amounts.append(found.amount)
    assert amounts == [Decimal(130), Decimal(130), Decimal(300), Decimal(300)]
    assert isinstance(ask(rows, date(2024, 1, 31)), Missing)


def test_the_nearest_region_counts() -> None:
    rows = (row(), row(Decimal(2050), region="520102"))
    near, far = ask(rows, date(2024, 6, 1)), ask(rows, date(2024, 6, 1), "520103")
    assert isinstance(near, Result) and isinstance(far, Result)
    assert (near.amount, far.amount) == (Decimal(50), Decimal(130))
    assert isinstance(ask(rows, date(2024, 6, 1), "110000"), Missing)


def test_the_working_tells_source_and_date_of_a_value() -> None:
    found = ask((row(),), date(2024, 6, 1))
    assert isinstance(found, Result)
    assert any("贵阳市通知，2024-02-01 起" in step for step in found.steps)
    assert [used.source for used in found.parameters] == ["贵阳市通知"] and found.sure == "V"
    assert found.as_dict()["parameters"][0]["valid_to"] == "2025-02-01"


def test_a_secondary_value_is_used_and_labelled() -> None:
    found = ask((row(status="S"),), date(2024, 6, 1))
    assert isinstance(found, Result) and found.sure == "S"


def test_an_unverified_value_is_never_used_but_told() -> None:
    found = ask((row(status="U"),), date(2024, 6, 1))
    assert isinstance(found, Missing)
    assert "2,130" in found.questions[0].why and "没有核对" in found.questions[0].why


def test_bands_are_asked_about_even_when_verified() -> None:
    bands = {"一档": Decimal(2130), "二档": Decimal(1980)}
    found = ask((row(bands),), date(2024, 6, 1))
    assert isinstance(found, Missing)
    assert "一档 2,130、二档 1,980" in found.questions[0].why and "哪一档" in found.questions[0].why


def test_the_workers_own_value_goes_first() -> None:
    facts = {"region": "520102", "min_wage": "2200", "months": [{"month": "2024-06-01", "paid": 2000}]}
    found = calculators()["C8"].run(facts, with_rows(row()))
    assert isinstance(found, Result) and found.amount == Decimal(200)
    assert any("您填写" in step for step in found.steps)


def test_two_rows_for_one_day_are_refused() -> None:
    with pytest.raises(ParameterError, match="two rows"):
        with_rows(row(), row(Decimal(2300), valid_from=date(2025, 1, 31), valid_to=None))
    with pytest.raises(ParameterError, match="two rows"):
        with_rows(row(valid_to=None), row(Decimal(2300), valid_from=date(2025, 2, 1)))


def test_rows_can_be_added_to_a_store() -> None:
    added = STORE.with_rows(row(region="520102"))
    found = added.find("min_wage_month", date(2024, 6, 1), "520102")
    assert found is not None and found.number == 2130
    assert STORE.find("min_wage_month", date(2024, 6, 1), "520102") is None


GOOD = {
    "key": "some.key",
    "region": "CN",
    "value": "1",
    "valid_from": "2024-01-01",
    "valid_to": "null",
    "source": "甲",
    "status": "V",
}


@pytest.mark.parametrize(
    ("slip", "cause"),
    [
        ({"value": "21.75"}, "quoted"),
        ({"value": "true"}, "quoted"),
        ({"value": "null"}, "quoted"),
        ({"valid_to": "2023-01-01"}, "order"),
        ({"valid_to": "2024-01-01"}, "order"),
        ({"valid_from": "昨天"}, "order"),
        ({"status": "X"}, "status"),
        ({"source": "''"}, "source"),
        ({"region": "贵阳"}, "行政区划"),
        ({"key": "other"}, "keys.yaml"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, slip: dict[str, str], cause: str) -> None:
    (tmp_path / "keys.yaml").write_text(KEYS, encoding="utf-8")
    text = ", ".join(f"{name}: {value}" for name, value in {**GOOD, **slip}.items())
    (tmp_path / "rows.yaml").write_text(f"- {{{text}}}", encoding="utf-8")
    with pytest.raises(ParameterError, match=cause):
        ParameterStore.read(tmp_path)


def test_a_row_without_a_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(KEYS, encoding="utf-8")
    (tmp_path / "rows.yaml").write_text("- {key: some.key, region: CN}", encoding="utf-8")
    with pytest.raises(ParameterError, match="value"):
        ParameterStore.read(tmp_path)


def test_a_number_is_no_table_and_a_table_no_number() -> None:
    ratio, cap = STORE.national("overtime.ratio", date(2026, 1, 1)), STORE.national("pay.days_month", date(2026, 1, 1))
    assert ratio.table["weekday"] == Decimal("1.5") and cap.number == Decimal("21.75")
    with pytest.raises(ParameterError):
        _ = ratio.number
    with pytest.raises(ParameterError):
        _ = cap.table
    with pytest.raises(ParameterError):
        _ = cap.rows
    with pytest.raises(ParameterError, match="no value"):
        STORE.national("pay.days_month", date(1999, 1, 1))
    with pytest.raises(ParameterError):
        STORE.first_day("min_wage_month")


def test_a_result_is_as_sure_as_its_weakest_part() -> None:
    assert [weakest(), weakest("V"), weakest("V", "P"), weakest("P", "S"), weakest("S", "U", "V")] == list("VVPSU")


def test_a_rule_is_not_told_about_an_event_before_it() -> None:
    day = date(2025, 8, 31)
    assert [rule.rule for rule in later(day, calculator="C4")] == [
        "劳动争议司法解释（二）；解释（一）第三十二条第一款废止"
    ]
    assert [rule.since for rule in in_force(day, calculator="C4")] == [date(2008, 1, 1)]
    assert len(in_force(date(2025, 9, 1), calculator="C4")) == 2
    assert {rule.since for rule in in_force(date(2030, 1, 1), topic="R82")} == {date(2025, 1, 1)}


def test_dated_rules_name_calculators_that_exist() -> None:
    assert len(dated_rules()) >= 15
    assert {number for rule in dated_rules() for number in rule.calculators} <= set(calculators())
