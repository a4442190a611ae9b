"""The file of a worker's own data holds their cases, and nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse

from gonghui.appeals import actions
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

pytestmark = pytest.mark.django_db


def account_of(actor: Actor) -> Account:
    assert actor.account_id is not None
    return Account.objects.get(pk=actor.account_id)


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> House:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    return House.build()


def test_the_own_cases_are_in_the_file_as_their_pages_show_them(house: House) -> None:
    mine = house.worker("13800138000")
    appeal = house.receive(mine, phone="13800138000", reporter_name="王小明").appeal
    matter = house.handling(appeal.orders.get().matter)
    handler = house.person("handler", COUNTY)
    actions.note(handler, matter, "内部备注不给职工看")
    actions.ask_worker(handler, matter, "请问工资怎么发的？")
    house.receive(house.worker("13900139000"), phone="13900139000", description="另一位职工的事，公司没有签劳动合同。")
    client = sign_in(Client(), account_of(mine))
    response = client.get(reverse("people:own_data"))
    (case,) = response.json()["cases"]
    assert (case["number"], case["name"], case["phone"]) == (appeal.number, "王小明", "13800138000")
    assert case["description"] == appeal.description
    assert case["query_code"] == appeal.query_code
    assert [message["text"] for message in case["messages"]] == ["请问工资怎么发的？"]
    page = response.content.decode()
    assert "内部备注" not in page
    assert "另一位职工" not in page


def test_who_has_no_case_gets_an_empty_list(house: House) -> None:
    client = sign_in(Client(), account_of(house.worker()))
    assert client.get(reverse("people:own_data")).json()["cases"] == []


def test_the_name_of_the_profile_stands_in_the_form_already(house: House) -> None:
    account = account_of(house.worker())
    client = sign_in(Client(), account)
    client.post(reverse("people:profile"), {"name": "王小明", "gender": "", "birth_year": "", "member_no": ""})
    address = client.post(reverse("portal:ask"), {"description": "老板拖欠我三个月工资，一直不给。"})["Location"]
    token = resolve(address).kwargs["token"]
    page = client.get(reverse("portal:ask_step", args=[token, "contact"])).content.decode()
    assert 'value="王小明"' in page
    assert 'value="13800138000"' in page


def test_who_wants_to_be_erased_reads_what_it_waits_for(house: House) -> None:
    mine = house.worker("13800138000")
    appeal = house.receive(mine, phone="13800138000", reporter_name="王小明").appeal
    client = sign_in(Client(), account_of(mine))
    assert "还在办的" not in client.get(reverse("people:profile")).content.decode()
    client.post(reverse("people:erase"))
    page = client.get(reverse("people:profile")).content.decode()
    matter = appeal.orders.get().matter
    assert "还在办的" in page and f'href="{reverse("portal:case", args=[matter.pk])}"' in page
