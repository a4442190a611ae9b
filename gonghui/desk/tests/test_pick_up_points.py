"""领取点、尺码: kits are kept apart by station and size; a station's keeper hands over there and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, points
from gonghui.services.models import Application, PointKeeper, Stock, Voucher
from gonghui.services.tests.support import ID_NUMBERS, KIT, SEEN, goods
from gonghui.venues.models import Venue
from gonghui.venues.tests.support import venue, worker

pytestmark = pytest.mark.django_db


def shelf(place: Venue, size: str, total: int) -> Stock:
    return Stock.objects.create(
        service="M04", organisation=place.organisation, item="头盔、雨衣", year=today().year, total=total,
        venue_number=place.pk, variant=size, place=place.name,
    )  # fmt: skip


@pytest.fixture
def stations(house: House) -> tuple[Venue, Venue]:
    """河滨 has one L and one M, 花果园 one L."""
    first, second = venue(name="河滨驿站"), venue(name="花果园驿站")
    for place, size in ((first, "L"), (first, "M"), (second, "L")):
        shelf(place, size, 1)
    return first, second


def apply(number: int, point: Venue | None, **changes: Any) -> Matter:
    told = {**KIT, "id_no": ID_NUMBERS[number], "point": str(point.pk) if point else None, **changes}
    return actions.apply(worker(number), actions.service_for("M04", "520102"), told).matter


def left() -> dict[tuple[str, str], int]:
    return {(row.place, row.variant): row.left for row in Stock.objects.all()}


def client(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def keeper(house: House, *places: Venue, path: str = COUNTY, number: int = 0) -> Actor:
    found = house.person("station", path, number)
    for place in places:
        points.name(house.person("leader", path), place.organisation, found.account_id or 0, place.pk)
    return found


def ready(house: House, matter: Matter) -> str:
    """The code under which it waits."""
    handler = house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "prepare", handler)
    return Voucher.objects.get(application__matter=matter).pickup_code


def test_the_form_offers_the_points_of_the_own_union_that_have_some_with_their_sizes(
    house: House, stations: tuple[Venue, Venue]
) -> None:
    shelf(venue(name="别处驿站", path=OTHER_COUNTY), "L", 5)
    phone = client(worker(7))
    phone.post(
        reverse("portal:service_step", args=["M04", "job"]),
        {"worker_type": "rider", "platform": "飞鸽外卖", "region": "南明区"},
    )
    address = reverse("portal:service_step", args=["M04", "pick_up"])
    page = phone.get(address).content.decode()
    assert "河滨驿站（还有 M、L）" in page and "花果园驿站（还有 L）" in page and "别处驿站" not in page
    apply(0, stations[1])
    assert "花果园驿站" not in phone.get(address).content.decode(), "what has none left is not offered"
    wrong = phone.post(address, {"how": "fetch", "size": "L", "promise": "on"})
    assert wrong.status_code == 422 and list(wrong.context["form"].errors) == ["point"]
    told = {"how": "fetch", "point": str(stations[0].pk), "size": "L", "promise": "on"}
    assert phone.post(address, told).status_code == 302


def test_a_piece_of_the_chosen_point_and_size_is_taken_and_comes_back(
    house: House, stations: tuple[Venue, Venue]
) -> None:
    matter = apply(0, stations[0], size="M")
    assert left() == {("河滨驿站", "L"): 1, ("河滨驿站", "M"): 0, ("花果园驿站", "L"): 1}
    voucher = Voucher.objects.get()
    assert voucher.stock.place == "河滨驿站"
    act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "会籍没有查到。"})
    assert left()["河滨驿站", "M"] == 1


def test_who_comes_too_late_reads_where_or_in_which_size_there_is_some(
    house: House, stations: tuple[Venue, Venue]
) -> None:
    apply(0, stations[0])
    with pytest.raises(InvalidData) as elsewhere:
        apply(1, stations[0])
    assert list(elsewhere.value.errors) == ["point"] and "花果园驿站" in elsewhere.value.errors["point"][0]
    with pytest.raises(InvalidData) as size:
        apply(1, stations[0], size="XXL")
    assert list(size.value.errors) == ["size"] and "M、L" in size.value.errors["size"][0]
    apply(1, stations[1])
    with pytest.raises(InvalidData):
        apply(2, stations[0], size="L")
    apply(2, stations[0], size="M")
    with pytest.raises(GuardRefused, match="领完"):
        actions.apply(
            worker(5),
            actions.service_for("M04", "520102"),
            {**KIT, "id_no": with_check("530102198001010010"), "how": "post", "address": "河滨路 1 号"},
        )
    assert sum(left().values()) == 0


def test_who_has_it_posted_chooses_no_point(house: House, stations: tuple[Venue, Venue]) -> None:
    apply(0, None, how="post", address="河滨路 1 号", size="M")
    assert left()["河滨驿站", "M"] == 0


def test_a_union_without_points_asks_for_none(house: House) -> None:
    goods(1)
    apply(0, None)
    assert Stock.objects.get().promised == 1


def test_another_point_in_the_completed_form_moves_the_promise(house: House, stations: tuple[Venue, Venue]) -> None:
    matter = apply(0, stations[0])
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请写清楚平台全称。"})
    owner = Application.objects.get().account
    assert owner is not None
    person = Actor("worker", owner.pk, "")
    draft = actions.reopen(person, matter.pk)
    values = actions.load(actions.application_of(person, matter.pk)[1], draft.values_json)
    actions.complete(person, draft, {**values, "point": str(stations[1].pk)})
    assert left() == {("河滨驿站", "L"): 1, ("河滨驿站", "M"): 1, ("花果园驿站", "L"): 0}


def test_a_won_review_takes_a_piece_where_there_still_is_one(house: House, stations: tuple[Venue, Venue]) -> None:
    matter = apply(0, stations[0])
    act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "不符合条件。"})
    apply(1, stations[0])
    owner = Application.objects.get(matter=matter).account
    assert owner is not None
    act(matter.pk, "contest", Actor("worker", owner.pk, ""), {"contest_told": "我符合条件。"})
    act(matter.pk, "overturn", house.person("leader", CITY), {"text": "符合条件。"})
    assert Voucher.objects.get(application__matter=matter).stock.place == "花果园驿站"


def test_a_keeper_hands_over_at_the_own_station_and_sees_nothing_else(
    house: House, stations: tuple[Venue, Venue]
) -> None:
    here, there = keeper(house, stations[0]), keeper(house, stations[1], number=1)
    matter = apply(0, stations[0])
    code = ready(house, matter)
    desk = client(here)
    assert desk.get(reverse("desk:matter", args=[matter.pk])).status_code == 403
    assert desk.get(reverse("desk:services")).status_code == 403
    assert str(matter.number) not in desk.get(reverse("desk:home")).content.decode()
    address = reverse("desk:hand_over")
    assert client(there).post(address, {"code": code}).status_code == 422
    assert client(there).post(address, {"code": code, "step": "hand_over"}).status_code == 422
    assert desk.post(address, {"code": "00000000"}).status_code == 422
    shown = desk.post(address, {"code": f"{code[:4]} {code[4:]}"}).content.decode()
    assert "头盔、雨衣" in shown and "L" in shown and "王**" in shown and "王小明" not in shown
    assert KIT["phone"] not in shown and ID_NUMBERS[0] not in shown
    assert desk.post(address, {"code": code, "step": "hand_over"}).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "signed" and Voucher.objects.get().handed_by_id == here.account_id
    assert desk.post(address, {"code": code, "step": "hand_over"}).status_code == 422, "once"


def test_whose_duty_or_station_ended_hands_over_no_more(house: House, stations: tuple[Venue, Venue]) -> None:
    person = keeper(house, stations[0])
    code = ready(house, apply(0, stations[0]))
    points.release(house.person("leader", COUNTY), PointKeeper.objects.get().pk)
    with pytest.raises(NotFound):
        points.hand_over(person, code)
    points.name(house.person("leader", COUNTY), stations[0].organisation, person.account_id or 0, stations[0].pk)
    with pytest.raises(NotFound):
        points.hand_over(Actor("staff", person.account_id, ""), code)
    points.hand_over(person, code)


def test_the_union_fills_its_shelves_and_names_its_keepers_and_no_others(
    house: House, stations: tuple[Venue, Venue]
) -> None:
    person, elsewhere = house.person("station", COUNTY), house.person("station", OTHER_COUNTY)
    desk, place = client(house.person("leader", COUNTY)), stations[0]
    new = {"service": "M04", "item": "头盔、雨衣", "venue": place.pk, "variant": "XL", "total": 3}
    assert desk.post(reverse("desk:service_stock_new"), new).status_code == 302
    row = Stock.objects.get(variant="XL")
    assert (row.venue_number, row.total, row.organisation.path) == (place.pk, 3, COUNTY)
    assert place.name in row.place and place.address in row.place
    assert desk.post(reverse("desk:service_stock_new"), new).status_code == 422, "one row a point and size"
    assert "XL" in desk.get(reverse("desk:services")).content.decode()

    address = reverse("desk:point_keepers")
    assert desk.post(address, {"verb": "name", "venue": place.pk, "account": person.account_id}).status_code == 302
    assert place.name in desk.get(address).content.decode()
    assert desk.post(address, {"verb": "name", "venue": place.pk, "account": elsewhere.account_id}).status_code == 422
    other = venue(name="别处驿站", path=OTHER_COUNTY)
    assert desk.post(address, {"verb": "name", "venue": other.pk, "account": person.account_id}).status_code == 422
    number = PointKeeper.objects.get().pk
    stranger = client(house.person("leader", OTHER_COUNTY))
    assert stranger.post(address, {"verb": "release", "keeper": number}).status_code == 404
    assert desk.post(address, {"verb": "release", "keeper": number}).status_code == 302
    assert not PointKeeper.objects.exists()
    with pytest.raises(InvalidData):
        points.name(
            house.person("leader", COUNTY), Organisation.objects.get(path=COUNTY), elsewhere.account_id or 0, place.pk
        )


def test_passed_on_the_size_goes_along(house: House, stations: tuple[Venue, Venue]) -> None:
    """The other union has its own points: one of the size there, else the step says which sizes it has."""
    there = venue(name="云岩驿站", path=OTHER_COUNTY)
    other, fitting = shelf(there, "L", 5), shelf(there, "M", 1)
    shelf(venue(name="花溪驿站"), "M", 1)
    first, second = (apply(number, None, how="post", address="南明区一号", size="M") for number in (0, 1))
    handler = house.person("handler", COUNTY)
    moved = {"union": OTHER_COUNTY, "text": "在云岩区"}
    act(first.pk, "redirect", handler, moved)
    assert Voucher.objects.get(application__matter=first).stock == fitting
    with pytest.raises(GuardRefused, match="L"):
        act(second.pk, "redirect", handler, moved)
    other.refresh_from_db()
    assert other.promised == 0
