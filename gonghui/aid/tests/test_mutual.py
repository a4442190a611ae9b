"""大病互助: what a plan's figures come to, whom they refuse, and a claim's way from the form to the payment."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import plans, reckoning
from gonghui.aid.mutual.reckoning import Stay
from gonghui.aid.tests.mutual_support import (
    CONFIRMED,
    a_member,
    a_plan,
    checked,
    claim,
    claim_form,
    covered,
    plans_with,
)
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, PROVINCE, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.tables import TableError
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Application, Fund, Payment, PublicNotice
from gonghui.services.tests.support import CARDS, ID_NUMBERS, fund, worker

DOCS = Path(__file__).parents[3] / "docs" / "add-a-plan.md"
yuan = st.decimals(min_value=0, max_value=10**6, places=2)
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2035, 12, 31))
levels = st.sampled_from(["1", "2", "3", "unknown"])


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def stay(**changes: Any) -> Stay:
    return Stay(**{"admitted": today(), "own_paid": Decimal(5000), "disease": "阑尾炎", "hospital": "医院", **changes})


# --- the rules ----------------------------------------------------------------------------------------------------


def test_the_handbooks_example() -> None:
    found = reckoning.reckon(a_plan(), Decimal("1733.84"), "2", Decimal(0))
    assert found.value == Decimal("1213.69") and not found.sure
    assert found.working == "（1,733.84 元 − 0 元）× 70% = 1,213.69 元"


@given(yuan, levels, yuan, yuan)
def test_never_more_than_the_cap_less_what_was_paid(
    own: Decimal, level: str, earlier: Decimal, deductible: Decimal
) -> None:
    plan = a_plan(deductible=str(deductible), cap="10000")
    found = reckoning.reckon(plan, own, level, earlier).value
    assert Decimal(0) <= found <= max(Decimal(0), Decimal(10000) - earlier)
    assert found <= own


@given(yuan, yuan, levels, yuan)
def test_more_own_costs_never_come_to_less_and_more_paid_before_never_to_more(
    one: Decimal, other: Decimal, level: str, earlier: Decimal
) -> None:
    low, high = sorted((one, other))
    plan = a_plan(deductible="500")
    assert reckoning.reckon(plan, low, level, earlier).value <= reckoning.reckon(plan, high, level, earlier).value
    assert reckoning.reckon(plan, high, level, high).value <= reckoning.reckon(plan, high, level, low).value


@given(yuan, levels)
def test_a_level_that_is_not_known_never_gives_more_than_a_known_one(own: Decimal, level: str) -> None:
    plan = a_plan()
    unknown, known = (reckoning.reckon(plan, own, one, Decimal(0)).value for one in ("unknown", level))
    assert unknown <= known


@given(days, st.integers(0, 200), st.booleans())
def test_the_last_waiting_day_is_not_covered_and_the_next_is(starts: date, waiting: int, renewed: bool) -> None:
    plan = a_plan(waiting_days=str(waiting))
    since = plan.waits_until(starts, renewed)
    assert since == (starts if renewed else starts + timedelta(days=waiting))
    assert not reckoning.findings(plan, since, stay(admitted=since), Decimal(0))
    before = reckoning.findings(plan, since, stay(admitted=since - timedelta(days=1)), Decimal(0))
    assert [one.field for one in before] == ["admitted"]
    assert (plan.last_day(starts) - starts).days == 364


def test_names_in_lists_are_looked_at_and_never_decide() -> None:
    plan = plans.read(plans.FOLDER).find("critical", "", today())
    assert plan is not None
    good = stay(disease="左肺癌", hospital="市第一人民医院")
    assert not reckoning.findings(plan, today(), good, Decimal(0))
    other = reckoning.findings(plan, today(), stay(disease="阑尾炎", hospital="仁爱诊所"), Decimal(0))
    assert {one.field for one in other} == {"disease", "hospital"} and not any(one.exact for one in other)


# --- the files ----------------------------------------------------------------------------------------------------


def test_every_number_of_the_packaged_plans_has_its_mark_and_none_is_confirmed() -> None:
    for plan in plans.read(plans.FOLDER).codes().values():
        assert plan.confirmed is None and "示例" in str(plan)
        for name, one in plan.marked():
            assert one.mark in "VSPU" and one.source, name
            # Only what the handbook tells is credited to it, and then as hearsay.
            assert ("手册" in one.source) == (one.mark == "S"), (plan.code, name)
            assert one.mark == "S" or "示例" in one.source, (plan.code, name)


def test_a_place_changes_what_differs_and_confirms_for_itself(tmp_path: Path) -> None:
    book = plans.read(plans_with(tmp_path))
    here, there = (book.find("inpatient", place, today()) for place in ("520102", "510100"))
    assert here is not None and there is not None
    assert here.confirmed and here.figures.deductible.value == 100 and here.ratio("2") == Decimal("0.70")
    assert there.confirmed is None and there.figures.deductible.value == 0


def test_the_plan_of_the_documentation_works_as_written(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    plan = plans.read(plans_with(tmp_path, text)).find("inpatient", "520102", today())
    assert plan is not None and plan.confirmed is not None and plan.office.phone
    assert reckoning.reckon(plan, Decimal(1300), "2", Decimal(0)).value == Decimal(700)


def test_who_changes_a_confirmed_figure_has_not_confirmed_it(tmp_path: Path) -> None:
    plans_with(tmp_path)
    city = 'figures: {cap: {value: "8000", mark: V, source: 市里的补充}}\n'
    book = plans.read(plans_with(tmp_path, city, "5201/inpatient.yaml"))
    found = book.find("inpatient", "520102", today())
    assert found is not None and found.figures.cap.value == 8000 and found.confirmed is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CONFIRMED.replace("cap: {mark: V", "cap: {mark: P"), "confirmed, but not read"),
        ('figures: {waiting_days: {value: "400"}}', "longer than its waiting days"),
        ('ratios: {"2": {value: "1.2"}}', "a share of the costs"),
        ('ratios: {"2": null}', "one for each level"),
        ('figures: {cap: {value: "0"}}', "more than nothing"),
        ("colour: red", "Extra inputs"),
        ("- a", "name: value"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_its_name_and_cause(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TableError, match=said) as wrong:
        plans.read(plans_with(tmp_path, text))
    assert "inpatient.yaml" in str(wrong.value)


def test_two_plans_of_one_code_do_not_hold_on_the_same_day(tmp_path: Path) -> None:
    whole = (plans.FOLDER / "inpatient.yaml").read_text(encoding="utf-8")
    with pytest.raises(TableError, match="same day"):
        plans.read(plans_with(tmp_path, whole, "52/inpatient.2030.yaml"))


# --- a claim's way ------------------------------------------------------------------------------------------------


@pytest.fixture
def joined(house: House) -> Actor:
    """A member of the county's union whose cover began a hundred days ago."""
    person = worker(1)
    a_member(person)
    covered()
    return person


@pytest.fixture
def confirmed(settings: Any, tmp_path: Path) -> None:
    settings.MUTUAL_PLANS_FOLDER = str(plans_with(tmp_path))


@pytest.mark.django_db
def test_the_register_gives_plan_and_period_and_three_people_decide(house: House, joined: Actor) -> None:
    fund("M17", "5000.00", CITY)
    matter = claim(joined, own_paid="1733.84", hospital_level="2")
    assert (matter.state, matter.holder_path) == ("applied", COUNTY)
    first, office, leader = (house.person(*who) for who in (("handler", COUNTY), ("handler", CITY), ("leader", CITY)))
    page = desk(first).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "对照互助计划" in page and "和计划没有不符" in page and "阑尾炎" in page
    matter = act(matter.pk, "pass_unit", first, {"opinion": "本人住院属实。"})
    assert (matter.state, matter.holder_path) == ("office", CITY)
    # Whoever passed it on reads no illness any more.
    assert "阑尾炎" not in desk(first).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    form = desk(office).get(reverse("desk:transition", args=[matter.pk, "check"])).content.decode()
    assert 'value="1213.69"' in form
    act(matter.pk, "check", office, {"amount": "1213.69", "note": "单据已核。"})
    act(matter.pk, "grant", leader)
    assert Payment.objects.get().amount == Decimal("1213.69") and not PublicNotice.objects.exists()
    own = sign_in(Client(), Account.objects.get(pk=joined.account_id or 0))
    seen = own.get(reverse("portal:mutual")).content.decode().replace(",", "")
    assert "1213.69" in seen and "8786.31" in seen and "示例数据" in seen
    assert "职工住院互助" in own.get(reverse("portal:application", args=[matter.pk])).content.decode()
    with pytest.raises(GuardRefused, match="已经申请过"):
        claim(joined)


@pytest.mark.django_db
def test_the_same_person_does_not_check_twice(house: House, joined: Actor) -> None:
    matter = claim(joined)
    both = house.also(house.person("handler", COUNTY), "handler", CITY)
    act(matter.pk, "pass_unit", both, {"opinion": "属实。"})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "check", both, {"amount": "10", "note": "x"})


@pytest.mark.django_db
@pytest.mark.parametrize(("first_by", "path"), [("unit", ENTERPRISE), ("county", COUNTY)])
def test_the_units_union_checks_first_unless_the_worker_minds(
    house: House, joined: Actor, first_by: str, path: str
) -> None:
    matter = claim(joined, unit="甲厂有限公司", first_by=first_by)
    assert matter.holder_path == path
    matter = act(matter.pk, "pass_unit", house.person("handler", path), {"opinion": "属实。"})
    assert matter.holder_path == CITY
    matter = act(matter.pk, "back_to_unit", house.person("handler", CITY), {"reason": "发票不清楚。"})
    assert (matter.state, matter.holder_path) == ("applied", path)


@pytest.mark.django_db
@pytest.mark.parametrize(("inactive", "office"), [([CITY], PROVINCE), ([CITY, PROVINCE], "cn"), ([PROVINCE], CITY)])
def test_without_a_citys_union_the_next_above_is_the_office_and_never_the_employers_own(
    house: House, joined: Actor, inactive: list[str], office: str
) -> None:
    Organisation.objects.filter(path__in=inactive).update(active=False)
    matter = claim(joined, unit="甲厂有限公司", first_by="unit")
    assert matter.holder_path == ENTERPRISE
    matter = act(matter.pk, "pass_unit", house.person("handler", ENTERPRISE), {"opinion": "属实。"})
    assert (matter.state, matter.holder_path) == ("office", office)
    matter = act(matter.pk, "back_to_unit", house.person("handler", office), {"reason": "发票不清楚。"})
    assert (matter.state, matter.holder_path) == ("applied", ENTERPRISE)


@pytest.mark.django_db
def test_earlier_payments_count_against_the_cap(house: House, joined: Actor) -> None:
    fund("M17", "50000.00", CITY)
    first = claim(joined, own_paid="12000", hospital_level="2")
    second = claim(joined, own_paid="12000", hospital_level="2", settlement_no="JS-2")
    checked(house, first, "8400.00")
    checked(house, second, "8400.00")
    act(first.pk, "grant", house.person("leader", CITY))
    with pytest.raises(GuardRefused, match=r"还剩 1,600\.00 元"):
        act(second.pk, "grant", house.person("leader", CITY))
    act(second.pk, "back_to_check", house.person("leader", CITY), {"reason": "上限不够。"})
    office = house.person("handler", CITY)
    form = desk(office).get(reverse("desk:transition", args=[second.pk, "check"])).content.decode()
    assert 'value="1600.00"' in form
    with pytest.raises(GuardRefused, match=r"还剩 1,600\.00 元"):
        act(second.pk, "check", office, {"amount": "1600.01", "note": "x"})
    act(second.pk, "check", office, {"amount": "1600", "note": "扣除已付。"})
    act(second.pk, "grant", house.person("leader", CITY))
    assert sum(payment.amount for payment in Payment.objects.all()) == Decimal(10000)
    act(first.pk, "revoke", house.person("leader", CITY, 2), {"text": "发票是假的。"})
    third = claim(joined, own_paid="12000", hospital_level="2", settlement_no="JS-3")
    checked(house, third, "8400.00")
    act(third.pk, "grant", house.person("leader", CITY))
    assert Fund.objects.get().promised == Decimal(10000), "what was revoked counts against neither cap nor fund"


@pytest.mark.django_db
def test_what_was_paid_before_the_register_counts_too(house: House) -> None:
    person = worker(1)
    a_member(person)
    covered(paid_before=Decimal("9500"))
    matter = claim(person, own_paid="5000")
    with pytest.raises(GuardRefused, match=r"还剩 500\.00 元"):
        checked(house, matter, "600")


@pytest.mark.django_db
@pytest.mark.parametrize(("admitted", "taken"), [(71, False), (70, True)])
def test_a_confirmed_plan_refuses_a_stay_in_the_waiting_days(
    house: House, confirmed: None, joined: Actor, admitted: int, taken: bool
) -> None:
    """The cover began a hundred days ago and one waits thirty: the seventieth day before today is the first covered."""
    if taken:
        assert claim(joined, admitted).state == "applied"
        return
    with pytest.raises(InvalidData) as refusal:
        claim(joined, admitted)
    assert list(refusal.value.errors) == ["admitted"] and "等待期" in refusal.value.errors["admitted"][0]
    assert not Application.objects.exists()


@pytest.mark.django_db
def test_a_confirmed_deductible_refuses_beside_its_field_through_the_page(
    house: House, confirmed: None, joined: Actor
) -> None:
    phone = sign_in(Client(), Account.objects.get(pk=joined.account_id or 0))
    service = actions.service_for("M17", "520102")
    actions.keep(joined, service, claim_form(joined, own_paid="100"))
    answer = phone.post(reverse("portal:service_check", args=["M17"]))
    assert answer.status_code == 422 and "没有超过起付线 100.00 元" in answer.content.decode()
    assert not Application.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("example", [True, False])
def test_an_example_advises_the_handler_and_refuses_nobody(house: House, joined: Actor, example: bool) -> None:
    fund("M17", "50000.00", CITY)
    matter = claim(joined, 99 if example else 10, own_paid="1000")
    page = desk(house.person("handler", COUNTY)).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert ("按示例数据应不予受理，请核对方案证书" in page) == example
    # The certificate may say otherwise than the example: more than the example's share, never more than its cap.
    assert checked(house, matter, "950").state == "checked"


@pytest.mark.django_db
def test_a_confirmed_plan_bounds_the_sum_by_its_rule(house: House, confirmed: None, joined: Actor) -> None:
    matter = claim(joined, own_paid="1100", hospital_level="2")
    with pytest.raises(GuardRefused, match=r"最多 700\.00 元"):
        checked(house, matter, "700.01")


@pytest.mark.django_db
def test_who_is_not_in_the_register_is_asked_for_the_certificate_and_goes_to_the_handler(house: House) -> None:
    person = worker(1)
    with pytest.raises(InvalidData) as refusal:
        claim(person)
    assert set(refusal.value.errors) == {"plan_no", "covered_from"}
    matter = claim(person, plan_no="H-2026-1", covered_from=(today() - timedelta(days=90)).isoformat())
    page = desk(house.person("handler", COUNTY)).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "登记里没有" in page and "H-2026-1" in page
    with pytest.raises(GuardRefused, match="先到“互助参保”补登"):
        checked(house, matter, "100")
    office = house.person("handler", CITY)
    entered = desk(office).post(
        reverse("desk:mutual_new"),
        {
            "organisation": Account.objects.get(pk=office.account_id or 0).duties.get().organisation_id,
            "plan": "inpatient", "way": "certificate", "name": "王小明", "id_no": ID_NUMBERS[0],
            "since": (today() - timedelta(days=90)).isoformat(), "certificate": "H-2026-1",
        },
    )  # fmt: skip
    assert entered.status_code == 302
    assert act(matter.pk, "check", office, {"amount": "100", "note": "凭证已核。"}).state == "checked"


@pytest.mark.django_db
@pytest.mark.parametrize(("admitted", "passes"), [(71, False), (70, True)])
def test_a_confirmed_plans_waiting_days_hold_at_the_desk_too(
    house: House, confirmed: None, admitted: int, passes: bool
) -> None:
    """The form could not ask: the cover was entered from the certificate only after the claim came in."""
    person = worker(1)
    matter = claim(person, admitted, plan_no="H-1", covered_from=(today() - timedelta(days=100)).isoformat())
    covered(certificate="H-1")
    if passes:
        assert checked(house, matter, "100").state == "checked"
        return
    with pytest.raises(GuardRefused, match=r"还在等待期.*如果是续保"):
        checked(house, matter, "100")
    form = desk(house.person("handler", CITY)).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "入院那天还在等待期" in form


@pytest.mark.django_db
def test_somebody_elses_number_tells_nothing_of_them(house: House, joined: Actor) -> None:
    """Whoever types the number of a person in the register is asked for a certificate, as if nobody were there."""
    with pytest.raises(InvalidData) as refusal:
        claim(worker(2), id_no=ID_NUMBERS[0], bank_card=CARDS[1])
    assert set(refusal.value.errors) == {"plan_no", "covered_from"}


@pytest.mark.django_db
def test_who_joined_two_plans_says_by_which(house: House, joined: Actor) -> None:
    covered(code="critical", days=100)
    with pytest.raises(InvalidData) as refusal:
        claim(joined)
    assert "不止一个" in refusal.value.errors["plan"][0]
    matter = claim(joined, plan="critical")
    page = desk(house.person("handler", COUNTY)).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "职工重大疾病互助" in page and "诊断不在计划写明的病种里" in page and "名称可能写法不同" in page


@pytest.mark.django_db
def test_a_late_claim_says_why(house: House, joined: Actor) -> None:
    late = {"discharged": (today() - timedelta(days=31)).isoformat(), "late_why": ""}
    with pytest.raises(InvalidData) as refusal:
        claim(joined, 40, **late)
    assert list(refusal.value.errors) == ["late_why"]
    assert claim(joined, 40, **{**late, "discharged": (today() - timedelta(days=30)).isoformat()}).state == "applied"


@pytest.mark.django_db
def test_a_refused_claim_gives_its_share_of_the_cap_back(house: House, joined: Actor) -> None:
    fund("M17", "50000.00", CITY)
    first, second = claim(joined, own_paid="20000"), claim(joined, own_paid="20000", settlement_no="JS-2")
    checked(house, first, "10000")
    act(first.pk, "refuse", house.person("leader", CITY), {"text": "发票是假的。"})
    checked(house, second, "10000")
    act(second.pk, "grant", house.person("leader", CITY))
    assert Matter.objects.get(pk=second.pk).state == "granted"


@pytest.mark.django_db
def test_nothing_is_paid_from_a_cover_that_was_cancelled(house: House, joined: Actor) -> None:
    fund("M17", "50000.00", CITY)
    matter = checked(house, claim(joined, own_paid="1000"), "500")
    # As if somebody had cancelled it in the instant of the check.
    MutualCover.objects.update(cancelled_on=today())
    with pytest.raises(GuardRefused, match="已经撤销，请退回审核"):
        act(matter.pk, "grant", house.person("leader", CITY))
    assert not Payment.objects.exists()
    act(matter.pk, "back_to_check", house.person("leader", CITY), {"reason": "参保记录撤销了。"})
    office = house.person("handler", CITY)
    with pytest.raises(GuardRefused, match="先到“互助参保”补登"):
        act(matter.pk, "check", office, {"amount": "500", "note": "x"})
    right = covered(99)
    act(matter.pk, "check", office, {"amount": "500", "note": "按补登的记录。"})
    act(matter.pk, "grant", house.person("leader", CITY))
    assert right.claims.count() == 1 and Payment.objects.get().amount == Decimal(500)
