"""Files and rows of a form: nothing sent is lost, what is wrong is said beside its place, nobody else reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import FlowError
from gonghui.kernel.times import now
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import PNG, sign_in
from gonghui.services import actions, catalogue
from gonghui.services.models import Application, Draft, FormFile

SERVICE = """
id: M29
version: 1
zh: 一家人
en: Family
purpose: {zh: 家庭情况登记, en: Family}
needs: [一, 二, 三, 四, 五, 六, 七, 八]
source: 测试
valid_from: 2026-01-01
handled_by: {level: county, place: region}
form:
  - id: family
    zh: 家庭
    fields:
      - {name: region, type: region, zh: 区县, required: true}
      - name: members
        type: rows
        zh: 家庭成员
        required: true
        secret: true
        least: 2
        most: 4
        columns:
          - {name: called, type: text, zh: 姓名, required: true, max: 20}
          - {name: id_no, type: id_no, zh: 身份证号, secret: true}
          - {name: income, type: money, zh: 月收入, required: true}
      - {name: bills, type: file, zh: 票据, required: true, most: 2}
rules:
  - {that: "members.all(x, x.income <= 1000000)", field: members, zh: 收入超过范围}
flow: {pattern: grant}
amounts: [{since: 2026-01-01, fixed: 500, mark: P, source: 测试}]
result: {kind: payment, payee: name, card: bank_card}
"""
WHO = """
  - id: who
    zh: 本人
    fields:
      - {name: name, type: text, zh: 姓名, required: true, secret: true}
      - {name: bank_card, type: bank_card, zh: 银行卡, required: true, secret: true}
"""


@pytest.fixture
def family(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    written = tmp_path / "catalogue" / "M29.yaml"
    written.parent.mkdir()
    text = SERVICE.replace("\nrules:", f"{WHO}rules:", 1)
    written.write_text(text, encoding="utf-8")
    found = catalogue.read(written.parent)
    # The desk's pages are made of the catalogue in use when they are first asked for.
    reverse("portal:home")
    with catalogue.tried(found):
        yield


def picture(name: str = "发票.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


@pytest.mark.django_db
def test_files_and_rows_from_the_first_page_to_the_desk(house: House, family: None) -> None:
    phone = sign_in(Client(), Account.objects.create_worker("13900000001"))
    address = reverse("portal:service_step", args=["M29", "family"])
    page = phone.get(address).content.decode()
    assert 'name="members-1-called"' in page and 'name="members-2-called"' not in page and "multipart" in page
    typed = {"region": "南明区", "members-0-called": "王小明", "members-0-income": "3000"}
    # One more row: what was typed and sent stays, and nothing is held against it yet.
    more = phone.post(address, {**typed, "more": "members", "bills": [picture()]}).content.decode()
    assert 'value="王小明"' in more and 'name="members-1-called"' in more and "发票.png" in more
    assert "field-error" not in more and FormFile.objects.get().application is None
    first = FormFile.objects.get().pk
    wrong = phone.post(address, {**typed, "members-1-called": "李梅", "members-1-income": "很多", "bills": [first]})
    text = wrong.content.decode()
    assert wrong.status_code == 422 and "第 2 行，月收入" in text and f'value="{first}" checked' in text
    too_few = phone.post(address, {**typed, "bills": [first]})
    assert too_few.status_code == 422 and "至少要填 2 行" in too_few.content.decode()
    no_picture = phone.post(address, {**typed, "bills": [picture(content=b"hello")]})
    assert no_picture.status_code == 422 and "不能上传" in no_picture.content.decode()
    right = {**typed, "members-1-called": "李梅", "members-1-income": "0", "members-1-id_no": "11010519491231002x"}
    done = phone.post(address, {**right, "bills": [first, picture("清单.png")]})
    assert done.status_code == 302
    address = done["Location"]
    card = "6222020000000000018"
    address = phone.post(address, {"name": "王小明", "bank_card": card})["Location"]
    check = phone.get(address).content.decode()
    assert "李梅" in check and "清单.png" in check
    done = phone.post(address, follow=True)
    assert "已提交" in done.content.decode()
    application = Application.objects.get()
    held = json.loads(application.values_json)
    assert held["members"][1] == {"called": "李梅", "id_no": "11010519491231002X", "income": "0"}
    assert set(FormFile.objects.values_list("application_id", flat=True)) == {application.pk}

    file = phone.get(reverse("portal:form_file", args=[first]))
    assert file.status_code == 200 and "sandbox" in file["Content-Security-Policy"]
    stranger = sign_in(Client(), Account.objects.create_worker("13900000002"))
    assert stranger.get(reverse("portal:form_file", args=[first])).status_code == 404
    handler = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    assert handler.get(reverse("desk:form_file", args=[first])).status_code == 200
    above = sign_in(Client(), Account.objects.get(pk=house.person("leader", "cn.52.5201").account_id or 0))
    assert above.get(reverse("desk:form_file", args=[first])).status_code == 404


@pytest.mark.django_db
def test_files_of_somebody_else_cannot_be_named_and_go_with_the_draft(house: House, family: None) -> None:
    mine = sign_in(Client(), account := Account.objects.create_worker("13900000001"))
    other = sign_in(Client(), Account.objects.create_worker("13900000002"))
    address = reverse("portal:service_step", args=["M29", "family"])
    mine.post(address, {"more": "members", "bills": [picture()]})
    number = FormFile.objects.get().pk
    refused = other.post(
        address,
        {"region": "南明区", "members-0-called": "甲", "members-0-income": "1", "members-1-called": "乙",
         "members-1-income": "1", "bills": [number]},
    )  # fmt: skip
    assert refused.status_code == 422 and "请上传这一项" in refused.content.decode()
    Draft.objects.filter(account=account).delete()
    actions.drop_draft(actor_for(account), "M29")
    assert not FormFile.objects.exists()


def test_a_column_that_is_secret_makes_its_rows_secret(tmp_path: Path) -> None:
    (tmp_path / "M29.yaml").write_text(SERVICE.replace("secret: true\n        least", "least"), encoding="utf-8")
    with pytest.raises(FlowError, match="write `secret: true` for the rows"):
        catalogue.read(tmp_path)


def test_without_a_script_a_field_says_when_it_is_asked(house: House) -> None:
    account = Account.objects.create_worker("13900000021")
    page = sign_in(Client(), account).get(reverse("portal:service_step", args=["M04", "pick_up"])).content.decode()
    part = page.split("寄到哪里")[0].rsplit('<div class="field', 1)[1]
    assert "<noscript><small>“自己来取还是寄”选了“来不了，寄给我”才填。" in part
    assert "必填" in page.split("寄到哪里")[1].split("</label>")[0], "where it is asked it must be filled in"


def test_what_was_typed_is_there_still_when_the_form_has_changed_meanwhile(house: House) -> None:
    account = Account.objects.create_worker("13900000022")
    typed = {"platform": "飞鸽外卖", "member_months": "三个月", "colour": "红", "size": "XL"}
    Draft.objects.create(
        account=account, service="M04", kind="services.M04.9", values_json=json.dumps(typed), updated_at=now()
    )
    phone = sign_in(Client(), account)
    assert 'value="飞鸽外卖"' in phone.get(reverse("portal:service_step", args=["M04", "job"])).content.decode()
    sent = {"worker_type": "rider", "platform": "云雀外卖", "region": "南明区"}
    assert phone.post(reverse("portal:service_step", args=["M04", "job"]), sent).status_code == 302
    held = json.loads(Draft.objects.get().values_json)
    assert held["platform"] == "云雀外卖" and held["size"] == "XL" and "colour" not in held
    check = phone.get(reverse("portal:service_check", args=["M04"])).content.decode()
    assert "XL" in check and "云雀外卖" in check
