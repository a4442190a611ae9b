"""What a calculator gives back: a result with its working, or the questions it must ask first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gonghui.law.calculators.money import yuan
from gonghui.law.parameters import Mark, Parameter


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included. `high` is None where the facts give no upper end (至少)."""

    low: Decimal
    high: Decimal | None

    def __post_init__(self) -> None:
        if self.high is not None and self.high < self.low:
            raise ValueError(f"a range cannot run backwards: {self.low} to {self.high}")

    def __str__(self) -> str:
        return f"{yuan(self.low)} 至 {yuan(self.high)}" if self.high is not None else f"至少 {yuan(self.low)}"


Amount = Decimal | Range
FigureValue = Decimal | Range | date | bool | str


@dataclass(frozen=True, slots=True)
class Figure:
    """One part of a result, such as months of service or a monthly allowance. `key` is stable for programs."""

    key: str
    label: str
    value: FigureValue
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What must be asked: the fact's name, the question in the worker's words, and why it is asked."""

    fact: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Missing:
    """No result without these answers: what it would rest on must not be guessed."""

    calculator: str
    questions: tuple[Question, ...]

    def __post_init__(self) -> None:
        if not self.questions:
            raise ValueError("a refusal must ask something")

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {
            "calculator": self.calculator,
            "missing": [{"fact": q.fact, "question": q.text, "why": q.why} for q in self.questions],
        }


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome with the working behind it.

    `amount` is in yuan, rounded to the cent; None where the outcome is no sum (days, a date, yes or no).
    `outcome` says the result in one Chinese sentence. `citations` are article ids of the collection; `others` names
    sources whose text is not at hand. `sure` is the weakest mark among rule and values used (handbook 0.1).
    `questions` are those whose answers would make the result complete or narrower.
    """

    calculator: str
    outcome: str
    amount: Amount | None
    figures: tuple[Figure, ...]
    steps: tuple[str, ...]
    citations: tuple[str, ...]
    others: tuple[str, ...]
    sure: Mark
    parameters: tuple[Parameter, ...]
    warnings: tuple[str, ...]
    questions: tuple[Question, ...]

    def figure(self, key: str) -> FigureValue:
        """The figure of that key. KeyError if the result has none."""
        for figure in self.figures:
            if figure.key == key:
                return figure.value
        raise KeyError(key)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready data: amounts as strings, so that no reader makes floats of them."""
        return {
            "calculator": self.calculator,
            "outcome": self.outcome,
            "amount": _plain(self.amount),
            "figures": [
                {"key": f.key, "label": f.label, "value": _plain(f.value), "unit": f.unit} for f in self.figures
            ],
            "steps": list(self.steps),
            "citations": list(self.citations),
            "others": list(self.others),
            "sure": self.sure,
            "parameters": [
                {
                    "key": p.key,
                    "region": p.region,
                    "value": _plain(p.value),
                    "valid_from": p.valid_from.isoformat(),
                    "valid_to": p.valid_to.isoformat() if p.valid_to else None,
                    "source": p.source,
                    "status": p.status,
                }
                for p in self.parameters
            ],
            "warnings": list(self.warnings),
            "questions": [{"fact": q.fact, "question": q.text, "why": q.why} for q in self.questions],
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Range):
        return {"low": _plain(value.low), "high": _plain(value.high)}
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "items"):
        return {name: _plain(cell) for name, cell in value.items()}
    return value


def lows_and_highs(amounts: list[Amount]) -> Iterator[tuple[Decimal, Decimal | None]]:
    """Each amount as its lower and upper end."""
    for amount in amounts:
        yield (amount.low, amount.high) if isinstance(amount, Range) else (amount, amount)


def total(amounts: list[Amount]) -> Amount:
    """The sum of amounts, a range where one of them is."""
    low, high = Decimal(0), Decimal(0)
    open_ended = False
    for below, above in lows_and_highs(amounts):
        low += below
        open_ended = open_ended or above is None
        high += above or 0
    if open_ended:
        return Range(low, None)
    return low if low == high else Range(low, high)
