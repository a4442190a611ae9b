"""技能竞赛 of several rounds and of teams: who goes on by quota, teams by consent, objections of anybody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.craft import contests, objecting, scoring
from gonghui.craft.models import Contest, Contestant, ContestObjection, RoundResult, Team
from gonghui.craft.tests.support import worker
from gonghui.craft.tests.test_contests import client, propose
from gonghui.craft.trial import judges_for, score_all
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.identity import with_check
from gonghui.services import actions as services
from gonghui.services.notices import WITHOUT_NAME_MOST

pytestmark = pytest.mark.django_db
TOLD = "成绩已更正并重新公布"
UNITS = ("一厂", "二厂", "三厂", "四厂")


def sign_up(number: int, contest: Contest, region: str = "520102") -> Matter:
    id_no = with_check(f"5201021990030{number}00{number}0")
    values = {
        "contest": str(contest.offer_id), "name": f"选手{number}", "id_no": id_no,
        "phone": f"1393000000{number}", "unit": UNITS[number - 1], "unit_region": region, "skill_level": "senior",
        "years": 8, "insured": "unit", "promise": True,
    }  # fmt: skip
    return services.apply(worker(number), services.service_for("M11", "520102"), values).matter


def opened(house: House, **told: str) -> Contest:
    assert propose(client(house.person("handler", COUNTY)), **told).status_code == 302
    contest = Contest.objects.select_related("matter", "organisation").get()
    act(contest.matter_id, "approve", house.person("leader", COUNTY))
    return contest


def published(house: House, contest: Contest, judges: list[int]) -> None:
    """Scored, locked and published by two people; the time for appeals is left open."""
    contest.refresh_from_db()
    score_all(contest, house.person("handler", COUNTY), judges)
    act(contest.matter_id, "lock", house.person("handler", COUNTY))
    act(contest.matter_id, "publish_ranking", house.person("leader", COUNTY))


@given(
    st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=20),
    st.integers(0, 12),
    st.integers(0, 4),
    st.integers(0, 3),
)
def test_no_more_go_on_than_places_and_every_region_gets_its_least(
    regions: list[str], places: int, most: int, least: int
) -> None:
    least = min(least, most) if most else least
    rows = list(enumerate(regions))
    chosen = scoring.going_on(rows, places, most, least)
    by_region = {name: [key for key, region in rows if region == name] for name in set(regions)}
    assert len(chosen) <= places
    for name, keys in by_region.items():
        ours = [key for key in keys if key in chosen]
        assert ours == keys[: len(ours)], "within a region the better goes on"
        if name and most:
            assert len(ours) <= most
        if name and least * len(by_region) <= places:
            assert len(ours) >= min(least, len(keys))


def test_a_preliminary_round_by_quota_then_the_final(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    desk = client(handler)
    wrong = propose(desk, preliminary_most="1")
    assert wrong.status_code == 422 and "请填写晋级名额" in wrong.content.decode()
    told = {"preliminary_places": "2", "preliminary_most": "1", "preliminary_theory": "100"}
    contest = opened(house, **told)
    own = reverse("portal:contest", args=[contest.pk])
    assert "晋级 2 个，每个地区最多 1 个" in Client().get(own).content.decode()
    # Two of one county, one of another: the second of the first county gives way though it may rank higher.
    people = [sign_up(1, contest), sign_up(2, contest), sign_up(3, contest, "520103")]
    for matter in people:
        act(matter.pk, "qualify", handler)
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    contest.refresh_from_db()
    for place, matter in enumerate(people):
        number = Contestant.objects.get(application__matter=matter).blind_number or 0
        contests.enter_paper(handler, contest, number, Decimal(90 - place))
    # A round of theory alone needs no sheets of judges.
    act(contest.matter_id, "lock", handler)
    act(contest.matter_id, "publish_ranking", leader)
    shown = Client().get(own).content.decode()
    assert "初赛成绩和名次" in shown and shown.count("晋级</td>") == 2
    with time_shifted(timedelta(hours=3)):
        run_once()
        with pytest.raises(GuardRefused, match="还有下一轮"):
            act(contest.matter_id, "notice", handler)
        act(contest.matter_id, "next_round", handler)
        states = [Matter.objects.get(pk=matter.pk).state for matter in people]
        assert states == ["competing", "ranked", "competing"]
        assert {row.blind_number for row in Contestant.objects.filter(out_after=None)} == {1, 2}
        out = client(worker(2)).get(reverse("portal:application", args=[people[1].pk])).content.decode()
        assert "89.00 分，第 2 名" in out and "没有晋级" in out
        published(house, contest, judges)
        contest.refresh_from_db()
        assert contests.intact(contest) and RoundResult.objects.filter(goes_on=True).count() == 2
        with time_shifted(timedelta(hours=6)):
            run_once()
            with pytest.raises(GuardRefused, match="这是决赛"):
                act(contest.matter_id, "next_round", handler)
            act(contest.matter_id, "notice", handler)
        with time_shifted(timedelta(days=15)):
            run_once()
            act(contest.matter_id, "award", leader, {"first": "1", "second": "1", "third": "0"})
    shown = Client().get(own).content.decode()
    assert shown.index("决赛成绩和名次") < shown.index("初赛成绩和名次") and "一等奖" in shown
    assert {Matter.objects.get(pk=matter.pk).state for matter in people} == {"closed"}


def test_called_off_after_a_round_it_is_over_for_who_was_out_too(house: House) -> None:
    handler = house.person("handler", COUNTY)
    contest = opened(house, preliminary_places="1", preliminary_theory="100")
    people = [sign_up(number, contest) for number in (1, 2)]
    for matter in people:
        act(matter.pk, "qualify", handler)
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    published(house, contest, judges)
    with time_shifted(timedelta(hours=3)):
        run_once()
        act(contest.matter_id, "next_round", handler)
        assert {Matter.objects.get(pk=matter.pk).state for matter in people} == {"competing", "ranked"}
        act(contest.matter_id, "call_off", house.person("leader", COUNTY), {"reason": "场地不能用"})
        run_once()
    assert [Matter.objects.get(pk=matter.pk).state for matter in people] == ["called_off", "called_off"]


def corrected(house: House, people: list[Matter], contest: Contest) -> None:
    """Two appeal against the first ranking; one is right, and the scores are opened again before the other is
    answered."""
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    for matter in people:
        act(matter.pk, "qualify", handler)
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    published(house, contest, judges)
    for number in (1, 2):
        act(people[number - 1].pk, "appeal", worker(number), {"minutes": "第二项算错了。"})
    act(people[0].pk, "reply", leader, {"upheld": "yes", "text": "少算一分，更正。"})
    act(contest.matter_id, "correct", leader, {"reason": "1 号理论成绩"})
    contest.refresh_from_db()


def test_everybody_is_told_when_corrected_scores_are_published(house: House) -> None:
    contest = opened(house)
    people = [sign_up(number, contest) for number in (1, 2, 3)]
    corrected(house, people, contest)
    contests.enter_paper(house.person("handler", COUNTY), contest, 1, Decimal(100), 500)
    act(contest.matter_id, "lock", house.person("handler", COUNTY))
    act(contest.matter_id, "publish_ranking", house.person("leader", COUNTY))
    told = [row.account_id for row in OutboxMessage.objects.filter(topic="notice.app") if TOLD in row.payload["text"]]
    assert sorted(told, key=str) == sorted((worker(number).account_id for number in (1, 2, 3)), key=str)
    states = [Matter.objects.get(pk=matter.pk).state for matter in people]
    assert states == ["ranked", "appealed", "ranked"], "who waits for an answer still gets it"
    # The third had nothing against the first ranking and may appeal against this one.
    act(people[2].pk, "appeal", worker(3), {"minutes": "更正以后我的名次不对。"})


def test_called_off_while_the_scores_are_corrected_it_is_over_for_everybody(house: House) -> None:
    contest = opened(house)
    people = [sign_up(number, contest) for number in (1, 2)]
    corrected(house, people, contest)
    assert [Matter.objects.get(pk=matter.pk).state for matter in people] == ["ranked", "appealed"]
    act(contest.matter_id, "call_off", house.person("leader", COUNTY), {"reason": "场地不能用"})
    run_once()
    assert [Matter.objects.get(pk=matter.pk).state for matter in people] == ["called_off", "called_off"]


def test_a_team_is_made_by_its_members_own_consent_and_scored_by_the_rule(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    contest = opened(house, team_rule="best_two")
    people = [sign_up(number, contest) for number in (1, 2, 3, 4)]
    for matter in people:
        act(matter.pk, "qualify", handler)
    judges = judges_for(contest, handler)

    def send(number: int, **sent: Any) -> Any:
        return client(worker(number)).post(reverse("portal:team", args=[people[number - 1].pk]), sent)

    refused = send(1, verb="make", name="南明队")
    assert refused.status_code == 422 and "请勾选同意" in refused.content.decode() and not Team.objects.exists()
    send(1, verb="make", name="南明队", consent="on")
    code = Team.objects.get().code
    assert "没有这个队码" in send(2, verb="join", code="ABCD2345", consent="on").content.decode()
    assert send(2, verb="join", code=code.lower(), consent="on").status_code == 302
    assert "已经有了" in send(3, verb="make", name="南明队", consent="on").content.decode()
    send(3, verb="make", name="云岩队", consent="on")
    assert client(worker(2)).get(reverse("portal:team", args=[people[0].pk])).status_code == 404
    with pytest.raises(GuardRefused, match="没有组队"):
        act(contest.matter_id, "draw", handler)
    send(4, verb="join", code=code, consent="on")
    with pytest.raises(GuardRefused, match="“云岩队”只有 1 名"):
        act(contest.matter_id, "draw", handler)
    send(4, verb="leave")
    send(4, verb="join", code=Team.objects.get(name="云岩队").code, consent="on")
    act(contest.matter_id, "draw", handler)
    published(house, contest, judges)
    teams = {team.name: team for team in Team.objects.all()}
    for team in teams.values():
        rows = Contestant.objects.filter(application__team_place__team=team)
        assert team.total == scoring.rounded(sum((row.total or Decimal(0) for row in rows), Decimal(0)) / 2)
    best = next(team for team in teams.values() if team.rank == 1)
    with time_shifted(timedelta(hours=3)):
        run_once()
        act(contest.matter_id, "notice", handler)
        with time_shifted(timedelta(days=15)):
            run_once()
            with pytest.raises(GuardRefused, match="有名次的队伍"):
                act(contest.matter_id, "award", leader, {"first": "2", "second": "1", "third": "0"})
            act(contest.matter_id, "award", leader, {"first": "1", "second": "0", "third": "0"})
    won = Contestant.objects.filter(award="first")
    assert won.count() == 2 and {row.application.team_place.team_id for row in won} == {best.pk}
    shown = Client().get(reverse("portal:contest", args=[contest.pk])).content.decode()
    assert "团体名次" in shown and "成绩最好的两名队员的平均分" in shown and code not in shown


def test_anybody_may_object_to_a_ranking_under_notice(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    contest = opened(house)
    for number in (1, 2):
        act(sign_up(number, contest).pk, "qualify", handler)
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    published(house, contest, judges)
    address = reverse("portal:contest_objection", args=[contest.pk])
    assert Client().get(address).status_code == 404, "not under notice yet"
    with time_shifted(timedelta(hours=3)):
        run_once()
        act(contest.matter_id, "notice", handler)
        assert address in Client().get(reverse("portal:notices")).content.decode()
        Client().post(address, {"text": "听说有人替考"})
        half = Client().post(address, {"text": "1 号不是本人", "name": "李某"})
        assert half.status_code == 422 and "1 号不是本人" in half.content.decode()
        for number in range(WITHOUT_NAME_MOST - 1):
            objecting.object_to(contest.pk, f"听说有人替考 {number}")
        many = Client().post(address, {"text": "听说有人替考"})
        assert many.status_code == 422 and "写上姓名和电话" in many.content.decode()
        contest.matter.refresh_from_db()
        assert contest.matter.state == "noticed", "without a name it is a lead"
        Client().post(address, {"text": "1 号的用时记错了", "name": "李某", "phone": "13900000000"})
        contest.matter.refresh_from_db()
        assert contest.matter.state == "inquiry"
        page = reverse("desk:contest", args=[contest.pk])
        assert "李某" in client(handler).get(page).content.decode()
        assert "李某" not in Client().get(reverse("portal:contest", args=[contest.pk])).content.decode()
        finding = {"upheld": "yes", "finding": "用时应为 500 秒。"}
        act(contest.matter_id, "settle", leader, finding)
        assert ContestObjection.objects.filter(upheld=True).count() == WITHOUT_NAME_MOST + 1
        with time_shifted(timedelta(days=15)):
            run_once()
            prizes = {"first": "1", "second": "0", "third": "0"}
            with pytest.raises(GuardRefused, match="先更正成绩"):
                act(contest.matter_id, "award", leader, prizes)
            act(contest.matter_id, "correct", leader, {"reason": "1 号用时"})
            contest.refresh_from_db()
            contests.enter_paper(handler, contest, 1, Decimal(89), 500)
            act(contest.matter_id, "lock", handler)
            act(contest.matter_id, "publish_ranking", leader)
            with time_shifted(timedelta(days=16)):
                run_once()
                act(contest.matter_id, "notice", handler)
                with time_shifted(timedelta(days=40)):
                    run_once()
                    act(contest.matter_id, "award", leader, prizes)
    shown = Client().get(reverse("portal:contest", args=[contest.pk])).content.decode()
    assert "收到异议 21 份，已核查，其中 21 份成立" in shown
