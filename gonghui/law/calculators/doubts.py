"""Facts that are hardly ever so (少见的数): the calculator reckons with them, and who asked is asked back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.law.calculators.facts import FactField
from gonghui.law.calculators.registry import Calculator

TABLE = Path(__file__).resolve().parent / "plausible.yaml"


@cache
def bounds() -> Mapping[str, tuple[Decimal | None, Decimal | None]]:
    """Least and most by unit."""
    rows = yamls.read(TABLE.read_bytes())
    return {row["unit"]: (_number(row.get("least")), _number(row.get("most"))) for row in rows}


def doubted(calculator: Calculator, data: Mapping[str, Any]) -> list[tuple[FactField, str]]:
    """The fields whose number is hardly ever so, with what was filled in; what is no number is refused elsewhere."""
    return [
        (field, str(data[field.name]))
        for field in calculator.fields
        if field.name in data and _rare(field.unit, _number(data[field.name]))
    ]


def _rare(unit: str, value: Decimal | None) -> bool:
    if value is None or not value or unit not in bounds():
        return False
    least, most = bounds()[unit]
    return (least is not None and value < least) or (most is not None and value > most)


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool | float | list | dict):
        return None
    try:
        found = Decimal(str(value).replace(",", "").removesuffix("元").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
