"""技能竞赛: proposed, signed up for, drawn, scored blind, locked, appealed, corrected, awarded, summed up."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.craft import contests
from gonghui.craft.models import Contest, Contestant, ScoreSheet
from gonghui.craft.tests.support import worker
from gonghui.craft.trial import judges_for, score_all
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions as services
from gonghui.services.tests.support import ID_NUMBERS

pytestmark = pytest.mark.django_db


def client(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def propose(browser: Client, **changes: str) -> Any:
    def at(days: int) -> str:
        moment: datetime = now().astimezone(SHANGHAI) + timedelta(days=days)
        return f"{moment:%Y-%m-%dT%H:%M}"

    sent = {
        "name": "南明区焊工比武", "brand": "匠心筑梦 技能黔行", "trade": "welding", "level": "county",
        "budget": "50000",
        "plan": "板材对接焊；前三名表彰。", "items": "质量 60\n安全文明 40", "capacity": "20", "closes": at(3),
        "starts": at(5), "ends": at(6), "place": "技师学院", **changes,
    }  # fmt: skip
    return browser.post(reverse("desk:contest_new"), sent)


def sign_up(number: int, contest: Contest, unit: str) -> Matter:
    values = {
        "contest": str(contest.offer_id), "name": f"选手{number}", "id_no": ID_NUMBERS[number - 1],
        "phone": f"1393000000{number}", "unit": unit, "skill_level": "senior", "years": 8, "insured": "unit",
        "promise": True,
    }  # fmt: skip
    return services.apply(worker(number), services.service_for("M11", "520102"), values).matter


def test_a_contest_from_its_proposal_to_its_summary(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    desk = client(handler)
    assert propose(desk, items="质量 60").status_code == 422
    wrong = propose(desk, items="质量六十")
    assert wrong.status_code == 422 and "第 1 行" in wrong.content.decode() and "匠心筑梦" in wrong.content.decode()
    assert propose(desk).status_code == 302
    contest = Contest.objects.select_related("matter").get()
    assert "南明区焊工比武" not in Client().get(reverse("portal:contests")).content.decode()
    act(contest.matter_id, "approve", leader)
    own = reverse("portal:contest", args=[contest.pk])
    assert "去报名" in Client().get(own).content.decode()

    people = [sign_up(number, contest, unit) for number, unit in ((1, "一厂"), (2, "二厂"), (3, "三厂"))]
    with pytest.raises(GuardRefused, match="已经报过名"):
        sign_up(1, contest, "一厂")
    for matter in people[:2]:
        act(matter.pk, "qualify", handler)
    with pytest.raises(GuardRefused, match="没有审核资格"):
        act(contest.matter_id, "draw", handler)
    act(people[2].pk, "qualify", handler)
    page = reverse("desk:contest", args=[contest.pk])
    answer = desk.post(page, {"verb": "judge", "name": "甲", "unit": "一厂"})
    assert answer.status_code == 422 and "回避" in answer.content.decode()
    with pytest.raises(GuardRefused, match="至少要 3 位裁判"):
        act(contest.matter_id, "draw", handler)
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    assert set(Contestant.objects.values_list("blind_number", flat=True)) == {1, 2, 3}
    blind = desk.get(page).content.decode()
    assert "选手1" not in blind and "一厂" not in blind
    mine = reverse("portal:application", args=[people[0].pk])
    assert "比赛编号" in client(worker(1)).get(mine).content.decode()

    sheet = {"verb": "sheet", "number": "1", "judge": judges[0], "i1": "55", "safety": "40"}
    answer = desk.post(page, sheet)
    assert answer.status_code == 422 and "写原因" in answer.content.decode()
    assert desk.post(page, {**sheet, "i1": "61"}).status_code == 422
    assert desk.post(page, {**sheet, "i1_reason": "咬边"}).status_code == 302
    assert desk.post(page, {"verb": "paper", "number": "1", "theory": "88", "seconds": "900"}).status_code == 302
    with pytest.raises(GuardRefused, match="号还没有"):
        act(contest.matter_id, "lock", handler)
    desk.post(page, {"verb": "absent", "number": "3"})
    absent = Matter.objects.get(pk__in=[m.pk for m in people], state="absent")
    score_all(contest, handler, judges)
    act(contest.matter_id, "lock", handler)
    contest.refresh_from_db()
    best = contest.contestants.get(rank=1)
    assert best.blind_number == 1 and (best.theory, best.practice, best.total) == (89, 99, Decimal("96.00"))
    assert contests.intact(contest) and desk.post(page, sheet | {"i1_reason": "咬边"}).status_code == 409
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(contest.matter_id, "publish_ranking", handler)
    ScoreSheet.objects.filter(contestant=best, judge=judges[0]).update(points={"i1": ["60", ""], "safety": ["40", ""]})
    with pytest.raises(GuardRefused, match="对不上"):
        act(contest.matter_id, "publish_ranking", leader)
    ScoreSheet.objects.filter(contestant=best, judge=judges[0]).update(
        points={"i1": ["59", "有瑕疵"], "safety": ["40", ""]}
    )
    act(contest.matter_id, "publish_ranking", leader)
    ranking = Client().get(own).content.decode()
    assert "96.00" in ranking and "选**" in ranking and "选手1" not in ranking

    loser = contest.contestants.select_related("application__matter").get(rank=2)
    who = loser.application.matter
    browser = client(worker(owner_number(loser)))
    address = reverse("portal:application", args=[who.pk])
    assert browser.post(address, {"step": "appeal", "minutes": "第二项算错了。"}).status_code == 302
    with time_shifted(timedelta(hours=3)):
        run_once()
        other = best.application.matter_id
        with pytest.raises(GuardRefused, match="2 小时内"):
            act(other, "appeal", worker(owner_number(best)), {"minutes": "我也要"})
        with pytest.raises(GuardRefused, match="没有答复"):
            act(contest.matter_id, "notice", handler)
        act(who.pk, "reply", leader, {"upheld": "yes", "text": "第二号少算一分，更正。"})
        with pytest.raises(GuardRefused, match="先更正成绩"):
            act(contest.matter_id, "notice", handler)
        act(contest.matter_id, "correct", leader, {"reason": "2 号理论成绩"})
        contest.refresh_from_db()
        contests.enter_paper(handler, contest, 2, Decimal(100), 600)
        act(contest.matter_id, "lock", handler)
        act(contest.matter_id, "publish_ranking", leader)
        with time_shifted(timedelta(hours=3)):
            run_once()
            act(contest.matter_id, "notice", handler)
        with time_shifted(timedelta(days=15)):
            run_once()
            with pytest.raises(GuardRefused, match="不能多于选手"):
                act(contest.matter_id, "award", leader, {"first": "1", "second": "1", "third": "1"})
            act(contest.matter_id, "award", leader, {"first": "1", "second": "1", "third": "0"})
            act(contest.matter_id, "sum_up", handler, {"promoted": "2", "summary": "两人晋升高级工。"})
    contest.refresh_from_db()
    assert contest.matter.state == "closed"
    assert contest.contestants.get(rank=1).blind_number == 2
    assert set(
        Matter.objects.filter(pk__in=[m.pk for m in people]).exclude(pk=absent.pk).values_list("state", flat=True)
    ) == {"closed"}
    shown = Client().get(own).content.decode()
    assert "一等奖" in shown and "两人晋升高级工" in shown
    elsewhere = client(house.person("handler", OTHER_COUNTY))
    assert elsewhere.get(page).status_code == 404 and elsewhere.post(page, sheet).status_code == 404


def owner_number(row: Contestant) -> int:
    """The number by which the tests know the worker."""
    owner = row.application.account_id
    return next(number for number in (1, 2, 3) if worker(number).account_id == owner)


def test_a_contest_called_off_tells_everybody(house: House) -> None:
    leader = house.person("leader", COUNTY)
    assert propose(client(house.person("handler", COUNTY))).status_code == 302
    contest = Contest.objects.get()
    act(contest.matter_id, "approve", leader)
    matter = sign_up(1, contest, "一厂")
    act(contest.matter_id, "call_off", leader, {"reason": "场地不能用"})
    run_once()
    matter.refresh_from_db()
    assert matter.state == "called_off"
    with pytest.raises(InvalidData):
        sign_up(2, contest, "二厂")
