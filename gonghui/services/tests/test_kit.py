"""暖新礼包 from the worker's first tap to the kit in their hands; and everything that stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import time_shifted
from gonghui.kernel.worker import run_once
from gonghui.membership.models import Membership
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Application, Stock, Taken, Voucher
from gonghui.services.tests.support import ID_NUMBERS, KIT, SEEN, goods, joined, worker

pytestmark = pytest.mark.django_db


def apply(actor: Any, **changes: Any) -> Any:
    return actions.apply(actor, actions.service_for("M04", "520102"), {**KIT, **changes}).matter


def stock() -> tuple[int, int]:
    row = Stock.objects.get()
    return row.promised, row.handed


def test_from_the_first_tap_to_the_kit(house: House) -> None:
    goods(5)
    account = Account.objects.create_worker("13900000001")
    phone = sign_in(Client(), account)
    page = phone.get(reverse("portal:services"), {"q": "骑手入会有礼包吗"})
    assert "暖新礼包" in page.content.decode()
    assert "今年还有" not in phone.get(reverse("portal:service", args=["M04"])).content.decode()
    address = reverse("portal:service_step", args=["M04", "job"])
    address = phone.post(address, {"worker_type": "rider", "platform": "飞鸽外卖", "region": "南明区"}, follow=False)[
        "Location"
    ]
    wrong = phone.post(address, {"name": "王小明", "id_no": "123", "phone": "12", "member": "yes"})
    assert wrong.status_code == 422
    assert "身份证号不对" in wrong.content.decode() and 'value="王小明"' in wrong.content.decode()
    right = {"name": "王小明", "id_no": ID_NUMBERS[0], "phone": "13900000001", "member": "yes", "member_months": "3"}
    address = phone.post(address, right)["Location"]
    address = phone.post(address, {"how": "fetch", "size": "L", "promise": "on"})["Location"]
    assert "贵阳市" in (text := phone.get(address).content.decode()) or "南明区" in text
    done = phone.post(address, follow=True)
    assert done.status_code == 200 and "已提交" in done.content.decode()
    matter = Application.objects.get().matter
    assert matter.holder_path == COUNTY and stock() == (1, 0)

    handler = house.person("handler", COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
    seen = desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert ID_NUMBERS[0] in seen and "待核实" in seen and "登记里没有" in seen and "本人填写" in seen
    with pytest.raises(GuardRefused, match="查不到"):
        act(matter.pk, "approve", handler)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "prepare", handler)
    code = Voucher.objects.get().pickup_code
    shown = phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert code[:4] in shown and "<svg" in shown
    refused = desk.post(reverse("desk:services"), {"code": "00000000"})
    assert refused.status_code == 422
    found = desk.post(reverse("desk:services"), {"code": f"{code[:4]} {code[4:]}"})
    assert found["Location"].endswith("hand_over/")
    with pytest.raises(GuardRefused, match="领取码不对"):
        act(matter.pk, "hand_over", handler, {"code": "00000000"})
    act(matter.pk, "hand_over", handler, {"code": code})
    assert stock() == (0, 1)
    phone.post(reverse("portal:application", args=[matter.pk]), {"step": "rate", "stars": "5"})
    assert Application.objects.get().rating == 5
    matter.refresh_from_db()
    assert matter.state == "closed"


def test_months_told_are_held_against_the_register(house: House) -> None:
    """Typed as two, thirteen by the register: refused when handed in, and when the register learns of it only later."""
    goods(5)
    member, later, handler = worker(1), worker(2), house.person("handler", COUNTY)
    joined(member, months=13)
    with pytest.raises(GuardRefused, match="入会12个月内"):
        apply(member, member_months=2)
    matter = apply(later, id_no=ID_NUMBERS[1], member_months=2)
    row = joined(later, 1, months=13)
    desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
    page = desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert f"{row.since:%Y-%m-%d} 入会" in page and "登记里没有" not in page
    with pytest.raises(GuardRefused, match="入会12个月内"):
        act(matter.pk, "approve", handler, SEEN)


def test_twelve_months_end_on_the_day_of_the_register(house: House) -> None:
    """The day after is too late though no thirteenth month is full; twelve typed is taken as it stands."""
    goods(5)
    handler = house.person("handler", COUNTY)
    last, late, unknown = worker(1), worker(2), worker(3)
    joined(last, months=12)
    row = joined(late, 1, months=12)
    Membership.objects.filter(pk=row.pk).update(since=row.since - timedelta(days=1))
    matter = apply(last, member_months=12)
    # Handed in on the last day it is in time, however long the union takes.
    with time_shifted(timedelta(days=3)):
        assert act(matter.pk, "approve", handler).state == "approved"
    with pytest.raises(GuardRefused, match="入会12个月内"):
        apply(late, id_no=ID_NUMBERS[1], member_months=12)
    typed = apply(unknown, id_no=ID_NUMBERS[2], member_months=12)
    found = joined(unknown, 2, months=12)
    Membership.objects.filter(pk=found.pk).update(since=found.since - timedelta(days=20))
    with pytest.raises(GuardRefused, match="入会12个月内"):
        act(typed.pk, "approve", handler)


def test_a_member_in_the_register_needs_no_further_word(house: House) -> None:
    goods(5)
    person, handler = worker(1), house.person("handler", COUNTY)
    joined(person, months=2)
    matter = apply(person)
    checked = {row["fact"]: row for row in Application.objects.get().checked}
    assert checked["member_months"]["answer"] == "yes" and not checked["member_months"]["told"]
    assert checked["received_kit"]["told"] and checked["received_kit"]["answer"] == "yes"
    assert act(matter.pk, "approve", handler).state == "approved"


def test_who_says_to_have_had_a_kit_gets_none(house: House) -> None:
    goods(5)
    with pytest.raises(GuardRefused, match="只领一次"):
        apply(worker(1), received=True)


def test_the_same_person_gets_one_in_a_life_whatever_the_account(house: House) -> None:
    goods(5)
    apply(worker(1))
    with pytest.raises(GuardRefused, match="只领一次"):
        apply(worker(2))
    assert stock() == (1, 0)


def test_a_refusal_frees_what_was_kept_and_says_why(house: House) -> None:
    goods(1)
    person = worker(1)
    matter = apply(person)
    with pytest.raises(GuardRefused, match="领完"):
        apply(worker(2), id_no=ID_NUMBERS[1])
    act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "会籍没有查到，请先入会。"})
    assert stock() == (0, 0) and not Taken.objects.exists()
    assert "会籍没有查到" in actions.application_of(person, matter.pk)[0].told_text
    apply(person)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id_no": "110105194912310021"}, "id_no"),
        ({"phone": "12345"}, "phone"),
        ({"platform": ""}, "platform"),
        ({"region": "没有的地方"}, "region"),
        ({"size": "XXXXL"}, "size"),
        ({"promise": False}, "promise"),
        ({"member": "no", "member_months": None}, "member"),
        ({"member_months": None}, "member_months"),
        ({"member_months": 601}, "member_months"),
    ],
)
def test_each_wrong_answer_is_told_beside_its_field_and_nothing_happens(
    house: House, change: dict[str, Any], field: str
) -> None:
    goods(5)
    with pytest.raises(InvalidData) as refusal:
        apply(worker(1), **change)
    assert list(refusal.value.errors) == [field]
    assert stock() == (0, 0) and not Application.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"worker_type": "other"}, "新就业形态"), ({"member_months": 13}, "12个月")],
)
def test_who_does_not_fit_reads_the_reason(house: House, change: dict[str, Any], reason: str) -> None:
    goods(5)
    with pytest.raises(GuardRefused, match=reason):
        apply(worker(1), **change)


def test_sent_back_completed_and_handed_in_again(house: House) -> None:
    goods(5)
    person = worker(1)
    matter = apply(person)
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请写清楚平台全称。"})
    draft = actions.reopen(person, matter.pk)
    service = actions.application_of(person, matter.pk)[1]
    values = {**actions.load(service, draft.values_json), "platform": "飞鸽外卖河滨站"}
    actions.complete(person, draft, values)
    matter.refresh_from_db()
    assert matter.state == "applied" and stock() == (1, 0)
    assert "河滨站" in Application.objects.get().values_json


def test_goods_not_fetched_go_back_to_the_stock(house: House) -> None:
    goods(1)
    matter = apply(worker(1))
    handler = house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "prepare", handler)
    with time_shifted(timedelta(days=50)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "expired" and stock() == (0, 0)


def test_a_kit_is_handed_in_twice_with_one_key_once(house: House) -> None:
    goods(5)
    person, service = worker(1), actions.service_for("M04", "520102")
    first = actions.apply(person, service, KIT, key="k")
    assert actions.apply(person, service, KIT, key="k").matter == first.matter
    assert stock() == (1, 0)


def test_others_see_neither_the_application_nor_who_applied(house: House) -> None:
    goods(5)
    matter = apply(worker(1))
    stranger = sign_in(Client(), Account.objects.get(pk=worker(2).account_id or 0))
    assert stranger.get(reverse("portal:application", args=[matter.pk])).status_code == 404
    elsewhere = house.person("handler", OTHER_COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=elsewhere.account_id or 0))
    assert desk.get(reverse("desk:matter", args=[matter.pk])).status_code == 404
    above = house.person("supervisor", "cn.52")
    shown = sign_in(Client(), Account.objects.get(pk=above.account_id or 0)).get(
        reverse("desk:matter", args=[matter.pk])
    )
    assert shown.status_code == 200 and ID_NUMBERS[0] not in shown.content.decode()


def test_nobody_applies_without_signing_in(house: House) -> None:
    assert Client().get(reverse("portal:service_step", args=["M04", "job"])).status_code == 302
    with pytest.raises(NotAllowed):
        apply(house.person("handler", COUNTY))


def test_a_kit_is_sent_to_who_cannot_come(house: House) -> None:
    goods(5)
    person, handler = worker(1), house.person("handler", COUNTY)
    with pytest.raises(InvalidData) as refusal:
        apply(person, how="post")
    assert list(refusal.value.errors) == ["address"]
    matter = apply(person, how="post", address="河滨路 1 号 2 单元 301")
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "EB123456789CN"})
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    page = phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert "EB123456789CN" in page and "确认收到" in page and stock() == (1, 0)
    act(matter.pk, "bounce", handler, {"text": "电话打不通，退回了。"})
    assert "电话打不通" in phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
    act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "EB223456789CN"})
    phone.post(reverse("portal:application", args=[matter.pk]), {"step": "received"})
    matter.refresh_from_db()
    assert matter.state == "signed" and stock() == (0, 1)


def test_a_parcel_nobody_speaks_of_counts_as_come_after_fifteen_days(house: House) -> None:
    goods(5)
    matter = apply(worker(1), how="post", address="河滨路 1 号 2 单元 301")
    handler = house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "EB123456789CN"})
    with time_shifted(timedelta(days=16)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "signed" and stock() == (0, 1)


def sent_to(house: House, person: Any, **changes: Any) -> Any:
    """A kit on its way by post."""
    matter = apply(person, how="post", address="河滨路 1 号 2 单元 301", **changes)
    handler = house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "EB123456789CN"})
    return matter


def test_for_a_parcel_that_was_lost_there_is_another(house: House) -> None:
    """Also after it counted as come: the union looks for it, the lost piece is gone and another takes its place."""
    goods(2)
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = sent_to(house, person)
    page = reverse("portal:application", args=[matter.pk])
    with time_shifted(timedelta(days=16)):
        run_once()
        told = OutboxMessage.objects.filter(account_id=person.account_id).latest("pk").payload["text"]
        assert "没有收到" in told and "已领取" not in told and len(told) <= 70 and stock() == (0, 1)
    with time_shifted(timedelta(days=28)):
        phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
        assert "没有收到" in phone.get(page).content.decode()
        assert "五个工作日内查清" in phone.post(page, {"step": "not_come"}, follow=True).content.decode()
        assert stock() == (1, 0)
        desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
        assert "寄丢了，另备一份" in desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
        act(matter.pk, "send_another", handler, {"text": "邮政查到在中转站丢失。"})
        assert stock() == (1, 1) and "中转站丢失" in phone.get(page).content.decode()
        act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "EB223456789CN"})
        act(matter.pk, "received", person)
    matter.refresh_from_db()
    assert matter.state == "signed" and stock() == (0, 2)


def test_a_parcel_that_is_missed_came_back_or_was_found(house: House) -> None:
    goods(2)
    person, other, handler = worker(1), worker(2), house.person("handler", COUNTY)
    back, come = sent_to(house, person), sent_to(house, other, id_no=ID_NUMBERS[1])
    act(back.pk, "not_come", person)
    act(back.pk, "bounce", handler, {"text": "地址不对，退回来了。"})
    # The right once in a life is not used up; the piece goes back where the worker wants none any more.
    act(back.pk, "withdraw", person)
    assert stock() == (1, 0)
    assert apply(person, how="fetch").state == "applied"
    act(come.pk, "not_come", other)
    with pytest.raises(GuardRefused, match="领完"):
        act(come.pk, "send_another", handler, {"text": "丢了。"})
    act(come.pk, "found", handler, {"text": "11月3日由门卫代收。"})
    phone = sign_in(Client(), Account.objects.get(pk=other.account_id or 0))
    shown = phone.get(reverse("portal:application", args=[come.pk])).content.decode()
    assert "门卫代收" in shown and 'value="not_come"' not in shown
    with pytest.raises(GuardRefused, match="已经查过"):
        act(come.pk, "not_come", other)


def test_what_was_handed_over_by_its_code_was_no_parcel(house: House) -> None:
    goods(1)
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = apply(person)
    act(matter.pk, "approve", handler, SEEN)
    act(matter.pk, "prepare", handler)
    act(matter.pk, "hand_over", handler, {"code": Voucher.objects.get().pickup_code})
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    shown = phone.get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert 'value="not_come"' not in shown and "没有收到" not in shown
    with pytest.raises(GuardRefused, match="当面交付"):
        act(matter.pk, "not_come", person)


def test_nothing_is_sent_to_who_wants_to_fetch_it(house: House) -> None:
    goods(5)
    matter, handler = apply(worker(1)), house.person("handler", COUNTY)
    act(matter.pk, "approve", handler, SEEN)
    with pytest.raises(GuardRefused, match="自己来取"):
        act(matter.pk, "send", handler, {"carrier": "邮政", "parcel_no": "1"})
