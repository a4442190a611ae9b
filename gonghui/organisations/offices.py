"""Where a competent body is to be found (办事机构): the choice of the nearest office, and who keeps the entries.

`choose` is a function of data alone; `finder` is what an answer of the law asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.db.models import Q, QuerySet

from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.tables import Row, read_table
from gonghui.kernel.times import day_of, now, today
from gonghui.organisations.bodies import UNION
from gonghui.organisations.located import Finder, Found, line
from gonghui.organisations.models import Office, Organisation, Region
from gonghui.organisations.queries import is_open, organisation_for_region
from gonghui.organisations.regions import stem

KEEPERS = ("admin", "supervisor")
_LEVELS = {"province": 1, "city": 2, "county": 3, "town": 4}


class Limits(Row):
    """Of `data/offices.yaml`."""

    months_fresh: int
    most: int
    import_rows: int
    import_bytes: int


@lru_cache(maxsize=1)
def limits() -> Limits:
    found: Limits = read_table(Path(__file__).parent / "data" / "offices.yaml", Limits)
    return found


def in_force(office: Office, day: date) -> bool:
    """Whether it may be shown on a day: neither withdrawn nor outside its time."""
    begun = office.valid_from is None or office.valid_from <= day
    return office.active and begun and (office.valid_to is None or day <= office.valid_to)


def choose(offices: Iterable[Office], body: str, region: str, at: datetime) -> list[Office]:
    """The offices of a body for a region: those of the narrowest level that has one, never another place's.

    Of several the one that is open now stands first, then they go by name. The same input gives the same order.
    """
    day = day_of(at)
    fitting = [office for office in offices if office.body == body and in_force(office, day)]
    for code in line(region):
        there = [office for office in fitting if office.region_id == code]
        if there:
            return sorted(there, key=lambda office: (is_open(office, at) is not True, office.name, office.pk or 0))
    return []


def finder(at: datetime | None = None) -> Finder:
    """What answers where the offices are at a moment (now). It asks the database once for each region."""
    moment = at or now()
    known: dict[str, list[Office]] = {}

    def find(body: str, region: str) -> tuple[Found, ...]:
        if not line(region):
            return ()
        if body == UNION:
            return _union(region, moment)
        if region not in known:
            known[region] = list(Office.objects.filter(region__in=line(region), active=True))
        chosen = choose(known[region], body, region, moment)[: limits().most]
        day = day_of(moment)
        return tuple(
            _shown(row, moment, row.online, row.source, row.checked_on, old=is_old(row, day)) for row in chosen
        )

    return find


def _shown(
    place: Office | Organisation,
    at: datetime,
    online: str = "",
    source: str = "",
    checked_on: date | None = None,
    *,
    old: bool = False,
) -> Found:
    return Found(
        name=place.name,
        region=place.region_id or "",
        address=place.address,
        phone=place.phone,
        hours=place.working_hours,
        open=is_open(place, at),
        latitude=place.latitude,
        longitude=place.longitude,
        online=online,
        source=source,
        checked_on=checked_on,
        old=old,
    )


def is_old(office: Office, day: date | None = None) -> bool:
    return months_later(office.checked_on, limits().months_fresh) < (day or today())


def _union(region: str, at: datetime) -> tuple[Found, ...]:
    """The union that is there for the place; () where nothing but its name is known."""
    union = organisation_for_region(region)
    if union is None or not (union.phone or union.address):
        return ()
    return (_shown(union, at),)


def kept_stems(actor: Actor) -> tuple[str, ...]:
    """How the codes begin whose offices this person keeps: "" for all, "5201" for a city and its counties.

    Admins and supervisors of a region's own union keep its offices; those of an enterprise's or an industry's union
    keep none.
    """
    if actor.is_system:
        return ("",)
    unions = Organisation.objects.filter(path__in=actor.paths_as(*KEEPERS), active=True).select_related("region")
    stems = []
    for union in unions:
        if union.level == Organisation.Level.NATIONAL:
            stems.append("")
        elif union.region is not None and union.region.level == _LEVELS.get(union.level):
            stems.append(stem(union.region.code))
    return tuple(dict.fromkeys(stems))


def keeps(actor: Actor, region: str) -> bool:
    """Whether this person may change entries of the region."""
    return any(region.startswith(own) for own in kept_stems(actor))


def kept_regions(actor: Actor) -> QuerySet[Region]:
    """The regions whose offices this person keeps, by code."""
    places = Q(pk__in=())
    for own in kept_stems(actor):
        places |= Q(code__startswith=own)
    return Region.objects.filter(places).order_by("code")


def kept(actor: Actor) -> QuerySet[Office]:
    """The entries this person keeps, withdrawn ones too, by place, body and name."""
    return (
        Office.objects.filter(region__in=kept_regions(actor))
        .select_related("region")
        .order_by("region", "body", "name", "pk")
    )
