"""什么时候变了什么 (handbook 2.10): which rules were in force on the day of an event, and which came only later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.law.parameters import MARKS, Mark, ParameterError

FILE = Path(__file__).parent / "rules" / "dated_rules.yaml"


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A rule that began on a day: its name, what it changes in answers, the calculators and topics it touches."""

    since: date
    rule: str
    effect: str
    calculators: tuple[str, ...]
    topics: tuple[str, ...]
    source: str
    status: Mark


@cache
def dated_rules() -> tuple[DatedRule, ...]:
    """All rules, oldest first. ParameterError if a row of the file is wrong."""
    return tuple(sorted((_rule(row) for row in yamls.read(FILE.read_bytes())), key=lambda rule: rule.since))


def in_force(on: date, *, calculator: str | None = None, topic: str | None = None) -> tuple[DatedRule, ...]:
    """The rules that had begun by that day, of one calculator or topic if given."""
    return tuple(rule for rule in _touching(calculator, topic) if rule.since <= on)


def later(on: date, *, calculator: str | None = None, topic: str | None = None) -> tuple[DatedRule, ...]:
    """The rules that began only after that day: an answer about that day must not stand on them."""
    return tuple(rule for rule in _touching(calculator, topic) if rule.since > on)


def _touching(calculator: str | None, topic: str | None) -> tuple[DatedRule, ...]:
    return tuple(
        rule
        for rule in dated_rules()
        if (calculator is None or calculator in rule.calculators) and (topic is None or topic in rule.topics)
    )


def _rule(row: Mapping[str, Any]) -> DatedRule:
    try:
        found = DatedRule(
            row["since"],
            row["rule"],
            row["effect"],
            tuple(row["calculators"]),
            tuple(row["topics"]),
            row["source"],
            row["status"],
        )
    except (KeyError, TypeError) as error:
        raise ParameterError(f"{FILE.name}: {row!r}: {error!r}") from None
    if type(found.since) is not date or found.status not in MARKS or not found.source:
        raise ParameterError(f"{FILE.name}: {found.rule}: since, status or source is wrong")
    return found
