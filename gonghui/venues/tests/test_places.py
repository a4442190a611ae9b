"""The places: found by region, open now, on the map; check-in by the poster's code, rating, fault; kept at the desk."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import SHANGHAI, today
from gonghui.organisations.models import Organisation
from gonghui.people.actions import erase
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.venues import faults, hours, keeping, queries, visits
from gonghui.venues.models import Fault, HygieneEntry, Venue, Visit
from gonghui.venues.tests.support import venue, worker

pytestmark = pytest.mark.django_db


def phone(place: int = 1) -> Client:
    return sign_in(Client(), Account.objects.get(pk=worker(place).account_id or 0))


def desk(house: House, role: str = "leader", path: str = COUNTY) -> Client:
    return sign_in(Client(), Account.objects.get(pk=house.person(role, path).account_id or 0))


def test_open_now_is_by_weekday_with_exceptions() -> None:
    place = Venue(
        hours={"0": [["09:00", "12:00"], ["14:00", "18:00"]]},
        exceptions={"2026-10-05": [], "2026-10-06": [["10:00", "11:00"]]},
    )

    def at(day: int, clock: str) -> bool | None:
        return hours.open_at(place, datetime.fromisoformat(f"2026-10-{day:02d}T{clock}:00+08:00"))

    # 12 October is an ordinary Monday, the 5th an excepted one, the 6th a Tuesday with hours of its own.
    assert at(12, "09:00") and at(12, "17:59") and not at(12, "12:00") and not at(12, "18:00")
    assert at(5, "09:30") is False
    assert at(6, "10:30") and not at(6, "09:30") and not at(7, "10:30")
    assert hours.open_at(Venue(), datetime.now(SHANGHAI)) is None
    assert hours.open_at(Venue(state="paused"), datetime.now(SHANGHAI)) is False


def test_hours_are_read_as_people_type_them() -> None:
    assert hours.week_of({"0": "09：00—12：00，14:00-18:00", "1": ""}) == {
        "0": [["09:00", "12:00"], ["14:00", "18:00"]]
    }
    assert hours.exceptions_of("2026-10-01 休息\n\n2026-10-02 09:00-12:00") == {
        "2026-10-01": [],
        "2026-10-02": [["09:00", "12:00"]],
    }
    with pytest.raises(InvalidData) as refusal:
        hours.week_of({"0": "09:00-12:00", "3": "18:00-09:00"})
    assert list(refusal.value.errors) == ["day3"]
    for wrong in ("十月一日 休息", "2026-10-01", "2026-10-01 nine", "2026-02-30 休息"):
        with pytest.raises(InvalidData) as refusal:
            hours.exceptions_of(wrong)
        assert "第 1 行" in refusal.value.errors["exceptions"][0]


@given(st.lists(st.tuples(st.floats(18, 53), st.floats(74, 134)), min_size=1, max_size=30))
def test_every_place_lies_inside_the_map_and_north_is_up(spots: list[tuple[float, float]]) -> None:
    rows: list[tuple[Venue, bool | None]] = [
        (Venue(latitude=Decimal(str(round(a, 5))), longitude=Decimal(str(round(b, 5)))), True) for a, b in spots
    ]
    plan = queries.plan(rows)
    assert plan is not None and len(plan.points) == len(spots)
    assert all(0 <= point.x <= queries.MAP_WIDTH and 0 <= point.y <= queries.MAP_HEIGHT for point in plan.points)
    assert 0 < plan.bar <= queries.MAP_WIDTH / 2
    for one in plan.points:
        for other in plan.points:
            if (one.venue.latitude or 0) > (other.venue.latitude or 0):
                assert one.y <= other.y


def test_the_list_is_of_the_region_with_a_map(house: House) -> None:
    venue(name="河滨驿站")
    venue(name="云岩驿站", path=OTHER_COUNTY, latitude=None, longitude=None)
    venue(name="停用驿站", state="gone")
    venue(kind="nursing", name="静安小屋")
    first = Client().get(reverse("portal:service", args=["M18"]))
    assert first["Location"] == reverse("portal:stations")
    text = Client().get(reverse("portal:stations")).content.decode()
    assert "河滨驿站" in text and "云岩驿站" in text and "停用驿站" not in text and "静安小屋" not in text
    assert "现在开放" in text and "微波炉" in text and text.count('class="map-point') == 1
    text = Client().get(reverse("portal:stations"), {"region": "520103"}).content.decode()
    assert "云岩驿站" in text and "河滨驿站" not in text and '<svg viewBox="0 0 640' not in text
    assert "河滨驿站" in Client().get(reverse("portal:stations"), {"region": "520100"}).content.decode()
    assert "还没有登记" in Client().get(reverse("portal:halls")).content.decode()


def test_scanned_checked_in_rated_once_a_day(house: House) -> None:
    place = venue()
    address = reverse("portal:venue_here", args=[place.pk, visits.code_of(place)])
    assert Client().get(address).status_code == 302
    assert phone().get(reverse("portal:venue_here", args=[place.pk, "0" * 20])).status_code == 404
    me = phone()
    assert "我到了" in me.get(address).content.decode() and not Visit.objects.exists()
    for _again in range(2):
        page = me.post(address)
    visit = Visit.objects.get()
    assert visit.account_id == worker(1).account_id
    ticket = page.context["ticket"]
    rating = reverse("portal:venue_rate", args=[place.pk])
    assert me.post(rating, {"visit": ticket, "stars": "9"}).status_code == 422
    assert me.post(rating, {"visit": "made-up", "stars": "5"}).status_code == 409
    assert (
        me.post(reverse("portal:venue_rate", args=[venue(name="别处").pk]), {"visit": ticket, "stars": "5"}).status_code
        == 409
    )
    assert me.post(rating, {"visit": ticket, "stars": "4"}).status_code == 302
    phone(2).post(address)
    assert queries.figures(place) == queries.Figures(visits=2, rated=1, stars=4.0)
    own = me.get(reverse("people:own_data")).json()["visits"]
    assert [(row["place"], row["stars"]) for row in own] == [(place.name, 4)]
    erase(SYSTEM, worker(1).account_id or 0)
    visit.refresh_from_db()
    assert (visit.account_id, visit.key) == (None, None) and queries.figures(place).visits == 2


def test_a_nursing_room_keeps_no_name_and_counts_a_phone_once_a_day(house: House) -> None:
    room = venue(kind="nursing", name="小屋")
    address = reverse("portal:venue_here", args=[room.pk, visits.code_of(room)])
    me = phone()
    for _again in range(2):
        page = me.post(address)
    visit = Visit.objects.get()
    assert (visit.account_id, visit.key, visit.day) == (None, None, today())
    me.post(reverse("portal:venue_rate", args=[room.pk]), {"visit": page.context["ticket"], "stars": "5"})
    assert Visit.objects.get().stars == 5
    Client().post(address)
    assert Visit.objects.count() == 2


def test_a_closed_place_takes_no_check_in(house: House) -> None:
    place = venue(state="paused")
    answer = phone().post(reverse("portal:venue_here", args=[place.pk, visits.code_of(place)]))
    assert answer.status_code == 409 and "不开放" in answer.content.decode() and not Visit.objects.exists()
    place = venue(name="旧站", state="gone")
    assert Client().get(reverse("portal:venue", args=[place.pk])).status_code == 404


def test_a_fault_from_the_report_to_its_confirmation(house: House) -> None:
    place, me = venue(), phone()
    address = reverse("portal:venue_fault", args=[place.pk])
    assert me.post(address, {"text": ""}).status_code == 422
    text = me.post(address, {"text": "微波炉坏了"}, follow=True).content.decode()
    assert "微波炉坏了" in text and "正在安排" in text
    matter = Fault.objects.get().matter
    handler = house.person("handler", COUNTY)
    staff = desk(house, "handler")
    assert "微波炉坏了" in staff.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    act(matter.pk, "assign", handler, {"repairer": "物业张师傅"})
    act(matter.pk, "repair", handler, {"text": "换了保险管"})
    own = reverse("portal:fault", args=[matter.pk])
    assert "换了保险管" in me.get(own).content.decode()
    assert phone(2).get(own).status_code == 404 and phone(2).post(own, {"step": "confirm"}).status_code == 404
    me.post(own, {"step": "still_broken"})
    matter.refresh_from_db()
    assert matter.state == "assigned"
    act(matter.pk, "repair", handler, {"text": "换了一台"})
    me.post(own, {"step": "confirm"})
    matter.refresh_from_db()
    assert matter.state == "closed" and matter.title in me.get(reverse("portal:my")).content.decode()
    stranger = desk(house, "handler", OTHER_COUNTY)
    assert stranger.get(reverse("desk:matter", args=[matter.pk])).status_code == 404


def test_a_fault_without_a_name_closes_by_itself(house: House) -> None:
    Client().post(reverse("portal:venue_fault", args=[venue().pk]), {"text": "没水了"})
    matter = Fault.objects.get().matter
    assert matter.owner_id is None and faults.of_matter(matter).text == "没水了"


FORM: dict[str, Any] = {
    "kind": "station", "name": "新驿站", "region_id": "520102", "address": "新路1号", "latitude": "26.57001",
    "longitude": "106.71", "day0": "09:00-18:00", "exceptions": "2026-10-01 休息", "equipment": ["water", "aed"],
    "capacity": "10", "contact": "0851-1", "note": "", "certified": "2025", "state": "open",
}  # fmt: skip


def test_a_place_is_entered_and_changed_at_the_desk_with_a_trail(house: House) -> None:
    keeper, new = desk(house), reverse("desk:venue_new")
    wrong = keeper.post(new, {**FORM, "day0": "25:00-26:00"})
    assert wrong.status_code == 422 and "新驿站" in wrong.content.decode() and not Venue.objects.exists()
    assert keeper.post(new, {**FORM, "longitude": ""}).status_code == 422
    assert keeper.post(new, {**FORM, "region_id": "520103"}).status_code == 422
    assert keeper.post(new, FORM).status_code == 302
    made = Venue.objects.get()
    assert made.organisation.path == COUNTY and made.hours == {"0": [["09:00", "18:00"]]}
    assert keeper.post(new, FORM).status_code == 422, "the same name twice"
    change = reverse("desk:venue_change", args=[made.pk])
    keeper.post(change, {**FORM, "state": "paused"})
    made.refresh_from_db()
    assert made.state == "paused"
    assert [entry.verb for entry in TrailEntry.objects.filter(stream=f"venue:{made.pk}").order_by("seq")] == [
        "create",
        "change",
    ]
    assert TrailEntry.objects.get(stream=f"venue:{made.pk}", verb="change").after == {"state": "paused"}
    assert "新驿站" in keeper.get(reverse("desk:venues")).content.decode()
    assert "<svg" in keeper.get(reverse("desk:venue_poster", args=[made.pk])).content.decode()


def test_only_the_managing_union_touches_a_place(house: House) -> None:
    place = venue()
    other = desk(house, "leader", OTHER_COUNTY)
    for name in ("desk:venue", "desk:venue_change", "desk:venue_poster"):
        assert other.get(reverse(name, args=[place.pk])).status_code == 404
        assert other.post(reverse(name, args=[place.pk]), FORM).status_code in (404, 405)
    assert place.name not in other.get(reverse("desk:venues")).content.decode()
    handler = desk(house, "handler")
    assert handler.get(reverse("desk:venue_change", args=[place.pk])).status_code == 403
    with pytest.raises(NotAllowed):
        keeping.save(house.person("leader", OTHER_COUNTY), place, {"state": "gone"})
    with pytest.raises(NotAllowed):
        mine = Venue(organisation=Organisation.objects.get(path=COUNTY))
        keeping.save(worker(1), mine, {})


def test_the_last_cleaning_is_shown_at_the_door(house: House) -> None:
    room = venue(kind="nursing", name="小屋")
    handler = desk(house, "handler")
    handler.post(reverse("desk:venue", args=[room.pk]), {"verb": "hygiene", "what": "disinfected"})
    handler.post(reverse("desk:venue", args=[room.pk]), {"verb": "hygiene", "what": "painted"})
    entry = HygieneEntry.objects.get()
    assert entry.by_id == house.person("handler", COUNTY).account_id
    text = Client().get(reverse("portal:venue", args=[room.pk])).content.decode()
    assert "消毒" in text and f"{today():%Y-}" in text
