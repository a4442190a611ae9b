"""集体协商 from a worker's topic to the agreement and its renewal; talks with platforms; the drivers' subsidy."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, House, clock
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Clock, Matter, OutboxMessage, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application
from gonghui.services.tests.support import fund
from gonghui.voice import bargaining, duties, tables, units
from gonghui.voice.models import Bargaining, DriverCover, Topic
from gonghui.voice.tests.support import PLATFORM_TOPIC, TOPIC, driver, worker
from gonghui.voice.votes import Vote

SIDES = {"workers": "王一\n李二\n赵三\n钱四 外聘", "employer": "孙总\n周经理\n吴主任"}


def browser(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def text(response: Any) -> str:
    return response.content.decode()


def day(days: int = 0) -> str:
    return (today() + timedelta(days=days)).isoformat()


def draft(**changes: Any) -> dict[str, Any]:
    return {
        "agreement": "第一条 工资每年增长百分之五。", "raise_percent": "5", "covered": "320", "valid_from": day(),
        "valid_to": day(364), **changes,
    }  # fmt: skip


def to_the_draft(union: Any, row: Bargaining) -> Matter:
    """Offer, answer, representatives, figures, a round, the draft: with what is refused on the way."""
    matter = row.matter
    act(matter.pk, "invite", union, {"meet_on": day(30), "place": "二楼会议室"})
    act(matter.pk, "accept", union, {"answered_on": day()})
    for wrong, reason in (
        ({"workers": "王一\n李二"}, "不能少于 3 人"),
        ({"employer": "孙总\n周经理\n吴主任\n郑总\n冯总"}, "不能多于职工一方"),
        ({"workers": "王一\n李二 外聘\n赵三 外聘"}, "三分之一"),
        ({"employer": "孙总\n王一\n吴主任"}, "不能代表双方"),
    ):
        with pytest.raises(GuardRefused, match=reason):
            act(matter.pk, "name_delegates", union, {**SIDES, **wrong})
    act(matter.pk, "name_delegates", union, SIDES)
    late = {"exchanged_on": day(-9), "meet_on": day(-3), "note": "利润表"}
    with pytest.raises(GuardRefused, match="7 天前交换"):
        act(matter.pk, "exchange", union, late)
    act(matter.pk, "exchange", union, {**late, "exchanged_on": day(-10)})
    held = {"held_on": day(), "place": "会议室", "minutes": "谈了工资。", "signed": "on"}
    with pytest.raises(GuardRefused, match="还没有记过一轮"):
        act(matter.pk, "draft", union, draft())
    with pytest.raises(GuardRefused, match="签字"):
        act(matter.pk, "hold_round", union, {**held, "signed": ""})
    act(matter.pk, "hold_round", union, held)
    topic = row.topics.get()
    agreed = {"topic": str(topic.pk), "employer_says": "最多百分之四。", "agreed": "每年涨百分之五。"}
    act(matter.pk, "settle_topic", union, agreed)
    act(matter.pk, "deadlock", union, {"reason": "涨多少"})
    assert clock(matter, "coordinate").amount == 30
    act(matter.pk, "resume", union, {"note": "各让一步"})
    with pytest.raises(GuardRefused, match="1 至 3 年"):
        act(matter.pk, "draft", union, draft(valid_to=day(90)))
    act(matter.pk, "draft", union, draft())
    return matter


@pytest.mark.django_db
def test_from_a_workers_topic_to_the_agreement_they_read_and_its_renewal(house: House) -> None:
    person, union = worker(1, ENTERPRISE), house.person("handler", ENTERPRISE)
    phone = browser(person)
    front = text(phone.get(reverse("portal:service", args=["M28"])))
    assert "查本单位集体合同" in front and "货车司机意外险补助" in front and "新业态专区" in front
    asked = actions.apply(person, actions.service_for("M28", "520102"), {**TOPIC, "wish": "start"}).matter
    assert asked.holder_path == ENTERPRISE
    act(asked.pk, "take_in", union, {"topic": "三年没有涨工资，要求每年涨百分之五。"})
    act(asked.pk, "start_talks", union, {"kind": "wage"})
    with pytest.raises(GuardRefused, match="已经在协商里"):
        act(asked.pk, "start_talks", union, {"kind": "wage"})
    row = Bargaining.objects.get()
    assert (row.party, row.employer, row.topics.get().matter) == ("甲厂有限公司", house.employer, asked)
    assert clock_of_answer(row, union) == 20
    matter = to_the_draft(union, row)
    desk = browser(union)
    shown = text(desk.get(reverse("desk:matter", args=[matter.pk])))
    assert "三年没有涨工资" in shown and "王小明" not in shown and "钱四" in shown
    assert (
        browser(house.person("handler", OTHER_COUNTY)).get(reverse("desk:matter", args=[matter.pk])).status_code == 404
    )
    counts = {"total": "60", "present": "39", "favour": "31", "voted_on": day()}
    for change, reason in (
        ({}, "不足三分之二"),
        ({"present": "45", "favour": "30"}, "半数"),
        ({"favour": "40"}, "对不上"),
    ):
        with pytest.raises(GuardRefused, match=reason):
            act(matter.pk, "pass_vote", union, {**counts, **change})
    with pytest.raises(GuardRefused, match="已经通过"):
        act(matter.pk, "fail_vote", union, {**counts, "present": "45"})
    act(matter.pk, "pass_vote", union, {**counts, "present": "45"})
    act(matter.pk, "sign", union, {"signed_on": day()})
    act(matter.pk, "file", union, {"filed_on": day(), "authority": "南明区人社局", "filing_no": "X-1"})
    assert clock(matter, "review").amount == 15
    # Fifteen days, and a weekend or a holiday in which the last of them may fall.
    with time_shifted(timedelta(days=25)):
        run_once()
        matter.refresh_from_db()
        assert matter.state == "effective"
        act(matter.pk, "publish", union, {"way": "公告栏"})
        in_force(house, row, asked, phone)
    renewed(house, row)


def clock_of_answer(row: Bargaining, union: Any) -> int:
    """The days for an answer; ten working days where the place rules so, without another flow."""
    assert (tables.limit("answer", "cn.33.3301").unit, tables.limit("answer", "cn.33.3301").amount) == (
        "working_days",
        10,
    )
    found = tables.limit("answer", row.matter.holder_path)
    assert found.unit == "days"
    return int(found.amount)


def in_force(house: House, row: Bargaining, asked: Matter, phone: Client) -> None:
    """The unit's workers read it, who asked is told, the county counts it."""
    asked.refresh_from_db()
    assert asked.state == "answered"
    assert "每年涨百分之五" in Application.objects.get(matter=asked).told_text
    phone = browser(worker(1))
    page = reverse("portal:agreement", args=[row.pk])
    assert page in text(phone.get(reverse("portal:voice")))
    shown = text(phone.get(page))
    assert "工资每年增长百分之五" in shown and "应到 60，实到 45，赞成 31" in shown and "劳动合同法第五十四条" in shown
    assert browser(worker(2)).get(page).status_code == 404 and Client().get(page).status_code == 302
    county = bargaining.coverage(COUNTY, today())
    assert (county[0].covered, county[0].all, county[0].percent) == (1, 1, 100)
    desk = text(browser(house.person("leader", COUNTY)).get(reverse("desk:voice")))
    assert "1 / 1 · 100%" in desk and row.matter.number in desk


def renewed(house: House, row: Bargaining) -> None:
    """Half a year on it is checked; 90, 60 and 30 days before the end the union is told; then it is renewed or ends."""
    union = house.person("handler", ENTERPRISE)
    row.refresh_from_db()
    with pytest.raises(GuardRefused, match="到期前 90 天内"):
        act(row.matter_id, "renew", union)
    with time_shifted(timedelta(days=200)):
        act(row.matter_id, "check", union, {"kept": "part", "found": "加班费还差一个月。"})
        assert "加班费还差一个月" in text(browser(worker(1)).get(reverse("portal:agreement", args=[row.pk])))
    for days in (89, 59, 29):
        with time_shifted(timedelta(days=364 - days)), as_system("the worker process"):
            run_once()
    assert TrailEntry.objects.filter(matter=row.matter, verb="clock.renewal").count() == 3
    with time_shifted(timedelta(days=340)):
        act(row.matter_id, "renew", union)
    new = Bargaining.objects.get(follows=row)
    assert new.topics.count() == 1 and new.matter.state == "prepared"
    assert row.in_force(today() + timedelta(days=350)) and not row.in_force(today() + timedelta(days=365))


@pytest.mark.django_db
def test_a_refusal_a_failed_vote_and_a_call_off(house: House) -> None:
    union, leader = house.person("handler", ENTERPRISE), house.person("leader", ENTERPRISE)
    desk = browser(union)
    page = reverse("desk:bargaining_new")
    begun = {"organisation": Organisation.objects.get(path=ENTERPRISE).pk, "kind": "general", "party": ""}
    assert desk.post(page, begun).status_code == 422
    desk.post(page, {**begun, "party": "甲厂有限公司"})
    row = Bargaining.objects.get()
    with pytest.raises(GuardRefused, match="先加议题"):
        act(row.matter_id, "invite", union, {"meet_on": day(20), "place": "会议室"})
    asked = actions.apply(worker(1, ENTERPRISE), actions.service_for("M28", "520102"), TOPIC).matter
    act(asked.pk, "take_in", union, {"topic": "涨工资。"})
    assert row.topics.get().matter == asked
    matter = to_the_draft(union, row)
    lost = {"total": "60", "present": "50", "favour": "30", "voted_on": day()}
    act(matter.pk, "fail_vote", union, lost)
    act(matter.pk, "call_off", leader, {"reason": "双方同意以后再谈"})
    assert Topic.objects.get().bargaining is None
    desk.post(page, {**begun, "party": "甲厂有限公司"})
    second = Bargaining.objects.latest("pk")
    act(second.matter_id, "take_topics", union)
    act(second.matter_id, "invite", union, {"meet_on": day(20), "place": "会议室"})
    act(second.matter_id, "decline", union, {"reason": "没有答复"})
    act(second.matter_id, "report", leader, {"authority": "南明区人民政府"})
    second.matter.refresh_from_db()
    assert (
        second.matter.state == "reported" and not Clock.objects.filter(matter=second.matter, status="running").exists()
    )


@pytest.mark.django_db
def test_a_county_bargains_for_a_unit_without_a_union_and_only_who_asked_reads_it(house: House) -> None:
    handler, county = house.person("handler", COUNTY), Organisation.objects.get(path=COUNTY)
    row = bargaining.begin(handler, county, "general", "没有工会的厂")
    asker, other = worker(4), worker(5)
    units.confirm(county, other.account_id, None)
    assert units.units_of(other) == []
    values = {**TOPIC, "employer": "没有工会的厂"}
    asked = actions.apply(asker, actions.service_for("M28", "520102"), values).matter
    act(asked.pk, "take_in", handler, {"topic": "涨工资。", "ours": "on"})
    assert row.topics.get().matter == asked
    Bargaining.objects.filter(pk=row.pk).update(published_at=now())
    assert bargaining.readable(asker, units.units_of(asker)) == [row]
    assert bargaining.readable(other, [county]) == []


@pytest.mark.django_db
def test_riders_topics_go_to_the_platform_and_everybody_reads_what_was_agreed(house: House) -> None:
    rider, union = worker(1), house.person("handler", CITY)
    asked = actions.apply(rider, actions.service_for("V03", "520102"), PLATFORM_TOPIC).matter
    assert asked.holder_path == CITY
    act(asked.pk, "take_in", union, {"topic": "下雨天延长十分钟。"})
    act(asked.pk, "start_talks", union, {"kind": "platform"})
    matter = Bargaining.objects.get().matter
    act(matter.pk, "invite", union, {"meet_on": day(10), "place": "市总工会"})
    act(matter.pk, "accept", union, SIDES)
    act(matter.pk, "hold_round", union, {"held_on": day(), "place": "市总", "minutes": "谈了时限。", "signed": "on"})
    topic = {"topic": str(Topic.objects.get().pk), "employer_says": "可以。", "agreed": "雨天延长十分钟。"}
    act(matter.pk, "settle_topic", union, topic)
    act(matter.pk, "draft", union, draft(raise_percent="", agreement="雨天延长十分钟。", valid_to=day(180)))
    act(matter.pk, "sign", union, {"signed_on": day()})
    act(matter.pk, "publish", union, {})
    asked.refresh_from_db()
    assert asked.state == "answered"
    page = text(Client().get(reverse("portal:new_work")))
    assert "飞鸽外卖" in page and "货车司机意外险补助" in page and "平台协商议题" in page
    assert "雨天延长十分钟" in text(Client().get(reverse("portal:agreement", args=[Bargaining.objects.get().pk])))
    with time_shifted(timedelta(days=183)):
        run_once()
        matter.refresh_from_db()
        assert matter.state == "expired"
    assert text(Client().get(reverse("portal:service", args=["V08"]), follow=True)).count("<h1>新业态专区") == 1


@pytest.mark.django_db
def test_a_driver_gets_half_the_premium_once_a_year_and_is_reminded(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    one, other = worker(1), worker(2)
    fund("V04", "100000")
    service = actions.service_for("V04", "520102")
    matter = actions.apply(one, service, driver(one)).matter
    with pytest.raises(GuardRefused, match="这辆车"):
        actions.apply(other, service, driver(other, id_no="530102199205080116"))
    with pytest.raises(GuardRefused, match="每人每年"):
        actions.apply(other, service, driver(other, plate="贵A54321"))
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    form = text(browser(handler).get(reverse("desk:transition", args=[matter.pk, "check"])))
    assert 'value="250.00"' in form
    act(matter.pk, "check", handler, {"amount": "250", "note": "证照和保单已核。", "member_seen": "看了会员证。"})
    act(matter.pk, "publish", leader)
    with time_shifted(timedelta(days=15)):
        run_once()
        act(matter.pk, "grant", leader)
        act(matter.pk, "arrived", SYSTEM)
    cover = DriverCover.objects.get()
    assert cover.ends.isoformat() == driver(one)["policy_to"] and duties.remind_drivers() == 0
    with time_shifted(timedelta(days=340)):
        assert duties.remind_drivers() == 1 and duties.remind_drivers() == 0
    assert OutboxMessage.objects.filter(key=f"voice:cover:{cover.pk}").count() == 1
    rule = catalogue().services["V04"].amounts[0]
    assert (rule.share, rule.most, rule.mark) == (Decimal("0.5"), Decimal(300), "P")


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(0, 5000))
@examples(max_examples=30)
def test_a_draft_passes_only_with_two_thirds_there_and_more_than_half_of_all(
    total: int, present: int, favour: int
) -> None:
    vote = Vote(total, present, favour)
    wanted = favour <= present <= total and present >= total * 2 / 3 - 1e-9 and favour > total / 2
    assert vote.passed is wanted
    if vote.passed and present < total:
        assert Vote(total, present + 1, favour).passed and Vote(total, present + 1, favour + 1).passed
