"""Every refusal has its reason and leads on: to what one may have instead, or to the application there is already."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in
from gonghui.services import refusals
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Draft
from gonghui.services.spec import Service
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, worker

OPEN = [service for service in catalogue().services.values() if service.state == "open"]


def link(service_id: str) -> str:
    return f'href="{reverse("portal:service", args=[service_id])}"'


@pytest.mark.parametrize("service", [one for one in OPEN if one.eligibility], ids=lambda service: service.id)
def test_each_condition_names_what_one_may_have_instead(service: Service) -> None:
    for condition in service.eligibility:
        other = refusals.other(condition.instead)
        assert condition.zh and condition.en and other is not None and other.id != service.id, condition.fact


@pytest.fixture
def phone(house: House) -> Client:
    goods(5)
    return sign_in(Client(), Account.objects.create_worker("13900000001"))


def handed(phone: Client, **changes: Any) -> Any:
    """The pages of the kit's form, then the check; the first answer that is not a way on."""
    values = {**KIT, **changes}
    for section in catalogue().services["M04"].form:
        sent = {field.name: values[field.name] for field in section.fields if field.name in values}
        answer = phone.post(reverse("portal:service_step", args=["M04", section.id]), sent)
        if answer.status_code != 302:
            return answer
    return phone.post(reverse("portal:service_check", args=["M04"]))


def test_a_condition_that_does_not_hold_leads_to_another_service(phone: Client) -> None:
    answer = handed(phone, worker_type="other")
    text = answer.content.decode()
    assert answer.status_code == 409 and "礼包给新就业形态劳动者" in text and link("M22") in text


def test_an_answer_that_rules_it_out_leads_to_another_service(phone: Client) -> None:
    answer = handed(phone, member="no")
    text = answer.content.decode()
    assert answer.status_code == 422 and "请先入会" in text and link("M01") in text and 'value="王小明"' in text


def test_the_same_on_the_form_of_one_page(phone: Client) -> None:
    sent = {**KIT, "member": "no", "promise": "on"}
    del sent["member_months"]
    answer = phone.post(reverse("portal:blank_form", args=["M04"]), sent)
    assert answer.status_code == 422 and link("M01") in answer.content.decode()


def test_who_had_it_is_led_to_their_application_and_nobody_else_is(phone: Client) -> None:
    account = Account.objects.get(kind="worker")
    Person.objects.create(account=account, id_no=ID_NUMBERS[0], region_id="520102")
    assert handed(phone).status_code == 302
    own = reverse("portal:application", args=[Application.objects.get().matter_id])
    again = handed(phone)
    assert again.status_code == 409 and f'href="{own}"' in again.content.decode()
    assert f'href="{own}"' in phone.get(reverse("portal:service", args=["M04"])).content.decode()
    other = sign_in(Client(), Account.objects.get(pk=worker(7).account_id or 0))
    answer = handed(other)
    text = answer.content.decode()
    assert answer.status_code == 409 and "礼包每人只领一次" in text and own not in text
    assert Draft.objects.filter(account=worker_of(other)).exists(), "what was typed stays"


def worker_of(client: Client) -> Account:
    return Account.objects.get(pk=int(client.session["_auth_user_id"]))
