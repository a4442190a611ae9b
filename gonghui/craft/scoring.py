"""评分: pure sums of judged scores (handbook 5.9). No database, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


def rounded(value: Decimal) -> Decimal:
    """To two decimals, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def mean(scores: Sequence[Decimal], drop_from: int) -> Decimal:
    """The mean of the judges' scores; from `drop_from` scores on without one highest and one lowest.

    ValueError without scores.
    """
    if not scores:
        raise ValueError("no scores")
    counted = sorted(scores)
    if len(counted) >= drop_from:
        counted = counted[1:-1]
    return rounded(sum(counted, Decimal(0)) / len(counted))


def weighted(parts: Sequence[tuple[Decimal, int]]) -> Decimal:
    """Scores out of 100, each with its weight in per cent."""
    return rounded(sum((score * weight for score, weight in parts), Decimal(0)) / 100)


@dataclass(frozen=True)
class Standing:
    """What decides somebody's rank: the total, then practice, time, safety, who signed up earlier."""

    key: int
    total: Decimal
    practice: Decimal
    seconds: int | None
    safety: Decimal
    registered_at: datetime

    @property
    def order(self) -> tuple[Any, ...]:
        # Who has no time was not timed: after all who were.
        timed = self.seconds if self.seconds is not None else 10**9
        return (-self.total, -self.practice, timed, -self.safety, self.registered_at, self.key)


def ranked(rows: Sequence[Standing]) -> list[tuple[int, Standing]]:
    """(rank, row), the best first. No two share a rank: the last tie-break is who came first."""
    return list(enumerate(sorted(rows, key=lambda row: row.order), 1))


def going_on(rows: Sequence[tuple[int, str]], places: int, most: int = 0, least: int = 0) -> frozenset[int]:
    """Who goes on: `rows` are (key, region), the best first, no two equal (the ranking has broken every tie).

    `places` go on in all. The `least` best of every region come first, while there are places; the others follow by
    rank, of one region no more than `most` (0: any number). Somebody without a region is bound by neither.
    """
    chosen: list[int] = []
    count: dict[str, int] = {}
    for key, region in rows:
        if region and count.get(region, 0) < least and len(chosen) < places:
            chosen.append(key)
            count[region] = count.get(region, 0) + 1
    for key, region in rows:
        if len(chosen) >= places:
            break
        if key in chosen or (region and most and count.get(region, 0) >= most):
            continue
        chosen.append(key)
        count[region] = count.get(region, 0) + 1
    return frozenset(chosen)


def of_team(members: Sequence[Standing], best: int, key: int, made_at: datetime) -> Standing:
    """A team's standing by its members': the mean of the `best` of them (0: of all) in total, practice and safety, the
    sum of their times; a tie is broken as among single contestants, at last by which team was made earlier.

    ValueError for a team without members.
    """
    if not members:
        raise ValueError("no members")
    counted = sorted(members, key=lambda row: row.order)[: best or None]
    times = [row.seconds for row in counted]

    def middle(name: str) -> Decimal:
        return rounded(sum((getattr(row, name) for row in counted), Decimal(0)) / len(counted))

    seconds = None if None in times else sum(one for one in times if one is not None)
    return Standing(key, middle("total"), middle("practice"), seconds, middle("safety"), made_at)


def lock_hash(rows: Mapping[str, Any]) -> str:
    """The fingerprint of scores: any later change of one shows."""
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
