"""托管的一天: which children are here, for the handler at the place; and what may be counted of a class."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Count

from gonghui.aid import lotteries
from gonghui.aid.models import CareDay, Complaint, Lottery
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Offer
from gonghui.services.queries import HANDLERS, reads_clear


@dataclass(frozen=True)
class Child:
    """One child in the class today. `name` is empty for all but the handler at the place."""

    matter: Matter
    name: str
    day: CareDay | None


def children(actor: Actor, offer: Offer) -> list[Child]:
    """The caller has found that the class is of the actor's own union."""
    day = today()
    with as_system("the class of the actor's own union"):
        rows = list(lotteries.applications(offer).filter(matter__state="enrolled").order_by("matter__number"))
        here = {row.application_id: row for row in CareDay.objects.filter(application__in=rows, day=day)}
    return [Child(row.matter, _name(actor, row), here.get(row.pk)) for row in rows]


def _name(actor: Actor, application: Application) -> str:
    if not reads_clear(actor, application.matter):
        return ""
    values = load(service_of(application), application.values_json)
    return str(values.get("child_name") or "")


@dataclass(frozen=True)
class Figures:
    """关键指标 of a class: days of care, complaints, satisfaction."""

    days: int
    complaints: int
    open_complaints: int
    stars: float | None


def figures(offer: Offer) -> Figures:
    with as_system("counted, no child is named"):
        rows = lotteries.applications(offer)
        told = Complaint.objects.filter(application__in=rows)
        return Figures(
            CareDay.objects.filter(application__in=rows).count(),
            told.count(),
            told.filter(replied_at=None).count(),
            rows.aggregate(stars=Avg("rating"), n=Count("rating"))["stars"],
        )


@dataclass(frozen=True)
class Care:
    """The days and complaints of one child. `clear`: for the handler at the place, with who fetched it. `heard`: what a
    complaint says (it may name the child) is for who answers it at that union."""

    clear: bool
    heard: bool
    days: list[CareDay]
    complaints: list[Complaint]
    lottery: Lottery | None


def of_matter(actor: Actor, matter: Matter) -> Care:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
        return Care(
            reads_clear(actor, matter),
            matter.holder_path in actor.paths_as(*HANDLERS),
            list(application.care_days.order_by("-day")[:40]),
            list(application.complaints.order_by("-at")[:20]),
            Lottery.objects.filter(offer_id=matter.data.get("offer") or 0, drawn_at__isnull=False).first(),
        )
