"""The numbers of the exchange (`data/exchange.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gonghui.kernel.tables import Row, read_table


class Publish(Row):
    """What is published where a service's file says nothing."""

    kinds: tuple[str, ...]
    levels: tuple[str, ...]


class Fetch(Row):
    every_minutes: int
    retry_minutes: int
    retry_most_minutes: int
    seconds: int
    connect_seconds: int
    bytes: int


class Figures(Row):
    """每日统计. Counts below `least_shown` are not told."""

    least_shown: int
    valid_hours: int
    retry_minutes: int
    kept_days: int
    lines_most: int


class Rules(Row):
    publish: Publish
    valid_hours: int
    renew_hours: int
    valid_most_hours: int
    skew_seconds: int
    overlap_days: int
    overlap_most_days: int
    fetch: Fetch
    services_most: int
    figures: Figures
    rate: int
    source: str


@cache
def rules() -> Rules:
    found: Rules = read_table(Path(__file__).parent / "data" / "exchange.yaml", Rules)
    return found
