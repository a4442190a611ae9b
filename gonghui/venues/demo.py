"""演示: places in Guiyang with made-up names, slots of the coming days and a fault (for `make run`). Safe to repeat."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from gonghui.kernel.actor import Actor
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.venues import bookings, faults, ratings
from gonghui.venues.models import Booking, HygieneEntry, Price, Slot, Venue, Visit

DAY = [["08:00", "20:00"]]
WORK = [["09:00", "12:00"], ["13:30", "17:30"]]
EVERY_DAY = {str(day): DAY for day in range(7)}
WORKDAYS = {str(day): WORK for day in range(5)}
NANMING, YUNYAN = "cn.52.5201.520102", "cn.52.5201.520103"
# Kind, union, county, name, address, latitude, longitude, hours, what is there, state.
PLACES = (
    ("station", NANMING, "520102", "河滨工会驿站（演示）", "河滨路演示 1 号", "26.57110", "106.71420", EVERY_DAY,
     ["water", "microwave", "charging", "first_aid", "toilet"], "open"),
    ("station", NANMING, "520102", "花果园工会驿站（演示）", "花果园演示街 8 号", "26.56420", "106.68650", EVERY_DAY,
     ["water", "microwave", "charging", "rain_gear", "aed"], "open"),
    ("station", NANMING, "520102", "火车站工会驿站（演示）", "遵义路演示 20 号", "26.55480", "106.71010", EVERY_DAY,
     ["water", "charging"], "paused"),
    ("station", YUNYAN, "520103", "喷水池工会驿站（演示）", "中华路演示 3 号", "26.58890", "106.71520", WORKDAYS,
     ["water", "microwave", "wifi", "heating_cooling"], "open"),
    ("hall", NANMING, "520102", "南明工人文化宫（演示）", "文化路演示 5 号", "26.56900", "106.71900", EVERY_DAY,
     ["water", "toilet", "step_free", "aed"], "open"),
    ("nursing", NANMING, "520102", "河滨母婴小屋（演示）", "河滨路演示 1 号二楼", "26.57120", "106.71430", EVERY_DAY,
     ["water", "fridge", "changing_table", "lock"], "open"),
    ("nursing", YUNYAN, "520103", "喷水池母婴小屋（演示）", "中华路演示 3 号一楼", "26.58880", "106.71530", WORKDAYS,
     ["changing_table", "lock"], "open"),
)  # fmt: skip
# Name, places, words about the fee, member and public price in yuan, whether it is a sport.
HALLS = (("羽毛球 1 号场", 4, "", ("5.00", "20.00"), True), ("书法体验课", 12, "免费", None, False))


def load_demo() -> int:
    """Places, slots, some visits and a fault; how many places were made now."""
    made = 0
    for kind, path, region, name, address, latitude, longitude, hours, equipment, state in PLACES:
        union = Organisation.objects.filter(path=path).first()
        if union is None:
            continue
        _venue, new = Venue.objects.get_or_create(
            organisation=union, kind=kind, name=name,
            defaults={
                "region_id": region, "address": address, "latitude": Decimal(latitude), "longitude": Decimal(longitude),
                "hours": hours, "equipment": equipment, "state": state, "capacity": 12, "certified": today().year - 1,
                "contact": "0851-00000000",
            },
        )  # fmt: skip
        made += new
    if made:
        _life()
    return made


def _life() -> None:
    """What goes on in the places: slots to book, people who came, something broken."""
    hall = Venue.objects.filter(kind="hall").first()
    if hall is not None:
        for name, _places, _words, prices, _sport in HALLS:
            if prices is not None:
                member, public = map(Decimal, prices)
                Price.objects.create(venue=hall, hall=name, member=member, public=public, valid_from=today())
        for ahead in range(1, 6):
            day = today() + timedelta(days=ahead)
            for place, (name, places, price, _prices, sport) in enumerate(HALLS):
                starts = datetime.combine(day, time(18 + place), SHANGHAI)
                ends = starts + timedelta(hours=1)
                Slot.objects.create(
                    venue=hall, hall=name, starts=starts, ends=ends, places=places, price=price,
                    asks_fitness=sport,
                )  # fmt: skip
        bookings.book(_worker(0), Slot.objects.order_by("starts")[0].pk, 3, fit=True)
        _rated(hall)
    for venue in Venue.objects.exclude(kind="hall"):
        Visit.objects.bulk_create(
            Visit(venue=venue, day=today() - timedelta(days=day), stars=5 - day % 2) for day in range(1, 9)
        )
    for room in Venue.objects.filter(kind="nursing"):
        HygieneEntry.objects.create(venue=room, what="disinfected", at=now() - timedelta(hours=3))
    station = Venue.objects.select_related("organisation").filter(kind="station").first()
    if station is not None:
        faults.report(_worker(1), station, "微波炉不加热了，插座也松了。")


def _rated(hall: Venue) -> None:
    """People who came on the days before and said how it was; the demonstration's own worker has not yet."""
    own = Account.objects.filter(username="w-demo").first()
    guests = [_worker(place) for place in range(2, 8)]
    said = ((5, "灯光好，地板不滑。"), (4, ""), (5, "预约方便。"), (4, ""), (5, ""), (2, "2 号场的球网破了。"))
    starts = datetime.combine(today() - timedelta(days=1), time(18), SHANGHAI)
    slot = Slot.objects.create(
        venue=hall, hall=HALLS[0][0], starts=starts, ends=starts + timedelta(hours=1), places=12, asks_fitness=True
    )
    for actor in [*guests, *([actor_for(own)] if own is not None else [])]:
        with time_shifted(starts - now() - timedelta(days=1)):
            booking = bookings.book(actor, slot.pk, fit=True)
        Booking.objects.filter(pk=booking.pk).update(
            state=Booking.State.USED, used_at=starts, pay_state=Booking.Pay.FREE, amount=Decimal(0), pay_by=None
        )
        if actor in guests:
            stars, words = said[guests.index(actor)]
            ratings.rate(actor, booking.pk, str(stars), words)


def _worker(place: int) -> Actor:
    return actor_for(Account.objects.create_worker(f"139000022{place:02d}"))
