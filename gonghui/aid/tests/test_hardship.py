"""困难职工建档 from the worker's first tap to the file, the aid in money, the yearly review and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.aid import means, monthly, tables
from gonghui.aid.models import Aid, Assessment, HardshipFile, SubsistenceLine
from gonghui.aid.tests.support import FAMILY, NEED, filed, found, noticed
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.law.calculators.registry import calculators
from gonghui.law.calculators.results import Result
from gonghui.law.calculators.working import Context
from gonghui.law.parameters import parameter
from gonghui.organisations.models import Organisation
from gonghui.people.actions import erasure
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, notices
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Fund, Payment, PublicNotice
from gonghui.services.tests.support import ID_NUMBERS, fund, worker

sums = st.decimals(min_value=0, max_value=500_000, places=2)
DAY = date(2026, 3, 1)


def ask(actor: Any, **changes: Any) -> Matter:
    return actions.apply(actor, actions.service_for("A01", "520102"), {**NEED, **changes}).matter


def level(income: Any, rigid: Any, people: int, line: Any = 700, **more: Any) -> Any:
    result = means.test(DAY, "520102", Decimal(income), Decimal(rigid), people, line=Decimal(line), **more)
    assert isinstance(result, Result)
    return result.figure("level")


def test_the_handbooks_two_families() -> None:
    for medical, per_person, expected in (("18000", "666.67", "deep"), ("12000", "833.33", "relative")):
        result = means.test(DAY, "520102", Decimal(42000), Decimal(medical), 3, line=Decimal(700))
        assert isinstance(result, Result)
        assert (result.figure("per_person"), result.figure("level")) == (Decimal(per_person), expected)


@settings(max_examples=30)
@given(sums, sums, sums, st.integers(1, 10), st.integers(300, 1500))
def test_more_income_never_makes_a_family_needier(one: Any, other: Any, rigid: Any, people: int, line: int) -> None:
    order = ("deep", "relative", "none")
    low, high = sorted((one, other))
    assert order.index(level(low, rigid, people, line)) <= order.index(level(high, rigid, people, line))
    assert order.index(level(high, rigid + 1, people, line)) <= order.index(level(high, rigid, people, line))


def test_a_city_has_a_multiple_of_its_own() -> None:
    own = {"key": "hardship.relative_multiple", "region": "5201", "value": "1.5",
           "valid_to": None, "source": "本市文件", "status": "V"}  # fmt: skip
    usual = Context.usual()
    context = replace(usual, parameters=usual.parameters.over(parameter({**own, "valid_from": date(2026, 2, 1)})))
    facts = {"day": DAY, "income": "42000", "rigid": "0", "people": 3, "dibao": "700", "region": "520102"}
    found = {
        (region, day): calculators()["C33"].run({**facts, "region": region, "day": day}, context)
        for region in ("520102", "620102")
        for day in (DAY, date(2026, 1, 31))
    }
    # 1,166.67 a head: below twice the line, not below one and a half.
    levels = [one.figure("level") for one in found.values() if isinstance(one, Result)]
    assert levels == ["none", "relative", "relative", "relative"]


def test_no_line_is_ever_guessed(db: Any) -> None:
    values = {**FAMILY, **{name: Decimal(FAMILY[name]) for name in ("income", *means.RIGID)}}
    assert means.line_for("520102", DAY) is None and not isinstance(means.told(values, "520102", DAY), Result)
    SubsistenceLine.objects.create(
        region="520100", since=DAY, amount=Decimal(700), source="公布", at="2026-03-01T00:00Z",
        confirmed_at="2026-03-01T00:00Z",
    )  # fmt: skip
    assert means.line_for("520102", date(2026, 2, 28)) is None, "a line holds from its day on"
    told = means.told(values, "520102", DAY)
    assert isinstance(told, Result) and told.figure("level") == "deep"


def test_the_form_and_the_data_name_the_same(db: Any) -> None:
    known = {asset.code for asset in tables.hardship().assets}
    assert {choice.code for choice in catalogue().services["M15"].field("assets").choices} == known
    kinds = {kind.code for kind in tables.hardship().categories}
    assert {choice.code for choice in catalogue().services["A01"].field("category").choices} == kinds


def test_from_the_application_to_the_file(house: House) -> None:
    person, handler, leader = worker(1), house.person("handler", COUNTY), house.person("leader", COUNTY)
    matter = actions.apply(person, actions.service_for("M15", "520102"), FAMILY).matter
    with pytest.raises(GuardRefused, match="2 人以上"):
        act(matter.pk, "visit", handler, found(visitors="张三"))
    act(matter.pk, "visit", handler, found())
    act(matter.pk, "publish", handler)
    notice = PublicNotice.objects.get()
    assert notice.masked_name == "王**" and not notice.amount
    noticed(matter)
    with pytest.raises(InvalidData):
        act(matter.pk, "pass_county", leader, {"level": "deep"})
    act(matter.pk, "pass_county", leader, {"level": "deep", "opinion_told": "属实"})
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path) == ("passed", CITY)
    act(matter.pk, "file", house.person("leader", CITY), {"plan": ["living"]})
    matter.refresh_from_db()
    file = HardshipFile.objects.get()
    assert (matter.state, matter.holder_path, file.level, file.organisation.path) == ("filed", COUNTY, "deep", COUNTY)
    assert file.number.startswith(f"KN-520102-{today().year}-")
    with pytest.raises(GuardRefused, match="不用再申请"):
        actions.apply(worker(2), actions.service_for("M15", "520102"), FAMILY)
    spouse = {**FAMILY, "name": "李小红", "id_no": ID_NUMBERS[1], "members": []}
    other = actions.apply(worker(3), actions.service_for("M15", "520102"), spouse).matter
    with pytest.raises(GuardRefused, match=file.number):
        act(other.pk, "visit", handler, found())

    # A year later: still in need; the next year: out of it, watched, left.
    with time_shifted(timedelta(days=360)):
        with pytest.raises(GuardRefused, match="脱困"):
            act(matter.pk, "renew", handler, found(income="90000"))
        act(matter.pk, "renew", handler, found(rigid="12000"))
        file.refresh_from_db()
        assert file.level == "relative" and Assessment.objects.filter(kind="review").count() == 1
        act(matter.pk, "lift", handler, found(income="120000"))
        act(matter.pk, "relapse", handler, {"found_told": "又住院了"})
        act(matter.pk, "lift", handler, found(income="120000"))
    noticed(matter, 360 + 190)
    file.refresh_from_db()
    assert (matter.state, file.state) == ("left", "left") and file.left_on


def test_what_rules_out_a_file_is_a_reason_and_a_family_has_one(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    service = actions.service_for("M15", "520102")
    with pytest.raises(InvalidData):
        actions.apply(worker(2), service, {**FAMILY, "assets": ["none", "homes"]})
    matter = actions.apply(worker(1), service, {**FAMILY, "assets": ["homes"]}).matter
    act(matter.pk, "visit", handler, found())
    act(matter.pk, "publish", handler)
    noticed(matter)
    with pytest.raises(GuardRefused, match="两套以上住房"):
        act(matter.pk, "pass_county", leader, {"level": "deep", "opinion_told": "属实"})
    act(matter.pk, "revisit", leader, {"reason": "核实住房"})
    act(matter.pk, "visit", handler, found(cleared="第二套已被法院拍卖"))
    act(matter.pk, "publish", handler)
    noticed(matter)
    act(matter.pk, "pass_county", leader, {"level": "deep", "opinion_told": "属实"})


def test_aid_within_its_ceilings_by_two_people_month_by_month(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    person = worker(1)
    loose = ask(person)
    with pytest.raises(GuardRefused, match="先建档"):
        act(loose.pk, "check", handler, {"amount": "2000", "note": "核对"})
    act(loose.pk, "withdraw", person)
    filed(house, person)
    fund("A01", "3600")
    once = ask(person, asked="5000")
    with pytest.raises(GuardRefused, match="最多 3,000"):
        act(once.pk, "check", handler, {"amount": "5000", "note": "核对"})
    act(once.pk, "check", handler, {"amount": "3000", "note": "核对"})
    act(once.pk, "grant", leader)
    assert Aid.objects.get().file.account_id == person.account_id
    monthly_one = ask(person, rhythm="monthly", months=3, asked="300", category="schooling")
    act(monthly_one.pk, "check", handler, {"amount": "300", "note": "核对"})
    act(monthly_one.pk, "grant", leader)
    county = Organisation.objects.get(path=COUNTY)
    first = today().replace(day=1)
    assert monthly.due(county, first) == []
    desk, address = sign_in(Client(), Account.objects.get(pk=leader.account_id or 0)), reverse("desk:aid")
    page = desk.get(address).content.decode()
    assert HardshipFile.objects.get().number in page and "王**" in page and "到本月的都已经生成" in page
    line = {"since": today().isoformat(), "amount": "730", "source": ""}
    assert desk.post(reverse("desk:aid_lines"), line).status_code == 422
    assert desk.post(reverse("desk:aid_lines"), {**line, "source": "市民政局公布"}).status_code == 302
    beside = desk.get(reverse("desk:matter", args=[once.pk])).content.decode()
    assert "已批救助" in beside and "3000.00" in beside
    own = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    filed_one = HardshipFile.objects.get().application.matter_id
    assert "按月生活救助" in own.get(reverse("portal:application", args=[filed_one])).content.decode()
    second = (first + timedelta(days=35)).replace(day=1)
    assert monthly.pay_due(leader, county, second).made == 1
    with pytest.raises(GuardRefused, match="都已经生成"):
        monthly.pay_due(leader, county, second)
    third = (second + timedelta(days=35)).replace(day=1)
    assert monthly.pay_due(leader, county, third).short, "the budget is used up"
    assert Payment.objects.count() == 3 and Fund.objects.get().promised == Decimal(3600)
    assert ID_NUMBERS[0] not in str(Matter.objects.order_by("-pk")[0].data)


def test_a_monthly_aid_that_was_revoked_goes_on_no_more_and_counts_against_no_ceiling(house: House) -> None:
    handler, leader, other = (
        house.person("handler", COUNTY), house.person("leader", COUNTY), house.person("leader", COUNTY, 2),
    )  # fmt: skip
    person, county = worker(1), Organisation.objects.get(path=COUNTY)
    file = HardshipFile.objects.get(application__matter=filed(house, person))
    fund("A01", "3000")
    matter = ask(person, rhythm="monthly", months=3, asked="300", category="schooling")
    act(matter.pk, "check", handler, {"amount": "300", "note": "核对"})
    act(matter.pk, "grant", leader)
    second = (today().replace(day=1) + timedelta(days=35)).replace(day=1)
    third = (second + timedelta(days=35)).replace(day=1)
    monthly.pay_due(leader, county, second)
    later = Matter.objects.order_by("-pk")[0]
    with pytest.raises(GuardRefused, match="您批准的"):
        act(later.pk, "revoke", leader, {"text": "孩子已经退学。"})
    act(later.pk, "revoke", other, {"text": "孩子已经退学。"})
    assert monthly.due(county, second) == [], "a month that was revoked is not made again"
    assert len(monthly.due(county, third)) == 1
    act(matter.pk, "revoke", other, {"text": "孩子已经退学。"})
    matter = act(matter.pk, "contest", person, {"contest_told": "只是转学。"})
    assert monthly.due(county, third) == [] and not file.given.exists() and Fund.objects.get().promised == 0
    act(matter.pk, "overturn", house.person("leader", matter.holder_path, 3), {"text": "转学属实。"})
    act(matter.pk, "check", handler, {"amount": "200", "note": "核对"})
    act(matter.pk, "grant", leader)
    assert [aid.amount for aid in file.given] == [Decimal(200)] and Fund.objects.get().promised == Decimal(200)
    assert len(monthly.due(county, third)) == 1


def test_the_demonstration_has_something_to_look_at(house: House) -> None:
    from gonghui.aid import demo

    assert demo.load_demo() > 8 and demo.load_demo() == 0
    assert HardshipFile.objects.count() == 2 and Aid.objects.get().rhythm == "monthly"


def test_a_family_that_wrote_the_wrong_county_is_filed_where_it_lives(house: House) -> None:
    """Line, number and keeper of the file are the corrected county's."""
    person = worker(1)
    matter = actions.apply(person, actions.service_for("M15", "520102"), FAMILY).matter
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "您住在云岩区，请改。"})
    draft = actions.reopen(person, matter.pk)
    actions.complete(person, draft, {**FAMILY, "region": "520103"})
    matter.refresh_from_db()
    assert (matter.holder_path, matter.application.region) == (OTHER_COUNTY, "520103")
    act(matter.pk, "visit", house.person("handler", OTHER_COUNTY), found())
    act(matter.pk, "publish", house.person("handler", OTHER_COUNTY))
    noticed(matter)
    act(matter.pk, "pass_county", house.person("leader", OTHER_COUNTY), {"level": "deep", "opinion_told": "属实"})
    act(matter.pk, "file", house.person("leader", CITY), {"plan": ["living"]})
    file = HardshipFile.objects.get()
    assert file.number.startswith("KN-520103-") and file.organisation.path == OTHER_COUNTY


def test_an_objection_to_a_file_is_settled_by_another_and_shortens_no_notice(house: House) -> None:
    matter = actions.apply(worker(1), actions.service_for("M15", "520102"), dict(FAMILY)).matter
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    act(matter.pk, "visit", handler, found())
    ends = act(matter.pk, "publish", handler).due_at
    notices.object_to(PublicNotice.objects.get().pk, "家里有两辆车", "李某", "13900000000")
    settled = {"upheld": "no", "finding": "经核实没有车。"}
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "settle", handler, settled)
    matter = act(matter.pk, "settle", leader, settled)
    assert (matter.state, matter.due_at) == ("published", ends)
    passed = {"level": "deep", "opinion_told": "属实"}
    with pytest.raises(NotAllowed):
        act(matter.pk, "pass_county", leader, passed)
    assert "王**" in Client().get(reverse("portal:notices")).content.decode()
    noticed(matter)
    assert act(matter.pk, "pass_county", leader, passed).state == "passed"


def test_a_family_may_leave_its_file_itself_and_its_erasure_waits_no_longer(house: House) -> None:
    person = worker(1)
    matter, account = filed(house, person), Account.objects.get(pk=person.account_id or 0)
    browser = sign_in(Client(), account)
    browser.post(reverse("people:erase"))
    address = reverse("portal:application", args=[matter.pk])
    assert f'href="{address}"' in browser.get(reverse("people:profile")).content.decode()
    assert erasure.erase_requested() == 0
    assert "退档" in browser.get(address).content.decode()
    assert browser.post(address, {"step": "quit"}).status_code == 302
    matter.refresh_from_db()
    file = HardshipFile.objects.get()
    assert (matter.state, file.state) == ("withdrawn", "cancelled") and not file.household.filter(open=True).exists()
    assert erasure.erase_requested() == 1
    # In need again, another file may be opened.
    assert actions.apply(worker(2), actions.service_for("M15", "520102"), dict(FAMILY)).matter.state == "applied"
