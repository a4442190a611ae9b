"""四技五小两比 at the desk: the grades of one innovation, and what a year's came to (handbook 5.9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from gonghui.craft.models import Innovation, TalkLine
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to

INNOVATION = "M14"
MOST = 300


def of_matter(actor: Actor, matter: Matter, hands: tuple[str, ...]) -> tuple[Innovation | None, list[TalkLine]]:
    """The innovation and the opinions on it. The caller has checked that the actor sees the matter."""
    clear = matter.holder_path in actor.paths_as(*hands)
    with as_system("the actor sees this matter"):
        row = Innovation.objects.filter(matter=matter).first()
        minutes = list(TalkLine.objects.filter(matter=matter).order_by("at", "pk")) if clear else []
    return row, minutes


@dataclass(frozen=True)
class YearSum:
    """The innovations of a year: how many were graded, what they bring, in how many units they are used."""

    rows: list[Innovation]
    graded: int
    benefit: Decimal
    units: int


def year_sum(actor: Actor, year: int) -> YearSum:
    """Of those the actor's unions see."""
    with bind(actor):
        seen = visible_to(actor).filter(application__service=INNOVATION).values_list("pk", flat=True)
        keys = list(seen)
    with as_system("the actor sees these matters"):
        found = Innovation.objects.filter(matter__in=keys, year=year).select_related("matter")
        sums = found.exclude(grade="").aggregate(benefit=Sum("benefit"), units=Sum("spread_units"))
        rows = list(found.order_by("-at")[:MOST])
    return YearSum(rows, sum(bool(row.grade) for row in rows), sums["benefit"] or Decimal(0), sums["units"] or 0)
