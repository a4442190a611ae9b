"""A counsellor is away, leaves, or does not move: whoever waits for them is taken on by another, kindly told, and what
was written stays with its writer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.flow import kept
from gonghui.kernel.flow.load import make_flow
from gonghui.kernel.models import FlowText, Matter
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.actions import erasure
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment, Person
from gonghui.people.testing import sign_in
from gonghui.services.tests.support import worker
from gonghui.wellbeing.counselling import anew, queries, rota
from gonghui.wellbeing.models import Counselling, Session
from gonghui.wellbeing.tests.support import counsellor
from gonghui.wellbeing.tests.test_counselling import book, do, told

pytestmark = pytest.mark.django_db


def taken(matter: Matter, who: Account) -> None:
    do(who, matter, "triage", {"risk": "high", "counsellor": str(who.pk)})


def agreed(matter: Matter, who: Account, days: int = 2) -> None:
    taken(matter, who)
    starts = (now() + timedelta(days=days)).strftime("%Y-%m-%dT19:00")
    do(who, matter, "schedule", {"starts": starts, "minutes": "50", "way": "phone"})


def talked(matter: Matter, who: Account) -> None:
    agreed(matter, who)
    do(who, matter, "hold", {"note": "谈了夜班。", "risk": "high"})


def begin_before_reopening(matter: Matter) -> None:
    """As if it had begun when nobody could give a case back."""
    text = json.loads(FlowText.objects.get(digest=matter.flow_digest).text)
    text["transitions"] = [one for one in text["transitions"] if one["name"] != "reopen"]
    for clock in text["clocks"].values():
        clock["ticks"] = [tick for tick in clock["ticks"] if tick["do"] != "transition:reopen"]
    digest = kept.keep(make_flow(text, "an earlier text", lambda at: 1))
    Matter.objects.filter(pk=matter.pk).update(flow_digest=digest)


def state(matter: Matter) -> str:
    matter.refresh_from_db()
    return matter.state


@pytest.mark.parametrize("until", [taken, agreed, talked])
def test_who_is_set_away_leaves_nobody_waiting(house: House, until: Any) -> None:
    ill, other, leader = counsellor("an", COUNTY), counsellor("xia", COUNTY), house.person("leader", COUNTY)
    owner = worker(1)
    matter = book(owner)
    until(matter, ill)
    before = len(told(other))
    desk = sign_in(Client(), Account.objects.get(pk=leader.account_id or 0))
    sent = {"step": "away", "account": str(ill.pk), "away": "yes"}
    assert "1 件已请别的咨询师接手" in desk.post(reverse("desk:counselling_rota"), sent, follow=True).content.decode()
    assert state(matter) == "applied" and Counselling.objects.get().counsellor is None
    assert len(told(other)) == before + 1
    assert not visible_to(actor_for(ill)).filter(pk=matter.pk).exists()
    assert not Session.objects.filter(state="agreed").exists()
    assert any("不用重新填写" in text for text in told(Account.objects.get(pk=owner.account_id or 0)))
    assert matter.pk not in [case.matter_id for case in queries.queue(actor_for(ill))]
    taken(matter, other)
    file = queries.file_of(actor_for(other), matter)
    assert file is not None and not file.notes and state(matter) == "triaged"


def test_without_a_colleague_the_union_above_takes_it_on_and_else_the_leader_is_told(house: House) -> None:
    ill, above = counsellor("an", COUNTY), counsellor("lao", CITY)
    leader = house.person("leader", COUNTY)
    matter = book(worker(1))
    taken(matter, ill)
    assert rota.set_away(leader, COUNTY, str(ill.pk), True) == 1
    assert told(above) and visible_to(actor_for(above)).filter(pk=matter.pk).exists()
    taken(matter, above)
    assert rota.set_away(house.person("leader", CITY), CITY, str(above.pk), True) == 1
    assert "没有咨询师可接" in told(Account.objects.get(pk=leader.account_id or 0))[-1]
    rota.set_away(leader, COUNTY, str(ill.pk), False)
    assert [case.matter_id for case in queries.queue(actor_for(ill))] == [matter.pk]


def test_who_has_the_duty_no_longer_is_found_out(house: House) -> None:
    gone, other = counsellor("an", COUNTY), counsellor("xia", COUNTY)
    matter, untouched = book(worker(1)), book(worker(2))
    talked(matter, gone)
    taken(untouched, other)
    assert anew.arrange() == 0
    DutyAssignment.objects.filter(account=gone).update(valid_to=(now() - timedelta(days=1)).date())
    assert anew.arrange() == 1 and anew.arrange() == 0
    assert state(matter) == "applied" and state(untouched) == "triaged"
    taken(matter, other)


def test_who_waits_for_a_crisis_to_be_answered_is_called_by_others_at_once(house: House) -> None:
    ill, other = counsellor("an", COUNTY), counsellor("xia", COUNTY)
    matter = book(worker(1))
    taken(matter, ill)
    do(ill, matter, "raise", {})
    assert not any("生命危险" in text for text in told(other))
    with time_shifted(timedelta(minutes=8)):
        run_once()
        assert any("生命危险" in text for text in told(other))
    rota.set_away(house.person("leader", COUNTY), COUNTY, str(ill.pk), True)
    assert state(matter) == "crisis" and Counselling.objects.get().counsellor is None
    do(other, matter, "respond", {"did": ["talked"], "note": "已联系上。"})
    assert Counselling.objects.get().counsellor == other


def test_who_does_not_move_for_a_working_day_after_the_limit_gives_it_back(house: House) -> None:
    slow, other = counsellor("an", COUNTY), counsellor("xia", COUNTY)
    matter = book(worker(1))
    taken(matter, slow)
    with time_shifted(timedelta(days=16)):
        for _tick in range(4):
            run_once()
        assert state(matter) == "applied"
        assert not visible_to(actor_for(slow)).filter(pk=matter.pk).exists()
        taken(matter, other)


def test_nobody_waits_longer_than_some_days_for_what_was_agreed_to_be_written_down(house: House) -> None:
    slow = counsellor("an", COUNTY)
    counsellor("xia", COUNTY)
    matter = book(worker(1))
    agreed(matter, slow, days=40)
    with time_shifted(timedelta(days=39)):
        run_once()
        assert state(matter) == "scheduled" and Session.objects.filter(state="agreed").exists()
    with time_shifted(timedelta(days=60)):
        for _tick in range(4):
            run_once()
        assert state(matter) == "applied"


def test_nobody_takes_it_on_in_time_and_the_unions_above_are_asked(house: House) -> None:
    counsellor("an", COUNTY)
    above = counsellor("lao", CITY)
    matter = book(worker(1))
    assert not told(above)
    with time_shifted(timedelta(days=16)):
        for _tick in range(4):
            run_once()
        assert told(above) and visible_to(actor_for(above)).filter(pk=matter.pk).exists()


def test_the_worker_can_end_it_after_the_talk_and_their_account_can_go(house: House) -> None:
    an, owner = counsellor("an", COUNTY), worker(1)
    matter = book(owner)
    talked(matter, an)
    Person.objects.update_or_create(account_id=owner.account_id or 0, defaults={"erase_requested_at": now()})
    assert erasure.erase_requested() == 0
    phone = sign_in(Client(), Account.objects.get(pk=owner.account_id or 0))
    page = reverse("portal:application", args=[matter.pk])
    assert "撤销申请" in phone.get(page).content.decode()
    assert phone.post(page, {"step": "withdraw"}).status_code == 302
    assert state(matter) == "withdrawn" and erasure.erase_requested() == 1


def test_a_case_begun_before_there_was_such_a_step_is_opened_where_it_stands(house: House) -> None:
    ill, other, owner = counsellor("an", COUNTY), counsellor("xia", COUNTY), worker(1)
    matter = book(owner)
    taken(matter, ill)
    begin_before_reopening(matter)
    assert rota.set_away(house.person("leader", COUNTY), COUNTY, str(ill.pk), True) == 1
    assert state(matter) == "triaged" and Counselling.objects.get().counsellor is None
    assert any("不用重新填写" in text for text in told(Account.objects.get(pk=owner.account_id or 0)))
    do(other, matter, "hand_on", {"counsellor": str(other.pk)})
    assert Counselling.objects.get().counsellor == other
    starts = (now() + timedelta(days=2)).strftime("%Y-%m-%dT19:00")
    do(other, matter, "schedule", {"starts": starts, "minutes": "50", "way": "phone"})
    assert state(matter) == "scheduled"
