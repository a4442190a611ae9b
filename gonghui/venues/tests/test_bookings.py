"""Booking a slot: from the tap to the door, the waiting list, giving back, not coming, calling off."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.venues import bookings
from gonghui.venues.models import Booking, Slot
from gonghui.venues.tests.support import slot, venue, worker
from gonghui.venues.tests.test_places import desk, phone

pytestmark = pytest.mark.django_db


def hall() -> Any:
    return venue(kind="hall", name="文化宫")


def taken() -> int:
    return Slot.objects.get().taken


def test_from_the_tap_to_the_door(house: House) -> None:
    place = hall()
    row = slot(place, starts=datetime.combine(today() + timedelta(days=1), time(12), SHANGHAI))
    me = phone()
    assert "还有 4 个名额" in me.get(reverse("portal:venue", args=[place.pk])).content.decode()
    address = reverse("portal:slot", args=[row.pk])
    assert Client().post(address, {"people": "1"}).status_code == 302 and not Booking.objects.exists()
    assert me.post(address, {"people": "5"}).status_code == 422
    ticket = me.post(address, {"people": "3"}, follow=True).content.decode()
    booking = Booking.objects.get()
    assert booking.entry_code[:4] in ticket and "<svg" in ticket and taken() == 3
    own = reverse("portal:booking", args=[booking.pk])
    assert phone(2).get(own).status_code == 404 and phone(2).post(own).status_code == 404
    assert "文化宫" in me.get(reverse("portal:my")).content.decode()
    staff, door = desk(house, "handler"), reverse("desk:venues")
    assert staff.post(door, {"code": "00000000"}).status_code == 422
    early = staff.post(door, {"code": booking.entry_code})
    assert early.status_code == 422 and "不是今天" in early.content.decode()
    with time_shifted(row.starts - now()):
        # Sessions of yesterday have ended.
        staff, elsewhere = desk(house, "handler"), desk(house, "handler", OTHER_COUNTY)
        assert elsewhere.post(door, {"code": booking.entry_code}).status_code == 422
        assert staff.post(door, {"code": f"{booking.entry_code[:4]} {booking.entry_code[4:]}"}).status_code == 302
        assert staff.post(door, {"code": booking.entry_code}).status_code == 422, "a ticket is used once"
    booking.refresh_from_db()
    assert booking.state == "used" and booking.used_by_id == house.person("handler", COUNTY).account_id


def test_who_waits_moves_up_in_turn_when_somebody_gives_back(house: House) -> None:
    row = slot(hall(), places=2)
    first = bookings.book(worker(1), row.pk, 2)
    waiting = [bookings.book(worker(place), row.pk, people) for place, people in ((2, 2), (3, 1), (4, 1))]
    assert {one.state for one in waiting} == {"waiting"} and taken() == 2
    bookings.cancel(worker(1), first.pk)
    for one in waiting:
        one.refresh_from_db()
    assert [one.state for one in waiting] == ["booked", "waiting", "waiting"] and taken() == 2
    assert waiting[0].entry_code and OutboxMessage.objects.filter(account_id=worker(2).account_id).count() == 1
    bookings.cancel(worker(2), waiting[0].pk)
    assert taken() == 2 and Booking.objects.filter(state="waiting").count() == 0
    bookings.cancel(worker(2), waiting[0].pk)
    assert taken() == 2, "giving back twice frees nothing twice"


def test_the_same_person_has_one_booking_and_may_book_again_after_giving_back(house: House) -> None:
    row = slot(hall())
    first = bookings.book(worker(1), row.pk, 2)
    assert bookings.book(worker(1), row.pk, 1).pk == first.pk and taken() == 2
    bookings.cancel(worker(1), first.pk)
    assert bookings.book(worker(1), row.pk, 1).pk != first.pk and taken() == 1


def test_too_late_to_give_back_and_others_cannot(house: House) -> None:
    row = slot(hall(), starts=now() + timedelta(hours=3))
    mine = bookings.book(worker(1), row.pk)
    with pytest.raises(NotFound):
        bookings.cancel(worker(2), mine.pk)
    with time_shifted(timedelta(hours=1, minutes=30)), pytest.raises(GuardRefused, match="2 小时内"):
        bookings.cancel(worker(1), mine.pk)
    assert taken() == 1
    with time_shifted(timedelta(minutes=30)):
        bookings.cancel(worker(1), mine.pk)
    assert taken() == 0


@pytest.mark.parametrize("people", [0, 5, 9])
def test_more_people_than_places_is_told_beside_the_field(house: House, people: int) -> None:
    row = slot(hall())
    with pytest.raises(InvalidData) as refusal:
        bookings.book(worker(1), row.pk, people)
    assert list(refusal.value.errors) == ["people"] and taken() == 0


def test_what_has_begun_or_was_called_off_is_not_booked(house: House) -> None:
    place = hall()
    begun = slot(place, starts=now() - timedelta(minutes=1))
    with pytest.raises(GuardRefused, match="已经开始"):
        bookings.book(worker(1), begun.pk)
    place.state = "paused"
    place.save()
    with pytest.raises(GuardRefused, match="停开"):
        bookings.book(worker(1), slot(place).pk)


def test_three_times_not_there_blocks_for_thirty_days(house: House) -> None:
    place = hall()
    for day in (1, 2, 3):
        bookings.book(worker(1), slot(place, starts=now() + timedelta(days=day)).pk)
    with time_shifted(timedelta(days=4)):
        page = phone(1).get(reverse("portal:my")).content.decode()
        assert "没有到场" in page
        later = slot(place)
        refused = phone(1).post(reverse("portal:slot", args=[later.pk]), {"people": "1"})
        assert refused.status_code == 409 and "没有到场" in refused.content.decode()
        bookings.book(worker(2), later.pk)
    with time_shifted(timedelta(days=34)):
        bookings.book(worker(1), slot(place).pk)


def test_a_called_off_slot_tells_everybody_and_blocks_nobody(house: House) -> None:
    place = hall()
    row = slot(place, places=1)
    bookings.book(worker(1), row.pk)
    bookings.book(worker(2), row.pk)
    address = reverse("desk:slot_cancel", args=[row.pk])
    assert desk(house, "leader", OTHER_COUNTY).post(address).status_code == 404
    keeper = desk(house)
    assert "已约 1 人" in keeper.get(address).content.decode() and not Slot.objects.get().cancelled
    keeper.post(address)
    assert set(Booking.objects.values_list("state", flat=True)) == {"cancelled"} and taken() == 0
    told = OutboxMessage.objects.filter(topic="notice.app", account_id__isnull=False)
    assert ["停开" in message.payload["text"] for message in told] == [True, True]
    with time_shifted(timedelta(days=4)):
        assert bookings.block_of(worker(1).account_id or 0) is None


def test_slots_are_opened_at_the_desk_weekly_and_never_overlap(house: House) -> None:
    place = hall()
    keeper, address = desk(house), reverse("desk:venue", args=[place.pk])
    day = (now() + timedelta(days=2)).date().isoformat()
    form = {
        "verb": "slots", "hall": "1 号场", "day": day, "begins": "18:00", "ends": "19:00", "places": "4", "weeks": "3",
        "price": "会员 5 元",
    }  # fmt: skip
    assert keeper.post(address, {**form, "ends": "17:00"}).status_code == 422
    assert keeper.post(address, form).status_code == 302 and Slot.objects.count() == 3
    overlap = keeper.post(address, {**form, "begins": "18:30", "ends": "19:30"})
    assert overlap.status_code == 422 and "重叠" in overlap.content.decode() and Slot.objects.count() == 3
    assert desk(house, "handler").post(address, form).status_code == 404
    assert keeper.post(address, {**form, "day": "2020-01-01"}).status_code == 422


ENDS = st.integers(0, 365 * 24).map(lambda hour: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour))


@given(st.lists(ENDS, max_size=12), st.integers(1, 4), st.integers(0, 60))
def test_a_block_follows_every_so_many_missed(ends: list[datetime], no_shows: int, days: int) -> None:
    until = bookings.blocked_until(ends, no_shows, days)
    if len(ends) < no_shows:
        assert until is None
    else:
        assert until is not None and until - timedelta(days=days) in ends
        # As many as were counted for blocks had ended by then, and too few for one more came after.
        after = sorted(ends)[len(ends) // no_shows * no_shows :]
        assert len(after) < no_shows and all(end >= until - timedelta(days=days) for end in after)


def test_account_page_of_somebody_without_bookings(house: House) -> None:
    assert bookings.own_list(house.person("handler", COUNTY)) == []
    assert (
        sign_in(Client(), Account.objects.get(pk=worker(1).account_id or 0)).get(reverse("portal:my")).status_code
        == 200
    )
