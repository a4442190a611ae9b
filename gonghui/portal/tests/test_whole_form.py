"""A service's whole form on one page, written without a network and sent later: the same checks as page by page,
nothing lost, one application however often it is sent, and nothing of anybody in what phones keep."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.matters import act
from gonghui.people.models import Account, Person
from gonghui.people.testing import PNG, sign_in, worker_client
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Draft, FormFile
from gonghui.services.tests.support import offer, study, worker

KEY = "11111111-2222-4333-8444-555555555555"
COMPLAINT = {
    "merchant_name": "演示商店", "region": "南明区", "kind": "price", "told": "标价先涨再打折", "phone": "13800138000",
}  # fmt: skip
LECTURE = {"name": "王小明", "phone": "13800138000"}


def form(service: str) -> str:
    return reverse("portal:blank_form", args=[service])


def file(name: str, content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def hand_in(client: Client, service: str) -> Any:
    return client.post(reverse("portal:service_check", args=[service]))


def test_the_page_that_phones_keep_is_the_same_for_everybody(house: House) -> None:
    account = Account.objects.create_worker("13800138000")
    Person.objects.create(account=account, name="王小明", region_id="520102")
    shown = sign_in(Client(), account).get(form("M15")).content.decode()
    assert "王小明" not in shown and "13800138000" not in shown
    for part in ('name="members-0-member_name"', "members-__row__-member_name", 'type="file"', "data-show-field"):
        assert part in shown
    # Numbers with which somebody could act in another's name are marked: the phone does not keep them.
    for name in ("bank_card", "id_no", "members-0-member_id_no"):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*data-not-kept', shown), name
    asked = {"accept": "application/json"}
    told = sign_in(Client(), account).get(form("M15"), headers=asked).json()
    other = worker_client("13800138001").get(form("M15"), headers=asked).json()
    assert told["account"] and told["account"] != other["account"] and str(account.pk) != told["account"]
    assert f'data-account="{told["account"]}"' in shown
    assert Client().get(form("M15"), headers=asked).json()["account"] == ""


def test_a_refused_file_is_told_beside_its_field_and_nothing_typed_is_lost(house: House) -> None:
    client = worker_client()
    sent = {**COMPLAINT, "kind": "", "once": KEY, "proof": [file("小票.png"), file("坏的.png", b"no picture")]}
    answer = client.post(form("W02"), sent)
    shown = answer.content.decode()
    assert answer.status_code == 422 and not Draft.objects.exists()
    field = shown.split('class="field field-wrong"')
    assert any("坏的.png" in part and 'type="file"' in part for part in field)
    assert "已上传：小票.png" in shown and "标价先涨再打折" in shown and f'name="once" value="{KEY}"' in shown
    kept = FormFile.objects.get()

    answer = client.post(form("W02"), {**COMPLAINT, "once": KEY, "proof": [str(kept.pk)]}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/services/W02/check/")
    assert f'data-arrived-key="{KEY}"' in answer.content.decode() and "小票.png" in answer.content.decode()
    assert json.loads(Draft.objects.get().values_json)["proof"] == [kept.pk]


def test_sent_again_and_again_it_is_one_application(house: House) -> None:
    client = worker_client()
    for _time in range(2):
        # The answer to the first was lost on its way.
        assert client.post(form("W02"), {**COMPLAINT, "once": KEY}).status_code == 302
    first = hand_in(client, "W02")
    again = hand_in(client, "W02")
    late = client.post(form("W02"), {**COMPLAINT, "once": KEY})
    assert first["Location"] == again["Location"] == late["Location"]
    assert f'data-arrived-key="{KEY}"' in client.get(first["Location"]).content.decode()
    assert Application.objects.count() == 1 and not Draft.objects.exists()

    # Another form is another application, with a key or page by page; another account never meets this one's.
    client.post(form("W02"), {**COMPLAINT, "once": "9" * 32})
    hand_in(client, "W02")
    client.post(reverse("portal:service_step", args=["W02", "what"]), COMPLAINT)
    assert hand_in(client, "W02")["Location"] != first["Location"]
    other = worker_client("13800138001")
    other.post(form("W02"), {**COMPLAINT, "once": KEY})
    assert hand_in(other, "W02")["Location"] != first["Location"]
    assert Application.objects.count() == 4


def test_what_was_chosen_is_a_wish_and_a_full_one_leaves_the_others(house: House) -> None:
    wanted, other = offer("A02", capacity=1, title="第一场"), offer("A02", capacity=5, title="第二场")
    blank = Client().get(form("A02")).content.decode()
    assert "还有 1 个名额" in blank and "没有网络时选的只是意向" in blank and "data-age" in blank
    wanted.taken = 1
    wanted.save(update_fields=["taken"])
    answer = worker_client().post(form("A02"), {"offer": wanted.pk, "name": "王小明", "once": KEY})
    shown = answer.content.decode()
    assert answer.status_code == 422 and "这一场已报满" in shown and "王小明" in shown
    assert f'value="{other.pk}"' in shown and f'value="{wanted.pk}"' not in shown


def test_who_only_gets_a_place_on_the_waiting_list_is_told_before_handing_in(house: House) -> None:
    row = offer("M08", capacity=1)
    row.taken = 1
    row.save(update_fields=["taken"])
    client = worker_client()
    answer = client.post(form("M08"), {**LECTURE, "offer": row.pk, "once": KEY}, follow=True)
    assert "交上去是候补" in answer.content.decode()
    assert Application.objects.count() == 0, "a seat is taken only when the form is handed in"


def test_an_application_of_an_older_version_is_mended_by_its_own_form(house: House) -> None:
    person = worker(1)
    begun = catalogue().by_kind["services.M10.1"]
    assert actions.service_for("M10").kind_of_matter != begun.kind_of_matter
    matter = actions.apply(person, begun, study(person)).matter
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请核对学校名称。"})
    actions.reopen(person, matter.pk)
    client = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    sent = {**study(person), "school": "演示开放大学", "once": KEY}
    shown = client.post(form("M10"), sent, follow=True)
    assert shown.redirect_chain[-1][0].endswith("/services/M10/check/")
    assert "演示开放大学" in shown.content.decode()
    assert Draft.objects.get().kind == begun.kind_of_matter
    assert hand_in(client, "M10")["Location"] == reverse("portal:application", args=[matter.pk])
    application = Application.objects.get()
    assert json.loads(application.values_json)["school"] == "演示开放大学" and not Draft.objects.exists()
    assert (application.kind, application.matter.state) == (begun.kind_of_matter, "applied")


def test_one_application_after_the_other_is_mended_each_by_its_own_version(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    begun = [catalogue().by_kind[f"services.M10.{version}"] for version in (1, 2)]
    matter = actions.apply(person, begun[0], study(person)).matter
    act(matter.pk, "send_back", handler, {"text": "请核对学校名称。"})
    # What stands in the account's one draft was begun with today's version, for whatever it was begun.
    draft = actions.keep(person, begun[1], {"school": "演示大学"})
    draft.completes = matter
    draft.save(update_fields=["completes"])
    client = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    assert "演示大学" in client.get(reverse("portal:service_check", args=["M10"])).content.decode()
    assert actions.reopen(person, matter.pk).kind == begun[0].kind_of_matter == Draft.objects.get().kind


def test_without_scripts_the_server_adds_a_row_and_keeps_what_was_typed(house: House) -> None:
    sent = {"more": "members", "unit": "飞鸽外卖", "members-0-member_name": "王大明"}
    shown = worker_client().post(form("M15"), sent).content.decode()
    assert 'name="members-1-member_name"' in shown and "飞鸽外卖" in shown and "王大明" in shown
    # A service for who is in need names the numbers to ring, on this page too.
    assert "12356" in Client().get(form("M23")).content.decode()
    assert worker_client().post(form("M23"), {"more": "none"}).status_code == 200


def test_who_is_not_signed_in_signs_in_and_comes_back(house: House) -> None:
    answer = Client().post(form("W02"), {**COMPLAINT, "once": KEY})
    where = answer["Location"]
    assert answer.status_code == 302 and "/accounts/sign-in/" in where and "offline/W02" in where
    assert Client().get(form("M06")).status_code == 404


@pytest.mark.parametrize("key", ["", "short", "'; drop", "x" * 80])
def test_a_key_that_is_none_is_left_aside(house: House, key: str) -> None:
    client = worker_client()
    assert client.post(form("W02"), {**COMPLAINT, "once": key}).status_code == 302
    assert hand_in(client, "W02").status_code == 302 and Application.objects.count() == 1
