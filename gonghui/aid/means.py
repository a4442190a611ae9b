"""C33 for an application: the facts of its form or of a visit, the subsistence line, what rules out a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gonghui.aid import tables
from gonghui.aid.models import SubsistenceLine
from gonghui.law.calculators.registry import calculators
from gonghui.law.calculators.results import Missing, Result
from gonghui.law.parameters import ParameterStore, regions_of

RIGID = ("medical", "schooling", "disability", "rent")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """A subsistence line with where it stands."""

    amount: Decimal
    source: str


def around(region: str) -> list[str]:
    """A place and what it lies in, the nearest first, as regions are written: 520102, 520100, 520000."""
    return [code.ljust(6, "0") for code in regions_of(region) if code.isdigit()] if region else []


def line_for(region: str, day: date) -> Line | None:
    """低保标准 of a place on a day: of the law's parameters where it was checked, else as one handler entered it and
    another confirmed it, of the county or what it lies in. None: nobody knows it, and it is never guessed."""
    row = ParameterStore.default().find("dibao", day, region) if region else None
    if row is not None and row.usable and isinstance(row.value, Decimal):
        return Line(row.value, row.source)
    padded = around(region)
    rows = SubsistenceLine.objects.filter(region__in=padded, since__lte=day).exclude(confirmed_at=None)
    found = {row.region: row for row in rows.order_by("since")}
    for code in padded:
        if code in found:
            return Line(found[code].amount, found[code].source)
    return None


def rigid(values: Mapping[str, Any]) -> Decimal:
    """刚性支出 as the form tells them."""
    return sum((values.get(name) or ZERO for name in RIGID), ZERO)


def people(values: Mapping[str, Any]) -> int:
    """How many the family is, with the applicant."""
    return len(values.get("members") or ()) + 1


def is_sudden(values: Mapping[str, Any]) -> bool:
    return bool(tables.hardship().sudden & set(values.get("causes") or ()))


def test(
    day: date, region: str, income: Decimal, spent: Decimal, count: int, *,
    line: Decimal | None = None, sudden: bool = False, sudden_cost: Decimal = ZERO, excluded: bool = False,
) -> Result | Missing:  # fmt: skip
    """C33 (`law.calculators.hardship`)."""
    facts = {
        "day": day, "income": income, "rigid": spent, "people": count, "region": region or None, "dibao": line,
        "sudden": sudden, "sudden_cost": sudden_cost, "excluded": excluded,
    }  # fmt: skip
    return calculators()["C33"].run(facts)


def told(values: Mapping[str, Any], region: str, day: date) -> Result | Missing:
    """The test by what the worker wrote."""
    line = line_for(region, day)
    return test(
        day, region, values["income"], rigid(values), people(values), line=line.amount if line else None,
        sudden=is_sudden(values), sudden_cost=values.get("sudden_cost") or ZERO, excluded=bool(ruled_out(values)),
    )  # fmt: skip


def ruled_out(values: Mapping[str, Any]) -> list[tables.Asset]:
    """不予建档的情形 that the form tells, each with its reason."""
    named = set(values.get("assets") or ()) - {"none"}
    return [asset for asset in tables.hardship().assets if asset.code in named]


def packed(result: Result, facts: Mapping[str, Any]) -> str:
    """What an assessment keeps."""
    kept = {name: str(value) for name, value in facts.items() if value is not None}
    figures = {figure.key: str(figure.value) for figure in result.figures}
    return json.dumps({"facts": kept, "figures": figures, "steps": list(result.steps)}, ensure_ascii=False)
