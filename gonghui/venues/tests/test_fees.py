"""Fees of a hall: told before booking, paid at the counter or by transfer, released by the clock, given back, closed by
two people, exported."""

from __future__ import annotations

import csv
import http.server
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership.tests.support import member
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.venues import bookings, closing, fees, tables, till
from gonghui.venues.models import Booking, DayClose, Payment, Slot, Venue
from gonghui.venues.tests.support import slot, venue, worker
from gonghui.venues.tests.test_places import desk, phone

pytestmark = pytest.mark.django_db
KEEPER, HAND = "leader", "handler"


@pytest.fixture
def hall(house: House) -> Venue:
    place = venue(kind="hall", name="文化宫")
    fees.set_price(
        house.person(KEEPER, COUNTY), place, hall="羽毛球", per="person", member=Decimal("5.00"),
        public=Decimal("20.00"), valid_from=today(),
    )  # fmt: skip
    return place


def pay(house: House, booking: Booking, way: str = "cash", ref: str = "", role: str = HAND) -> Payment:
    return till.take(house.person(role, COUNTY), booking.pk, way, ref)


def fresh(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def test_from_the_amount_on_the_page_to_the_door(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now().replace(hour=4, minute=0) + timedelta(days=1))
    member(account_id=worker(1).account_id)
    me, address = phone(1), reverse("portal:slot", args=[row.pk])
    page = me.get(address)
    assert "3 人，共 45.00 元" in page.content.decode(), "the member's own place and two at the public price"
    assert "3 人，共 60.00 元" in phone(2).get(address).content.decode()
    seen = page.context["form"]["seen"].value()
    told = me.post(address, {"people": "3", "seen": seen}, follow=True).content.decode()
    booking = Booking.objects.get()
    assert (booking.amount, booking.tariff, booking.pay_state) == (Decimal("45.00"), "member", "unpaid")
    assert "请付 45.00 元" in told and booking.pay_by is not None

    staff, till_page = desk(house, HAND), reverse("desk:venue_money", args=[hall.pk])
    assert str(booking.pk) in staff.get(till_page).content.decode()
    assert desk(house, HAND, OTHER_COUNTY).get(till_page).status_code == 404
    transfer = {"verb": "take", "code": booking.entry_code, "way": "transfer", "receipt_ref": ""}
    wrong = staff.post(till_page, transfer)
    assert wrong.status_code == 422 and "银行回单号" in wrong.content.decode() and not Payment.objects.exists()
    with time_shifted(row.starts - now()):
        staff = desk(house, HAND)
        refused = staff.post(reverse("desk:venues"), {"code": booking.entry_code})
        assert refused.status_code == 422 and "还没有付款" in refused.content.decode()
        assert staff.post(till_page, {"verb": "take", "code": booking.entry_code, "way": "cash"}).status_code == 302
        assert staff.post(till_page, {"verb": "take", "code": booking.entry_code, "way": "cash"}).status_code == 409
        assert staff.post(reverse("desk:venues"), {"code": booking.entry_code}).status_code == 302
    entry = Payment.objects.get()
    assert entry.number in me.get(reverse("portal:booking_receipt", args=[booking.pk])).content.decode()
    assert phone(2).get(reverse("portal:booking_receipt", args=[booking.pk])).status_code == 404


def test_a_price_that_changed_meanwhile_is_told_and_what_is_booked_keeps_its_own(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(days=3))
    address = reverse("portal:slot", args=[row.pk])
    seen = phone(1).get(address).context["form"]["seen"].value()
    kept = bookings.book(worker(2), row.pk)
    day = row.starts.date() - timedelta(days=1)
    told = {"hall": "羽毛球", "per": "person", "member": "6", "public": "30", "valid_from": day.isoformat()}
    keeper, page = desk(house, KEEPER), reverse("desk:venue_money", args=[hall.pk])
    assert keeper.post(page, {"verb": "price", **told, "member": "31"}).status_code == 422
    assert keeper.post(page, {"verb": "price", **told, "valid_from": "2020-01-01"}).status_code == 422
    assert keeper.post(page, {"verb": "price", **told}).status_code == 302
    assert desk(house, HAND).post(page, {"verb": "price", **told}).status_code == 404
    changed = phone(1).post(address, {"people": "1", "seen": seen})
    assert changed.status_code == 422 and "价格刚刚变了" in changed.content.decode()
    again = changed.context["form"]["seen"].value()
    assert phone(1).post(address, {"people": "1", "seen": again}).status_code == 302
    assert fresh(kept).amount == Decimal("20.00")
    assert Booking.objects.get(account_id=worker(1).account_id or 0).amount == Decimal("30.00")
    assert [str(line.valid_to) for line in fees.lines_of(hall)] == [str(day - timedelta(days=1)), "None"]


def test_the_clock_releases_what_is_not_paid_and_who_waits_moves_up(house: House, hall: Venue) -> None:
    row = slot(hall, places=1, starts=now() + timedelta(days=5))
    first, second = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    assert till.release_unpaid() == 0
    with time_shifted(timedelta(hours=25)):
        run_once()
        assert fresh(first).state == "cancelled" and fresh(second).state == "booked"
        waiting = fresh(second)
        assert waiting.pay_by is not None and waiting.pay_by > now(), "who moves up has their own time to pay"
        with pytest.raises(GuardRefused):
            pay(house, first)
        pay(house, second)
    with time_shifted(timedelta(days=4)):
        assert till.release_unpaid() == 0 and Slot.objects.get().taken == 1
    assert len(told(worker(1).account_id, "没有在规定时间内付款")) == 1


def test_booked_shortly_before_it_is_paid_at_the_door_and_not_released(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(hours=3))
    booking = bookings.book(worker(1), row.pk)
    assert booking.pay_by is None
    with time_shifted(timedelta(hours=2, minutes=59)):
        assert till.release_unpaid() == 0 and fresh(booking).state == "booked"


def told(account_id: int | None, word: str) -> list[str]:
    """The notices to an account that have a word."""
    rows = OutboxMessage.objects.filter(account_id=account_id, topic="notice.app")
    return [row.payload["text"] for row in rows if word in row.payload["text"]]


def test_a_transfer_told_by_its_number_keeps_the_seat_until_staff_have_looked(house: House, hall: Venue) -> None:
    staff, elsewhere = house.person(HAND, COUNTY), house.person(HAND, OTHER_COUNTY)
    row = slot(hall, starts=now() + timedelta(days=9))
    booking = bookings.book(worker(1), row.pk)
    own = reverse("portal:booking", args=[booking.pk])
    assert phone(1).post(own, {"step": "receipt", "receipt_ref": " "}).status_code == 422
    page = phone(1).post(own, {"step": "receipt", "receipt_ref": "B 123"}, follow=True).content.decode()
    limit = default_calendar().add_working_days(now(), 2).at
    assert fresh(booking).pay_by == limit and f"名额留到 {limit.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" in page
    assert "提交回单号" not in page, "once"
    assert len(told(staff.account_id, "填了转账回单号")) == 1
    assert told(elsewhere.account_id, "填了转账回单号") == []
    with time_shifted(limit - now() - timedelta(minutes=1)):
        assert till.release_unpaid() == 0
        till.not_arrived(staff, booking.pk)
        assert fresh(booking).pay_by is not None and fresh(booking).told_receipt == ""
        again = phone(1).post(own, {"step": "receipt", "receipt_ref": "B124"})
        assert again.status_code == 409 and "只能填一次" in again.content.decode()
        pay(house, booking, "transfer", "B123")
    other = bookings.book(worker(2), row.pk)
    with pytest.raises(InvalidData) as used:
        pay(house, other, "transfer", "B123")
    assert list(used.value.errors) == ["receipt_ref"] and fresh(other).pay_state == "unpaid"


def test_a_made_up_number_holds_no_seat_past_the_limit(house: House, hall: Venue) -> None:
    row = slot(hall, places=1, starts=now() + timedelta(days=12))
    first, second = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    till.tell_receipt(worker(1), first.pk, "没有这笔")
    until = fresh(first).pay_by
    assert until is not None
    with time_shifted(until - now() + timedelta(minutes=1)):
        run_once()
        assert fresh(first).state == "cancelled" and fresh(second).state == "booked"
    assert told(worker(1).account_id, "没有在规定时间内查到您")


def test_no_number_holds_a_seat_past_the_beginning_and_nobody_is_called_to_what_has_begun(
    house: House, hall: Venue
) -> None:
    row = slot(hall, places=1, starts=now() + timedelta(hours=20))
    first, second = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    till.tell_receipt(worker(1), first.pk, "B1")
    assert fresh(first).pay_by == row.starts
    with time_shifted(row.starts - now() + timedelta(minutes=1)):
        assert till.release_unpaid() == 1 and fresh(first).state == "cancelled" and fresh(second).state == "waiting"
    door = slot(hall, starts=now() + timedelta(hours=3))
    late = bookings.book(worker(3), door.pk)
    till.tell_receipt(worker(3), late.pk, "B2")
    with time_shifted(timedelta(hours=3, minutes=5)):
        assert till.release_unpaid() == 0 and fresh(late).state == "booked", "paid at the door, as without a number"


def test_a_transfer_that_arrives_after_the_seat_went_is_taken_and_given_back(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(days=12))
    booking, other = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    for who, one in ((1, booking), (2, other)):
        till.tell_receipt(worker(who), one.pk, f"B{who}")
    with time_shifted(timedelta(days=8)):
        assert till.release_unpaid() == 2
        staff, page = desk(house, HAND), reverse("desk:venue_money", args=[hall.pk])
        assert "转账可能还会到账" in staff.get(page).content.decode()
        staff.post(page, {"verb": "not_arrived", "booking": other.pk})
        take = {"verb": "take", "code": str(booking.pk), "receipt_ref": "B1"}
        assert staff.post(page, {**take, "way": "cash"}).status_code == 409, "nothing is sold that is gone"
        assert staff.post(page, {**take, "way": "transfer"}).status_code == 302
        assert (fresh(booking).state, fresh(booking).pay_state) == ("cancelled", "refund_due")
        assert "转账可能还会到账" not in staff.get(page).content.decode()
        back = {"verb": "refund", "booking": booking.pk, "way": "transfer", "receipt_ref": "R1"}
        assert staff.post(page, back).status_code == 302 and fresh(booking).pay_state == "refunded"
    assert told(worker(1).account_id, "钱会全部退还")


def test_what_is_given_back_is_told_before_and_given_back_once(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(days=5))
    booking = bookings.book(worker(1), row.pk, 2)
    pay(house, booking)
    own = reverse("portal:booking", args=[booking.pk])
    assert "现在取消退 40.00 元" in phone(1).get(own).content.decode()
    phone(1).post(own)
    assert (fresh(booking).pay_state, fresh(booking).refund) == ("refund_due", Decimal("40.00"))
    staff, page = desk(house, HAND), reverse("desk:venue_money", args=[hall.pk])
    back = {"verb": "refund", "booking": booking.pk, "way": "online"}
    assert staff.post(page, back).status_code == 422, "cash does not go back online"
    assert staff.post(page, {**back, "way": "cash"}).status_code == 302
    with pytest.raises(GuardRefused):
        till.give_back(house.person(HAND, COUNTY), booking.pk, "cash")
    with pytest.raises(NotFound):
        till.give_back(house.person(HAND, OTHER_COUNTY), booking.pk, "cash")
    assert fresh(booking).pay_state == "refunded" and Payment.objects.count() == 2
    assert closing.open_totals(hall)["cash"] == 0


def test_a_slot_that_is_called_off_gives_everything_back(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(hours=1))
    paid, unpaid = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    pay(house, paid)
    desk(house, KEEPER).post(reverse("desk:slot_cancel", args=[row.pk]))
    assert (fresh(paid).pay_state, fresh(paid).refund) == ("refund_due", Decimal("20.00"))
    assert fresh(unpaid).refund == 0 and till.unpaid(hall) == []


def test_the_day_is_closed_by_two_people_and_exported(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(days=5))
    maker, other = desk(house, HAND), desk(house, KEEPER)
    page = reverse("desk:venue_money", args=[hall.pk])
    assert maker.post(page, {"verb": "close", "cash_counted": "0"}).status_code == 409, "nothing to close"
    pay(house, bookings.book(worker(1), row.pk))
    pay(house, bookings.book(worker(2), row.pk), "transfer", "=B1")
    differs = maker.post(page, {"verb": "close", "cash_counted": "19"})
    assert differs.status_code == 422 and "不一致" in differs.content.decode()
    assert maker.post(page, {"verb": "close", "cash_counted": "20"}).status_code == 302
    close = DayClose.objects.get()
    assert close.totals["cash"] == "20.00" and close.totals["transfer"] == "20.00"
    assert maker.post(page, {"verb": "check", "close": close.pk}).status_code == 409, "not the same person"
    assert other.post(page, {"verb": "reject", "close": close.pk}).status_code == 302
    assert not DayClose.objects.exists() and closing.open_totals(hall)["cash"] == 20
    assert maker.post(page, {"verb": "close", "cash_counted": "19", "difference_note": "找错一元"}).status_code == 302
    assert other.post(page, {"verb": "check", "close": DayClose.objects.get().pk}).status_code == 302
    assert DayClose.objects.get().state == "closed"
    pay(house, bookings.book(worker(3), row.pk))
    assert maker.post(page, {"verb": "close", "cash_counted": "20"}).status_code == 409, "the next day's report has it"
    address = reverse("desk:venue_money_export", args=[hall.pk])
    body = other.get(address, {"since": today().isoformat(), "until": today().isoformat()}).content.decode()
    rows = list(csv.reader(io.StringIO(body.lstrip("\ufeff"))))
    assert [line[4] for line in rows[1:]] == ["20.00", "20.00", "20.00"]
    assert rows[2][5] == "'=B1", "no receipt is taken for a formula"
    assert desk(house, HAND, OTHER_COUNTY).get(address).status_code == 404


class Bank(http.server.BaseHTTPRequestHandler):
    """A payment service as the gateway adapter speaks to it."""

    orders: dict[str, dict[str, Any]] = {}
    down = False

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        parts = self.path.strip("/").split("/")
        if len(parts) == 1:
            self.orders.setdefault(told["order"], {"state": "open", "amount": told["amount"]})
            return self.say({"address": f"https://pay.example/{told['order']}"})
        order = self.orders[parts[1]]
        order.setdefault("refunds", told["amount"])
        return self.say({"reference": f"R-{parts[1]}"})

    def do_GET(self) -> None:
        self.say(self.orders.get(self.path.strip("/").split("/")[1], {}))

    def say(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(503 if Bank.down or self.headers["Authorization"] != "Bearer secret" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: Any) -> None:
        """Quiet."""


@pytest.fixture
def bank(settings: Any) -> Iterator[type[Bank]]:
    Bank.orders, Bank.down = {}, False
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.VENUE_PAYMENT, settings.VENUE_PAYMENT_TOKEN = "gateway", "secret"
    settings.VENUE_PAYMENT_URL = f"http://127.0.0.1:{server.server_port}"
    yield Bank
    server.shutdown()
    server.server_close()


def test_online_only_the_services_word_makes_it_paid_and_refunds_go_back_there(
    house: House, hall: Venue, bank: type[Bank]
) -> None:
    booking = bookings.book(worker(1), slot(hall, starts=now() + timedelta(days=5)).pk)
    own, me = reverse("portal:booking", args=[booking.pk]), phone(1)
    assert f"https://pay.example/GH-VB-{booking.pk}" in me.post(own, {"step": "pay"}).content.decode()
    me.post(own, {"step": "look"})
    assert fresh(booking).pay_state == "unpaid", "nobody has paid"
    order = bank.orders[f"GH-VB-{booking.pk}"]
    order |= {"state": "paid", "reference": "W1", "amount": "1.00"}
    me.post(own, {"step": "look"})
    assert fresh(booking).pay_state == "unpaid", "another sum is not the price"
    order["amount"] = str(booking.amount)
    bank.down = True
    with time_shifted(timedelta(hours=30)):
        assert till.release_unpaid() == 0, "perhaps it is paid: not released while the service is silent"
        assert phone(1).post(own, {"step": "look"}).status_code == 409
        bank.down = False
        assert till.release_unpaid() == 0 and fresh(booking).pay_state == "paid"
    assert Payment.objects.get().receipt_ref == "W1"
    bookings.cancel(worker(1), booking.pk)
    with pytest.raises(InvalidData):
        till.give_back(house.person(HAND, COUNTY), booking.pk, "cash")
    till.give_back(house.person(HAND, COUNTY), booking.pk, "online")
    assert order["refunds"] == "20.00" and fresh(booking).pay_state == "refunded"
    # What is over is not paid again, whatever page is still open somewhere.
    assert phone(1).post(own, {"step": "pay"}).status_code == 409


@pytest.mark.parametrize("how", ["cancelled", "released", "called off"])
def test_what_is_paid_on_a_page_left_open_goes_back_at_once(
    house: House, hall: Venue, bank: type[Bank], how: str
) -> None:
    staff = house.person(HAND, COUNTY)
    row = slot(hall, starts=now() + timedelta(days=5))
    booking, other = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    for one in (booking, other):
        till.pay_online(worker(1) if one == booking else worker(2), one.pk)
    order = bank.orders[f"GH-VB-{booking.pk}"]
    with time_shifted(timedelta(hours=25 if how == "released" else 1)):
        if how == "cancelled":
            bookings.cancel(worker(1), booking.pk)
        elif how == "released":
            assert till.release_unpaid() == 2
        else:
            with transaction.atomic():
                bookings.call_off(bookings.locked(row.pk))
        assert till.look_after_the_end() == 0 and not Payment.objects.exists(), "nobody has paid"
    order |= {"state": "paid", "reference": "W9", "amount": str(booking.amount)}
    with time_shifted(timedelta(days=2)):
        Bank.down = True
        assert till.look_after_the_end() == 0
        Bank.down = False
    with time_shifted(timedelta(days=4)):
        assert till.look_after_the_end() == 1 and till.look_after_the_end() == 0
    done = fresh(booking)
    assert (done.state, done.pay_state, done.refund) == ("cancelled", "refunded", booking.amount)
    assert order["refunds"] == str(booking.amount) and fresh(other).pay_state == "unpaid"
    assert sorted(Payment.objects.values_list("kind", "receipt_ref")) == [
        ("payment", "W9"), ("refund", f"R-GH-VB-{booking.pk}"),
    ]  # fmt: skip
    notices = OutboxMessage.objects.filter(topic="notice.app")
    told = [row.account_id for row in notices if "退" in row.payload["text"]]
    assert told.count(worker(1).account_id) >= 2 and staff.account_id in told
    with time_shifted(timedelta(days=20)):
        till.look_after_the_end()
        assert fresh(other).look_at is None, "asked for no longer"


def test_without_a_service_nothing_is_paid_online(house: House, hall: Venue) -> None:
    booking = bookings.book(worker(1), slot(hall, starts=now() + timedelta(days=5)).pk)
    own = reverse("portal:booking", args=[booking.pk])
    assert "现在不能网上付款" in phone(1).get(own).content.decode()
    assert phone(1).post(own, {"step": "pay"}).status_code == 409
    phone(1).post(own, {"step": "look"})
    assert fresh(booking).pay_state == "unpaid"


def test_members_book_before_others_may(house: House, hall: Venue) -> None:
    row = slot(hall, starts=now() + timedelta(days=tables.numbers().public_days_ahead + 3))
    member(account_id=worker(1).account_id)
    bookings.book(worker(1), row.pk)
    address = reverse("portal:slot", args=[row.pk])
    assert "会员优先" in phone(2).get(address).content.decode()
    refused = phone(2).post(address, {"people": "1"})
    assert refused.status_code == 409 and "会员优先" in refused.content.decode()
    with time_shifted(timedelta(days=4)):
        bookings.book(worker(2), row.pk)


@given(st.decimals(0, 100_000, places=2), st.integers(-100, 1000))
def test_never_more_is_given_back_than_was_paid_and_never_less_to_who_cancels_earlier(
    amount: Decimal, hours: int
) -> None:
    at = now()
    back = fees.refund_of(amount, at + timedelta(hours=hours), at)
    earlier = fees.refund_of(amount, at + timedelta(hours=hours + 1), at)
    assert 0 <= back <= earlier <= amount
    if hours >= tables.numbers().fees.refunds[0].hours:
        assert back == (amount * tables.numbers().fees.refunds[0].percent / 100).quantize(Decimal("0.01"))


def test_staff_sign_in_is_needed(hall: Venue) -> None:
    assert Client().get(reverse("desk:venue_money", args=[hall.pk])).status_code == 302
    assert sign_in(Client(), Account.objects.get(pk=worker(1).account_id or 0)).get(
        reverse("desk:venue_money", args=[hall.pk])
    ).status_code in (302, 403, 404)  # fmt: skip
