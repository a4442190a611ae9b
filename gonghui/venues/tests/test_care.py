"""阵地的照管: six kinds of places, inspections with what was found put right, photos seen by two, when it is used, the
door."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.venues import doors, inspections, queries, tables, visits
from gonghui.venues.models import Inspection, Venue, VenuePhoto, Visit
from gonghui.venues.tests.support import venue, worker

pytestmark = pytest.mark.django_db


def desk(house: House, role: str = "handler", path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def picture() -> SimpleUploadedFile:
    body = io.BytesIO()
    Image.effect_noise((1200, 800), 40).convert("RGB").save(body, "JPEG")
    return SimpleUploadedFile("place.jpg", body.getvalue(), content_type="image/jpeg")


def care(place: Venue) -> str:
    return reverse("desk:venue_care", args=[place.pk])


@pytest.mark.parametrize("kind", [row.code for row in tables.kinds()])
def test_every_kind_of_place_is_entered_at_the_desk_and_found_near_me(house: House, kind: str) -> None:
    told = {
        "kind": kind, "name": "河滨的一处", "region_id": "520102", "address": "河滨路 1 号", "state": "open",
        "day0": "09:00-17:00",
    }  # fmt: skip
    assert desk(house, "leader").post(reverse("desk:venue_new"), told).status_code == 302
    row = tables.kind(kind)
    page = Client().get(reverse(f"portal:{row.route}")).content.decode()
    assert "河滨的一处" in page and all(str(other) in page for other in tables.kinds())
    place = Client().get(reverse("portal:venue", args=[Venue.objects.get().pk])).content.decode()
    assert str(row.title) in place
    assert len(tables.kinds()) >= 6


def test_a_regular_inspection_is_due_once_a_period_and_what_it_found_is_put_right(house: House) -> None:
    station, staff = venue(), desk(house)
    assert {one.kind.code for one in inspections.due([station])} == {"online", "onsite"}
    assert "还没做的检查" in staff.get(reverse("desk:venues")).content.decode()
    told = {"verb": "inspect", "what": "online", "found": "微波炉不热了", "note": "电话核对过"}
    assert staff.post(care(station), told).status_code == 302
    assert {one.kind.code for one in inspections.due([station])} == {"onsite"}
    assert staff.post(care(station), told).status_code == 422, "once a month"
    row = Inspection.objects.get()
    assert row.fault is not None and row.fault.matter.holder_path == COUNTY
    matter, handler = row.fault.matter, house.person("handler", COUNTY)
    assert matter.clocks.exists() and "整改中" in staff.get(care(station)).content.decode()
    act(matter.pk, "assign", handler, {"repairer": "老张"})
    act(matter.pk, "repair", handler, {"text": "换了保险丝。"})
    with time_shifted(timedelta(days=8)):
        run_once()
        assert "已整改" in desk(house).get(care(station)).content.decode()
    assert f"{today():%Y-%m-%d}" in Client().get(reverse("portal:venue", args=[station.pk])).content.decode()
    for _time in range(2):
        assert staff.post(care(station), {"verb": "inspect", "what": "patrol"}).status_code == 302
    assert desk(house, path=OTHER_COUNTY).get(care(station)).status_code == 404
    assert not inspections.due([venue("hall", "文化宫")]), "only stations are audited"


def test_a_late_inspection_is_reminded_of_once_and_a_missed_one_told_to_the_head(house: House) -> None:
    station = venue()
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    house.person("handler", OTHER_COUNTY)
    inspections.remind(date(2026, 3, 3))
    assert not OutboxMessage.objects.exists()
    for _time in range(2):
        inspections.remind(date(2026, 11, 27))
    # The month's and, from the middle of October on, the year's; each to both who look after the place.
    sent = list(OutboxMessage.objects.values_list("account_id", flat=True))
    assert Counter(sent) == {handler.account_id: 2, leader.account_id: 2}
    row = Inspection.objects.create(venue=station, what="online", period="2026-10", at=now())
    Inspection.objects.filter(pk=row.pk).update(at=f"{date(2026, 10, 5)}T09:00:00+08:00")
    OutboxMessage.objects.all().delete()
    inspections.remind(date(2026, 12, 2))
    texts = [
        (one.account_id, one.payload["text"]) for one in OutboxMessage.objects.all() if "没有按时" in str(one.payload)
    ]
    assert [account for account, _text in texts] == [leader.account_id] and "2026-11" in texts[0][1]


def test_a_photo_is_shown_once_another_person_has_looked(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    station, sender, other = venue(), desk(house, "leader"), desk(house, "dispatcher")
    page = reverse("portal:venue", args=[station.pk])
    assert sender.post(care(station), {"verb": "photo", "photo": picture(), "words": ""}).status_code == 422
    assert sender.post(care(station), {"verb": "photo", "photo": picture(), "words": "驿站的门口"}).status_code == 302
    row = VenuePhoto.objects.get()
    address = reverse("portal:venue_photo", args=[row.pk])
    assert Client().get(address).status_code == 404 and "驿站的门口" not in Client().get(page).content.decode()
    sender.post(care(station), {"verb": "shown", "venue_photo": row.pk})
    desk(house, "leader", OTHER_COUNTY).post(care(station), {"verb": "shown", "venue_photo": row.pk})
    assert Client().get(address).status_code == 404, "neither by who sent it nor by another union"
    other.post(care(station), {"verb": "shown", "venue_photo": row.pk})
    shown = Client().get(address)
    assert shown["Content-Type"] == "image/jpeg" and len(shown.content) <= tables.numbers().photo.bytes_most
    assert Image.open(io.BytesIO(shown.content)).size == (800, 500)
    assert "驿站的门口" in Client().get(page).content.decode()
    other.post(care(station), {"verb": "removed", "venue_photo": row.pk})
    row.refresh_from_db()
    assert Client().get(address).status_code == 404 and row.picture == ""


def test_the_heat_map_tells_when_a_place_is_used_and_nobody_by_name(house: House) -> None:
    station = venue()
    for number in range(3):
        visits.check_in(worker(number), station)
    Visit.objects.create(venue=station, day=today() - timedelta(days=400), hour=3)
    Visit.objects.create(venue=station, day=today())
    heat = queries.heat(station)
    assert heat.total == 3 and heat.hours == [Visit.objects.exclude(account=None).first().hour]  # type: ignore[union-attr]
    assert [cells for day, cells in heat.rows if day == today().weekday()] == [[(3, 4)]]
    page = desk(house).get(care(station)).content.decode()
    assert "heat-4" in page and "共 3 次" in page


def test_the_door_is_opened_by_the_keeper_or_by_a_lock_that_learns_no_name(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = venue("nursing", "母婴小屋")
    address = reverse("portal:venue_here", args=[room.pk, visits.code_of(room)])
    assert "给值班的人看" in Client().post(address).content.decode()
    assert doors.door().open(room) is False

    asked: list[tuple[str, Any]] = []

    def answer(url: str, **told: Any) -> httpx.Response:
        asked.append((url, told["json"]))
        return httpx.Response(
            200 if len(asked) == 1 else 500, json={"opened": True}, request=httpx.Request("POST", url)
        )

    monkeypatch.setattr(httpx, "post", answer)
    settings.VENUE_DOOR, settings.VENUE_DOOR_URL = "lock", "https://locks.example/"
    assert "门已打开" in Client().post(address).content.decode()
    assert asked == [(f"https://locks.example/doors/{room.pk}/open", {})]
    assert "给值班的人看" in Client().post(address).content.decode(), (
        "a lock that does not answer leaves it to the keeper"
    )
    station = venue()
    page = sign_in(Client(), Account.objects.get(pk=worker(1).account_id or 0)).post(
        reverse("portal:venue_here", args=[station.pk, visits.code_of(station)])
    )
    assert len(asked) == 2 and "开门" not in page.content.decode().partition("<h1>")[2]


@pytest.fixture
def lock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A union's lock service that opens whenever it is asked, and what it was asked."""
    asked: list[str] = []

    def answer(url: str, **_told: Any) -> httpx.Response:
        asked.append(url)
        return httpx.Response(200, json={"opened": True}, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", answer)
    settings.VENUE_DOOR, settings.VENUE_DOOR_URL = "lock", "https://locks.example"
    return asked


def at(hour: int) -> timedelta:
    """How far off an hour of tomorrow is."""
    return datetime.combine(today() + timedelta(days=1), time(hour), SHANGHAI) - now()


def here(room: Venue) -> str:
    return reverse("portal:venue_here", args=[room.pk, visits.code_of(room)])


def test_the_lock_opens_in_the_hours_alone_also_for_who_was_here_today(house: House, lock: list[str]) -> None:
    room = venue("nursing", "母婴小屋", hours={str(day): [["09:00", "18:00"]] for day in range(7)})
    mother = Client()
    with time_shifted(at(10)):
        assert "门已打开" in mother.post(here(room)).content.decode() and len(lock) == 1
    for hour, who in ((22, mother), (22, Client()), (8, mother)):
        with time_shifted(at(hour)):
            shut = who.post(here(room))
        assert shut.status_code == 409 and "现在不在开放时间" in shut.content.decode()
        assert "09:00–18:00" in shut.content.decode() and "门已打开" not in shut.content.decode()
    assert len(lock) == 1 and Visit.objects.count() == 1, "neither opened nor counted"
    room.exceptions = {(today() + timedelta(days=1)).isoformat(): []}
    room.save()
    with time_shifted(at(11)):
        assert mother.post(here(room)).status_code == 409, "a holiday goes before the weekday"
    assert len(lock) == 1


def test_the_lock_stays_shut_when_the_room_is_closed_after_the_first_scan(house: House, lock: list[str]) -> None:
    room, mother = venue("nursing", "母婴小屋"), Client()
    mother.post(here(room))
    Venue.objects.update(state="paused")
    shut = mother.post(here(room))
    assert shut.status_code == 409 and "这里现在不开放" in shut.content.decode() and len(lock) == 1


def test_without_hours_entered_the_keeper_opens_and_not_the_lock(house: House, lock: list[str]) -> None:
    room = venue("nursing", "母婴小屋", hours={})
    assert "给值班的人看" in Client().post(here(room)).content.decode() and lock == []


def test_the_keeper_has_the_code_made_anew_and_old_posters_open_nothing(house: House, lock: list[str]) -> None:
    room, mother = venue("nursing", "母婴小屋"), Client()
    old, page = here(room), reverse("desk:venue_poster", args=[room.pk])
    mother.post(old)
    assert "换新码" not in desk(house).get(page).content.decode() and desk(house).post(page).status_code == 404
    assert desk(house, "leader", OTHER_COUNTY).post(page).status_code == 404
    keeper = desk(house, "leader")
    assert "换新码" in keeper.get(page).content.decode()
    assert "已换新码" in keeper.post(page, follow=True).content.decode()
    room.refresh_from_db()
    assert mother.post(old).status_code == 404 and len(lock) == 1
    assert here(room) != old and "门已打开" in mother.post(here(room)).content.decode()
    assert TrailEntry.objects.get(stream=f"venue:{room.pk}").verb == "new_code"
    assert "换签到码" in keeper.get(reverse("desk:venue", args=[room.pk])).content.decode()
