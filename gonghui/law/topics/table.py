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
import numpy.typing as npt

from gonghui.law.topics.facts import Between, Fact, Facts, FactValue, Test, passes
from gonghui.law.topics.topic import Branch

MOST = 3_000_000
_CENT = Decimal("0.01")


def outcomes(
    branches: Sequence[Branch], facts: Mapping[str, Fact], known: Facts, most: int, *, silence: bool = False
) -> tuple[list[str], npt.NDArray[np.int16]]:
    """Which row holds in every combination of the unknown facts.

    Returns the facts, in order, and an array with one axis a fact and one place a piece of it, which holds the number
    of the first row that holds there, or len(branches) where none does. Raises ValueError above `most` combinations.
    """
    names = sorted({name for branch in branches for name in branch.when if name not in known})
    pieces = [pieces_of(facts[name], [b.when[name] for b in branches if name in b.when]) for name in names]
    quiet = [silence and facts[name].usual is None for name in names]
    shape = tuple(len(part) + one for part, one in zip(pieces, quiet, strict=True))
    if prod(shape) > most:
        raise ValueError(f"the branches test {len(names)} facts with {prod(shape)} combinations; at most {most}")
    found = np.full(shape, len(branches), dtype=np.int16)
    for number, branch in enumerate(branches):
        if any(name in known and not passes(test, known[name]) for name, test in branch.when.items()):
            continue
        taken = found == len(branches)
        for axis, (name, part) in enumerate(zip(names, pieces, strict=True)):
            if name in branch.when:
                passing = np.array([passes(branch.when[name], value) for value in part] + [False] * quiet[axis])
                taken = taken & passing.reshape([-1 if n == axis else 1 for n in range(len(shape))])
        found[taken] = number
    return names, found


def problems(branches: Sequence[Branch], facts: Mapping[str, Fact]) -> list[str]:
    """What is wrong with the rows, in words; [] when nothing is."""
    try:
        _, reached = outcomes(branches, facts, {}, MOST, silence=True)
    except ValueError as error:
        return [str(error)]
    met = set(np.unique(reached).tolist())
    found = [
        f"branch {branch.id} is never reached: earlier ones take all its cases / 走不到这一行，前面的行已经包括"
        for number, branch in enumerate(branches)
        if number not in met
    ]
    seen: dict[str, str] = {}
    for branch in branches:
        key = repr(sorted(branch.when.items(), key=lambda pair: pair[0]))
        if key in seen:
            found.append(
                f"branches {seen[key]} and {branch.id} have the same conditions and contradict each other"
                " / 两行条件相同，结论打架"
            )
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
