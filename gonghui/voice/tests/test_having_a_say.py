"""民主管理: a suggestion, a proposal with seconders and judges, what a unit publishes, each from the first tap."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application
from gonghui.voice import congresses, figures, rounds, scores, seconding, tables, units
from gonghui.voice.models import Disclosure, Nomination, Proposal, Receipt, Reply
from gonghui.voice.tests.support import PROPOSAL, SUGGESTION, a_round, congress, worker
from gonghui.voice.trial import marks


def browser(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def text(response: Any) -> str:
    return response.content.decode()


def fill(phone: Client, service_id: str, values: dict[str, Any]) -> Matter:
    """The whole form page by page as a worker does, to the application."""
    service = catalogue().services[service_id]
    sent = {name: "on" if value is True else str(value) for name, value in values.items()}
    for section in service.form:
        page = {field.name: sent[field.name] for field in section.fields if field.name in sent}
        done = phone.post(reverse("portal:service_step", args=[service_id, section.id]), page)
        assert done.status_code == 302, text(done)
    done = phone.post(reverse("portal:service_check", args=[service_id]), follow=True)
    assert "已提交" in text(done), text(done)
    return Application.objects.filter(service=service_id).latest("pk").matter


@pytest.mark.django_db
def test_a_suggestion_is_taken_in_adopted_rewarded_and_rated(house: House) -> None:
    phone = browser(worker(1))
    page = text(phone.get(reverse("portal:service", args=["M27"])))
    assert "职代会提案" in page and "本单位公开栏" in page
    matter = fill(phone, "M27", SUGGESTION)
    assert matter.holder_path == ENTERPRISE
    union = house.person("handler", ENTERPRISE)
    with pytest.raises(GuardRefused, match="登记里查不到"):
        act(matter.pk, "take_in", union, {"department": "后勤科"})
    act(matter.pk, "take_in", union, {"department": "后勤科", "ours": "on"})
    act(matter.pk, "adopt", union, {"level": "first", "text": "下月起多开一个窗口。"})
    act(matter.pk, "reward", union, {"text": "窗口已开。", "reward": "200"})
    shown = text(phone.get(reverse("portal:application", args=[matter.pk])))
    assert "窗口已开" in shown
    phone.post(reverse("portal:application", args=[matter.pk]), {"step": "rate", "stars": "5"})
    matter.refresh_from_db()
    assert (matter.state, matter.data["reward"]) == ("closed", "200")
    counted = figures.of((COUNTY,))
    assert (counted.suggestions, counted.adopted, counted.rewards) == (1, 1, Decimal(200))
    # The union's word is kept: the second time nobody asks.
    second = actions.apply(worker(1), actions.service_for("M27", "520102"), SUGGESTION).matter
    act(second.pk, "take_in", union, {"department": "后勤科"})


def proposed(values: dict[str, Any] = PROPOSAL) -> Matter:
    congress()
    return fill(browser(worker(1)), "V01", values)


@pytest.mark.django_db
def test_a_proposal_from_seconding_to_the_province(house: House) -> None:
    for path in (PROVINCE, CITY):
        a_round(path)
    matter = proposed()
    own, page = browser(worker(1)), reverse("portal:application", args=[matter.pk])
    proposal = Proposal.objects.get(matter=matter)
    refused = own.post(page, {"step": "submit"})
    assert refused.status_code == 409 and "现在有 0 名" in text(refused)
    # Only delegates of the session read it, and the proposer does not second it.
    seen = reverse("portal:proposal", args=[proposal.pk])
    assert browser(worker(9, ENTERPRISE)).get(seen).status_code == 404 and own.get(seen).status_code == 404
    for number in (2, 3):
        other = browser(worker(number, ENTERPRISE))
        assert "给焊工配新的面罩" in text(other.get(reverse("portal:voice")))
        shown = text(other.get(seen))
        assert "去年有三人眼睛灼伤" in shown and "13800138000" not in shown and "王小明" not in shown
        other.post(seen, {"agreed": "yes"})
    assert seconding.count(proposal) == 2
    assert own.post(page, {"step": "submit"}).status_code == 302
    with pytest.raises(GuardRefused, match="已经提交"):
        seconding.say(worker(2), proposal.pk, False)
    union = house.person("handler", ENTERPRISE)
    act(matter.pk, "file", union)
    act(matter.pk, "assign", union, {"department": "安全科"})
    act(matter.pk, "reply", union, {"text": "已列入采购计划。"})
    told = OutboxMessage.objects.filter(topic="notice.app", account_id=worker(2).account_id)
    assert any("已答复" in str(row.payload) for row in told)
    assert "已列入采购计划" in text(browser(worker(3)).get(seen))
    # 不满意: done once more, and only once.
    own.post(page, {"step": "dissatisfied", "reason": "没有写什么时候买"})
    act(matter.pk, "reply_again", union, {"text": "六月底前发到每个人。"})
    assert own.post(page, {"step": "dissatisfied", "reason": "还是不满意"}).status_code == 404
    assert "仍不满意，同意跟踪" in text(own.get(page))
    own.post(page, {"step": "satisfied", "degree": "fair"})
    act(matter.pk, "carried_out", union, {"text": "六月二十日发完。"})
    judges = [house.person("leader", path, which) for path, which in ((ENTERPRISE, 1), (COUNTY, 1), (COUNTY, 2))]
    for place, judge in enumerate(judges):
        with pytest.raises(GuardRefused, match="至少要 3 位评委"):
            act(matter.pk, "conclude", union)
        act(matter.pk, "judge", judge, marks(place))
    assert text(browser(judges[0]).get(reverse("desk:matter", args=[matter.pk]))).count("您评了 100 分") == 1
    act(matter.pk, "conclude", union)
    proposal.refresh_from_db()
    assert proposal.mark == Decimal("88.00") and proposal.redone and proposal.satisfaction == "fair"
    act(matter.pk, "recommend", house.person("leader", ENTERPRISE))
    send_up(house, matter, proposal)


def send_up(house: House, matter: Matter, proposal: Proposal) -> None:
    """The city chooses, publishes, hears an objection, and sends the proposal to the province."""
    entry = Nomination.objects.get(proposal=proposal)
    leader = house.person("leader", CITY)
    city = browser(leader)
    page = reverse("desk:round", args=[entry.round_id])
    assert browser(house.person("leader", PROVINCE)).get(page).status_code == 404
    assert city.post(page, {"verb": "choose"}).status_code == 422
    city.post(page, {"verb": "choose", "chosen": [entry.pk]})
    listed = text(Client().get(reverse("portal:recommended")))
    assert matter.number in listed and "王小明" not in listed
    address = reverse("portal:nomination", args=[entry.pk])
    assert Client().post(address, {"text": "这是别人的提案", "name": "李某"}).status_code == 422
    Client().post(address, {"text": "这是别人的提案", "name": "李某", "phone": "13900000000"})
    with time_shifted(timedelta(days=4)):
        early = browser(leader).post(page, {"verb": "send"})
        assert early.status_code == 409 and "公示到" in text(early)
    with time_shifted(timedelta(days=6)):
        city = browser(leader)
        assert "异议" in text(city.post(page, {"verb": "send"}))
        objection = entry.objections.get()
        city.post(page, {"verb": "settle", "objection": objection.pk, "upheld": "no", "finding": "经核实是本人的。"})
        assert city.post(page, {"verb": "send"}).status_code == 302
    higher = Nomination.objects.get(round__organisation__path=PROVINCE)
    assert higher.proposal.matter.number == matter.number


@pytest.mark.django_db
def test_a_round_takes_and_gives_no_more_than_its_quota(house: House) -> None:
    row = a_round(CITY, quota_in=1, quota_out=1)
    first, second = (Proposal.objects.get(matter=proposed({**PROPOSAL, "subject": name})) for name in ("甲案", "乙案"))
    rounds.enter(row, first, now())
    with pytest.raises(GuardRefused, match="名额已满"):
        rounds.enter(row, second, now())
    wrong = {"year": row.year + 1, "quota_in": 1, "quota_out": 2, "opens": today(), "closes": today()}
    with pytest.raises(InvalidData):
        rounds.open_round(house.person("leader", CITY), row.organisation, wrong)


@pytest.mark.django_db
def test_what_the_committee_may_rule_besides_filing(house: House) -> None:
    """Who is no delegate is put on the list by the union; 并案, and 转合理化建议 with the same content."""
    congress(names=("", "李四", "赵五"))
    union, own = house.person("handler", ENTERPRISE), worker(1)
    first = fill(browser(own), "V01", PROPOSAL)
    with pytest.raises(GuardRefused, match="不在本次职代会"):
        act(first.pk, "submit", own)
    act(first.pk, "confirm_delegate", union, {"group": "一组"})
    second = fill(browser(own), "V01", {**PROPOSAL, "subject": "面罩要换"})
    for matter in (first, second):
        for number in (2, 3):
            seconding.say(worker(number), Proposal.objects.get(matter=matter).pk, True)
        act(matter.pk, "submit", own)
    act(second.pk, "merge", union, {"into": str(first.pk), "text": "和前一件相同。"})
    assert Proposal.objects.get(matter=second).merged_into == Proposal.objects.get(matter=first)
    act(first.pk, "to_suggestion", union, {"text": "本单位就能办，不用上会。"})
    new = Application.objects.get(service="M27")
    assert new.matter.owner_id == own.account_id and "三人眼睛灼伤" in new.values_json
    act(new.matter_id, "take_in", union, {"department": "安全科", "ours": "on"})


@pytest.mark.django_db
def test_delegates_come_from_a_file_all_or_none(house: House) -> None:
    desk, row = browser(house.person("handler", ENTERPRISE)), congress()
    new = {"organisation": union_of(ENTERPRISE), "name": row.name, "meets": "2027-01-20", "opens": "2026-12-20"}
    half = desk.post(reverse("desk:congress_new"), {**new, "closes": "2026-12-01"})
    assert half.status_code == 422 and "结束不能早于开始" in text(half) and row.name in text(half)
    assert "已经登记过" in text(desk.post(reverse("desk:congress_new"), {**new, "closes": "2027-01-10"}))
    done = desk.post(reverse("desk:congress_new"), {**new, "name": "第四届第一次", "closes": "2027-01-10"})
    assert done.status_code == 302
    page = reverse("desk:congress", args=[row.pk])
    assert browser(house.person("handler", OTHER_COUNTY)).get(page).status_code == 404

    def sent(*rows: tuple[str, ...]) -> Any:
        """A filled-in template, handed in."""
        book, body = congresses.template(), io.BytesIO()
        assert book.active is not None
        for values in rows:
            book.active.append(values)
        book.save(body)
        return desk.post(page, {"verb": "import", "file": SimpleUploadedFile("代表.xlsx", body.getvalue())})

    wrong = sent(("孙六", "13800000006", "二组", ""), ("周七", "123", "", ""))
    assert wrong.status_code == 422 and "第 3 行" in text(wrong) and row.delegates.count() == 3
    assert sent(("孙六", "13800000006", "二组", "是"), ("王小明", "13900010001", "", "")).status_code == 302
    assert row.delegates.count() == 4 and "超过两成" in text(desk.get(page))
    again = desk.post(page, {"verb": "add", "name": "孙六", "phone": "138 0000 0006"})
    assert again.status_code == 422 and "已经在名单里" in text(again)
    assert reverse("desk:congress", args=[row.pk]) in text(desk.get(reverse("desk:voice")))


@pytest.mark.django_db
def test_what_a_unit_publishes_is_read_asked_about_and_answered_to_its_own_workers_alone(house: House) -> None:
    union = house.person("handler", ENTERPRISE)
    desk, member, stranger = browser(union), browser(worker(1, ENTERPRISE)), browser(worker(2))
    own = union_of(ENTERPRISE)
    begun = {"organisation": own, "category": "pay", "title": "年终奖", "body": ""}
    half = desk.post(reverse("desk:disclosure_new"), begun)
    assert half.status_code == 422 and "年终奖" in text(half)
    desk.post(
        reverse("desk:disclosure_new"),
        {"organisation": own, "category": "pay", "title": "年终奖发放办法", "body": "按出勤和考核发放。"},
    )
    row = Disclosure.objects.get()
    page = reverse("portal:disclosure", args=[row.pk])
    assert stranger.get(page).status_code == 404
    assert "还不知道您是哪个单位的" in text(stranger.get(reverse("portal:voice")))
    assert "年终奖发放办法" in text(member.get(reverse("portal:voice")))
    for _twice in range(2):
        member.post(page, {"step": "read"})
    assert Receipt.objects.count() == 1
    step = member.post(page, {"step": "ask"})["Location"]
    assert "年终奖发放办法" in text(member.get(step)) and "甲厂有限公司" in text(member.get(step))
    question = {"employer": "甲厂有限公司", "region": "520102", "item": row.title, "item_no": str(row.pk)}
    matter = fill(member, "V02", {**question, "question": "试用期的发吗？", "name": "王小明", "phone": "13900010001"})
    checked = {one["fact"]: one for one in Application.objects.get(matter=matter).checked}
    assert checked["of_unit"]["answer"] == "yes" and not checked["of_unit"]["told"], "by the register of members"
    act(matter.pk, "answer", union, {"text": "按月数发。", "asked": "试用期职工发不发？"})
    assert Reply.objects.get().disclosure == row
    shown = text(member.get(page))
    assert "试用期职工发不发" in shown and "王小明" not in shown
    assert "1 人已读" in text(desk.get(reverse("desk:disclosure", args=[row.pk])))
    desk.post(reverse("desk:disclosure", args=[row.pk]))
    assert member.get(page).status_code == 404


def union_of(path: str) -> int:
    return Organisation.objects.get(path=path).pk


@pytest.mark.django_db
def test_a_worker_without_membership_is_confirmed_by_the_units_union(house: House) -> None:
    person = worker(5)
    values = {
        "employer": "甲厂有限公司", "region": "520102", "department": "一车间", "since": "2026-01-05", "name": "孙六",
        "phone": "13900010005",
    }  # fmt: skip
    matter = fill(browser(person), "V05", values)
    checked = {one["fact"]: one["answer"] for one in Application.objects.get(matter=matter).checked}
    assert checked["unit_has_union"] == "yes", "by the register of employers"
    assert units.units_of(person) == []
    act(matter.pk, "confirm", house.person("handler", ENTERPRISE), {"note": "查了花名册"})
    assert [unit.path for unit in units.units_of(person)] == [ENTERPRISE]
    with pytest.raises(NotFound):
        seconding.page(person, 1)


def test_the_flow_asks_the_judges_what_the_score_card_holds() -> None:
    from gonghui.kernel.flow import get_flow

    step = get_flow(catalogue().services["V01"].kind_of_matter).by_name["judge"]
    assert [(f.name, f.max) for f in step.fields] == [(i.code, i.most) for i in tables.scoring().items]
    assert [pillar.weight for pillar in tables.scoring().pillars] == [40, 30, 30]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12))
@settings(max_examples=30)
def test_the_mean_lies_between_and_one_extreme_judge_moves_nothing_from_five_on(totals: list[int]) -> None:
    found = scores.mean(totals, 5)
    assert min(totals) <= found <= max(totals)
    if len(totals) >= 5:
        low, *rest = sorted(totals)
        assert scores.mean([0, *rest], 5) == scores.mean([low, *rest], 5) == found
