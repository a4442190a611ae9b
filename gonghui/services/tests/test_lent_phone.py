"""借出去的手机: no page of the worker shows a whole identity or card number again; what is kept is not lost by that."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.people.actions import own_data
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Application, Draft
from gonghui.services.tests.support import CARDS, ID_NUMBERS, KIT, goods, study
from gonghui.services.veiling import veiled_number

pytestmark = pytest.mark.django_db
NUMBER, CARD = ID_NUMBERS[0], CARDS[0]


@pytest.fixture
def account(house: House) -> Account:
    return Account.objects.create_worker("13800138777")


def test_the_page_of_an_application_masks_and_the_own_copy_does_not(house: House, account: Account) -> None:
    actor = actor_for(account)
    matter = actions.apply(actor, actions.service_for("M10", "520102"), study(actor)).matter
    held = json.loads(Application.objects.get(matter=matter).values_json)
    page = sign_in(Client(), account).get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert held["id_no"] not in page and held["bank_card"] not in page and held["bank_card"][-4:] in page
    assert "下载我的数据" in page
    copy = json.dumps(own_data(account), ensure_ascii=False, default=str)
    assert held["id_no"] in copy and held["bank_card"] in copy


def test_a_form_shows_what_is_kept_with_stars_and_takes_it_back(house: House, account: Account) -> None:
    Person.objects.create(account=account, name="王小明", id_no=NUMBER, region_id="520102")
    client = sign_in(Client(), account)
    goods(3)
    service = actions.service_for("M04", "520102")
    section = next(part for part in service.form if any(spec.type == "id_no" for spec in part.fields))
    actions.keep(actor_for(account), service, {**KIT, "id_no": NUMBER})
    form = reverse("portal:service_step", args=["M04", section.id])
    page = client.get(form).content.decode()
    assert NUMBER not in page and veiled_number(NUMBER) in page

    sent = {spec.name: KIT[spec.name] for spec in section.fields if spec.name in KIT}
    kept = {**sent, "id_no": veiled_number(NUMBER)}
    assert client.post(form, kept).status_code == 302
    assert json.loads(Draft.objects.get().values_json)["id_no"] == NUMBER
    # Stars that mean nothing kept are asked for anew; a number typed anew goes before.
    wrong = client.post(form, {**sent, "id_no": "1101**********9999"})
    assert wrong.status_code == 422 and "请把号码完整填一遍" in wrong.content.decode()
    assert client.post(form, {**sent, "id_no": ID_NUMBERS[1]}).status_code == 302
    assert json.loads(Draft.objects.get().values_json)["id_no"] == ID_NUMBERS[1]
    check = client.get(reverse("portal:service_check", args=["M04"])).content.decode()
    assert ID_NUMBERS[1] not in check and veiled_number(ID_NUMBERS[1]) in check
    client.post(reverse("portal:service_check", args=["M04"]))
    assert Application.objects.get().id_no == ID_NUMBERS[1]


def test_numbers_in_rows_are_veiled_and_come_back_though_a_row_went(house: House, account: Account) -> None:
    client, service = sign_in(Client(), account), actions.service_for("M15", "520102")
    section = next(part for part in service.form if any(spec.type == "rows" for spec in part.fields))
    rows = next(spec for spec in section.fields if spec.type == "rows")
    column = next(one.name for one in rows.columns if one.type == "id_no")
    name = next(one.name for one in rows.columns if one.type == "text")
    members = [{name: f"家人{place}", column: number} for place, number in enumerate(ID_NUMBERS)]
    actions.keep(actor_for(account), service, {rows.name: members})
    page = client.get(reverse("portal:service_step", args=["M15", section.id])).content.decode()
    for number in ID_NUMBERS:
        assert number not in page and veiled_number(number) in page
    from gonghui.services.forms import SectionForm

    sent = {f"{rows.name}-0-{column}": veiled_number(ID_NUMBERS[2]), f"{rows.name}-0-{name}": "家人2"}
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    data.update(sent)
    form = SectionForm(data, service=service, section=section, known={}, initial={rows.name: members})
    form.is_valid()
    asked = form.fields[rows.name]
    assert asked.shown[0].cleaned_data[column] == ID_NUMBERS[2]  # type: ignore[attr-defined]
