"""裁判 with accounts: named by the organiser, blind, their own sheets alone, drafts, handed in and locked, opened again
with a reason, staying away and being replaced; paper beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.craft import contests, judging
from gonghui.craft.models import Contest, Expert, JudgeSheet, ScoreSheet
from gonghui.craft.tests.test_contests import client, propose, sign_up
from gonghui.craft.trial import judges_for
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.veiling import shown
from gonghui.organisations.models import Organisation

pytestmark = pytest.mark.django_db
WHOLE = {"i1": "60", "safety": "40", "i1_reason": "", "safety_reason": ""}


def expert(house: House, which: int, unit: str = "技师学院", path: str = COUNTY) -> Expert:
    account = house.person("expert", path, which).account_id or 0
    return Expert.objects.create(account_id=account, organisation=Organisation.objects.get(path=path), unit=unit)


def actor_of(house: House, which: int, path: str = COUNTY) -> Actor:
    return house.person("expert", path, which)


def prepared(house: House, people: int = 3) -> Contest:
    """A contest that is open, with contestants admitted."""
    handler = house.person("handler", COUNTY)
    assert propose(client(handler)).status_code == 302
    contest = Contest.objects.select_related("matter", "organisation").get()
    act(contest.matter_id, "approve", house.person("leader", COUNTY))
    for number, unit in [(1, "一厂"), (2, "二厂"), (3, "三厂")][:people]:
        act(sign_up(number, contest, unit).pk, "qualify", handler)
    return contest


def task(which: int, number: int, house: House) -> JudgeSheet:
    return JudgeSheet.objects.get(
        judge__expert__account_id=actor_of(house, which).account_id or 0, contestant__blind_number=number
    )


def at(row: JudgeSheet) -> str:
    return reverse("desk:judging_sheet", args=[row.pk])


def trail_of(contest: Contest, verb: str) -> list[dict[str, Any]]:
    rows = TrailEntry.objects.filter(stream=f"matter:{contest.matter_id}", verb=verb).order_by("seq")
    return [dict(row.after or {}) for row in rows]


def test_judges_with_accounts_from_their_naming_to_the_locked_scores(house: House) -> None:
    handler, contest = house.person("handler", COUNTY), prepared(house)
    people = [expert(house, which, unit) for which, unit in ((1, "技师学院"), (2, "职院"), (3, "理工"), (4, "一厂"))]
    spare, far = expert(house, 5, "轻工学院"), expert(house, 6, "云岩学院", OTHER_COUNTY)
    desk, board = client(handler), reverse("desk:contest_judging", args=[contest.pk])
    shown = desk.get(board).content.decode()
    assert "职院" in shown and "云岩学院" not in shown, "experts of the union's own register"
    assert desk.post(board, {"verb": "name", "expert": people[3].pk}).status_code == 422, "a contestant's unit"
    assert desk.post(board, {"verb": "name", "expert": far.pk}).status_code == 422
    for one in people[:3]:
        assert desk.post(board, {"verb": "name", "expert": one.pk}).status_code == 302
    assert desk.post(board, {"verb": "name", "expert": people[0].pk}).status_code == 422, "once"
    assert not JudgeSheet.objects.exists(), "nothing to score before the draw"
    act(contest.matter_id, "draw", handler)
    assert JudgeSheet.objects.count() == 9
    told = OutboxMessage.objects.filter(topic="notice.app", account_id=people[0].account_id)
    assert ["专家评分" in row.payload["text"] for row in told] == [True], "told once, not once a number"

    first, second = client(actor_of(house, 1)), client(actor_of(house, 2))
    review = first.get(reverse("desk:review")).content.decode()
    assert "南明区焊工比武" in review and "3 份待评分" in review
    judge = contest.judges.get(expert=people[0])
    own, mine = reverse("desk:judging", args=[judge.pk]), task(1, 1, house)
    assert first.get(at(mine))["Location"] == own, "the promise comes first"
    with pytest.raises(GuardRefused, match="回避承诺"):
        judging.hand_in(actor_of(house, 1), mine.pk, {"i1": ("60", ""), "safety": ("40", "")})
    assert first.post(own).status_code == 302
    page = first.get(own).content.decode() + first.get(at(mine)).content.decode()
    assert "1 号" in page and "3 号" in page
    for secret in ("选手1", "一厂", "二厂", "职院", contest.matter.number):
        assert secret not in page, "numbers alone, and nobody else's name"
    assert second.get(own).status_code == 404 and second.get(at(mine)).status_code == 404
    assert second.post(at(mine), {"verb": "hand_in", **WHOLE}).status_code == 404 and not ScoreSheet.objects.exists()
    for name in ("desk:contest", "desk:contest_judging"):
        assert first.get(reverse(name, args=[contest.pk])).status_code == 403
    assert first.get(reverse("desk:matter", args=[contest.matter_id])).status_code == 403

    typed = {**WHOLE, "i1": "五十五", "i1_reason": "咬边"}
    assert first.post(at(mine), {"verb": "draft", **typed}).status_code == 302
    assert not ScoreSheet.objects.exists()
    kept = first.get(at(mine)).content.decode()
    assert 'value="五十五"' in kept and 'value="咬边"' in kept and "有草稿" in first.get(own).content.decode()
    assert "五十五" not in desk.get(board).content.decode(), "a draft is the judge's"
    wrong = first.post(at(mine), {"verb": "hand_in", **WHOLE, "i1": "61"})
    assert wrong.status_code == 422 and "在 0 到 60 之间" in wrong.content.decode()
    assert 'value="61"' in first.get(at(mine)).content.decode(), "also what was wrong is kept"
    reasonless = first.post(at(mine), {"verb": "hand_in", **WHOLE, "i1": "55"})
    assert reasonless.status_code == 422 and "写原因" in reasonless.content.decode()
    assert first.post(at(mine), {"verb": "hand_in", **WHOLE, "i1": "55", "i1_reason": "咬边"}).status_code == 302
    first.post(at(mine), {"verb": "hand_in", **WHOLE})
    first.post(at(mine), {"verb": "draft", **WHOLE})
    first.post(at(mine), {"verb": "recuse", "reason": "熟人"})
    assert ScoreSheet.objects.get().points["i1"] == ["55", "咬边"], "handed in is handed in"
    assert "不能再改" in first.get(at(mine)).content.decode()

    # Nobody reads another's score before the sheets are closed: not the other judges, not the organiser's pages.
    client(actor_of(house, 2)).post(reverse("desk:judging", args=[contest.judges.get(expert=people[1]).pk]))
    others = second.get(at(task(2, 1, house))).content.decode() + second.get(reverse("desk:review")).content.decode()
    assert "咬边" not in others and 'value="55"' not in others
    staff_sees = (
        desk.get(board).content.decode() + desk.get(reverse("desk:contest", args=[contest.pk])).content.decode()
    )
    assert "咬边" not in staff_sees and "已交表" in staff_sees
    entered = {"verb": "sheet", "number": "1", "judge": judge.pk, **WHOLE}
    refused = desk.post(reverse("desk:contest", args=[contest.pk]), entered)
    assert refused.status_code == 422 and "自己交表" in refused.content.decode()

    # Opened again by the organiser alone, with a reason that stays.
    assert first.post(board, {"verb": "reopen", "task": mine.pk, "reason": "x"}).status_code == 403
    assert client(house.person("leader", OTHER_COUNTY)).get(board).status_code == 404
    blank = desk.post(board, {"verb": "reopen", "task": mine.pk, "reason": " "})
    assert blank.status_code == 422 and ScoreSheet.objects.exists()
    assert desk.post(board, {"verb": "reopen", "task": mine.pk, "reason": "分值看错一栏"}).status_code == 302
    assert not ScoreSheet.objects.exists() and 'value="55"' in first.get(at(mine)).content.decode()
    assert trail_of(contest, "reopen_sheet")[0]["i1"] == "55", "the old score stays in the trail"
    assert "分值看错一栏" in desk.get(reverse("desk:matter", args=[contest.matter_id])).content.decode()
    whole = reverse("desk:trail", args=[contest.matter_id])
    before = desk.get(whole).content.decode()
    assert "锁定后可看" in before and "i1: 55" not in before, "no score is read before all are locked"
    first.post(at(mine), {"verb": "hand_in", **WHOLE})

    # Staying away from one number, and somebody else in their place.
    other = task(2, 2, house)
    assert second.post(at(other), {"verb": "recuse", "reason": ""}).status_code == 422
    assert second.post(at(other), {"verb": "recuse", "reason": "是我的徒弟"}).status_code == 302
    assert "是我的徒弟" in desk.get(board).content.decode()
    assert "徒弟" not in str(list(TrailEntry.objects.values_list("after", "note")))
    entered = {"verb": "sheet", "number": "2", "judge": other.judge_id, **WHOLE}
    assert "回避了" in desk.post(reverse("desk:contest", args=[contest.pk]), entered).content.decode()
    assert desk.post(board, {"verb": "give", "number": "9", "expert": spare.pk}).status_code == 422
    assert desk.post(board, {"verb": "give", "number": "2", "expert": people[0].pk}).status_code == 422, (
        "has it already"
    )
    assert desk.post(board, {"verb": "give", "number": "2", "expert": spare.pk}).status_code == 302
    substitute = JudgeSheet.objects.get(judge__expert=spare)
    assert substitute.contestant.blind_number == 2 and substitute.judge.rounds == []

    fifth, third = client(actor_of(house, 5)), client(actor_of(house, 3))
    fifth.post(reverse("desk:judging", args=[substitute.judge_id]))
    third.post(reverse("desk:judging", args=[contest.judges.get(expert=people[2]).pk]))
    assert fifth.post(at(substitute), {"verb": "hand_in", **WHOLE}).status_code == 302
    for which, browser in ((1, first), (2, second), (3, third)):
        for number in (1, 2, 3):
            if (which, number) not in ((1, 1), (2, 2), (3, 3)):
                browser.post(at(task(which, number, house)), {"verb": "hand_in", **WHOLE})
    for number in (1, 2, 3):
        desk.post(reverse("desk:contest", args=[contest.pk]), {"verb": "paper", "number": number, "theory": "80"})
    with pytest.raises(GuardRefused, match="3 号还没有 3 位裁判"):
        act(contest.matter_id, "lock", handler)
    # One who cannot come to a computer: the sheet on paper is entered by staff, and the judge sees it.
    last = task(3, 3, house)
    entered = {"verb": "sheet", "number": "3", "judge": last.judge_id, **WHOLE}
    assert desk.post(reverse("desk:contest", args=[contest.pk]), entered).status_code == 302
    assert "按您的纸质评分表录入" in third.get(at(last)).content.decode()
    assert trail_of(contest, "enter_sheet")[-1]["paper"] is True
    act(contest.matter_id, "lock", handler)
    assert "i1: 55" in desk.get(whole).content.decode(), "the old score stays in the trail"
    assert desk.post(board, {"verb": "reopen", "task": mine.pk, "reason": "晚了"}).status_code == 409
    assert "评分已经结束" in first.get(reverse("desk:review")).content.decode()
    contest.refresh_from_db()
    assert contests.intact(contest)


def test_the_scores_of_a_long_trail_are_sealed_by_one_question(house: House) -> None:
    handler, contest = house.person("handler", COUNTY), prepared(house)
    desk, page = client(handler), reverse("desk:contest", args=[contest.pk])
    judges = judges_for(contest, handler)
    act(contest.matter_id, "draw", handler)
    for number in "123":
        for judge in judges:
            assert desk.post(page, {"verb": "sheet", "number": number, "judge": judge, **WHOLE}).status_code == 302
    rows = TrailEntry.objects.filter(stream=f"matter:{contest.matter_id}", verb="enter_sheet").order_by("seq")
    asked = []
    for most in (1, 3 * len(judges)):
        entries = list(rows[:most])
        with CaptureQueriesContext(connection) as queries:
            found = shown(contest.matter, entries)
        assert len(found) == most and all(one.after["scores"] and "i1" not in one.after for one in found)
        asked.append(len(queries))
    assert asked == [1, 1]


def test_an_unhanded_sheet_holds_the_lock_until_it_is_taken_back(house: House) -> None:
    handler, contest = house.person("handler", COUNTY), prepared(house, 1)
    desk, board = client(handler), reverse("desk:contest_judging", args=[contest.pk])
    paper = judges_for(contest, handler)
    desk.post(board, {"verb": "name", "expert": expert(house, 1).pk})
    act(contest.matter_id, "draw", handler)
    page = reverse("desk:contest", args=[contest.pk])
    desk.post(page, {"verb": "paper", "number": "1", "theory": "80"})
    for number in paper:
        assert desk.post(page, {"verb": "sheet", "number": "1", "judge": number, **WHOLE}).status_code == 302
    with pytest.raises(GuardRefused, match="还有 1 份裁判评分表没有交"):
        act(contest.matter_id, "lock", handler)
    judge = contest.judges.exclude(expert=None).get()
    assert client(house.person("leader", OTHER_COUNTY)).post(
        board, {"verb": "take_back", "judge": judge.pk}
    ).status_code == 404  # fmt: skip
    assert desk.post(board, {"verb": "take_back", "judge": judge.pk}).status_code == 302
    assert desk.post(board, {"verb": "take_back", "judge": judge.pk}).status_code == 404
    assert trail_of(contest, "take_back_sheets") == [{"judge": judge.pk, "numbers": [1]}]
    act(contest.matter_id, "lock", handler)


def test_a_judge_of_the_final_alone_has_nothing_in_the_preliminary_round(house: House) -> None:
    handler = house.person("handler", COUNTY)
    assert propose(client(handler), preliminary_places="2").status_code == 302
    contest = Contest.objects.select_related("matter").get()
    act(contest.matter_id, "approve", house.person("leader", COUNTY))
    act(sign_up(1, contest, "一厂").pk, "qualify", handler)
    desk, board = client(handler), reverse("desk:contest_judging", args=[contest.pk])
    judges_for(contest, handler)
    final, both = expert(house, 1), expert(house, 2)
    assert "评哪几轮" in desk.get(board).content.decode()
    desk.post(board, {"verb": "name", "expert": final.pk, "rounds": ["1"]})
    desk.post(board, {"verb": "name", "expert": both.pk})
    act(contest.matter_id, "draw", handler)
    assert [row.judge.expert for row in JudgeSheet.objects.all()] == [both]
    own = reverse("desk:judging", args=[contest.judges.get(expert=final).pk])
    browser = client(actor_of(house, 1))
    browser.post(own)
    assert "没有分给您的编号" in browser.get(own).content.decode()


def test_who_handles_the_contest_is_not_asked_to_judge_it_blind(house: House) -> None:
    contest = prepared(house, 1)
    handler = house.person("handler", COUNTY)
    Expert.objects.create(
        account_id=handler.account_id or 0, organisation=Organisation.objects.get(path=COUNTY), unit="技师学院"
    )
    assert judging.candidates(contest) == []
