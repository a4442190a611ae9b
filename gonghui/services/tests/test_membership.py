"""入会 from the form to the card, by the union of the unit or the place; moving, leaving; nobody is a member twice."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership import queries as members
from gonghui.membership.models import Membership, MembershipChange
from gonghui.membership.tests.support import end, member
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in
from gonghui.services import actions, facts, files
from gonghui.services.models import Application, Taken
from gonghui.services.sources import Asked
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, worker

pytestmark = pytest.mark.django_db

JOIN: dict[str, Any] = {
    "way": "platform",
    "platform": "飞鸽外卖",
    "worker_type": "rider",
    "region": "520102",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "promise": True,
    "consent": True,
}


def apply(actor: Any, service: str = "M01", **changes: Any) -> Any:
    return actions.apply(actor, actions.service_for(service, "520102"), {**JOIN, **changes}).matter


def joined(house: House, actor: Any, **changes: Any) -> Membership:
    matter = apply(actor, **changes)
    act(matter.pk, "check", house.person("handler", matter.holder_path))
    act(matter.pk, "approve", house.person("leader", matter.holder_path))
    found = members.current_of(actor.account_id)
    assert found is not None
    return found


def test_a_rider_joins_page_by_page_and_is_a_member_from_the_approval(house: House) -> None:
    account = Account.objects.create_worker("13900000001")
    phone = sign_in(Client(), account)
    assert "还不是会员" in phone.get(reverse("portal:service", args=["M01"])).content.decode()
    address = reverse("portal:service_step", args=["M01", "work"])
    work = {"way": "platform", "platform": "飞鸽外卖", "worker_type": "rider", "region": "南明区"}
    address = phone.post(address, work)["Location"]
    # All of the next page may stay empty.
    assert "都可以不填" in phone.get(address).content.decode()
    address = phone.post(address)["Location"]
    wrong = phone.post(address, {"name": "王小明", "id_no": "110105194912310021", "phone": "1"})
    assert wrong.status_code == 422 and "身份证号不对" in wrong.content.decode()
    person = {"name": "王小明", "id_no": ID_NUMBERS[0], "phone": "13900000001", "promise": "on", "consent": "on"}
    address = phone.post(address, person)["Location"]
    assert "已提交" in phone.post(address, follow=True).content.decode()
    matter = Application.objects.get().matter
    assert matter.holder_path == COUNTY and not Membership.objects.exists()

    handler = house.person("handler", COUNTY)
    act(matter.pk, "check", handler)
    with pytest.raises(GuardRefused):
        act(matter.pk, "approve", handler)
    assert not Membership.objects.exists()
    act(matter.pk, "approve", house.person("leader", COUNTY))
    row = Membership.objects.get()
    assert (row.account_id, row.path, row.since, row.state) == (account.pk, COUNTY, today(), "active")
    assert row.number in phone.get(reverse("people:profile")).content.decode()
    assert not Taken.objects.exists()
    again = phone.get(reverse("portal:service", args=["M01"])).content.decode()
    assert "不符合" in again and "不用再入会" in again


def test_a_unit_with_a_union_handles_it_and_the_union_above_approves(house: House) -> None:
    matter = apply(worker(1), way="unit", employer="甲厂有限公司", platform=None, worker_type=None)
    assert matter.holder_path == ENTERPRISE
    only = house.person("handler", ENTERPRISE)
    act(matter.pk, "check", only)
    with pytest.raises(GuardRefused):
        act(matter.pk, "approve", only)
    act(matter.pk, "approve", house.person("leader", COUNTY))
    row = Membership.objects.get()
    assert (row.path, row.unit) == (ENTERPRISE, "甲厂有限公司")


def test_a_unit_without_a_union_is_the_countys(house: House) -> None:
    matter = apply(worker(1), way="unit", employer="无名小店", platform=None, worker_type=None)
    assert matter.holder_path == COUNTY


def test_another_county_cannot_approve(house: House) -> None:
    matter = apply(worker(1))
    act(matter.pk, "check", house.person("handler", COUNTY))
    with pytest.raises(Exception, match="没有找到"):
        act(matter.pk, "approve", house.person("leader", OTHER_COUNTY))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"id_no": "110105194912310021"}, InvalidData),
        ({"promise": False}, InvalidData),
        ({"platform": ""}, InvalidData),
        ({"id_no": "52010220150101101X"}, InvalidData),
        ({"id_no": with_check("520102201501010010")}, GuardRefused),
    ],
)
def test_a_wrong_number_no_promise_and_a_child_are_refused(
    house: House, change: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        apply(worker(1), **change)
    assert not Application.objects.exists()


def test_a_member_reads_why_they_need_not_join_again(house: House) -> None:
    person = worker(1)
    joined(house, person)
    with pytest.raises(GuardRefused, match="不用再入会"):
        apply(person)


def test_somebody_elses_number_tells_a_stranger_nothing_and_the_desk_everything(house: House) -> None:
    row = member(number=0, phone="13700000000")
    matter = apply(worker(1))
    with pytest.raises(GuardRefused, match=row.number):
        act(matter.pk, "check", house.person("handler", COUNTY))
    act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "请先核对身份证号。"})
    assert Membership.objects.count() == 1 and not Taken.objects.exists()


def test_imported_while_the_application_waits_gives_no_second_membership(house: House) -> None:
    matter = apply(worker(1))
    act(matter.pk, "check", house.person("handler", COUNTY))
    member(number=0)
    with pytest.raises(GuardRefused, match="查重"):
        act(matter.pk, "approve", house.person("leader", COUNTY))
    assert Membership.objects.count() == 1


def test_the_register_tells_the_facts_and_a_typed_member_number_tells_none(house: House) -> None:
    person = worker(1)
    row = Person.objects.create(account_id=person.account_id or 0, member_no="M-1")
    assert "member" not in facts.known_facts(row, today())
    assert facts.registered_facts(Asked(person.account_id, "", today())) == {}
    found = joined(house, person)
    assert facts.registered_facts(Asked(person.account_id, "", today())) == {"member": True, "member_months": 0}
    Membership.objects.filter(pk=found.pk).update(since=today() - timedelta(days=800))
    goods(1)
    with pytest.raises(GuardRefused, match="12个月"):
        actions.apply(person, actions.service_for("M04", "520102"), {**KIT, "member_months": 3})


def test_what_is_not_completed_in_time_is_free_again(house: House) -> None:
    matter = apply(worker(1))
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请写平台全称。"})
    with time_shifted(timedelta(days=16)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "withdrawn" and not Taken.objects.exists()


def test_nobody_joins_for_others(house: House) -> None:
    with pytest.raises(NotAllowed):
        apply(house.person("handler", COUNTY))
    assert MembershipChange.objects.count() == 0


MOVE: dict[str, Any] = {"reason": "changed", "region": "520103", "promise": True}


def moving(actor: Any, **changes: Any) -> Any:
    return actions.apply(actor, actions.service_for("T01"), {**MOVE, **changes}).matter


def test_moved_with_the_consent_of_both_and_the_years_count_on(house: House) -> None:
    person = worker(1)
    row = joined(house, person)
    since = today() - timedelta(days=900)
    Membership.objects.filter(pk=row.pk).update(since=since)
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    assert "转会" in phone.get(reverse("portal:card")).content.decode()
    address = reverse("portal:service_step", args=["T01", "move"])
    page = phone.get(address).content.decode()
    assert "从哪天起" not in page and "接收的那天起" in page
    sent = {"reason": "changed", "region": "云岩区", "promise": "on"}
    address = phone.post(address, sent)["Location"]
    assert "已提交" in phone.post(address, follow=True).content.decode()
    matter = Application.objects.get(service="T01").matter
    assert matter.holder_path == COUNTY
    with pytest.raises(GuardRefused, match="正在办理"):
        moving(person)
    with pytest.raises(Exception, match="没有找到"):
        act(matter.pk, "accept", house.person("handler", OTHER_COUNTY))
    act(matter.pk, "confirm", house.person("handler", COUNTY))
    row.refresh_from_db()
    assert row.path == COUNTY
    with pytest.raises(NotAllowed):
        act(matter.pk, "accept", house.person("handler", COUNTY))
    act(matter.pk, "accept", house.person("handler", OTHER_COUNTY))
    row.refresh_from_db()
    assert (row.path, row.since, row.state) == (OTHER_COUNTY, since, "active")
    change = row.changes.get(kind="moved")
    assert (change.from_path, change.to_path, change.matter_id) == (COUNTY, OTHER_COUNTY, matter.pk)
    assert "云岩区总工会" in phone.get(reverse("portal:card")).content.decode()
    assert not Taken.objects.exists()


def test_silence_of_the_old_union_is_consent_of_the_new_one_is_not(house: House) -> None:
    person = worker(1)
    row = joined(house, person)
    matter = moving(person)
    with time_shifted(timedelta(days=14)):
        run_once()
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("confirmed", OTHER_COUNTY)
    with time_shifted(timedelta(days=60)):
        run_once()
    matter.refresh_from_db()
    row.refresh_from_db()
    assert matter.state == "confirmed" and row.path == COUNTY


@pytest.mark.parametrize(("first", "step", "path"), [("", "object", COUNTY), ("confirm", "decline", OTHER_COUNTY)])
def test_either_union_may_refuse_with_a_reason_and_the_membership_stays(
    house: House, first: str, step: str, path: str
) -> None:
    person = worker(1)
    row = joined(house, person)
    matter = moving(person)
    if first:
        act(matter.pk, first, house.person("handler", COUNTY))
    with pytest.raises(InvalidData):
        act(matter.pk, step, house.person("handler", path))
    act(matter.pk, step, house.person("handler", path), {"text": "劳动合同还没有解除。"})
    row.refresh_from_db()
    assert row.path == COUNTY
    assert "还没有解除" in actions.application_of(person, matter.pk)[0].told_text
    assert moving(person).state == "applied"


def test_a_refusal_of_the_new_union_that_is_overturned_begins_anew_with_the_old_one(house: House) -> None:
    person = worker(1)
    row = joined(house, person)
    matter = moving(person)
    act(matter.pk, "confirm", house.person("handler", COUNTY))
    act(matter.pk, "decline", house.person("handler", OTHER_COUNTY), {"text": "人不在本区。"})
    act(matter.pk, "contest", person, {"contest_told": "我就在这里上班。"})
    matter = act(matter.pk, "overturn", house.person("leader", CITY), {"text": "在本区上班，应当接收。"})
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    with pytest.raises(Exception, match="没有找到"):
        act(matter.pk, "confirm", house.person("leader", OTHER_COUNTY))
    act(matter.pk, "confirm", house.person("handler", COUNTY))
    act(matter.pk, "accept", house.person("handler", OTHER_COUNTY))
    row.refresh_from_db()
    assert row.path == OTHER_COUNTY


def test_one_moves_only_as_a_member_and_only_elsewhere(house: House) -> None:
    with pytest.raises(GuardRefused, match="认领"):
        moving(worker(1))
    person = worker(2)
    joined(house, person)
    with pytest.raises(InvalidData) as refusal:
        moving(person, region="520102")
    assert "南明区总工会" in refusal.value.errors["region"][0]
    assert moving(person, region="520102", employer="甲厂有限公司").holder_path == COUNTY


def test_whoever_left_is_no_member_and_may_join_again(house: House) -> None:
    person = worker(1)
    row = joined(house, person)
    service = actions.service_for("T02")
    matter = actions.apply(person, service, {"promise": True}).matter
    act(matter.pk, "withdraw", person)
    matter = actions.apply(person, service, {"promise": True}).matter
    with time_shifted(timedelta(days=14)):
        run_once()
    row.refresh_from_db()
    matter.refresh_from_db()
    assert (matter.state, row.state) == ("left", "withdrawn")
    assert Person.objects.get(account_id=person.account_id or 0).member_no == ""
    again = joined(house, person)
    assert again.number != row.number and Membership.objects.count() == 2


def test_leaving_while_a_move_is_under_way_ends_the_move(house: House) -> None:
    person = worker(1)
    joined(house, person)
    matter = moving(person)
    leaving = actions.apply(person, actions.service_for("T02"), {"promise": True}).matter
    act(leaving.pk, "confirm", house.person("handler", COUNTY))
    with pytest.raises(GuardRefused, match="终止"):
        act(matter.pk, "confirm", house.person("handler", COUNTY))


def test_what_a_member_tells_of_their_own_will_is_used_and_can_be_taken_back(
    house: House, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    account = Account.objects.create_worker("13900000001")
    actor = actor_for(account)
    body = io.BytesIO()
    Image.new("RGB", (600, 800), "grey").save(body, "PNG")
    photo = files.keep_file(account.pk, "M01", SimpleUploadedFile("me.png", body.getvalue(), content_type="image/png"))
    told = {"post": "焊工", "skill": "senior", "dues_way": "wages", "photo_consent": True, "photo": [photo.pk]}
    row = joined(house, actor, **told)
    assert (row.post, row.skill, row.dues_way) == ("焊工", "senior", "wages")
    assert row.photos.get().state == "pending" and row.photos.get().portrait
    for service, name, value in (
        ("M11", "skill_level", "senior"),
        ("M21", "post", "焊工"),
        ("M11", "unit", "飞鸽外卖"),
    ):
        assert actions.prefilled(actor, actions.service_for(service))[name] == value

    phone = sign_in(Client(), account)
    page = phone.get(reverse("portal:card")).content.decode()
    assert "焊工" in page and "从工资里扣" in page
    keeper = house.person("handler", COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=keeper.account_id or 0))
    assert "从工资里扣" in desk.get(reverse("desk:member", args=[row.pk])).content.decode()
    assert phone.post(reverse("portal:card"), {"step": "told", "skill": "bishop"}).status_code == 422
    assert phone.post(reverse("portal:card"), {"step": "told", "post": "电工"}).status_code == 302
    row.refresh_from_db()
    assert (row.post, row.skill, row.dues_way) == ("电工", "", "")
    end(house, row, "withdrawn")
    row.refresh_from_db()
    assert row.post == "" and row.photos.get().portrait == ""


def test_a_photo_that_cannot_be_used_holds_up_nobodys_joining(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    account = Account.objects.create_worker("13900000001")
    body = io.BytesIO()
    Image.new("RGB", (40, 40), "grey").save(body, "PNG")
    small = files.keep_file(account.pk, "M01", SimpleUploadedFile("me.png", body.getvalue(), content_type="image/png"))
    row = joined(house, actor_for(account), photo_consent=True, photo=[small.pk])
    assert not row.photos.exists()
    assert any("照片太小" in one.payload["text"] for one in OutboxMessage.objects.filter(account_id=account.pk))


def test_without_the_consent_no_photo_is_kept(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    account = Account.objects.create_worker("13900000001")
    row = joined(house, actor_for(account), photo_consent=False)
    assert not row.photos.exists()
    asked = {field.name for field in actions.service_for("M01").fields}
    assert not asked & {"ethnic", "political", "household", "education", "birth", "sex"}, "nothing is asked for no use"
