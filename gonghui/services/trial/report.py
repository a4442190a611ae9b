"""What a trial tells: the steps with who and when, the clocks with their days, messages, results. Plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Clock:
    """A limit as it ran in one state. `due`, `warns`: days and hours of the trial, Asia/Shanghai."""

    name: str
    limit: str
    due: str
    ticks: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Step:
    """One thing that was done. `by`: the role in words; `union`: where the duty lies, empty for worker and platform."""

    at: str
    name: str
    by: str
    union: str
    level: str
    told: list[tuple[str, str]]
    state: str
    worker_reads: str
    clocks: list[Clock] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    note: str = ""


@dataclass
class Report:
    """`ended`: good, bad, stuck, refused, or elsewhere (it has no form and is a room of its own). `reasons`: why it did
    not go on."""

    service: str
    name: str
    version: int
    file: str
    region: str
    day: str
    layers: list[str] = field(default_factory=list)
    ended: str = "stuck"
    reasons: list[str] = field(default_factory=list)
    holder: str = ""
    holder_level: str = ""
    remarks: list[str] = field(default_factory=list)
    form: list[tuple[str, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    effects: list[dict[str, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)
