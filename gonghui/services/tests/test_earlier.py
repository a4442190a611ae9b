"""Who had a kit before this platform kept count: brought in as a list, found again, taken out when wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.tests.support import xlsx
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, earlier
from gonghui.services.models import Taken
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, worker

pytestmark = pytest.mark.django_db


def desk(house: House, path: str = COUNTY) -> Client:
    actor = house.person("handler", path)
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def send(client: Client, *numbers: Any, path: str = COUNTY, service: str = "M04") -> Any:
    union = Organisation.objects.get(path=path)
    file = SimpleUploadedFile("earlier.xlsx", xlsx(("身份证号",), *((number,) for number in numbers)))
    data = {"service": service, "organisation": union.pk, "file": file}
    return client.post(reverse("desk:earlier"), data, follow=True)


def apply(actor: Any, which: int = 0) -> Any:
    return actions.apply(actor, actions.service_for("M04", "520102"), {**KIT, "id_no": ID_NUMBERS[which]})


def test_who_stands_in_a_list_of_before_gets_no_second_kit_anywhere(house: House) -> None:
    goods(5)
    page = send(desk(house, OTHER_COUNTY), f" {ID_NUMBERS[0].lower()} ", ID_NUMBERS[1], path=OTHER_COUNTY)
    assert "已登记 2 人" in page.content.decode()
    assert not any(number in row.key for row in Taken.objects.all() for number in ID_NUMBERS)
    with pytest.raises(GuardRefused, match="只领一次"):
        apply(worker(1))
    apply(worker(2), 2)
    again = send(desk(house, OTHER_COUNTY), ID_NUMBERS[0], path=OTHER_COUNTY)
    assert "另有 1 人原来就在册" in again.content.decode()


@pytest.mark.parametrize(("row", "reason"), [("110105194912310021", "身份证号不对"), (ID_NUMBERS[0], "和第 2 行重复")])
def test_one_wrong_row_is_told_and_nothing_is_kept(house: House, row: str, reason: str) -> None:
    answer = send(desk(house), ID_NUMBERS[0], row)
    assert answer.status_code == 422 and "第 3 行" in answer.content.decode() and reason in answer.content.decode()
    assert not Taken.objects.exists()


def test_a_list_without_people_and_a_file_that_is_none_are_told(house: House) -> None:
    assert "文件里没有人" in send(desk(house)).content.decode()
    union = Organisation.objects.get(path=COUNTY)
    file = SimpleUploadedFile("earlier.xlsx", b"no workbook")
    answer = desk(house).post(reverse("desk:earlier"), {"service": "M04", "organisation": union.pk, "file": file})
    assert answer.status_code == 422 and "读不出" in answer.content.decode()


def test_a_mistake_is_taken_out_by_the_union_that_made_it_with_a_reason(house: House) -> None:
    goods(5)
    send(desk(house), ID_NUMBERS[0])
    out = {"service": "M04", "id_no": ID_NUMBERS[0], "reason": "同名弄错了"}
    other = desk(house, OTHER_COUNTY).post(reverse("desk:earlier_out"), out)
    assert other.status_code == 422 and "在南明区总工会导入的名单里" in other.content.decode()
    nobody = desk(house).post(reverse("desk:earlier_out"), {**out, "id_no": ID_NUMBERS[1]})
    assert nobody.status_code == 422 and "没有这个人" in nobody.content.decode()
    assert desk(house).post(reverse("desk:earlier_out"), {**out, "reason": ""}).status_code == 422
    assert desk(house).post(reverse("desk:earlier_out"), out).status_code == 302
    assert TrailEntry.objects.filter(stream="earlier:M04").count() == 2
    apply(worker(1))


def test_a_list_is_for_the_own_union_and_for_what_is_had_once_in_a_life(house: House) -> None:
    assert send(desk(house), ID_NUMBERS[0], path=OTHER_COUNTY).status_code == 422
    assert send(desk(house), ID_NUMBERS[0], service="M22").status_code == 422
    assert {"M04", "M10"} <= {service.id for service in earlier.services()}
    assert desk(house).get(reverse("desk:earlier_template")).status_code == 200
    agent = sign_in(Client(), Account.objects.get(pk=house.person("auditor", COUNTY).account_id or 0))
    assert agent.get(reverse("desk:earlier")).status_code in (302, 403, 404)


def test_who_has_applied_is_put_into_the_list_too_and_gets_no_second_kit_under_way(house: House) -> None:
    goods(5)
    matter, handler = apply(worker(1)).matter, house.person("handler", COUNTY)
    member = {"member_seen": "核对了会员证"}
    page = send(desk(house, OTHER_COUNTY), ID_NUMBERS[0], path=OTHER_COUNTY).content.decode()
    assert "已登记 1 人" in page and "另有 0 人原来就在册" in page, (
        "whether somebody applied is nobody's to learn from a list"
    )
    shown = desk(house).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "以前领过" in shown and "导入的以前的领取名单里有这个人" in shown
    with pytest.raises(GuardRefused, match="以前的领取名单里有这个人"):
        act(matter.pk, "approve", handler, member)
    act(matter.pk, "refuse", handler, {"text": "以前领过。"})
    # The application came to nothing, the list has them still.
    with pytest.raises(GuardRefused, match="只领一次"):
        apply(worker(2))
    assert earlier.had("M04", None, ID_NUMBERS[0])


def test_a_list_that_comes_after_the_check_stops_what_is_not_handed_out_yet(house: House) -> None:
    goods(5)
    matter, handler = apply(worker(1)).matter, house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, {"member_seen": "核对了会员证"})
    send(desk(house), ID_NUMBERS[0])
    with pytest.raises(GuardRefused, match="以前的领取名单里有这个人"):
        act(matter.pk, "prepare", handler)
    out = {"service": "M04", "id_no": ID_NUMBERS[0], "reason": "同名弄错了"}
    assert desk(house).post(reverse("desk:earlier_out"), out).status_code == 302
    assert act(matter.pk, "prepare", handler).state == "ready"


def test_a_refusal_is_not_overturned_for_who_stands_in_a_list(house: House) -> None:
    goods(5)
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = apply(person).matter
    act(matter.pk, "refuse", handler, {"text": "以前领过。"})
    send(desk(house), ID_NUMBERS[0])
    matter = act(matter.pk, "contest", person, {"contest_told": "没有领过。"})
    above = house.person("leader", matter.holder_path, 5)
    with pytest.raises(GuardRefused, match="以前的领取名单里有这个人"):
        act(matter.pk, "overturn", above, {"text": "没有领过。"})
