"""预约: from the wish to the time, what was done and the rating."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gonghui.appeals.tests.support import ABROAD, CITY, COUNTY, ENTERPRISE
from gonghui.kernel import clocks
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import now, time_shifted, today
from gonghui.legal import actions, bookings, queries
from gonghui.legal.bookings import Wish
from gonghui.legal.models import Booking
from gonghui.legal.tests.support import Chambers
from gonghui.organisations.models import Organisation

TALK = Wish("talk", "想当面问问证据。")


def when(hours: int) -> dict[str, str]:
    at = (now() + timedelta(hours=hours)).isoformat(timespec="minutes")
    return {"at": at, "mode": "site", "place": "二楼调解室", "who": "王律师"}


def test_a_worker_books_and_the_county_arranges_holds_and_is_rated(chambers: Chambers) -> None:
    matter = bookings.book(chambers.worker, chambers.source, TALK)
    assert (matter.state, matter.holder_path) == ("requested", COUNTY)
    handler = chambers.house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="已经过了"):
        act(matter.pk, "confirm", handler, when(-1))
    act(matter.pk, "confirm", handler, when(2))
    with pytest.raises(GuardRefused, match="还没有到"):
        act(matter.pk, "hold", handler, {"text": "谈过了。"})
    with time_shifted(timedelta(hours=3)):
        act(matter.pk, "hold", handler, {"text": "谈过了，建议仲裁。"})
        matter = actions.worker_step(chambers.worker, matter, "rate", {"satisfaction": "good"})
    assert matter.state == "closed"
    booking = Booking.objects.get()
    assert (booking.place, booking.result, booking.satisfaction) == ("二楼调解室", "谈过了，建议仲裁。", "good")
    told = [message.payload.get("text", "") for message in OutboxMessage.objects.filter(topic="notice.app")]
    assert any("已约好时间" in text for text in told)
    figures = queries.statistics(handler, now() - timedelta(1), now() + timedelta(1))
    assert figures["bookings"] == {"talk": 1}


def test_a_booking_sent_twice_is_one_and_there_is_an_end_to_them(chambers: Chambers) -> None:
    first = bookings.book(chambers.worker, chambers.source, TALK, key="k")
    assert bookings.book(chambers.worker, chambers.source, TALK, key="k").pk == first.pk
    for key in ("l", "m"):
        bookings.book(chambers.worker, chambers.source, TALK, key=key)
    with pytest.raises(GuardRefused):
        bookings.book(chambers.worker, chambers.source, TALK, key="n")
    actions.worker_step(chambers.worker, first, "cancel", {})
    bookings.book(chambers.worker, chambers.source, TALK, key="n")


def test_what_cannot_be_booked(chambers: Chambers) -> None:
    for wish in (
        Wish("checkup", "企业体检"),
        Wish("nothing", "？"),
        Wish("talk", " "),
        Wish("talk", "问", day=today() - timedelta(1)),
    ):
        with pytest.raises(InvalidData):
            bookings.book(chambers.worker, chambers.source, wish)
    with pytest.raises(NotFound):
        bookings.book(chambers.house.worker("13900139000"), chambers.source, TALK)
    assert not Booking.objects.exists()


def test_an_enterprises_union_books_a_lesson_at_the_union_above(chambers: Chambers) -> None:
    house, union = chambers.house, Organisation.objects.get(path=ENTERPRISE)
    wish = Wish("lesson", "工伤的课", name="老李", phone="0851-1", employer="甲厂有限公司", people=60)
    matter = bookings.book_for_union(house.person("handler", ENTERPRISE), union, wish, key="k")
    assert matter.holder_path == COUNTY
    assert Booking.objects.get().employer == house.employer
    with pytest.raises(InvalidData):
        bookings.book_for_union(house.person("handler", ENTERPRISE), union, Wish("lesson", "课"))
    with pytest.raises(NotAllowed):
        bookings.book_for_union(house.person("handler", ABROAD), union, wish)
    # Who booked follows it; the union arranges it alone.
    assert bookings.booking_page(house.person("handler", ENTERPRISE), matter.pk).reads
    with pytest.raises((NotAllowed, NotFound)):
        act(matter.pk, "confirm", house.person("handler", ENTERPRISE), when(2))
    act(matter.pk, "decline", house.person("handler", COUNTY), {"text": "本月排满，请打 12351。"})
    assert Booking.objects.get().result.startswith("本月排满")


def test_who_only_sees_that_it_moves_does_not_read_the_words(chambers: Chambers) -> None:
    matter = bookings.book(chambers.worker, chambers.source, TALK)
    house = chambers.house
    assert bookings.booking_page(house.person("handler", COUNTY), matter.pk).reads
    assert bookings.booking_page(chambers.worker, matter.pk).reads
    for role, path in (("supervisor", CITY), ("auditor", COUNTY)):
        assert not bookings.booking_page(house.person(role, path), matter.pk).reads
    for actor in (
        house.person("leader", ENTERPRISE),
        house.person("handler", ABROAD),
        house.person("lawyer", COUNTY, 9),
        house.worker("13900139000"),
        Actor(kind="anonymous"),
    ):
        with pytest.raises(NotFound):
            bookings.booking_page(actor, matter.pk)


def test_a_visitor_with_the_query_code_books_and_cancels(chambers: Chambers) -> None:
    source = chambers.house.receive(phone="13700137000", key="visitor").matter
    holder = Actor(kind="anonymous", matter_ids=(source.pk,))
    matter = bookings.book(holder, source, TALK)
    assert bookings.booking_page(holder, matter.pk).reads
    assert actions.worker_step(holder, matter, "cancel", {}).state == "cancelled"


def test_a_booking_nobody_confirms_is_pressed(chambers: Chambers) -> None:
    matter = bookings.book(chambers.worker, chambers.source, TALK)
    clock = clock_of(matter, "confirm")
    assert clock is not None
    assert (clock.unit, clock.amount) == ("working_days", 1)
    for _tick in range(4):
        clocks.run_due(at=clock.due_at + timedelta(minutes=1))
    kinds = {message.payload["kind"] for message in OutboxMessage.objects.filter(topic="notice.staff", matter=matter)}
    assert {"reminder", "supervision"} <= kinds
