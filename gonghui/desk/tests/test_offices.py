"""Offices of the competent bodies at the desk: kept by the region's own people, seen at once in the answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import today
from gonghui.organisations import actions
from gonghui.organisations.models import Office
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in

UNPAID = "我在贵阳市南明区的饭店打工，老板拖欠我三个月工资一万八"


def typed(**change: str) -> dict[str, str]:
    return {
        "body": "B1", "region": "520102", "name": "南明区监察大队", "address": "甲路 1 号", "phone": "0851-12333",
        "hours": "1-7 00:00-23:59", "latitude": "26.57", "longitude": "106.71", "source": "区政府网站",
        "checked_on": today().isoformat(), "step": "save", **change,
    }  # fmt: skip


def entered(**change: str) -> Office:
    return actions.add_office(SYSTEM, actions.read_office(typed(**change)))


def test_an_office_is_entered_found_changed_withdrawn_and_taken_up_again(house: House, at_desk: SignedIn) -> None:
    client, new = at_desk("admin", COUNTY), reverse("desk:office_new")
    wrong = client.post(new, typed(hours="上午", online="http://a.example"))
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "https://" in page and "上午" in page and not Office.objects.exists()
    assert client.post(new, typed()).status_code == 302
    office = Office.objects.get()
    listing, url = reverse("desk:offices"), reverse("desk:office", args=[office.pk])
    assert url in client.get(listing, {"q": "甲路", "body": "B1"}).content.decode()
    assert url not in client.get(listing, {"body": "B2"}).content.decode()
    opened = client.get(url)
    shown: dict[str, Any] = {field.name: field.value() for field in opened.context["form"]}
    # What the page shows, sent back as it is, changes nothing.
    assert client.post(url, shown).status_code == 302
    assert [entry.verb for entry in TrailEntry.objects.filter(stream=f"office:{office.pk}")] == ["create"]
    client.post(url, {**shown, "phone": "12333"})
    office.refresh_from_db()
    assert office.phone == "12333"
    assert client.post(url, {"step": "withdraw", "reason": ""}).status_code == 422
    client.post(url, {"step": "withdraw", "reason": "合并"})
    assert url not in client.get(listing).content.decode()
    assert url in client.get(listing, {"state": "withdrawn"}).content.decode()
    client.post(url, {"step": "restore", "reason": "弄错了"})
    assert url in client.get(listing).content.decode()


@pytest.mark.parametrize("path", [OTHER_COUNTY, ENTERPRISE])
def test_another_place_and_an_enterprise_keep_nothing_of_the_county(path: str, house: House, at_desk: SignedIn) -> None:
    office, client = entered(), at_desk("supervisor", path)
    url = reverse("desk:office", args=[office.pk])
    assert office.name not in client.get(reverse("desk:offices")).content.decode()
    assert client.get(url).status_code == 404
    assert client.post(url, typed(phone="110")).status_code == 404
    assert client.post(url, {"step": "withdraw", "reason": "试"}).status_code == 404
    refused = client.post(reverse("desk:office_new"), typed(name="别处"))
    assert refused.status_code == 422 and "本地区及以下" in refused.content.decode()
    assert list(Office.objects.values_list("phone", "active")) == [("0851-12333", True)]


def test_the_province_keeps_those_below_and_a_handler_none(house: House, at_desk: SignedIn) -> None:
    office = entered()
    assert office.name in at_desk("supervisor", PROVINCE).get(reverse("desk:offices")).content.decode()
    assert at_desk("handler", COUNTY).get(reverse("desk:offices")).status_code == 403


def test_the_case_at_the_desk_shows_the_office_of_its_place(house: House, at_desk: SignedIn) -> None:
    entered()
    matter = house.handling(house.receive().matter)
    page = at_desk("handler", COUNTY).get(reverse("desk:rights", args=[matter.pk]), {"topic": "R01"}).content.decode()
    assert "甲路 1 号" in page and 'href="tel:085112333"' in page
    assert "职工在哪里上班" not in page


def test_a_case_without_a_place_is_asked_for_it(house: House, at_desk: SignedIn) -> None:
    entered()
    matter = house.handling(house.receive(description="老板拖欠我三个月工资，一直不给。").matter)
    Appeal.objects.update(work_region="")
    client, url = at_desk("handler", COUNTY), reverse("desk:rights", args=[matter.pk])
    page = client.post(url, {"topic": "R01"}).content.decode()
    assert "职工在哪里上班" in page and "甲路 1 号" not in page and 'href="tel:12333"' in page
    assert "甲路 1 号" in client.post(url, {"topic": "R01", "place": "南明区"}).content.decode()


def test_a_worker_is_shown_where_to_go(house: House, client: Client) -> None:
    office = entered()
    page = client.post("/rights/", {"text": UNPAID}).content.decode()
    for told in (
        "南明区监察大队",
        "甲路 1 号",
        'href="tel:085112333"',
        'href="geo:26.57000,106.71000"',
        today().isoformat(),
    ):
        assert told in page
    assert "一年多没有核对" not in page
    Office.objects.update(checked_on="2020-01-01")
    assert "一年多没有核对" in client.post("/rights/", {"text": UNPAID}).content.decode()
    actions.set_office_active(SYSTEM, office, False, "搬走")
    gone = client.post("/rights/", {"text": UNPAID}).content.decode()
    assert "甲路 1 号" not in gone and 'href="tel:12333"' in gone


def test_a_worker_without_a_place_is_asked_and_answered_all_the_same(house: House, client: Client) -> None:
    entered()
    page = client.get("/rights/", {"topic": "R01"}).content.decode()
    assert 'name="place"' in page and "甲路 1 号" not in page and 'href="tel:12333"' in page
    told = client.post("/rights/", {"topic": "R01", "text": "", "place": "南明区"})
    assert told.status_code == 200 and "甲路 1 号" in told.content.decode()
    unknown = client.post("/rights/", {"topic": "R01", "text": "", "place": "无此地"})
    assert unknown.status_code == 422
    page = unknown.content.decode()
    assert "没有找到这个地方" in page and "无此地" in page and "法律给您什么" in page


def test_a_city_is_taken_and_its_counties_are_offered(house: House, client: Client) -> None:
    entered()
    entered(region="520100", name="贵阳市监察支队", address="市府路 1 号")
    data = {"topic": "R01", "text": "", "place": "贵阳市"}
    page = client.post("/rights/", data).content.decode()
    assert "市府路 1 号" in page and "甲路 1 号" not in page and 'value="520102"' in page
    page = client.post("/rights/", {**data, "asked": "贵阳市", "work_region": "520102"}).content.decode()
    assert "甲路 1 号" in page and "市府路 1 号" not in page


def test_the_profile_tells_where_a_worker_is_unless_the_words_do(house: House) -> None:
    entered()
    entered(region="520103", name="云岩区监察大队", address="乙路 2 号")
    account = Account.objects.get(pk=house.worker().account_id or 0)
    Person.objects.update_or_create(account=account, defaults={"region_id": "520103"})
    client = sign_in(Client(), account)
    assert "乙路 2 号" in client.post("/rights/", {"text": "老板拖欠我三个月工资一万八"}).content.decode()
    page = client.post("/rights/", {"text": UNPAID}).content.decode()
    assert "甲路 1 号" in page and "乙路 2 号" not in page
