"""Money: reckoned by a dated rule, published, decided by another person, within the budget, paid and reconciled."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, PROVINCE, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.kept import keep
from gonghui.kernel.flow.schema import Flow, plain
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, amounts, notices
from gonghui.services.models import Draft, Fund, Objection, Payment, PaymentBatch, PublicNotice
from gonghui.services.tests.support import (
    CARDS,
    ID_NUMBERS,
    LOOKUP,
    SEEN,
    STUDY,
    fund,
    joined,
    verified,
    with_papers,
    worker,
)
from gonghui.services.tests.support import study as study_form

yuan = st.decimals(min_value=0, max_value=10**7, places=2)


def study(actor: Any, **changes: Any) -> Matter:
    return actions.apply(actor, actions.service_for("M10", "520102"), study_form(actor, **changes)).matter


def desk(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def noticed(house: House, matter: Matter) -> Matter:
    """Checked, published, and the notice over."""
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    with time_shifted(timedelta(days=15)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "noticed"
    return matter


RULES = (
    amounts.AmountRule(since=date(2025, 1, 1), fixed=Decimal(800), mark="P", source="t"),
    amounts.AmountRule(
        since=date(2026, 1, 1), of="paid", share=Decimal("0.7"), most=Decimal(10000), mark="P", source="t"
    ),
)


def test_the_county_sees_what_the_register_has_before_it_passes_a_grant_on(house: House) -> None:
    fund("M10", "5000", PROVINCE)
    person, handler = worker(1), house.person("handler", COUNTY)
    matter = study(person)
    with pytest.raises(GuardRefused, match="查不到"):
        act(matter.pk, "pass_county", handler, {"opinion": "合同、票据齐全。"})
    joined(person, months=30)
    assert act(matter.pk, "pass_county", handler, {"opinion": "合同、票据齐全。"}).state == "passed"


def test_the_rule_of_the_day_holds() -> None:
    assert amounts.amount(RULES, {"paid": Decimal(100)}, date(2024, 12, 31)) is None
    old = amounts.amount(RULES, {"paid": Decimal(100)}, date(2025, 12, 31))
    new = amounts.amount(RULES, {"paid": Decimal(100)}, date(2026, 1, 1))
    assert (old and old.value, new and new.value) == (Decimal("800.00"), Decimal("70.00"))
    assert amounts.amount(RULES, {}, date(2026, 1, 1)) is None


@given(yuan, yuan)
def test_a_share_grows_with_what_was_paid_and_stops_at_the_ceiling(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    first, second = (amounts.amount(RULES, {"paid": value}, date(2026, 5, 1)) for value in (low, high))
    assert first is not None and second is not None
    assert Decimal(0) <= first.value <= second.value <= Decimal(10000)


@pytest.mark.django_db
def test_from_application_to_the_money_on_the_card(house: House) -> None:
    fund("M10", "1500.00", PROVINCE)
    person = worker(1)
    matter = study(person)
    handler, leader = house.person("handler", PROVINCE), house.person("leader", PROVINCE)
    act(matter.pk, "pass_county", house.person("handler", COUNTY), {"opinion": "合同、票据齐全。", **SEEN})
    act(matter.pk, "look_up", handler, LOOKUP)
    form = desk(handler).get(reverse("desk:transition", args=[matter.pk, "check"])).content.decode()
    assert 'value="1000.00"' in form
    with pytest.raises(GuardRefused, match=r"最多 1,000\.00 元"):
        act(matter.pk, "check", handler, {"amount": "1000.01", "note": "x"})
    act(matter.pk, "check", handler, {"amount": "1000", "note": "已核对。"})
    act(matter.pk, "publish", leader)
    page = Client().get(reverse("portal:notices")).content.decode()
    assert "王**" in page and "星河建筑" in page
    assert not [secret for secret in (ID_NUMBERS[0], CARDS[0], "王小明", "13800138000") if secret in page]
    with time_shifted(timedelta(days=15)):
        run_once()
    assert "王**" not in Client().get(reverse("portal:notices")).content.decode()
    act(matter.pk, "grant", leader)
    assert Fund.objects.get().promised == Decimal(1000)
    second = noticed(house, study(worker(2), id_no=ID_NUMBERS[1], diploma_no="511612025061234568"))
    with pytest.raises(GuardRefused, match="资金不够"):
        act(second.pk, "grant", leader)

    desk(leader).post(reverse("desk:grants"))
    assert not PaymentBatch.objects.exists(), "whoever granted it does not export it"
    browser = desk(house.person("treasurer", PROVINCE))
    browser.post(reverse("desk:grants"))
    batch = PaymentBatch.objects.get()
    payment = Payment.objects.get()
    Payment.objects.filter(pk=payment.pk).update(payee='=HYPERLINK("https://evil.example")')
    assert ",\"'=HYPERLINK(" in browser.get(reverse("desk:batch_file", args=[batch.pk])).content.decode("utf-8-sig")
    Payment.objects.filter(pk=payment.pk).update(payee=payment.payee)
    file = browser.get(reverse("desk:batch_file", args=[batch.pk])).content.decode("utf-8-sig")
    assert CARDS[0] in file and matter.number in file and "1000.00" in file

    def answered(text: str) -> Any:
        sent = SimpleUploadedFile("回盘.csv", text.encode("gb18030"), content_type="text/csv")
        return browser.post(reverse("desk:batch", args=[batch.pk]), {"file": sent})

    wrong = answered(f"编号,金额,结果\n{matter.number},999.00,成功\n")
    assert wrong.status_code == 422 and "与批准的" in wrong.content.decode()
    assert Payment.objects.get().status == "sent"
    assert answered(f"编号,金额,结果,原因\n{matter.number},1000.00,失败,户名不符\n").status_code == 302
    with pytest.raises(GuardRefused, match="卡号不对"):
        act(matter.pk, "correct_card", handler, {"card": "6222020000000000001"})
    act(matter.pk, "correct_card", handler, {"card": CARDS[1]})
    act(matter.pk, "confirm_card", leader, {"agreed": CARDS[1][-4:]})
    browser.post(reverse("desk:grants"))
    batch = PaymentBatch.objects.latest("pk")
    assert answered(f"{matter.number},1000.00,成功\n").status_code == 302
    matter.refresh_from_db()
    assert matter.state == "paid"
    row = Fund.objects.get()
    assert (row.promised, row.paid) == (Decimal(0), Decimal(1000))
    shown = sign_in(Client(), Account.objects.get(pk=person.account_id or 0)).get(
        reverse("portal:application", args=[matter.pk])
    )
    assert "1000.00" in shown.content.decode() and "已到账" in shown.content.decode()


@pytest.mark.django_db
def test_whoever_checked_neither_publishes_nor_grants(house: House) -> None:
    fund("M10", "5000.00", PROVINCE)
    matter = study(worker(1))
    both = house.person("leader", PROVINCE)
    house_handler = Account.objects.get(pk=both.account_id or 0)
    from gonghui.organisations.models import Organisation
    from gonghui.people.actors import actor_for
    from gonghui.people.models import DutyAssignment

    DutyAssignment.objects.create(
        account=house_handler, role="handler", organisation=Organisation.objects.get(path=PROVINCE),
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    both = actor_for(house_handler)
    act(matter.pk, "pass_county", house.person("handler", COUNTY), {"opinion": "合同、票据齐全。", **SEEN})
    act(matter.pk, "look_up", both, LOOKUP)
    act(matter.pk, "check", both, {"amount": "1000", "note": "已核对。"})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "publish", both)


@pytest.mark.django_db
def test_a_named_objection_stops_the_decision_until_it_is_settled(house: House) -> None:
    fund("M10", "5000.00", PROVINCE)
    matter = study(worker(1))
    leader = house.person("leader", PROVINCE)
    verified(house, matter)
    act(matter.pk, "publish", leader)
    notice = PublicNotice.objects.get()
    address = reverse("portal:objection", args=[notice.pk])
    half = Client().post(address, {"text": "他是公务员", "name": "李某", "phone": ""})
    assert half.status_code == 422 and "他是公务员" in half.content.decode()
    assert Client().post(address, {"text": "听说不符合"}).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "published"
    assert Client().post(address, {"text": "他是公务员", "name": "李某", "phone": "13900000000"}).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "inquiry"
    seen = desk(leader).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "他是公务员" in seen and "李某" in seen
    found = {"upheld": "yes", "finding": "经核实为参公人员。"}
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "settle", leader, found)
    act(matter.pk, "settle", house.person("leader", PROVINCE, 2), found)
    act(matter.pk, "end_notice", SYSTEM)
    with pytest.raises(GuardRefused, match="异议成立"):
        act(matter.pk, "grant", leader)
    act(matter.pk, "refuse", leader, {"text": "参公人员不在补助范围。"})
    assert Objection.objects.filter(upheld=True).count() == 2
    with pytest.raises(InvalidData):
        notices.object_to(notice.pk, " ")


def objected(house: House, person: Any) -> tuple[Matter, PublicNotice]:
    """A study grant under public notice, with a named objection."""
    matter = study(person)
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    notice = PublicNotice.objects.get()
    notices.object_to(notice.pk, "他是公务员", "李某", "13900000000")
    return matter, notice


@pytest.mark.django_db
def test_an_objection_settled_on_its_first_day_shortens_no_public_notice(house: House) -> None:
    fund("M10", "5000.00", PROVINCE)
    matter, notice = objected(house, worker(1))
    leader, other = house.person("leader", PROVINCE), house.person("leader", PROVINCE, 2)
    ends = matter.clocks.get(name="notice").due_at
    matter = act(matter.pk, "settle", other, {"upheld": "no", "finding": "经核实不是。"})
    assert (matter.state, matter.due_at) == ("published", ends)
    assert "王**" in Client().get(reverse("portal:notices")).content.decode()
    with pytest.raises(NotAllowed):
        act(matter.pk, "grant", leader)
    # Others may still object until it is over.
    notices.object_to(notice.pk, "收据是假的", "赵某", "13900000001")
    matter = act(matter.pk, "settle", other, {"upheld": "no", "finding": "收据属实。"})
    assert (matter.state, matter.due_at) == ("published", ends)
    with time_shifted(timedelta(days=15)):
        run_once()
    assert act(matter.pk, "grant", leader).state == "granted"


@pytest.mark.django_db
def test_however_many_object_without_a_name_who_gives_one_is_heard(house: House) -> None:
    matter = study(worker(1))
    verified(house, matter)
    act(matter.pk, "publish", house.person("leader", PROVINCE))
    notice = PublicNotice.objects.get()
    for number in range(notices.WITHOUT_NAME_MOST):
        notices.object_to(notice.pk, f"听说不符合 {number}")
    with pytest.raises(InvalidData) as told:
        notices.object_to(notice.pk, "听说不符合")
    assert "姓名和电话" in told.value.errors["text"][0]
    notices.object_to(notice.pk, "他是公务员", "李某", "13900000000")
    matter.refresh_from_db()
    assert matter.state == "inquiry"


@pytest.mark.django_db
def test_an_inquiry_longer_than_the_notice_is_followed_by_the_decision(house: House) -> None:
    fund("M10", "5000.00", PROVINCE)
    matter, _notice = objected(house, worker(1))
    with time_shifted(timedelta(days=15)):
        run_once()
        matter.refresh_from_db()
        assert matter.state == "inquiry"
        act(matter.pk, "settle", house.person("leader", PROVINCE, 2), {"upheld": "no", "finding": "经核实不是。"})
        run_once()
        matter.refresh_from_db()
        assert matter.state == "noticed"
        assert act(matter.pk, "grant", house.person("leader", PROVINCE)).state == "granted"


@pytest.mark.django_db
def test_a_grant_of_an_older_text_waits_for_the_end_of_its_notice_too(house: House) -> None:
    """Its settlement led on to the decision at once."""
    fund("M10", "5000.00", PROVINCE)
    matter, _notice = objected(house, worker(1))
    text = plain(get_flow(matter.kind))
    next(step for step in text["transitions"] if step["name"] == "settle").update(to="noticed", go_on=[], guards=[])
    Matter.objects.filter(pk=matter.pk).update(flow_digest=keep(Flow.model_validate(text)))
    leader = house.person("leader", PROVINCE)
    assert act(matter.pk, "settle", leader, {"upheld": "no", "finding": "经核实不是。"}).state == "noticed"
    with pytest.raises(GuardRefused, match="期满"):
        act(matter.pk, "grant", leader)
    with time_shifted(timedelta(days=15)):
        assert act(matter.pk, "grant", leader).state == "granted"


@pytest.mark.django_db
def test_what_an_objection_had_right_is_corrected_and_published_anew(house: House) -> None:
    fund("M10", "5000.00", PROVINCE)
    matter = study(worker(1))
    handler, leader = house.person("handler", PROVINCE), house.person("leader", PROVINCE)
    other = house.person("leader", PROVINCE, 2)
    verified(house, matter)
    named = {"text": "学费没有那么多", "name": "李某", "phone": "13900000000"}

    def objected() -> None:
        act(matter.pk, "publish", leader)
        address = reverse("portal:objection", args=[PublicNotice.objects.get().pk])
        assert Client().post(address, named).status_code == 302

    objected()
    act(matter.pk, "settle", other, {"upheld": "yes", "finding": "票据里有一张重复。"})
    act(matter.pk, "back_to_check", leader, {"reason": "按九百元核定。"})
    act(matter.pk, "check", handler, {"amount": "900", "note": "去掉重复的票据。"})
    # The corrected sum stands under a notice of its own, on the same day: what is said against that alone counts.
    objected()
    act(matter.pk, "settle", other, {"upheld": "no", "finding": "金额已经更正。"})
    with time_shifted(timedelta(days=15)):
        run_once()
    assert act(matter.pk, "grant", leader).state == "granted"
    assert Payment.objects.get().amount == 900


@pytest.mark.django_db
def test_one_diploma_is_paid_once_even_to_two_people(house: House) -> None:
    study(worker(1))
    with pytest.raises(GuardRefused, match="证书已经申请过"):
        study(worker(2), id_no=ID_NUMBERS[1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"worker_group": "civil_servant", "contract": None, "front_line": None}, "worker_group"),
        ({"contract": "short"}, "contract"),
        ({"contract": None}, "contract"),
        ({"front_line": "no"}, "front_line"),
        ({"diploma_day": f"{today().year - 2}-12-31"}, "diploma_day"),
        ({"diploma_day": f"{today() + timedelta(days=1)}"}, "diploma_day"),
        ({"diploma_no": "123"}, "diploma_no"),
        ({"bank_card": "6222020000000000001"}, "bank_card"),
        ({"tuition": "-1"}, "tuition"),
        ({"tuition": "12.345"}, "tuition"),
    ],
)
def test_what_the_rules_exclude_is_told_beside_its_field(house: House, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidData) as refusal:
        study(worker(1), **change)
    assert list(refusal.value.errors) == [field]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"contract": "open"},
        {"contract": "task"},
        {"worker_group": "new_form", "contract": None, "front_line": None},
    ],
)
def test_a_contract_without_an_end_and_a_rider_without_one_have_an_answer(house: House, change: dict[str, Any]) -> None:
    person = worker(1)
    proof = "platform_papers" if change.get("worker_group") else "unit_papers"
    raw = with_papers(person, "M10", {**STUDY, **change}, "diploma_papers", "receipts", proof)
    assert actions.apply(person, actions.service_for("M10", "520102"), raw).matter.state == "applied"


@pytest.mark.django_db
def test_county_and_province_check_one_after_the_other_by_different_people(house: House) -> None:
    matter = study(worker(1))
    county, province = house.person("handler", COUNTY), house.person("handler", PROVINCE)
    assert matter.holder_path == COUNTY
    with pytest.raises((GuardRefused, NotAllowed)):
        act(matter.pk, "look_up", province, LOOKUP)
    act(matter.pk, "pass_county", county, {"opinion": "合同、票据齐全。", **SEEN})
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("passed", PROVINCE)
    both = house.also(county, "handler", PROVINCE)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "look_up", both, LOOKUP)


@pytest.mark.django_db
def test_the_look_up_of_the_diploma_is_on_record_and_decides(house: House) -> None:
    matter = study(worker(1))
    county, province = house.person("handler", COUNTY), house.person("handler", PROVINCE)
    act(matter.pk, "pass_county", county, {"opinion": "合同、票据齐全。", **SEEN})
    with pytest.raises(GuardRefused, match="还没有到"):
        act(matter.pk, "look_up", province, {**LOOKUP, "looked_on": "2999-01-01"})
    with pytest.raises(InvalidData) as refusal:
        act(matter.pk, "look_up", province, {**LOOKUP, "report_no": ""})
    assert "report_no" in refusal.value.errors
    act(matter.pk, "look_up", province, {**LOOKUP, "found": "none"})
    with pytest.raises(GuardRefused, match="不是“一致”"):
        act(matter.pk, "check", province, {"amount": "1000", "note": "x"})
    act(matter.pk, "look_up", province, LOOKUP)
    page = desk(province).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "AX7K-93PQ-2201" in page and "2026-01-05" in page and "handler1" in page and "一致" in page
    trail = desk(province).get(reverse("desk:trail", args=[matter.pk])).content.decode()
    assert "AX7K-93PQ-2201" in trail
    assert act(matter.pk, "check", province, {"amount": "1000", "note": "学历一致。"}).state == "checked"


@pytest.mark.django_db
def test_what_the_province_sends_back_the_county_sees_first(house: House) -> None:
    person = worker(1)
    matter = study(person)
    county, province = house.person("handler", COUNTY), house.person("handler", PROVINCE)
    act(matter.pk, "pass_county", county, {"opinion": "合同、票据齐全。", **SEEN})
    matter = act(matter.pk, "back_to_county", province, {"reason": "在岗证明没有盖章。"})
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    act(matter.pk, "pass_county", county, {"opinion": "已补盖章。", **SEEN})
    matter = act(matter.pk, "send_back", province, {"text": "请补传学费收据。"})
    assert (matter.state, matter.holder_path) == ("returned", COUNTY)
    draft = actions.reopen(person, matter.pk)
    other_tab = Draft.objects.get(pk=draft.pk)
    matter = actions.complete(person, draft, study_form(person)).matter
    with pytest.raises(GuardRefused, match="已经补正过"):
        actions.complete(person, other_tab, study_form(person))
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)


@pytest.mark.django_db
def test_a_refusal_of_the_province_that_is_overturned_begins_at_the_county(house: House) -> None:
    person = worker(1)
    matter = study(person)
    act(matter.pk, "pass_county", house.person("handler", COUNTY), {"opinion": "合同、票据齐全。", **SEEN})
    act(matter.pk, "refuse", house.person("handler", PROVINCE), {"text": "学历查不到。"})
    matter = act(matter.pk, "contest", person, {"contest_told": "证书是真的，学校可以证明。"})
    reviewer = house.person("leader", matter.holder_path, which=7)
    matter = act(matter.pk, "overturn", reviewer, {"text": "学校已更正。"})
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
