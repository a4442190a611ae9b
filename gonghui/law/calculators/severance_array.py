"""Severance for many people at once (批量经济补偿): the rule of `severance.py` over arrays, in integer cents.

For a lay-off plan or the arrears of a whole plant. No floats: cents times half months over a whole divisor, halved up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gonghui.law.calculators.severance import LAW_FROM
from gonghui.law.parameters import ParameterStore

Integers = NDArray[np.int64]
Days = NDArray[np.datetime64]
LARGEST = 10**13
"""Cents in one input at most: beyond it a product could leave 64 bits (and no wage is near)."""


@dataclass(frozen=True, slots=True)
class SeveranceArrays:
    """One entry a person: the sum in cents, half months paid for, whether the base was capped, and whether service
    before 2008 was left out (only for N; those people need a person's look)."""

    cents: Integers
    halves: Integers
    capped: NDArray[np.bool_]
    before_2008: NDArray[np.bool_]


def months_between(start: Days, end: Days) -> tuple[Integers, NDArray[np.bool_]]:
    """Whole months in each [start, end), and whether days are left over; the same as `periods.span`."""
    start_month, end_month = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    start_day = (start - start_month.astype("datetime64[D]")).astype(np.int64)
    end_day = (end - end_month.astype("datetime64[D]")).astype(np.int64)
    last_day = ((end_month + 1).astype("datetime64[D]") - end_month.astype("datetime64[D]")).astype(np.int64) - 1
    same_day = np.minimum(start_day, last_day)
    months = (end_month - start_month).astype(np.int64) - (end_day < same_day)
    return months, end_day != same_day


def severance_cents(
    hired: ArrayLike,
    ended: ArrayLike,
    wage_cents: ArrayLike,
    min_wage_cents: ArrayLike,
    avg_wage_cents: ArrayLike,
    *,
    wage_months: ArrayLike = 1,
    unlawful: bool = False,
    parameters: ParameterStore | None = None,
) -> SeveranceArrays:
    """N, or 2N with `unlawful`, for each person (劳动合同法 47, 87); arrays of one length or single values.

    `hired`, `ended` are days (first and last day of service, both worked); `wage_cents` the wages of the last
    `wage_months` months added up (by default their average), `min_wage_cents` and `avg_wage_cents` those of the place.
    All in cents. ValueError for floats, negative or too large numbers, a last day before the first or before 2008.
    """
    store = parameters or ParameterStore.default()
    first, last = np.asarray(hired, "datetime64[D]"), np.asarray(ended, "datetime64[D]")
    wage, least, average, count = (
        _integers(values, low)
        for values, low in ((wage_cents, 0), (min_wage_cents, 0), (avg_wage_cents, 0), (wage_months, 1))
    )
    first, last, wage, least, average, count = np.broadcast_arrays(first, last, wage, least, average, count)
    if np.isnat(first).any() or np.isnat(last).any() or (last < first).any():
        raise ValueError("every person needs a first and a last day in order")
    if (count > 12).any():
        raise ValueError("the average is taken over at most twelve months")
    law_from = np.datetime64(LAW_FROM)
    before = first < law_from
    start = first if unlawful else np.maximum(first, law_from)
    multiple, cap_halves = (
        _dated(store, "severance.cap_multiple", last),
        2 * _dated(store, "severance.cap_months", last),
    )
    half_year = _dated(store, "severance.half_year_months", last)

    months, over = months_between(start, last + 1)
    rest = months % 12
    halves = 2 * (months // 12) + np.where((rest == 0) & ~over, 0, np.where(rest >= half_year, 2, 1))
    # Bases are kept times `count`, so that an average that does not end in cents stays exact.
    base = np.maximum(wage, least * count)
    cap = average * multiple * count
    capped = base > cap
    halves = np.where(capped, np.minimum(halves, cap_halves), halves)
    top = np.minimum(base, cap) * halves
    if unlawful:
        top = top * _dated(store, "severance.unlawful_multiple", last)
    return SeveranceArrays((top + count) // (2 * count), halves, capped, before & (not unlawful))


def _integers(values: ArrayLike, low: int) -> Integers:
    found = np.asarray(values)
    if found.dtype.kind not in "iu":
        raise ValueError("amounts must be integer cents")
    if found.size and (found.min() < low or found.max() > LARGEST):
        raise ValueError(f"amounts must be from {low} to {LARGEST} cents")
    return found.astype(np.int64)


def _dated(store: ParameterStore, key: str, on: Days) -> Integers:
    """The whole-number parameter in force on each day. ValueError before the first row."""
    rows = store.history(key)
    if not rows or (on.size and on.min() < np.datetime64(rows[0].valid_from)):
        raise ValueError(f"{key} was not in force on every day")
    values = np.zeros(on.shape, np.int64)
    for row in rows:
        if row.number != int(row.number):
            raise ValueError(f"{key} is no whole number")
        values = np.where(on >= np.datetime64(row.valid_from), int(row.number), values)
    return values
