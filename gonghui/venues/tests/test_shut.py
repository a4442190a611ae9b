"""A place that shuts with bookings standing; a booking cancelled for somebody; not coming that is excused."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.actions import erase
from gonghui.venues import bookings, fees, for_somebody, keeping, shut, till
from gonghui.venues.models import Booking, Slot, Venue
from gonghui.venues.tests.support import slot, venue, worker
from gonghui.venues.tests.test_places import FORM, desk, phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall(house: House) -> Venue:
    return venue(kind="hall", name="文化宫")


def on(ahead: int, hour: int = 18) -> datetime:
    return datetime.combine(today() + timedelta(days=ahead), time(hour), SHANGHAI)


def told(who: int, word: str) -> list[str]:
    rows = OutboxMessage.objects.filter(account_id=worker(who).account_id, topic="notice.app")
    return [row.payload["text"] for row in rows if word in row.payload["text"]]


def states() -> list[str]:
    return list(Booking.objects.order_by("pk").values_list("state", flat=True))


def form(**changed: Any) -> dict[str, Any]:
    return {**FORM, "kind": "hall", "name": "文化宫", **changed}


def paid(house: House, hall: Venue, who: int, ahead: int) -> Booking:
    fees.set_price(
        house.person("leader", COUNTY), hall, hall="羽毛球", per="person", member=Decimal(5), public=Decimal(20),
        valid_from=today(),
    )  # fmt: skip
    booking = bookings.book(worker(who), slot(hall, starts=on(ahead)).pk)
    till.take(house.person("handler", COUNTY), booking.pk, "cash")
    return booking


def test_a_place_given_up_asks_first_then_calls_off_tells_and_gives_back(house: House, hall: Venue) -> None:
    booking = paid(house, hall, 1, 2)
    waits = bookings.book(worker(2), slot(hall, places=1, starts=on(3), hall="讲座").pk)
    change = reverse("desk:venue_change", args=[hall.pk])
    keeper = desk(house)
    assert "确认停开" not in keeper.get(change).content.decode()
    asked = keeper.post(change, form(state="gone"))
    assert asked.status_code == 422 and "关闭期间有 2 个预约" in asked.content.decode()
    assert "确认停开" in asked.content.decode() and states() == ["booked", "booked"]
    hall.refresh_from_db()
    assert hall.state == "open", "nothing is done before the yes"
    assert keeper.post(change, form(state="gone", sure="on")).status_code == 302
    assert states() == ["cancelled", "cancelled"] and not Slot.objects.filter(cancelled=False).exists()
    booking.refresh_from_db()
    assert (booking.pay_state, booking.refund) == ("refund_due", Decimal(20))
    assert len(told(1, "因场所停用")) == 1 and "20.00 元全部退还" in told(1, "停开")[0] and told(2, "因场所停用")
    entry = TrailEntry.objects.get(stream=f"venue:{hall.pk}", verb="call_off")
    assert entry.after["bookings"] == 2 and entry.after["slots"] == [booking.slot_id, waits.slot_id]
    with time_shifted(timedelta(days=10)):
        assert bookings.block_of(worker(1).account_id or 0) is None


def test_shut_for_a_time_calls_off_what_lies_in_it_and_blames_nobody(house: House, hall: Venue) -> None:
    rows = [slot(hall, starts=on(day)) for day in (1, 2, 3, 5)]
    for row in rows:
        bookings.book(worker(1), row.pk)
    empty = slot(hall, starts=on(2, 9))
    change, keeper = reverse("desk:venue_change", args=[hall.pk]), desk(house)
    until = (today() + timedelta(days=3)).isoformat()
    wrong = keeper.post(change, form(state="paused", paused_until="2020-01-01", sure="on"))
    assert wrong.status_code == 422 and "今天或以后" in wrong.content.decode() and set(states()) == {"booked"}
    keeper.post(change, form(state="paused", paused_until=until, sure="on"))
    assert states() == ["cancelled"] * 3 + ["booked"]
    assert f"临时关闭到 {until}" in phone(2).get(reverse("portal:venue", args=[hall.pk])).content.decode()
    assert "不能再预约" in phone(2).get(reverse("portal:slot", args=[rows[3].pk])).content.decode()
    empty.refresh_from_db()
    assert not empty.cancelled, "what nobody booked can be booked when it opens earlier"
    later = (today() + timedelta(days=5)).isoformat()
    assert keeper.post(change, form(state="paused", paused_until=later)).status_code == 422, "longer: asked again"
    keeper.post(change, form(state="open"))
    hall.refresh_from_db()
    assert (hall.state, hall.paused_until) == ("open", None) and states()[3] == "booked"
    with time_shifted(timedelta(days=9)):
        assert bookings.block_of(worker(1).account_id or 0) is None and states()[:3] == ["cancelled"] * 3


def test_without_a_day_everything_booked_is_called_off(house: House, hall: Venue) -> None:
    bookings.book(worker(1), slot(hall, starts=on(13)).pk)
    with pytest.raises(InvalidData) as asked:
        keeping.save(house.person("leader", COUNTY), hall, {"state": "paused"})
    assert list(asked.value.errors) == ["sure"]
    keeping.save(house.person("leader", COUNTY), hall, {"state": "paused"}, sure=True)
    assert states() == ["cancelled"] and told(1, "因场所临时关闭，")


def test_a_place_not_open_again_in_time_is_called_off_by_the_clock_before_it_begins(house: House, hall: Venue) -> None:
    keeper = house.person("leader", COUNTY)
    bookings.book(worker(1), slot(hall, starts=on(4)).pk)
    keeping.save(keeper, hall, {"state": "paused", "paused_until": today() + timedelta(days=2)})
    with time_shifted(on(2, 10) - now()):
        run_once()
        assert states() == ["booked"]
        shut.look_after()
    notices = OutboxMessage.objects.filter(account_id=keeper.account_id, topic="notice.app")
    assert ["改回开放或改日期" in row.payload["text"] for row in notices] == [True], "reminded once"
    with time_shifted(on(4, 15) - now()):
        assert shut.look_after() == 0
    with time_shifted(on(4, 17) - now()):
        run_once()
    assert states() == ["cancelled"] and len(told(1, "因场所临时关闭")) == 1
    assert TrailEntry.objects.get(verb="call_off").actor_kind == "system"
    with time_shifted(timedelta(days=9)):
        assert "没有到场" not in phone(1).get(reverse("portal:my")).content.decode()


def test_who_keeps_the_place_cancels_for_somebody_when_it_is_too_late_for_them(house: House, hall: Venue) -> None:
    row = slot(hall, places=1, starts=now() + timedelta(hours=3))
    mine, waits = bookings.book(worker(1), row.pk), bookings.book(worker(2), row.pk)
    page = f"{reverse('desk:venue_bookings', args=[hall.pk])}?day={row.starts.astimezone(SHANGHAI):%Y-%m-%d}"
    asked = {"verb": "cancel", "cancel-booking": mine.pk, "cancel-why": "家里有急事"}
    with time_shifted(timedelta(hours=2)):
        with pytest.raises(GuardRefused):
            bookings.cancel(worker(1), mine.pk)
        listed = desk(house, "handler").get(page).content.decode()
        assert f'<td data-label="预约号">{mine.pk}</td>' in listed and "代为取消" not in listed
        assert worker_phone(1) not in listed
        assert desk(house, "handler").post(page, asked).status_code == 404
        assert desk(house, "leader", OTHER_COUNTY).get(page).status_code == 404
        with pytest.raises(NotFound):
            for_somebody.cancel(house.person("leader", OTHER_COUNTY), mine.pk, "家里有急事")
        keeper = desk(house)
        assert keeper.post(page, {**asked, "cancel-why": " "}).status_code == 422 and states()[0] == "booked"
        assert "已通知本人" in keeper.post(page, asked, follow=True).content.decode()
        assert keeper.post(page, asked).status_code == 422, "not a second time"
    assert states() == ["cancelled", "booked"] and waits.slot_id == row.pk
    assert told(1, "场馆已为您取消") and told(2, "约上了")
    own = phone(1).get(reverse("portal:booking", args=[mine.pk])).content.decode()
    assert "场馆为您取消了预约" in own and "家里有急事" in own
    entry = TrailEntry.objects.get(stream=f"venue:{hall.pk}", verb="cancel_for")
    assert entry.after["booking"] == mine.pk and "家里有急事" not in str(entry.after)
    mine.refresh_from_db()
    assert mine.desk_by_id == house.person("leader", COUNTY).account_id
    assert "代为取消预约" in desk(house).get(reverse("desk:venue", args=[hall.pk])).content.decode()
    erase(SYSTEM, worker(1).account_id or 0)
    mine.refresh_from_db()
    assert (mine.account_id, mine.desk_text) == (None, "")


def worker_phone(who: int) -> str:
    return f"139100{who:05d}"


@pytest.mark.parametrize(("whole", "back"), [(False, Decimal(0)), (True, Decimal(20))])
def test_money_goes_back_by_the_rules_or_wholly_as_the_keeper_says(
    house: House, hall: Venue, whole: bool, back: Decimal
) -> None:
    booking = paid(house, hall, 1, 2)
    with time_shifted(on(2, 17) - now()):
        for_somebody.cancel(house.person("leader", COUNTY), booking.pk, "有特殊情况", whole)
        booking.refresh_from_db()
        assert (booking.refund, booking.pay_state) == (back, "refund_due" if back else "paid")
        with pytest.raises(GuardRefused):
            for_somebody.cancel(house.person("leader", COUNTY), booking.pk, "有特殊情况", whole)


def test_an_excused_no_show_lifts_the_block_and_stays_on_record(house: House, hall: Venue) -> None:
    rows = [bookings.book(worker(1), slot(hall, starts=on(day)).pk) for day in (1, 2, 3)]
    page = reverse("desk:venue_bookings", args=[hall.pk])
    with pytest.raises(GuardRefused):
        for_somebody.excuse(house.person("leader", COUNTY), rows[0].pk, "住得远")
    with time_shifted(timedelta(days=5)):
        coming = slot(hall, starts=on(1))
        refused = phone(1).post(reverse("portal:slot", args=[coming.pk]), {"people": "1"})
        assert refused.status_code == 409 and "请他们免计" in refused.content.decode()
        own = reverse("portal:booking", args=[rows[1].pk])
        assert "请他们免计" in phone(1).get(own).content.decode()
        assert "由管理场所的同志免计" in desk(house, "handler").get(page).content.decode()
        keeper = desk(house)
        asked = {"verb": "excuse", "excuse-booking": rows[1].pk, "excuse-why": "单位临时加班"}
        assert keeper.post(page, {**asked, "excuse-why": ""}).status_code == 422
        assert keeper.post(page, asked).status_code == 302
        assert keeper.post(page, asked).status_code == 422, "once"
        text = phone(1).get(own).content.decode()
        assert "已免计" in text and "单位临时加班" in text
        assert "没有到场（已免计）" in phone(1).get(reverse("portal:my")).content.decode()
        assert phone(1).post(reverse("portal:slot", args=[coming.pk]), {"people": "1"}).status_code == 302
        data = phone(1).get(reverse("people:own_data")).json()["bookings_of_places"]
        assert [row["desk_reason"] for row in data if row["desk_reason"]] == ["单位临时加班"]
    assert told(1, "场馆已免计") and TrailEntry.objects.filter(verb="excuse").count() == 1
    assert "单位临时加班" not in str(list(TrailEntry.objects.values_list("after", flat=True)))
