"""健康承诺 before a sport is booked; 评价 after coming: once, for some days, without a name; a low one is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.venues import bookings, ratings, tables, visits
from gonghui.venues.models import Booking, BookingRating, Fault, Slot
from gonghui.venues.tests.support import slot, venue, worker
from gonghui.venues.tests.test_places import desk, phone

pytestmark = pytest.mark.django_db


def sport(**fields: Any) -> Slot:
    place = venue(kind="hall", name="文化宫", **fields)
    row = slot(place, places=20)
    Slot.objects.filter(pk=row.pk).update(asks_fitness=True)
    row.refresh_from_db()
    return row


def used(row: Slot, number: int) -> Booking:
    booking = bookings.book(worker(number), row.pk, fit=True)
    Booking.objects.filter(pk=booking.pk).update(state="used", used_at=now())
    booking.refresh_from_db()
    return booking


def test_a_sport_is_booked_with_the_promise_alone_and_no_health_is_kept(house: House) -> None:
    row = sport()
    address, me = reverse("portal:slot", args=[row.pk]), phone()
    shown = me.get(address).content.decode()
    assert "健康承诺" in shown and 'name="fit"' in shown and "checked" not in shown, "nobody is fit by default"
    refused = me.post(address, {"people": "2"})
    assert refused.status_code == 422 and not Booking.objects.exists()
    assert "先确认身体状况" in refused.content.decode() and 'value="2"' in refused.content.decode()
    done = me.post(address, {"people": "2", "fit": "on"}, follow=True).content.decode()
    booking = Booking.objects.get()
    assert booking.fit_at is not None and "已确认" in done
    own = me.get(reverse("people:own_data")).json()["bookings_of_places"]
    assert own[0]["health_promise"] is not None and own[0]["rating"] is None
    with time_shifted(timedelta(days=tables.numbers().fitness_days + 3)):
        run_once()
    booking.refresh_from_db()
    assert booking.fit_at is None and booking.people == 2


def test_what_is_no_sport_asks_nothing_of_anybodys_health(house: House) -> None:
    row = slot(venue(kind="hall", name="文化宫"))
    address, me = reverse("portal:slot", args=[row.pk]), phone()
    assert "健康" not in me.get(address).content.decode()
    assert me.post(address, {"people": "1"}).status_code == 302 and Booking.objects.get().fit_at is None


def test_the_keeper_says_at_the_desk_which_slots_are_sport(house: House) -> None:
    place = venue(kind="hall", name="文化宫")
    keeper, address = desk(house), reverse("desk:venue", args=[place.pk])
    form = {
        "verb": "slots", "hall": "1 号场", "day": (now() + timedelta(days=2)).date().isoformat(), "begins": "18:00",
        "ends": "19:00", "places": "4", "weeks": "2", "asks_fitness": "on",
    }  # fmt: skip
    assert keeper.post(address, form).status_code == 302
    assert [row.asks_fitness for row in Slot.objects.all()] == [True, True]
    assert "健康承诺</span>" in keeper.get(address).content.decode()


def test_rated_once_after_coming_for_some_days_and_shown_without_a_name(house: House) -> None:
    row = sport()
    early = bookings.book(worker(9), row.pk, fit=True)
    not_yet = phone(9).post(reverse("portal:booking", args=[early.pk]), {"step": "rate", "stars": "5", "words": ""})
    assert not_yet.status_code == 409 and not BookingRating.objects.exists()
    booking, me = used(row, 1), phone(1)
    own = reverse("portal:booking", args=[booking.pk])
    assert "说说怎么样" in me.get(own).content.decode()
    assert "可以评价" in me.get(reverse("portal:my")).content.decode()
    empty = me.post(own, {"step": "rate", "stars": "", "words": "灯光很好"})
    assert empty.status_code == 422 and "灯光很好" in empty.content.decode()
    assert phone(2).post(own, {"step": "rate", "stars": "1", "words": "坏"}).status_code == 404
    assert me.post(own, {"step": "rate", "stars": "4", "words": "灯光很好"}).status_code == 302
    again = me.post(own, {"step": "rate", "stars": "1", "words": "改主意"})
    assert again.status_code == 409 and "已经评价过" in again.content.decode()
    assert BookingRating.objects.get().stars == 4 and not Fault.objects.exists(), "a good one bothers nobody"
    assert "灯光很好" in me.get(own).content.decode() and "说说怎么样" not in me.get(own).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT said_text FROM venues_bookingrating")
        assert "灯光" not in str(cursor.fetchall())

    page = reverse("portal:venue", args=[row.venue_id])
    assert "大家的评价" not in Client().get(page).content.decode(), "one says more of who rated than of the place"
    for number in (2, 3, 4, 5):
        ratings.rate(worker(number), used(row, number).pk, "5", "")
    shown = Client().get(page).content.decode()
    assert "4.8 分" in shown and "5 人评价" in shown and "灯光很好" not in shown
    staff = desk(house, "handler").get(reverse("desk:venue", args=[row.venue_id])).content.decode()
    phone_number = Account.objects.get(pk=worker(1).account_id or 0).phone
    assert "灯光很好" in staff and phone_number not in staff
    assert desk(house, "handler", OTHER_COUNTY).get(reverse("desk:venue", args=[row.venue_id])).status_code == 404

    late = used(row, 6)
    with time_shifted(timedelta(days=tables.numbers().ratings.days, minutes=1)):
        closed = phone(6)
        address = reverse("portal:booking", args=[late.pk])
        assert "说说怎么样" not in closed.get(address).content.decode()
        assert closed.post(address, {"step": "rate", "stars": "5", "words": ""}).status_code == 409


def test_a_low_rating_says_why_and_is_answered_like_any_fault(house: House) -> None:
    booking = used(sport(), 1)
    me, own = phone(1), reverse("portal:booking", args=[booking.pk])
    silent = me.post(own, {"step": "rate", "stars": "2", "words": " "})
    assert silent.status_code == 422 and "写明哪里不好" in silent.content.decode()
    assert '<input type="radio" name="stars" value="2" checked>' in silent.content.decode()
    assert not BookingRating.objects.exists() and not Matter.objects.filter(kind="venues.fault").exists()
    assert me.post(own, {"step": "rate", "stars": "2", "words": "球网破了"}).status_code == 302
    fault = Fault.objects.select_related("matter").get()
    assert fault.text == "球网破了" and fault.matter.holder_path == COUNTY
    assert fault.matter.owner_id == worker(1).account_id and fault.rating.booking == booking
    assert reverse("portal:fault", args=[fault.matter_id]) in me.get(own).content.decode()
    assert "球网" not in str(list(TrailEntry.objects.values_list("after", "note")))
    account = Account.objects.get(pk=worker(1).account_id or 0)
    ratings.forget_words(account)
    assert BookingRating.objects.get().said_text == "" and BookingRating.objects.get().stars == 2


def test_a_low_rating_of_a_station_leads_to_the_same_report(house: House) -> None:
    place = venue()
    me = phone()
    ticket = me.post(reverse("portal:venue_here", args=[place.pk, visits.code_of(place)])).context["ticket"]
    answer = me.post(reverse("portal:venue_rate", args=[place.pk]), {"visit": ticket, "stars": "1"})
    assert answer["Location"] == reverse("portal:venue_fault", args=[place.pk])
    assert "三个工作日" in me.get(answer["Location"]).content.decode()
