"""Two at once: 200 who want one of 10 places, one person from eight telephones, giving back while others ask. On
PostgreSQL, where it can happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Sum

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.venues import bookings, closing, fees, keeping, tables, till
from gonghui.venues.models import Booking, Payment, Slot
from gonghui.venues.tests.support import slot, venue, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
WANTED, PLACES = 200, 10
assert connection


def take(actor: Any, slot_id: int) -> str:
    try:
        return str(bookings.book(actor, slot_id).state)
    except GuardRefused:
        return "full"
    finally:
        connections.close_all()


def test_of_200_who_want_one_of_10_exactly_10_get_it_and_the_list_is_as_long_as_it_may_be() -> None:
    with as_system("test"):
        House.build()
        row = slot(venue(kind="hall"), places=PLACES)
        people = [worker(place) for place in range(WANTED)]
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda actor: take(actor, row.pk), people))
    assert got.count("booked") == PLACES
    assert got.count("waiting") == tables.numbers().waiting_most
    with as_system("test"):
        assert Slot.objects.get().taken == Booking.objects.filter(state="booked").count() == PLACES
        assert len(set(Booking.objects.filter(state="booked").values_list("code_hash", flat=True))) == PLACES


def test_one_person_from_eight_telephones_has_one_booking() -> None:
    with as_system("test"):
        House.build()
        row = slot(venue(kind="hall"), places=PLACES)
        me = worker(1)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _n: take(me, row.pk), range(8)))
    assert set(got) == {"booked"}
    with as_system("test"):
        assert Slot.objects.get().taken == Booking.objects.count() == 1


def test_while_some_give_back_others_get_exactly_what_is_free() -> None:
    with as_system("test"):
        House.build()
        row = slot(venue(kind="hall"), places=PLACES)
        had = [(worker(place), bookings.book(worker(place), row.pk)) for place in range(PLACES)]
        asking = [worker(100 + place) for place in range(20)]

    def give_back(pair: Any) -> None:
        try:
            bookings.cancel(pair[0], pair[1].pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        gone = [pool.submit(give_back, pair) for pair in had[:6]]
        got = [pool.submit(take, actor, row.pk) for actor in asking]
        for returned in gone:
            returned.result()
        for taken in got:
            taken.result()
    with as_system("test"):
        booked = Booking.objects.filter(state="booked")
        assert Slot.objects.get().taken == booked.aggregate(all=Sum("people"))["all"] == PLACES


def owed(price: str = "20.00") -> Any:
    """A booking with a price, and the place's keeper."""
    with as_system("test"):
        house = House.build()
        place = venue(kind="hall")
        keeper = house.person("leader", COUNTY)
        fees.set_price(
            keeper, place, hall="羽毛球", per="person", member=Decimal(price), public=Decimal(price), valid_from=today()
        )
        return bookings.book(worker(1), slot(place, starts=now() + timedelta(days=5)).pk), keeper


def outcome(do: Any) -> str:
    try:
        do()
        return "done"
    except (GuardRefused, InvalidData):
        return "refused"
    finally:
        connections.close_all()


def test_eight_clerks_take_one_payment_and_give_it_back_once() -> None:
    booking, keeper = owed()
    with ThreadPoolExecutor(8) as pool:
        took = list(pool.map(lambda n: outcome(lambda: till.take(keeper, booking.pk, "transfer", f"B{n}")), range(8)))
    assert took.count("done") == 1
    with as_system("test"):
        bookings.cancel(worker(1), booking.pk)
    with ThreadPoolExecutor(8) as pool:
        gave = list(pool.map(lambda _n: outcome(lambda: till.give_back(keeper, booking.pk, "cash")), range(8)))
    assert gave.count("done") == 1
    with as_system("test"):
        assert sorted(Payment.objects.values_list("kind", "amount")) == [
            ("payment", Decimal("20.00")), ("refund", Decimal("20.00")),
        ]  # fmt: skip


def test_paying_while_the_clock_releases_is_one_or_the_other() -> None:
    booking, keeper = owed()
    with as_system("test"):
        Booking.objects.filter(pk=booking.pk).update(pay_by=now())
    with ThreadPoolExecutor(6) as pool:
        released = [pool.submit(lambda: outcome(till.release_unpaid)) for _n in range(3)]
        paid = [pool.submit(lambda: outcome(lambda: till.take(keeper, booking.pk, "cash"))) for _n in range(3)]
        done = [one.result() for one in paid].count("done")
        for one in released:
            one.result()
    with as_system("test"):
        booking.refresh_from_db()
        assert (booking.state, booking.pay_state) == (("booked", "paid") if done else ("cancelled", "unpaid"))
        assert Payment.objects.count() == done == Slot.objects.get().taken


def test_nobody_is_left_booked_at_a_place_that_shuts_meanwhile() -> None:
    with as_system("test"):
        house = House.build()
        keeper = house.person("leader", COUNTY)
        hall = venue(kind="hall")
        rows = [slot(hall, places=PLACES, starts=now() + timedelta(days=day)) for day in range(1, 5)]
        people = [worker(place) for place in range(24)]
    with ThreadPoolExecutor(9) as pool:
        asked = [pool.submit(take, actor, rows[n % 4].pk) for n, actor in enumerate(people)]
        shuts = pool.submit(outcome, lambda: keeping.save(keeper, hall, {"state": "gone"}, sure=True))
        for one in asked:
            one.result()
        assert shuts.result() == "done"
    with as_system("test"):
        assert not Booking.objects.filter(state__in=bookings.STANDING).exists()
        assert set(Slot.objects.values_list("taken", flat=True)) == {0}


def test_one_receipt_pays_one_booking_and_two_reports_take_no_entry_twice() -> None:
    booking, keeper = owed()
    with as_system("test"):
        other = bookings.book(worker(2), booking.slot_id)
    both = [booking.pk, other.pk]
    with ThreadPoolExecutor(2) as pool:
        took = list(pool.map(lambda pk: outcome(lambda: till.take(keeper, pk, "transfer", "B1")), both))
    assert sorted(took) == ["done", "refused"]
    place = booking.slot.venue
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _n: outcome(lambda: closing.draw_up(keeper, place, Decimal(0))), range(4)))
    assert made.count("done") == 1
