"""疗休养: each unit's places on a line, and who goes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Avg, F, Sum
from django.utils.translation import gettext as _

from gonghui.aid import households, tables
from gonghui.aid.models import Quota, TripRecord
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import day_of
from gonghui.organisations.models import Organisation
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Offer

SERVICE = "M21"
GIVERS = ("handler", "dispatcher", "leader")


def total(offer: Offer) -> int:
    return int(offer.data.get("places") or 0)


@transaction.atomic
def give(actor: Actor, offer: Offer, organisation: Organisation, count: int) -> Quota:
    """名额下达: set how many places a unit has; all together no more than the line has, no less than it has used."""
    if offer.organisation.path not in actor.paths_as(*GIVERS):
        raise NotAllowed
    if not within(organisation.path, offer.organisation.path):
        raise InvalidData({"organisation": [_("只能给下级工会名额。")]})
    with as_system("the line of the actor's own union"):
        Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
        others = sum(row.places for row in offer.quotas.exclude(organisation=organisation))
        if others + count > total(offer):
            left = total(offer) - others
            raise InvalidData(
                {"places": [_("这条线路一共 %(n)d 个名额，还能给 %(left)d 个。") % {"n": total(offer), "left": left}]}
            )
        row, _made = Quota.objects.get_or_create(offer=offer, organisation=organisation, defaults={"places": count})
        if not Quota.objects.filter(pk=row.pk, taken__lte=count).update(places=count):
            raise InvalidData({"places": [_("已经推荐了 %(n)d 人，不能少于它。") % {"n": row.taken}]})
        after = {"unit": organisation.path, "places": count}
        trail.record(f"offer:{offer.pk}", "quota", actor=actor, after=after, org_path=offer.organisation.path)
        row.refresh_from_db()
    return row


def take(offer_id: int, path: str) -> bool:
    """One place of the unit; two at once cannot have the last."""
    rows = Quota.objects.filter(offer_id=offer_id, organisation__path=path, places__gt=F("taken"))
    return bool(rows.update(taken=F("taken") + 1))


def free(offer_id: int, path: str) -> None:
    Quota.objects.filter(offer_id=offer_id, organisation__path=path, taken__gt=0).update(taken=F("taken") - 1)


def quota_of(matter: Matter) -> Quota | None:
    """What the unit that recommends has."""
    path = matter.data.get("unit") or matter.holder_path
    return Quota.objects.filter(offer_id=matter.data.get("offer") or 0, organisation__path=path).first()


@dataclass(frozen=True)
class Place:
    """One of a unit's applicants in the order of going first, with why."""

    application: Application
    points: int
    why: str
    again: date | None


def ranked(matter: Matter) -> list[Place]:
    """The unit's applicants for the line who wait for its recommendation: who was refused wrongly before all others,
    then more points first, then who came first."""
    with as_system("the actor sees this matter"):
        rows = Application.objects.select_related("matter").filter(
            matter__kind=matter.kind, matter__state="applied", matter__holder_path=matter.holder_path,
            seat__offer_id=matter.data.get("offer") or 0,
        )  # fmt: skip
        found = [place_of(row) for row in rows]
    return sorted(found, key=_turn)


def _turn(one: Place) -> tuple[Any, ...]:
    return one.application.contested_at is None, -one.points, one.application.applied_at, one.application.pk


def place_of(application: Application) -> Place:
    values = load(service_of(application), application.values_json)
    group = tables.trips().group(values["group"])
    points, why = (group.points, str(group)) if group is not None else (0, "")
    if values["group"] == "hardship" and households.open_file(application.account_id, application.id_no) is None:
        # What the files do not know is told, and for a person to ask after; it is not taken for granted.
        why = _("%(why)s（本系统里没有在档档案，请核实）") % {"why": why}
    offer = Offer.objects.filter(pk=application.matter.data.get("offer") or 0).first()
    return Place(application, points, why, rested_until(application, offer))


def rested_until(application: Application, offer: Offer | None) -> date | None:
    """Until when somebody who travelled does not go again; None for who may."""
    return travelled_until(application.person_index, offer, application.pk)


def travelled_until(person_index: str, offer: Offer | None, but: int | None = None) -> date | None:
    """The same by the blind index of an identity number; `but`: an application whose own trip does not count."""
    if not person_index or offer is None or offer.starts is None:
        return None
    starts = day_of(offer.starts)
    years = tables.trips().again_years.value
    rows = TripRecord.objects.filter(person_index=person_index)
    if but is not None:
        rows = rows.exclude(application_id=but)
    last = rows.order_by("-back_on").first()
    if last is None:
        return None
    until = months_later(last.back_on, 12 * years)
    return until if starts < until else None


@dataclass(frozen=True)
class Figures:
    """关键指标 of a line."""

    signed: int
    went: int
    stars: float | None
    cost: Decimal


def figures(offer: Offer) -> Figures:
    with as_system("counted, nobody is named"):
        rows = Application.objects.filter(service=SERVICE, seat__offer=offer)
        gone = TripRecord.objects.filter(application__in=rows)
        return Figures(
            rows.count(),
            gone.count(),
            rows.aggregate(stars=Avg("rating"))["stars"],
            gone.aggregate(sum=Sum("cost"))["sum"] or Decimal(0),
        )
