"""What may be asked of the files: those of one's own unions, how many there are by level, what was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from gonghui.aid.models import Aid, HardshipFile
from gonghui.aid.models.hardship import REVOKED
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.kernel.times import today

READERS = ("handler", "dispatcher", "leader", "supervisor")
SHOWN_MOST = 200
REVIEW_DAYS = 365
Level, State = HardshipFile.Level, HardshipFile.State


def own_files(actor: Actor, level: str = "", state: str = State.ACTIVE) -> QuerySet[HardshipFile]:
    """The files of the unions at which the actor has a duty, those whose review is due first."""
    rows = HardshipFile.objects.select_related("application__matter", "organisation").filter(
        organisation__path__in=actor.paths_as(*READERS)
    )
    if level:
        rows = rows.filter(level=level)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("reviewed_on", "pk")


@dataclass(frozen=True)
class Figures:
    """关键指标: open files by level, watched, out of hardship this year, and what was granted this year."""

    levels: dict[str, int]
    watched: int
    left: int
    aids: int
    sum: Decimal

    @property
    def open(self) -> int:
        return sum(self.levels.values())


def figures(actor: Actor) -> Figures:
    """Counted for the actor's unions and all below them; nobody is named."""
    year = today().year
    with as_system("counted, nobody is named"):
        rows = HardshipFile.objects.filter(at_or_below("organisation__path", actor.paths))
        levels = dict(rows.filter(state=State.ACTIVE).values_list("level").annotate(Count("pk")).order_by())
        given = Aid.objects.filter(file__in=rows, granted_on__year=year).exclude(REVOKED)
        return Figures(
            {code: levels.get(code, 0) for code in Level.values},
            rows.filter(state=State.WATCHED).count(),
            rows.filter(state=State.LEFT, left_on__year=year).count(),
            given.count(),
            given.aggregate(sum=Sum("amount"))["sum"] or Decimal(0),
        )


def review_due(file: HardshipFile) -> bool:
    """Whether a year has passed since the file was opened or last reviewed."""
    return file.state == State.ACTIVE and file.reviewed_on + timedelta(days=REVIEW_DAYS) <= today()
