"""智脑用量: what the models cost each organisation, for those who manage it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from gonghui.appeals.actions.assistant import gateway
from gonghui.appeals.models import ModelCall, ModelHold
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system, at_or_below, within
from gonghui.kernel.times import now, today
from gonghui.organisations.queries import names_of

# Roles that manage an organisation: they answer for its money and its machines.
MANAGERS = ("admin", "supervisor", "leader")
USAGE_ROWS = 500
_MICRO = Decimal(1_000_000)
# What is counted of a group of calls.
_FIGURES: dict[str, Any] = {
    "calls": Count("pk"),
    "tokens_in": Sum("tokens_in"),
    "tokens_out": Sum("tokens_out"),
    "spent": Sum("microyuan"),
    "failures": Count("pk", filter=~Q(outcome="ok")),
}


@dataclass(frozen=True, slots=True)
class Used:
    """One organisation's calls to one model, of a day or of the whole period.

    left: what the organisation may still spend that day (of a period: today), all its models together.
    """

    day: date | None
    path: str
    organisation: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    yuan: Decimal
    failures: int
    left: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """The figures of the page. organisations: (path, name) of those with calls; cut: rows were left out."""

    rows: list[Used]
    organisations: list[tuple[str, str]]
    path: str
    calls: int
    tokens: int
    yuan: Decimal
    failures: int
    cut: bool


def _managed(actor: Actor) -> QuerySet[ModelCall]:
    """Calls of the organisations that the actor manages, and of those below them."""
    return ModelCall.objects.filter(at_or_below("path", actor.paths_as(*MANAGERS)))


def model_usage(actor: Actor, days: int, path: str = "", *, by_day: bool = True) -> Usage:
    """The last days, today the last of them; of one organisation alone if `path` is one that the actor manages."""
    first = today() - timedelta(days=days - 1)
    calls = _managed(actor).filter(day__gte=first)
    paths = list(calls.order_by("path").values_list("path", flat=True).distinct()[:USAGE_ROWS])
    if not any(within(path, own) for own in actor.paths_as(*MANAGERS)):
        path = ""
    if path:
        calls = calls.filter(path=path)
    keys = ("day", "path", "provider", "model") if by_day else ("path", "provider", "model")
    order = ("-day", *keys[1:]) if by_day else keys
    groups = list(calls.values(*keys).annotate(**_FIGURES).order_by(*order)[: USAGE_ROWS + 1])
    left = _Left(sorted({row["path"] for row in groups}), first)
    names = names_of({*paths, path})
    rows = [
        Used(
            day=row.get("day"),
            path=row["path"],
            organisation=names.get(row["path"], row["path"]),
            model=f"{row['provider']}/{row['model']}",
            calls=row["calls"],
            tokens_in=row["tokens_in"],
            tokens_out=row["tokens_out"],
            yuan=row["spent"] / _MICRO,
            failures=row["failures"],
            left=left(row["path"], row.get("day") or today()),
        )
        for row in groups[:USAGE_ROWS]
    ]
    total = calls.aggregate(**_FIGURES)
    return Usage(
        rows=rows,
        organisations=[(one, names.get(one, one)) for one in paths],
        path=path,
        calls=total["calls"],
        tokens=(total["tokens_in"] or 0) + (total["tokens_out"] or 0),
        yuan=Decimal(total["spent"] or 0) / _MICRO,
        failures=total["failures"],
        cut=len(groups) > USAGE_ROWS,
    )


class _Left:
    """What is left of each organisation's share of a day, with what is set aside for calls under way."""

    def __init__(self, paths: Sequence[str], first: date) -> None:
        self._config = gateway().config
        sums = ModelCall.objects.filter(path__in=paths, day__gte=first).values_list("path", "day")
        self._used: dict[tuple[str, date], int] = {(p, d): s for p, d, s in sums.annotate(Sum("microyuan"))}
        with as_system("sums of organisations that the actor manages"):
            held = ModelHold.objects.filter(path__in=paths, until__gt=now()).values_list("path", "day")
            for path, day, most in held.annotate(Sum("microyuan")):
                self._used[path, day] = self._used.get((path, day), 0) + most

    def __call__(self, path: str, day: date) -> Decimal:
        return max(Decimal(0), self._config.share_of(path) - Decimal(self._used.get((path, day), 0)) / _MICRO)
