"""Warning cards of the desk (风险预警): the list, the cases of one, and how often the watch was right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from gonghui.appeals.models import MassAlert, WorkOrder
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import at_or_below, visible_to
from gonghui.kernel.times import now


def mass_alerts(
    actor: Actor, *, cleared: bool = False, kind: str = "", level: str = "", most: int = 200
) -> list[MassAlert]:
    """Warning cards at or below the actor's organisations, red first; of one kind or level if given."""
    mine = Q() if actor.is_system else at_or_below("path", actor.paths)
    found = MassAlert.objects.filter(mine, cleared_at__isnull=not cleared).select_related("in_charge")
    if kind:
        found = found.filter(kind=kind)
    if level:
        found = found.filter(level=level)
    order = {"red": 0, "orange": 1, "yellow": 2}
    return sorted(found.order_by("-updated_at")[:most], key=lambda alert: order.get(alert.level, 3))


@dataclass(frozen=True, slots=True)
class AlertCase:
    """An appeal of a warning card: its lead matter, and the alarm words in it."""

    matter: Matter
    words: list[str]


def alert_cases(actor: Actor, alert: MassAlert) -> tuple[list[AlertCase], int]:
    """The card's appeals that the actor may see, newest first, and how many there are that they may not."""
    words = {int(row["appeal"]): list(row["words"]) for row in alert.cases}
    leads = WorkOrder.objects.filter(appeal_id__in=words, role=WorkOrder.Role.LEAD)
    of_matter = dict(leads.values_list("matter_id", "appeal_id"))
    seen = visible_to(actor).filter(pk__in=of_matter).order_by("-opened_at", "-pk")
    cases = [AlertCase(matter, words[of_matter[matter.pk]]) for matter in seen]
    return cases, len(words) - len(cases)


def watch_precision(actor: Actor, days: int = 90) -> tuple[int, int]:
    """Cards of the watch that people have done with in the last days: how many, and how many were 误报."""
    since = now() - timedelta(days=days)
    done = [
        card
        for card in mass_alerts(actor, cleared=True, most=1000)
        if card.kind != MassAlert.Kind.EMPLOYER and card.cleared_at and card.cleared_at >= since
    ]
    return len(done), sum(card.false_alarm for card in done)
