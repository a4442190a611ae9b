"""A county's places and slots, and workers who use them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gonghui.appeals.tests.support import COUNTY
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.venues.models import Slot, Venue

ALWAYS = {str(day): [["00:00", "23:59"]] for day in range(7)}


def venue(kind: str = "station", name: str = "河滨驿站", path: str = COUNTY, **fields: Any) -> Venue:
    union = Organisation.objects.get(path=path)
    values: dict[str, Any] = {
        "region_id": union.region_id, "address": "河滨路1号", "hours": ALWAYS, "equipment": ["water", "microwave"],
        "latitude": Decimal("26.57"), "longitude": Decimal("106.71"), **fields,
    }  # fmt: skip
    return Venue.objects.create(kind=kind, name=name, organisation=union, **values)


def slot(at: Venue, places: int = 4, starts: datetime | None = None, hall: str = "羽毛球") -> Slot:
    starts = starts or now() + timedelta(days=1)
    return Slot.objects.create(venue=at, hall=hall, starts=starts, ends=starts + timedelta(hours=1), places=places)


def worker(place: int) -> Actor:
    phone = f"139100{place:05d}"
    found = Account.objects.filter(username=f"w{phone}").first()
    return actor_for(found or Account.objects.create(kind="worker", username=f"w{phone}", phone=phone))
