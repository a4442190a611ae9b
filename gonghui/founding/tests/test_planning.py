"""建会计划: the union above begins a founding itself; a workplace that has a union, by the register, founds none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, House
from gonghui.founding.models import Founding
from gonghui.founding.tests.support import sign_up
from gonghui.founding.tests.test_founding import COUNTED, WISH, wished
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.membership.models import Membership
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services.models import Application

PLAN: dict[str, Any] = {
    "unit": "星火电子厂", "uscc": "91110108551385082Q", "region": "520102", "address": "南明区工业园一号",
    "employees": "60", "new_form": "0", "way": "single", "name": "", "phone": "", "basis": "2026 年建会摸排名单",
    "key": "a1",
}  # fmt: skip


@pytest.fixture
def house(db: Any) -> House:
    return House.build()


def desk(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


ADDRESS = "desk:founding_plan"


def test_a_founding_by_plan_comes_to_a_union_with_members(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    page = desk(handler)
    assert reverse(ADDRESS) in page.get(reverse("desk:services")).content.decode()
    wrong = page.post(reverse(ADDRESS), {**PLAN, "uscc": "123", "basis": "", "new_form": "61"})
    assert wrong.status_code == 422 and {"uscc", "basis"} <= set(wrong.context["form"].errors)
    assert page.post(reverse(ADDRESS), PLAN).status_code == 302
    matter = Matter.objects.get(application__service="M03")
    assert (matter.state, matter.holder_path, matter.owner_id) == ("applied", COUNTY, None)
    assert TrailEntry.objects.get(stream=f"matter:{matter.pk}", verb="open").actor_id == handler.account_id
    assert "按计划立项：2026 年建会摸排名单" in page.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert page.post(reverse(ADDRESS), PLAN)["Location"] == reverse("desk:matter", args=[matter.pk])
    again = page.post(reverse(ADDRESS), {**PLAN, "key": "a2"})
    assert again.status_code == 422 and "正在办理" in again.content.decode()

    act(matter.pk, "link", handler, {"note": "单位支持，职工愿意。"})
    act(matter.pk, "petition", handler, {"words": "六十人，没有工会"})
    act(matter.pk, "reply", leader)
    token = Founding.objects.get(matter=matter).token
    assert token in page.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    sign_up(matter, 30)
    act(matter.pk, "elect", handler, COUNTED)
    act(matter.pk, "approve", leader, {"union_name": "星火电子厂工会"})
    assert Organisation.objects.filter(name="星火电子厂工会", parent__path=COUNTY).exists()
    assert Membership.objects.count() == 30


def test_a_second_click_plans_no_second_founding(house: House) -> None:
    page = desk(house.person("handler", COUNTY))
    sent = {**PLAN, "uscc": ""}
    first, second = page.post(reverse(ADDRESS), sent), page.post(reverse(ADDRESS), sent)
    assert first["Location"] == second["Location"] and Application.objects.count() == 1
    assert page.post(reverse(ADDRESS), {**sent, "key": ""}).status_code == 422


def test_a_city_plans_for_its_counties_and_nobody_for_strangers(house: House) -> None:
    city = desk(house.person("dispatcher", CITY))
    assert city.post(reverse(ADDRESS), {**PLAN, "region": "云岩区"}).status_code == 302
    assert Matter.objects.get(application__service="M03").holder_path == OTHER_COUNTY
    county = desk(house.person("handler", COUNTY))
    strange = county.post(reverse(ADDRESS), {**PLAN, "uscc": "", "unit": "别处的厂", "region": "520103"})
    assert strange.status_code == 422 and "region" in strange.context["form"].errors
    enterprise = desk(house.person("handler", ENTERPRISE))
    assert enterprise.get(reverse(ADDRESS)).status_code == 404
    assert Application.objects.count() == 1


@pytest.mark.parametrize("change", [{"unit": "甲厂有限公司", "uscc": ""}, {"unit": "甲厂的新名字"}])
def test_where_the_register_knows_a_union_one_joins_it(house: House, change: dict[str, Any]) -> None:
    Employer.objects.filter(pk=house.employer.pk).update(uscc=WISH["uscc"])
    with pytest.raises(GuardRefused, match=r"已有工会.*入会"):
        wished(**change)
    answer = desk(house.person("handler", COUNTY)).post(reverse(ADDRESS), {**PLAN, **change})
    assert answer.status_code == 422 and "已有工会" in answer.content.decode()
    assert not Application.objects.exists()


def test_another_workplace_of_the_same_name_and_one_without_a_union_found_theirs(house: House) -> None:
    Employer.objects.filter(pk=house.employer.pk).update(uscc="91440300708461136T")
    _actor, matter = wished(unit="甲厂有限公司")
    assert matter.state == "applied"
    Organisation.objects.filter(path=ENTERPRISE).update(active=False)
    _actor, matter = wished(2, unit="甲厂有限公司", uscc="")
    assert matter.state == "applied"
