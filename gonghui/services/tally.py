"""每日上报的数 (handbook 4, 4.2): what of this installation's services the union above is told, as counts alone.

By service and city: how many applied since the year began, in which national state they are, how many were paid and how
much, how they were rated. Small counts are left out (`kernel.counts`); a city with few is told with the rest of the
province. Restricted matters (心理服务) are not counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Avg, Count, QuerySet, Sum

from gonghui.kernel.counts import shown
from gonghui.kernel.flow import kept_flow
from gonghui.kernel.flow.schema import State
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.regions import stem
from gonghui.services import national
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Payment

CITY = 4


@dataclass(frozen=True)
class Line:
    """One service in one place (six digits; empty: the whole country). None: too few to be told."""

    service: str
    region: str
    applied: int | None
    states: dict[str, int | None] = field(default_factory=dict)
    paid: int | None = None
    amount: Decimal | None = None
    stars: Decimal | None = None


@dataclass
class _Sum:
    states: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    amount: Decimal = Decimal(0)
    rated: int = 0
    stars: Decimal = Decimal(0)

    def add(self, other: _Sum) -> None:
        self.states.update(other.states)
        self.paid, self.amount = self.paid + other.paid, self.amount + other.amount
        self.rated, self.stars = self.rated + other.rated, self.stars + other.stars


Sums = dict[tuple[str, str], _Sum]


def year_begins(day: date) -> date:
    return day.replace(month=1, day=1)


def lines(day: date, home: str, least: int) -> list[Line]:
    """All of it, of the year of that day. `home`: the code of the installation's own place, where few are told."""
    first = datetime.combine(year_begins(day), time(), SHANGHAI)
    with as_system("counts alone, small ones left out"):
        rows = Application.objects.filter(applied_at__gte=first, matter__restricted=False)
        sums = _sums(rows, home)
    told: Sums = {}
    for (service, region), found in sums.items():
        few = sum(found.states.values()) < least
        told.setdefault((service, home if few else region), _Sum()).add(found)
    return [_line(*key, told[key], least) for key in sorted(told)]


def place_of(region: str, home: str) -> str:
    """Where an application is told: its city, within the installation's own place; a county's installation tells of the
    county. Elsewhere, or nowhere, is told at home."""
    own = stem(home)
    known = len(region) >= CITY and region.startswith(own)
    return region[: max(CITY, len(own))].ljust(6, "0") if known else home


def _sums(rows: QuerySet[Application], home: str) -> Sums:
    found: Sums = {}

    def of(service: str, region: str) -> _Sum:
        return found.setdefault((service, place_of(region, home)), _Sum())

    counted = catalogue().national
    states = rows.values_list("service", "region", "kind", "flow_digest", "matter__state").annotate(n=Count("pk"))
    for service, region, kind, digest, state, count in states:
        spec = _state(kind, digest, state)
        of(service, region).states[national.counted(state, spec, counted.get(kind, {}))] += count
    rated = rows.filter(rating__isnull=False).values_list("service", "region")
    for service, region, count, stars in rated.annotate(n=Count("pk"), stars=Avg("rating")):
        one = of(service, region)
        one.rated, one.stars = one.rated + count, one.stars + Decimal(str(stars)) * count
    payments = Payment.objects.filter(application__in=rows, status=Payment.Status.PAID)
    paid = payments.values_list("application__service", "application__region")
    for service, region, count, amount in paid.annotate(n=Count("pk"), total=Sum("amount")):
        one = of(service, region)
        one.paid, one.amount = one.paid + count, one.amount + amount
    return found


def _state(kind: str, digest: str, code: str) -> State:
    """As `kept_flow(...).state_of` tells; of a service that is gone with its texts, one that says nothing."""
    try:
        return kept_flow(kind, digest).state_of(code)
    except KeyError:
        return State(zh=code)


def _line(service: str, region: str, found: _Sum, least: int) -> Line:
    applied = sum(found.states.values())
    if applied < least:
        return Line(service, region, None)
    paid = found.paid == 0 or found.paid >= least
    stars = round(found.stars / found.rated, 1) if found.rated >= least else None
    return Line(
        service,
        region,
        applied,
        shown({name: found.states[name] for name in national.table().states if found.states[name]}, least),
        found.paid if paid else None,
        found.amount if paid else None,
        stars,
    )
