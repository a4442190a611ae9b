from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from gonghui.kernel.calendar import WorkCalendar
from gonghui.law import calculators as package
from gonghui.law.calculators import Context, FactsError, Missing, Range, Result, calculators
from gonghui.law.calculators.limitation_rules import RULES
from gonghui.law.parameters import ParameterStore
from gonghui.law.store import LawStore

FOLDER = Path(package.__file__).parent
EXAMPLES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "examples.yaml").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 24)


def context(today: date = TODAY) -> Context:
    return Context(ParameterStore.default(), WorkCalendar(), today)


def test_every_calculator_names_its_facts() -> None:
    for found in calculators().values():
        assert found.name and found.english and found.about, found.id
        for field in found.fields:
            assert field.label != field.name and field.ask and field.why, (found.id, field.name)
            assert bool(field.choices) == (field.kind == "choice"), (found.id, field.name)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['calculator']} {example['name']}")
def test_a_worked_example_comes_out_as_written(example: dict[str, Any], store: LawStore) -> None:
    outcome = calculators()[example["calculator"]].run(example["facts"], context(example.get("today", TODAY)))
    expected = example["expect"]
    json.dumps(outcome.as_dict())
    if "missing" in expected:
        assert isinstance(outcome, Missing)
        assert [question.fact for question in outcome.questions] == expected["missing"]
        assert all(question.text and question.why for question in outcome.questions)
        return
    assert isinstance(outcome, Result), outcome
    assert outcome.amount == _amount(expected.get("amount"))
    figures = {figure.key: str(figure.value) for figure in outcome.figures}
    wanted = {key: str(value) for key, value in expected.get("figures", {}).items()}
    assert {key: figures.get(key) for key in wanted} == wanted
    assert expected.get("warning", "") in "\n".join(outcome.warnings)
    assert outcome.sure == expected.get("sure", outcome.sure)
    assert outcome.outcome and outcome.steps
    assert outcome.citations and all(store.get(article) for article in outcome.citations), outcome.citations


def _amount(raw: Any) -> Decimal | Range | None:
    if isinstance(raw, dict):
        return Range(Decimal(raw["low"]), None if raw["high"] is None else Decimal(raw["high"]))
    return None if raw is None else Decimal(raw)


def test_every_calculator_has_an_example() -> None:
    assert {example["calculator"] for example in EXAMPLES} == set(calculators())


def test_every_article_named_in_a_calculator_exists(store: LawStore) -> None:
    for rule in RULES.values():
        assert rule.citations and all(store.get(article) for article in rule.citations), rule.code


def test_what_is_missing_is_asked_and_not_guessed() -> None:
    for found in calculators().values():
        required = [field.name for field in found.fields if field.required]
        outcome = found.run({}, context())
        if required:
            assert isinstance(outcome, Missing), found.id
            assert [question.fact for question in outcome.questions] == required


def test_facts_that_cannot_be_are_refused_in_words() -> None:
    severance = calculators()["C1"]
    with pytest.raises(FactsError) as backwards:
        severance.run({"hired": "2026-01-02", "ended": "2026-01-01"})
    assert "不能早于" in str(backwards.value)
    with pytest.raises(FactsError) as wrong:
        severance.run({"hired": "昨天", "ended": "2026-02-30", "average_wage": 5000.5, "colour": "red"})
    assert set(wrong.value.errors) == {"hired", "ended", "average_wage", "colour"}


def test_amounts_are_read_as_people_write_them() -> None:
    facts = {"hired": "2025-05-01", "ended": "2025-10-31", "average_wage": "５，０００元", "min_wage": "￥2,130"}
    outcome = calculators()["C1"].run({**facts, "region": ""}, context())
    assert isinstance(outcome, Result) and outcome.amount == Decimal("5000.00")


FORMULA = re.compile(r"([≈\d][≈\d,.%×÷+\-（）() ]*?[%\d）)]) = (≈?-?[\d,]+(?:\.\d+)?%?)")


def formulas_of(step: str) -> list[tuple[str, Fraction, Fraction, bool]]:
    """Each `expression = number` of a step: its text, what the expression gives, the number, whether it is rounded."""
    found = []
    for expression, told in FORMULA.findall(step):
        code = expression.replace(",", "").replace("≈", "").replace("×", "*").replace("÷", "/")
        code = re.sub(r"(\d+(?:\.\d+)?)%", r"(Fraction('\1')/100)", code.replace("（", "(").replace("）", ")"))
        code = re.sub(r"(?<!')\b(\d+(?:\.\d+)?)\b(?!')", r"Fraction('\1')", code)
        if code.count("(") != code.count(")") or not re.search(r"[-+*/]", code):
            continue  # a lone number after words, such as the 15 of 难产 15 = 113
        value = eval(code, {"Fraction": Fraction})  # noqa: S307 - digits and operators only
        rounded = "≈" in expression or "≈" in told
        number = Fraction(re.sub("[,≈%]", "", told)) / (100 if told.endswith("%") else 1)
        found.append((expression, Fraction(value), number, rounded))
    return found


def check_arithmetic(outcome: Result) -> int:
    """Every formula in the working must come out as it says; returns how many were checked."""
    number = 0
    for step in outcome.steps:
        for expression, value, told, rounded in formulas_of(step):
            # Amounts are rounded to the cent; an operand cut to four decimals moves a product a little further.
            allowed = Fraction(1, 200) + (abs(value) / 1000 if rounded else 0)
            assert abs(value - told) <= allowed, f"{expression} = {told}, not {float(value)}: {step}"
            number += 1
    return number


def test_the_working_of_every_example_can_be_checked_by_hand() -> None:
    checked = 0
    for example in EXAMPLES:
        outcome = calculators()[example["calculator"]].run(example["facts"], context(example.get("today", TODAY)))
        if isinstance(outcome, Result):
            checked += check_arithmetic(outcome)
    assert checked > 80


def test_the_check_of_formulas_finds_a_slip() -> None:
    assert formulas_of("5,200 × 8.5 = 44,200 元") == [("5,200 × 8.5", Fraction(44200), Fraction(44200), False)]
    ((_, value, told, _),) = formulas_of("6,525 ÷（21.75 × 8）= 37.6 元".replace("）=", "） ="))
    assert value != told
