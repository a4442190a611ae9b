"""Checks a decision table (判定表): no row that no facts reach, no two rows that contradict each other.

Every fact is cut into the pieces that the tests of the topic tell apart, an unknown value being none of them; the rows
are then held against all combinations of pieces. Topics have few facts, so that all can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import prod

import numpy as np

from gonghui.law.topics.facts import Between, Fact, FactValue, Test, passes
from gonghui.law.topics.topic import Branch

_MOST = 200_000
_CENT = Decimal("0.01")


def problems(branches: Sequence[Branch], facts: Mapping[str, Fact]) -> list[str]:
    """What is wrong with the rows, in words; [] when nothing is."""
    names = sorted({name for branch in branches for name in branch.when})
    pieces = [pieces_of(facts[name], [b.when[name] for b in branches if name in b.when]) for name in names]
    shape = tuple(len(part) for part in pieces)
    if prod(shape) > _MOST:
        return [f"the branches test {len(names)} facts with {prod(shape)} combinations; at most {_MOST}"]
    # One axis a fact, one place a combination: those that no earlier row took.
    left = np.ones(shape, dtype=bool)
    found = []
    for branch in branches:
        taken = np.ones(shape, dtype=bool)
        for axis, (name, part) in enumerate(zip(names, pieces, strict=True)):
            if name in branch.when:
                passing = np.array([passes(branch.when[name], value) for value in part])
                taken &= passing.reshape([-1 if n == axis else 1 for n in range(len(shape))])
        if not (taken & left).any():
            found.append(f"branch {branch.id} is never reached: earlier ones take all its cases")
        left &= ~taken
    seen: dict[str, str] = {}
    for branch in branches:
        key = repr(sorted(branch.when.items(), key=lambda pair: pair[0]))
        if key in seen:
            found.append(f"branches {seen[key]} and {branch.id} have the same conditions and contradict each other")
        seen.setdefault(key, branch.id)
    return found


def pieces_of(fact: Fact, tests: Sequence[Test]) -> list[FactValue]:
    """One value of each piece that the tests cut the fact into, in order."""
    if fact.kind == "bool":
        return [True, False]
    if fact.kind == "choice":
        return list(fact.options)
    step = timedelta(days=1) if fact.kind == "date" else _CENT if fact.kind == "money" else Decimal(1)
    values: set[date | Decimal] = {date(2020, 1, 1) if fact.kind == "date" else Decimal(0)}
    for test in tests:
        for edge in _edges(test):
            values |= {edge - step, edge, edge + step}  # type: ignore[operator]
    return [value for value in sorted(values) if isinstance(value, date) or value >= 0]


def _edges(test: Test) -> Iterator[date | Decimal]:
    if isinstance(test, Between):
        yield from (edge for edge in (test.least, test.most) if edge is not None)
