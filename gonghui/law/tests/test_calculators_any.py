"""Whatever a form may send: every calculator answers, asks or refuses in words, and never with a broken amount."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.law.calculators import Calculator, FactField, FactsError, Missing, Range, Result, calculators
from gonghui.law.calculators.doubts import doubted
from gonghui.law.calculators.results import lows_and_highs
from gonghui.law.english import english
from gonghui.law.parameters import MARKS
from gonghui.law.store import LawStore
from gonghui.law.tests.test_calculators import check_arithmetic, context
from gonghui.law.tests.test_english import strings

DAYS = st.dates(date(1950, 1, 1), date(2080, 12, 31))
NUMBERS = st.decimals(Decimal(0), Decimal(10) ** 7, places=2)
BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "date": DAYS | DAYS.map(str),
    "money": NUMBERS | NUMBERS.map(str),
    "number": st.integers(0, 60) | st.decimals(Decimal(0), Decimal(50), places=1),
    "count": st.integers(0, 50) | st.integers(0, 2100),
    "yes_no": st.booleans() | st.sampled_from(["是", "否"]),
    "text": st.sampled_from(["甲", "乙", "1"]),
    "region": st.sampled_from(["520102", "520000", "110000", "31", "530100"]),
}


def values(field: FactField) -> st.SearchStrategy[Any]:
    if field.kind == "choice":
        return st.sampled_from(sorted(field.choices))
    if field.kind == "list":
        row = answers(field.fields) if field.fields else NUMBERS
        return st.lists(row, max_size=4)
    return BY_KIND[field.kind]


def answers(fields: tuple[FactField, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {field.name: values(field) for field in fields if field.required},
        optional={field.name: values(field) for field in fields if not field.required},
    )


@pytest.mark.parametrize("number", sorted(calculators()))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_answers_give_a_result_a_question_or_words(number: str, data: st.DataObject) -> None:
    found: Calculator = calculators()[number]
    try:
        outcome = found.run(data.draw(answers(found.fields)), context())
    except FactsError as error:
        assert error.errors and all(error.errors.values())
        assert [text for texts in error.errors.values() for text in texts if english(text) is None] == []
        return
    json.dumps(outcome.as_dict(), ensure_ascii=False)
    assert [text for text in strings(outcome.as_dict()) if english(text) is None] == []
    if isinstance(outcome, Missing):
        names = {field.name for field in found.fields}
        assert {question.fact for question in outcome.questions} <= names
        return
    check(outcome)


def check(outcome: Result) -> None:
    assert outcome.outcome and outcome.sure in MARKS
    assert outcome.steps or outcome.figures
    store = LawStore.default()
    assert all(store.get(article) for article in outcome.citations)
    amounts = [outcome.amount] if outcome.amount is not None else []
    for low, high in lows_and_highs(amounts):
        for end in (low, high):
            assert end is None or (end >= 0 and end == end.quantize(Decimal("0.01")))
    for figure in outcome.figures:
        if isinstance(figure.value, Range):
            assert figure.value.high is None or figure.value.low <= figure.value.high
    check_arithmetic(outcome)
    assert all("None" not in text for text in (*outcome.steps, *outcome.warnings, outcome.outcome))


def test_a_number_that_is_hardly_ever_so_is_asked_back() -> None:
    severance = calculators()["C1"]
    told = {"hired": "2019-03-15", "ended": "2026-10-31", "average_wage": "3"}
    assert [(field.name, value) for field, value in doubted(severance, told)] == [("average_wage", "3")]
    for usual in ("5200", "0", "", "x", None, True):
        assert not doubted(severance, {**told, "average_wage": usual})
