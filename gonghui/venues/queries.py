"""What may be asked of the places: those of a kind in a region, the points of the map, what came of the visits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet, Sum

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, today
from gonghui.organisations.models import Region
from gonghui.organisations.regions import stem
from gonghui.venues import tables
from gonghui.venues.models import Booking, BookingRating, Venue, Visit

MOST = 200
MAP_WIDTH, MAP_HEIGHT, MARGIN = 640, 400, 36
# The desk's roles: who looks after places, and who enters and changes them.
HANDS = ("handler", "dispatcher", "leader")
KEEPERS = ("dispatcher", "leader")


def listed(kind: str, region: str = "") -> QuerySet[Venue]:
    """The places of a kind in a region (a county's code, or a city's or province's for all below), without those that
    are out of use."""
    found = Venue.objects.select_related("region").filter(kind=kind).exclude(state=Venue.State.GONE)
    if region:
        found = found.filter(region__code__startswith=stem(region))
    return found.order_by("region_id", "name", "pk")


def regions_with(kind: str) -> list[Region]:
    """The counties that have such a place, and the cities above them."""
    codes = set(listed(kind).values_list("region_id", flat=True).order_by().distinct())
    codes |= {f"{code[:4]}00" for code in codes}
    return list(Region.objects.filter(pk__in=codes).order_by("pk"))


def venue(venue_id: int) -> Venue:
    """NotFound for one that is not there or out of use."""
    found = Venue.objects.select_related("region", "organisation").filter(pk=venue_id).first()
    if found is None or found.state == Venue.State.GONE:
        raise NotFound
    return found


def own(actor: Actor, *roles: str) -> QuerySet[Venue]:
    """The places of the unions at which the actor has one of the roles."""
    return Venue.objects.select_related("region", "organisation").filter(
        organisation__path__in=actor.paths_as(*(roles or HANDS))
    )


def own_in_use(actor: Actor, *roles: str) -> QuerySet[Venue]:
    """Those of `own` that one can still choose, by kind and name."""
    return own(actor, *roles).exclude(state=Venue.State.GONE).order_by("kind", "name")


@dataclass(frozen=True)
class Point:
    """A place on the map: its number in the list, and where in the picture (in its own units)."""

    number: int
    venue: Venue
    x: float
    y: float
    open: bool | None = None


@dataclass(frozen=True)
class Plan:
    """The map: its points, and a bar of a round length in metres."""

    points: list[Point]
    bar: float
    metres: int

    @property
    def length(self) -> str:
        return f"{self.metres // 1000} km" if self.metres >= 1000 else f"{self.metres} m"


def plan(rows: list[tuple[Venue, bool | None]]) -> Plan | None:
    """The places that have a position, drawn to one scale (equirectangular: right within a province). None for none."""
    known = [
        (number, venue, opened)
        for number, (venue, opened) in enumerate(rows, 1)
        if venue.latitude is not None and venue.longitude is not None
    ]
    if not known:
        return None
    latitudes = [float(venue.latitude or 0) for _n, venue, _o in known]
    longitudes = [float(venue.longitude or 0) for _n, venue, _o in known]
    middle = (min(latitudes) + max(latitudes)) / 2
    east = 111_320 * math.cos(math.radians(middle))
    wide = max((max(longitudes) - min(longitudes)) * east, 500.0)
    high = max((max(latitudes) - min(latitudes)) * 110_574, 300.0)
    scale = min((MAP_WIDTH - 2 * MARGIN) / wide, (MAP_HEIGHT - 2 * MARGIN) / high)
    centre = (min(longitudes) + max(longitudes)) / 2
    points = [
        Point(
            number,
            venue,
            round(MAP_WIDTH / 2 + (float(venue.longitude or 0) - centre) * east * scale, 1),
            round(MAP_HEIGHT / 2 - (float(venue.latitude or 0) - middle) * 110_574 * scale, 1),
            opened,
        )
        for number, venue, opened in known
    ]
    wanted = 150 / scale
    power = 10 ** math.floor(math.log10(wanted))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    return Plan(points, round(metres * scale, 1), int(metres))


@dataclass(frozen=True)
class Figures:
    """人次 (one a member and day), how many rated (a visit, a booking) and with what mean."""

    visits: int
    rated: int
    stars: float | None


def figures_of(venues: Iterable[Venue]) -> dict[int, Figures]:
    """The figures of some places, by their keys."""
    found = {venue.pk: Figures(0, 0, None) for venue in venues}
    with as_system("counted, nobody is named"):
        rows = Visit.objects.filter(venue__in=list(found)).values_list("venue_id")
        came = {row[0]: row[1:] for row in rows.annotate(Count("pk"), Count("stars"), Sum("stars"))}
        booked = BookingRating.objects.filter(booking__slot__venue__in=list(found))
        said = {
            row[0]: row[1:] for row in booked.values_list("booking__slot__venue").annotate(Count("pk"), Sum("stars"))
        }
    for pk in found:
        visits, rated, stars = came.get(pk, (0, 0, None))
        more, sum_of_more = said.get(pk, (0, 0))
        count, total = rated + more, (stars or 0) + (sum_of_more or 0)
        found[pk] = Figures(visits, count, round(total / count, 1) if count else None)
    return found


def figures(venue: Venue) -> Figures:
    return figures_of([venue])[venue.pk]


@dataclass(frozen=True)
class Heat:
    """Use by weekday and hour: (weekday, [(count, 0 to 4)]), of the hours `hours`."""

    hours: list[int]
    rows: list[tuple[int, list[tuple[int, int]]]]
    total: int


def heat(venue: Venue) -> Heat:
    """热力图: when a place is used, of the check-ins and of the bookings used in the last days. Nobody is named."""
    since = today() - timedelta(days=tables.numbers().heat_days)
    with as_system("counted, nobody is named"):
        visits = Visit.objects.filter(venue=venue, day__gt=since).exclude(hour=None).values_list("day", "hour")
        used = Booking.objects.filter(slot__venue=venue, used_at__date__gt=since).values_list("used_at", flat=True)
        moments = [(day.weekday(), hour) for day, hour in visits if hour is not None]
        moments += [(at.astimezone(SHANGHAI).weekday(), at.astimezone(SHANGHAI).hour) for at in used if at is not None]
    counts = Counter(moments)
    most = max(counts.values(), default=0)
    shown = [hour for _day, hour in counts] or [8, 20]
    hours = list(range(min(shown), max(shown) + 1))

    def cell(day: int, hour: int) -> tuple[int, int]:
        count = counts[day, hour]
        return count, math.ceil(4 * count / most) if count else 0

    rows = [(day, [cell(day, hour) for hour in hours]) for day in range(7)]
    return Heat(hours, rows, sum(counts.values()))
