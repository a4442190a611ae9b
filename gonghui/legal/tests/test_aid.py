"""法律援助: application, two people, the urgent path, the lawyer's work, the outcome, the objection."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from gonghui.appeals.tests.support import CITY, COUNTY
from gonghui.kernel import clocks
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.legal import actions, queries
from gonghui.legal.eligibility import Facts
from gonghui.legal.models import AidDecision, Interest, LegalCase
from gonghui.legal.tests.support import MIGRANT, RESULT, Chambers
from gonghui.organisations.models import Organisation

RICH = Facts(
    matter="wages", migrant=False, no_income_group=False, relief=False, has_agent=False, income=Decimal(30000),
    household=1, local_line=Decimal(2000),
)  # fmt: skip


def handler_checks(chambers: Chambers, matter: Matter, grant: str, **more: object) -> Matter:
    return act(matter.pk, "check", chambers.house.person("handler", COUNTY), {"grant": grant, **more})


def test_from_the_application_to_the_money(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.granted(chambers.applied())
    assert matter.state == "granted"
    appoint = clock_of(matter, "appoint")
    assert appoint is not None
    assert (appoint.unit, appoint.amount) == ("days", 3)
    chambers.accepted(matter, counsel)
    lawyer = chambers.lawyer(counsel)
    act(matter.pk, "contact", lawyer)
    act(matter.pk, "progress", lawyer, {"milestone": "hearing", "text": "已开庭"})
    with pytest.raises(GuardRefused, match="不能大于"):
        act(matter.pk, "report", lawyer, {**RESULT, "recovered": "15000.01"})
    act(matter.pk, "report", lawyer, RESULT)
    act(matter.pk, "finish", chambers.house.person("leader", COUNTY))
    matter = act(matter.pk, "rate", chambers.worker, {"satisfaction": "very_good"})
    assert matter.state == "closed"
    case = LegalCase.objects.get(matter=matter)
    assert (case.outcome, case.claimed, case.recovered) == ("awarded", Decimal("15000.00"), Decimal("12000.50"))
    figures = queries.statistics(chambers.house.person("leader", COUNTY), now() - timedelta(1), now() + timedelta(1))
    assert (figures["aids"], figures["granted"], figures["recovered"]) == (1, 1, Decimal("12000.50"))
    union = figures["unions"][0]
    assert (union["name"], union["aids"], union["recovered"]) == ("南明区总工会", 1, Decimal("12000.50"))
    assert (figures["rated"], figures["pleased"], figures["outcomes"]["awarded"]) == (1, 1, 1)


def test_two_people_decide(chambers: Chambers) -> None:
    matter = chambers.applied()
    leader = chambers.house.person("leader", COUNTY)
    act(matter.pk, "check", leader, {"grant": "yes"})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "grant", leader)
    assert act(matter.pk, "grant", chambers.house.person("leader", COUNTY, 2)).state == "granted"


def test_aid_cannot_be_given_against_the_rules_and_is_refused_in_writing(chambers: Chambers) -> None:
    matter = chambers.applied(RICH)
    with pytest.raises(GuardRefused, match="高于经济困难标准"):
        handler_checks(chambers, matter, "yes", text="还是给吧")
    handler_checks(chambers, matter, "no")
    leader = chambers.house.person("leader", COUNTY)
    with pytest.raises(GuardRefused, match="高于经济困难标准"):
        act(matter.pk, "grant", leader)
    matter = act(matter.pk, "refuse", leader, {"text": "经核查收入较高。"})
    notice = AidDecision.objects.get(matter=matter, step="decide").notice_text
    for part in ("人均月收入 30000.00 元", "第三十四条", "第四十九条", "您还可以", "劳动仲裁", "经核查收入较高"):
        assert part in notice


def test_what_is_not_known_needs_an_explanation(chambers: Chambers) -> None:
    matter = chambers.applied(Facts(matter="wages", has_agent=False))
    with pytest.raises(GuardRefused, match="还有没有查清的"):
        handler_checks(chambers, matter, "yes")
    with pytest.raises(GuardRefused, match="说明不予援助的理由"):
        handler_checks(chambers, matter, "no")
    assert handler_checks(chambers, matter, "yes", text="社区证明其家庭困难。").state == "checked"


def test_a_notice_is_an_official_paper_whatever_language_the_decider_reads(chambers: Chambers) -> None:
    with translation.override("en"):
        matter = chambers.applied(RICH)
        handler_checks(chambers, matter, "no")
        act(matter.pk, "refuse", chambers.house.person("leader", COUNTY), {"text": "经核查收入较高。"})
    assert matter.title.startswith("法律援助：")
    notice = AidDecision.objects.get(matter=matter, step="decide").notice_text
    assert notice.startswith("不予法律援助决定通知书\n编号：") and "高于经济困难标准" in notice
    union = Organisation.objects.get(path=COUNTY).name
    day = today()
    assert notice.endswith(f"{union}\n{day.year}年{day.month}月{day.day}日")


def test_an_objection_is_decided_by_somebody_else(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.applied(RICH)
    handler_checks(chambers, matter, "no")
    leader = chambers.house.person("leader", COUNTY)
    act(matter.pk, "refuse", leader, {"text": "收入高"})
    act(matter.pk, "object", chambers.worker, {"text": "那是去年的收入。"})
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "correct", leader, {"text": "改"})
    matter = act(matter.pk, "correct", chambers.house.person("supervisor", CITY), {"text": "已失业，应予援助。"})
    assert matter.state == "granted"
    assert chambers.offered(matter, counsel).state == "offered"


def test_an_upheld_refusal_ends(chambers: Chambers) -> None:
    matter = chambers.applied(RICH)
    handler_checks(chambers, matter, "no")
    act(matter.pk, "refuse", chambers.house.person("leader", COUNTY), {"text": "收入高"})
    act(matter.pk, "object", chambers.worker, {"text": "不服"})
    matter = act(matter.pk, "uphold", chambers.house.person("supervisor", CITY), {"text": "维持"})
    assert (matter.state, matter.is_open) == ("not_given", False)


def test_aid_begins_before_the_decision_where_a_period_ends(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    facts = Facts(matter="labour_relation", deadline=today() + timedelta(days=3))
    matter = chambers.applied(facts)
    assert matter.priority == 1
    matter = act(matter.pk, "aid_first", chambers.dispatcher, {"ground": "expiring"})
    assert clock_of(matter, "late_papers") is not None
    chambers.accepted(matter, counsel)
    lawyer = chambers.lawyer(counsel)
    act(matter.pk, "report", lawyer, RESULT)
    leader = chambers.house.person("leader", COUNTY)
    with pytest.raises(GuardRefused, match="补办"):
        act(matter.pk, "finish", leader)
    with pytest.raises(GuardRefused, match="先补办初审"):
        act(matter.pk, "grant_late", leader)
    said = {"grant": "yes", "text": "已核实困难"}
    act(matter.pk, "check_late", chambers.house.person("handler", COUNTY), said)
    matter = act(matter.pk, "grant_late", leader)
    assert clock_of(matter, "late_papers") is None
    assert act(matter.pk, "finish", leader).state == "finished"


def test_the_days_left_are_counted_by_the_calendar_on_the_wall(chambers: Chambers) -> None:
    """At one in the morning it is still yesterday in UTC: the seventh day must count all the same."""
    night = (now() + timedelta(days=1)).replace(hour=17, minute=0)
    with time_shifted(night - now()):
        matter = chambers.applied(Facts(matter="labour_relation", deadline=today() + timedelta(days=7)))
        assert act(matter.pk, "aid_first", chambers.dispatcher, {"ground": "expiring"}).state == "granted"


def test_a_lawyer_who_finds_a_conflict_while_acting_gives_the_case_back(chambers: Chambers) -> None:
    first, second = chambers.counsel(1), chambers.counsel(2)
    matter = chambers.acting(chambers.applied(), first)
    with pytest.raises(NotFound):
        act(matter.pk, "give_up", chambers.lawyer(second), {"reason": "conflict_acted"})
    matter = act(matter.pk, "give_up", chambers.lawyer(first), {"reason": "conflict_acted"})
    assert (matter.state, matter.assignee_id) == ("granted", None)
    assert clock_of(matter, "appoint") is not None
    assert Interest.objects.get().counsel == first
    with pytest.raises(NotFound):
        queries.case_page(chambers.lawyer(first), matter.pk)
    with pytest.raises(GuardRefused, match="不能派给"):
        chambers.offered(matter, first)
    assert chambers.accepted(matter, second).state == "acting"


def test_without_a_ground_aid_waits_for_the_decision(chambers: Chambers) -> None:
    matter = chambers.applied(Facts(matter="wages", deadline=today() + timedelta(days=30)))
    with pytest.raises(GuardRefused, match="七日"):
        act(matter.pk, "aid_first", chambers.dispatcher, {"ground": "expiring"})
    assert act(matter.pk, "aid_first", chambers.dispatcher, {"ground": "preservation"}).state == "granted"


def test_papers_are_asked_for_once_and_in_time(chambers: Chambers) -> None:
    matter = chambers.applied()
    handler = chambers.house.person("handler", COUNTY)
    matter = act(matter.pk, "ask_papers", handler, {"text": "请补户口簿。"})
    assert matter.suspended
    actions.worker_step(chambers.worker, matter, "add_papers", {"text": "已补。"})
    with pytest.raises(GuardRefused, match="一次"):
        act(matter.pk, "ask_papers", handler, {"text": "还要……"})
    other = chambers.asked()
    assert other.state == "requested"


def test_papers_not_added_in_time_withdraw_the_application(chambers: Chambers) -> None:
    matter = chambers.applied()
    matter = act(matter.pk, "ask_papers", chambers.house.person("handler", COUNTY), {"text": "请补户口簿。"})
    clock = clock_of(matter, "papers")
    assert clock is not None
    clocks.run_due(at=clock.due_at + timedelta(minutes=1))
    matter.refresh_from_db()
    assert matter.state == "withdrawn"


def test_aid_is_ended_on_the_laws_grounds_and_the_lawyer_sees_it_no_more(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.acting(chambers.applied(), counsel)
    told = {"ground": "own_agent", "text": "已自行委托。"}
    matter = act(matter.pk, "terminate", chambers.house.person("supervisor", CITY), told)
    assert matter.state == "terminated"
    assert "第四十八条" in AidDecision.objects.get(matter=matter, step="terminate").notice_text
    assert matter.pk not in chambers.lawyer(counsel).assigned_ids


def test_one_application_at_a_time_and_only_for_listed_matters(chambers: Chambers) -> None:
    chambers.applied()
    with pytest.raises(GuardRefused):
        chambers.applied()
    with pytest.raises(InvalidData):
        chambers.applied(Facts(matter="nothing"))


def test_a_county_does_not_decide_anothers(chambers: Chambers) -> None:
    from gonghui.appeals.tests.support import FAR_COUNTY
    from gonghui.kernel.errors import NotFound

    matter = chambers.applied(MIGRANT)
    with pytest.raises(NotFound):
        act(matter.pk, "check", chambers.house.person("handler", FAR_COUNTY), {"grant": "yes"})
    with pytest.raises(NotAllowed):
        act(matter.pk, "check", chambers.house.person("handler", CITY), {"grant": "yes"})


def test_who_does_not_contact_the_worker_in_time_loses_the_case(chambers: Chambers) -> None:
    matter = chambers.acting(chambers.applied(), chambers.counsel(1))
    for which in (2, 3):
        clock = clock_of(matter, "first_contact")
        assert clock is not None
        for _tick in range(4):
            clocks.run_due(at=clock.due_at + timedelta(minutes=1))
        matter.refresh_from_db()
        assert matter.state == "granted"
        matter = chambers.accepted(matter, chambers.counsel(which))
    # Handed on twice: one more lawyer would only begin anew, so it stays and the higher union hears of it.
    clock = clock_of(matter, "first_contact")
    assert clock is not None
    for _tick in range(4):
        clocks.run_due(at=clock.due_at + timedelta(minutes=1))
    matter.refresh_from_db()
    assert matter.state == "acting"


def test_a_lawyer_who_has_contacted_the_worker_keeps_the_case(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.acting(chambers.applied(), counsel)
    clock = clock_of(matter, "first_contact")
    assert clock is not None
    act(matter.pk, "contact", chambers.lawyer(counsel))
    for _tick in range(4):
        clocks.run_due(at=clock.due_at + timedelta(days=3))
    matter.refresh_from_db()
    assert matter.state == "acting"


def test_the_form_of_aid_is_kept_with_the_decision(chambers: Chambers) -> None:
    matter = chambers.applied()
    handler_checks(chambers, matter, "yes")
    act(matter.pk, "grant", chambers.house.person("leader", COUNTY), {"form": "labour"})
    assert LegalCase.objects.get(matter=matter).aid_form == "labour"


def test_figures_count_the_overdue_question_that_nobody_answered(chambers: Chambers) -> None:
    matter = chambers.asked()
    clock = clock_of(matter, "answer")
    assert clock is not None
    for _tick in range(4):
        clocks.run_due(at=clock.due_at + timedelta(minutes=1))
    leader = chambers.house.person("leader", COUNTY)
    figures = queries.statistics(leader, now() - timedelta(1), now() + timedelta(1))
    assert (figures["on_time"], figures["due"]) == (0, 1)
