"""Severance for a million persons: our arrays, our scalar path, and OpenFisca's engine, in one run.

    uv run python -m benchmarks.severance [--persons 1000000]
    uv run --with openfisca-core python -m benchmarks.severance

Persons by a seed: hired 2008-2022, average wages 1,500-60,000 yuan, local averages 6,000-12,000, minimum wages
1,800-2,600. OpenFisca is measured where it is installed: the same rule (months by service, cap of three times the local
average and twelve years, floor at the minimum wage) as one variable over its float arrays. Prints persons a second and
for how many the cents differ.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarks.common import machine
from gonghui.commands.support import setup

SCALAR = 2_000


def persons(count: int) -> dict[str, Any]:
    luck = np.random.default_rng(0)
    hired = np.datetime64("2008-01-01") + luck.integers(0, 365 * 15, count)
    return {
        "hired": hired,
        "ended": hired + luck.integers(1, 365 * 9, count),
        "wage": luck.integers(150_000, 6_000_000, count),
        "local": luck.integers(600_000, 1_200_000, count),
        "least": luck.integers(180_000, 260_000, count),
    }


def openfisca(table: dict[str, Any]) -> dict[str, Any] | None:
    """The same in OpenFisca's engine; None where it is not installed."""
    try:
        from openfisca_core import periods
        from openfisca_core.entities import Entity
        from openfisca_core.simulation_builder import SimulationBuilder
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem
        from openfisca_core.variables import Variable
    except ImportError:
        return None
    person = Entity("person", "persons", "A worker", "")
    given = {name: ("f", name) for name in ("wage_yuan", "local_yuan", "least_yuan", "service_months", "rest_days")}
    kinds: dict[str, Any] = {
        name: type(
            name,
            (Variable,),
            {"value_type": float, "entity": person, "definition_period": periods.DateUnit.MONTH, "label": name},
        )
        for name in given
    }

    def formula(persons: Any, period: Any) -> Any:
        months, rest = persons("service_months", period), persons("rest_days", period)
        years, over = months // 12, months % 12
        count = years + np.where(over >= 6, 1.0, np.where((over > 0) | (rest > 0), 0.5, 0.0))
        cap = 3 * persons("local_yuan", period)
        base = np.maximum(persons("wage_yuan", period), persons("least_yuan", period))
        return np.where(base > cap, cap * np.minimum(count, 12), base * count)

    kinds["severance"] = type(
        "severance",
        (Variable,),
        {
            "value_type": float,
            "entity": person,
            "definition_period": periods.DateUnit.MONTH,
            "label": "N",
            "formula": formula,
        },
    )
    system = TaxBenefitSystem([person])
    for kind in kinds.values():
        system.add_variable(kind)
    hired, last = table["hired"].astype("datetime64[D]"), table["ended"].astype("datetime64[D]") + 1
    months = (last.astype("datetime64[M]") - hired.astype("datetime64[M]")).astype(int)
    first_day, last_day = ((d - d.astype("datetime64[M]")).astype(int) for d in (hired, last))
    months -= last_day < first_day
    began = time.perf_counter()
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", np.arange(len(hired)))
    simulation = builder.build(system)
    values = {
        "wage_yuan": table["wage"] / 100,
        "local_yuan": table["local"] / 100,
        "least_yuan": table["least"] / 100,
        "service_months": months,
        "rest_days": (last_day != first_day).astype(float),
    }
    for name, value in values.items():
        simulation.set_input(name, "2026-01", value)
    found = simulation.calculate("severance", "2026-01")
    return {"persons_a_second": round(len(hired) / (time.perf_counter() - began)), "cents": np.rint(found * 100)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=1_000_000)
    options = parser.parse_args()
    setup(reads_only_files=True)
    from gonghui.law.calculators import Context, calculators
    from gonghui.law.calculators.severance_array import severance_cents

    table = persons(options.persons)
    began = time.perf_counter()
    found = severance_cents(table["hired"], table["ended"], table["wage"], table["least"], table["local"]).cents
    rate = options.persons / (time.perf_counter() - began)
    calculator, context = calculators()["C1"], Context.usual()
    epoch = date(1970, 1, 1)

    def day(value: Any) -> date:
        return epoch + timedelta(days=int(value.astype("datetime64[D]").astype(int)))

    began, differ = time.perf_counter(), 0
    for n in range(min(SCALAR, options.persons)):
        facts = {"hired": day(table["hired"][n]), "ended": day(table["ended"][n])}
        sums = {"average_wage": "wage", "avg_wage_local": "local", "min_wage": "least"}
        money = {name: Decimal(int(table[key][n])) / 100 for name, key in sums.items()}
        result: Any = calculator.run({**facts, **money}, context)
        differ += int(result.amount * 100) != int(found[n])
    scalar = min(SCALAR, options.persons) / (time.perf_counter() - began)
    report: dict[str, Any] = {
        "persons": options.persons,
        "arrays_persons_a_second": round(rate),
        "scalar_persons_a_second": round(scalar),
        "arrays_against_scalar_differ": differ,
    }
    if (other := openfisca(table)) is not None:
        differing = int((other.pop("cents") != found).sum())
        report["openfisca"] = {**other, "persons_whose_cents_differ": differing}
    print(json.dumps({**report, "machine": machine()}, indent=1))


if __name__ == "__main__":
    main()
