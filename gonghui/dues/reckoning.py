"""计算: a member's dues, the employer's funds, what of them is the basic union's. Exact, rounded once to the cent.

The rates are dated rows of `gonghui/law/parameters` (`union.*`) with their marks; a place may have its own. `cents`
rounds half-up (product rule [P] of handbook 2.7). Negative sums raise ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gonghui.law.calculators.money import cents, exact, percent, yuan
from gonghui.law.parameters import NATION, Mark, ParameterStore, weakest

SURE: tuple[Mark, ...] = ("V", "P")


@dataclass(frozen=True)
class Reckoned:
    """A sum in yuan with its working, the ratio it came by, where that stands, and how sure it is (handbook 0.1)."""

    value: Decimal
    ratio: Decimal
    working: str
    source: str
    mark: Mark

    @property
    def sure(self) -> bool:
        return self.mark in SURE


def dues(base: Decimal, month: date, region: str = NATION, store: ParameterStore | None = None) -> Reckoned | None:
    """会费 of a member for a month: base (基本工资) × rate. None where no rate is in force on the month's first day."""
    return _times("union.member_rate", base, month, region, store)


def funds(
    wage_bill: Decimal, month: date, region: str = NATION, store: ParameterStore | None = None
) -> Reckoned | None:
    """拨缴经费 of an employer for a month: wage bill × 2 % (工会法 43)."""
    return _times("union.employer_rate", wage_bill, month, region, store)


def rebate(
    received: Decimal,
    yearly: Decimal,
    month: date,
    region: str = NATION,
    store: ParameterStore | None = None,
    *,
    share: Decimal | None = None,
) -> Reckoned | None:
    """经费回拨: the basic union's part of what came in for it. `yearly`: what came in this year, by which a small one
    gets all (小额缴费工会全额返还) while such a rule is in force. `share`: as decided, instead of the table's."""
    _not_negative(received, yearly)
    if share is not None:
        if not 0 < share <= 1:
            raise ValueError(f"a share of {share}")
        return _product(received, share, "", "P")
    store = store or ParameterStore.default()
    basic = store.find("union.basic_share", month, region)
    if basic is None:
        return None
    small, limit = store.find("union.small_share", month, region), store.find("union.small_yearly", month, region)
    upward = exact(yearly) * (1 - exact(basic.number))
    if small is not None and limit is not None and upward < exact(limit.number):
        mark = weakest(small.status, limit.status, basic.status)
        source = f"{small.source}；{limit.source}"
        return _product(received, small.number, source, mark)
    return _product(received, basic.number, basic.source, basic.status)


def _times(key: str, base: Decimal, month: date, region: str, store: ParameterStore | None) -> Reckoned | None:
    _not_negative(base)
    row = (store or ParameterStore.default()).find(key, month, region)
    return None if row is None else _product(base, row.number, row.source, row.status)


def _product(base: Decimal, ratio: Decimal, source: str, mark: Mark) -> Reckoned:
    value = cents(exact(base) * exact(ratio))
    return Reckoned(value, ratio, f"{yuan(base)} × {percent(ratio)} = {yuan(value)}", source, mark)


def _not_negative(*values: Decimal) -> None:
    for value in values:
        if value < 0:
            raise ValueError(f"a negative sum: {value}")
