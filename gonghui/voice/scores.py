"""评价: the judges' marks made one, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def mean(totals: Sequence[int], drop_from: int) -> Decimal:
    """The mean to two decimals, half up; from `drop_from` judges on without the highest and the lowest. ValueError
    for none."""
    if not totals:
        raise ValueError("no marks")
    kept = sorted(totals)[1:-1] if len(totals) >= max(drop_from, 3) else list(totals)
    return (Decimal(sum(kept)) / len(kept)).quantize(CENT, ROUND_HALF_UP)
