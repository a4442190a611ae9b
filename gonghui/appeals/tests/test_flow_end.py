"""The end of a work order (handbook 1.5, 1.8, 1.10): review, callback, reopening, quality, merging."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gonghui.appeals import actions, queries
from gonghui.appeals.models import SupervisionLetter
from gonghui.appeals.tests.support import (
    CITY,
    COUNTY,
    HAPPY,
    OTHER_COUNTY,
    PROVINCE,
    RESULT,
    UNHAPPY,
    House,
    clock,
    full_marks,
    order_of,
    run_outbox,
)
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted


def test_a_rejected_result_goes_back_with_a_short_limit(house: House) -> None:
    matter = house.submitted(house.receive().matter)
    matter = act(
        matter.pk, "reject_review", house.person("supervisor", PROVINCE), {"reason": "no_citation", "note": "补依据"}
    )
    assert matter.state == "handling"
    assert clock(matter, "rework").due_at > now()
    assert act(matter.pk, "submit", house.person("handler", COUNTY), RESULT).state == "submitted"


def test_the_handler_is_not_the_reviewer(house: House) -> None:
    matter = house.submitted(house.receive().matter)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "pass_review", house.also(house.person("handler", COUNTY), "supervisor"))


def test_the_handler_is_not_the_callback_agent_nor_the_quality_officer(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    with pytest.raises(GuardRefused, match="另一位同事"):
        actions.record_callback(house.also(house.person("handler", COUNTY), "callback"), matter, True, HAPPY)
    matter = house.in_quality(matter)
    with pytest.raises(GuardRefused, match="另一位同事"):
        actions.record_quality(house.also(house.person("handler", COUNTY), "quality"), matter, full_marks())


def test_the_reviewer_is_not_the_callback_agent(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    with pytest.raises(GuardRefused, match="另一位同事"):
        actions.record_callback(house.also(house.person("supervisor", PROVINCE), "callback"), matter, True, HAPPY)


def test_reopening_happens_twice_and_then_the_higher_union_supervises(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    caller, handler = house.person("callback", PROVINCE), house.person("handler", COUNTY)
    for count in (1, 2):
        matter = actions.record_callback(caller, matter, True, UNHAPPY)
        assert matter.state == "reopened"
        assert order_of(matter).reopen_count == count
        matter = act(matter.pk, "take_up", handler)
        assert clock(matter, "result").due_at > now()
        matter = house.contacted(matter)
        matter = act(matter.pk, "submit", handler, RESULT)
        matter = act(matter.pk, "pass_review", house.person("supervisor", PROVINCE))
    matter = actions.record_callback(caller, matter, True, UNHAPPY)
    assert matter.state == "escalated"
    assert matter.holder_path == CITY
    order = order_of(matter)
    assert order.supervised
    assert order.letters.filter(kind=SupervisionLetter.Kind.SUPERVISION).exists()


def twice_reopened(house: House, matter: Matter) -> Matter:
    """Handled, and after two dissatisfied callbacks handled again: in its third callback."""
    matter = house.in_callback(matter)
    for _count in range(2):
        matter = actions.record_callback(house.person("callback", PROVINCE), matter, True, UNHAPPY)
        matter = handled_again(house, act(matter.pk, "take_up", house.person("handler", COUNTY)))
    return matter


def handled_again(house: House, matter: Matter) -> Matter:
    matter = act(house.contacted(matter).pk, "submit", house.person("handler", COUNTY), RESULT)
    return act(matter.pk, "pass_review", house.person("supervisor", PROVINCE))


def test_what_was_handled_under_supervision_is_asked_back_by_itself(house: House) -> None:
    worker, caller = house.worker(), house.person("callback", PROVINCE)
    matter = twice_reopened(house, house.receive(worker).matter)
    # The worker has answered already, and nobody reached them on one day: both belong to the result before.
    actions.record_callback(caller, matter, False)
    actions.rate(worker, matter, UNHAPPY)
    matter = actions.record_callback(caller, matter, True, UNHAPPY)
    assert matter.state == "escalated"
    matter = handled_again(house, house.handling(matter))
    assert "rate" in queries.worker_case(worker, matter.pk).may
    with time_shifted(timedelta(days=1)):
        matter = actions.record_callback(caller, matter, False)
    with time_shifted(timedelta(days=2)):
        assert actions.record_callback(caller, matter, False).state == "callback"
    actions.rate(worker, matter, HAPPY)
    matter.refresh_from_db()
    assert matter.state == "quality"


def test_a_dispute_after_two_reopenings_goes_to_the_higher_unions_supervision_by_itself(house: House) -> None:
    worker = house.worker()
    matter = twice_reopened(house, house.receive(worker).matter)
    matter = actions.record_callback(house.person("callback", PROVINCE), matter, True, HAPPY)
    matter = house.closed(matter)
    with pytest.raises(GuardRefused, match="结案后转督办"):
        act(matter.pk, "reopen_closed", house.person("dispatcher", PROVINCE), {"reason": "new_facts", "note": "新证据"})
    actions.dispute(worker, matter, "说好的钱还是没有到账")
    run_outbox()
    matter.refresh_from_db()
    assert matter.state == "escalated"
    assert matter.is_open
    assert matter.holder_path == CITY
    order = order_of(matter)
    assert order.supervised
    assert order.letters.get(kind=SupervisionLetter.Kind.SUPERVISION).to_path == COUNTY
    assert queries.worker_case(worker, matter.pk).state == "已报上级工会处理"


def test_a_closed_order_is_not_supervised_while_it_may_be_reopened(house: House) -> None:
    matter = house.closed(house.receive().matter)
    with pytest.raises(GuardRefused, match="还可以退回重办"):
        act(
            matter.pk,
            "supervise_dispute",
            house.person("supervisor", PROVINCE),
            {"reason": "new_facts", "note": "新证据"},
        )


def test_an_answer_that_fails_the_check_is_registered_again_and_has_a_limit(house: House) -> None:
    matter = house.receive(description="请问加班费怎么算？", nature="consult").matter
    answer = {"category": "0104", "answer": "不知道。", "legal_basis": "劳动法第四十四条", "accepted": "on"}
    matter = act(matter.pk, "answer_directly", house.person("agent", PROVINCE), answer)
    matter = actions.record_quality(house.person("quality", PROVINCE), matter, full_marks(), vetoes=("wrong_law",))
    assert matter.state == "registered"
    assert clock(matter, "dispatch").due_at > now()
    assert house.triaged(matter).state == "triaged"


def test_an_unreasonable_demand_is_not_reopened(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    matter = actions.record_callback(house.person("callback", PROVINCE), matter, True, {**UNHAPPY, "reasonable": False})
    assert matter.state == "quality"


def test_not_contacting_the_worker_reopens_whatever_the_rating(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    matter = actions.record_callback(house.person("callback", PROVINCE), matter, True, {**HAPPY, "contacted": False})
    assert matter.state == "reopened"


def test_three_failed_calls_on_different_days_end_the_callback_unrated(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    caller = house.person("callback", PROVINCE)
    for _twice in range(2):
        matter = actions.record_callback(caller, matter, False)
    assert matter.state == "callback"
    with time_shifted(timedelta(days=1)):
        matter = actions.record_callback(caller, matter, False)
    assert matter.state == "callback"
    with time_shifted(timedelta(days=2)):
        matter = actions.record_callback(caller, matter, False)
    assert matter.state == "quality"
    assert order_of(matter).satisfaction == ""


def test_a_score_under_80_or_a_veto_sends_the_order_back(house: House) -> None:
    matter = house.in_quality(house.receive().matter)
    officer = house.person("quality", PROVINCE)
    low = {**full_marks(), "facts": 0, "intake": 0}
    with pytest.raises(GuardRefused, match="不能通过"):
        act(matter.pk, "pass_quality", officer, {f"score_{code}": points for code, points in low.items()})
    with pytest.raises(GuardRefused, match="不能通过"):
        marks = {f"score_{code}": points for code, points in full_marks().items()}
        act(matter.pk, "pass_quality", officer, {**marks, "vetoes": ["false_closure"]})
    matter = actions.record_quality(officer, matter, full_marks(), vetoes=("false_closure",))
    assert matter.state == "reopened"
    assert not order_of(matter).quality_checks.get().passed


def test_a_closed_order_reopens_on_a_dispute_within_thirty_days_only(house: House) -> None:
    worker = house.worker()
    matter = house.closed(house.receive(worker).matter)
    dispatcher = house.person("dispatcher", PROVINCE)
    with pytest.raises(GuardRefused, match="没有在结案后"):
        act(matter.pk, "reopen_closed", dispatcher, {"reason": "disputed", "note": "来电"})
    with time_shifted(timedelta(days=31)), pytest.raises(GuardRefused, match="超过30日"):
        actions.dispute(worker, matter, "钱没有到账")
    with time_shifted(timedelta(days=29)):
        actions.dispute(worker, matter, "钱没有到账")
        matter = act(matter.pk, "reopen_closed", dispatcher, {"reason": "disputed", "note": "来电"})
    assert matter.state == "reopened"
    assert matter.is_open
    assert matter.closed_at is None


def test_new_facts_reopen_a_closed_order_at_any_time(house: House) -> None:
    matter = house.closed(house.receive().matter)
    with time_shifted(timedelta(days=90)):
        matter = act(
            matter.pk,
            "reopen_closed",
            house.person("dispatcher", PROVINCE),
            {"reason": "new_facts", "note": "又发现一份合同"},
        )
    assert matter.state == "reopened"


def test_a_question_is_answered_at_once_with_its_source(house: House) -> None:
    matter = house.receive(description="请问加班费怎么算？", nature="consult").matter
    agent = house.person("agent", PROVINCE)
    with pytest.raises(InvalidData):
        act(matter.pk, "answer_directly", agent, {"category": "0104", "answer": "按法律算", "accepted": "on"})
    matter = act(
        matter.pk,
        "answer_directly",
        agent,
        {"category": "0104", "answer": "休息日加班按百分之二百。", "legal_basis": "劳动法第四十四条", "accepted": "on"},
    )
    assert matter.state == "answered_directly"
    run_outbox()
    order = order_of(matter)
    assert order.matter.state == "closed" or order.sampled


def test_a_dispute_is_not_answered_away(house: House) -> None:
    matter = house.triaged(house.receive().matter)
    with pytest.raises(GuardRefused, match="只有咨询"):
        act(
            matter.pk,
            "answer_directly",
            house.person("agent", PROVINCE),
            {"category": "0104", "answer": "去仲裁", "legal_basis": "x", "accepted": "on"},
        )


def test_a_merged_order_keeps_its_own_callback(house: House) -> None:
    main = house.handling(house.receive().matter)
    child = house.triaged(house.receive(phone="13900139000", key="second").matter)
    child = actions.merge(house.person("dispatcher", PROVINCE), child, main, "同一车间同一事由")
    assert child.state == "merged"
    house.in_callback(main)
    run_outbox()
    child = order_of(child).matter
    assert child.state == "callback"
    child = house.in_quality(child)
    assert house.closed(child).state == "closed"


def test_a_merged_order_goes_its_own_way_when_the_main_one_ends(house: House) -> None:
    main = house.triaged(house.receive().matter)
    child = house.triaged(house.receive(phone="13900139000", key="second").matter)
    child = actions.merge(house.person("dispatcher", PROVINCE), child, main, "同一事由")
    act(main.pk, "terminate", house.person("dispatcher", PROVINCE), {"reason": "legal", "reply": "请跟进仲裁"})
    run_outbox()
    order = order_of(child)
    assert order.matter.state == "triaged"
    assert order.merged_into is None
    assert order.matter.due_at is not None


def test_only_a_petition_can_be_refused_as_a_final_repeat(house: House) -> None:
    matter = house.triaged(house.receive().matter)
    dispatcher = house.person("dispatcher", PROVINCE)
    with pytest.raises(GuardRefused, match="信访"):
        act(matter.pk, "terminate", dispatcher, {"reason": "final_repeat", "reply": "已终结"})
    matter = act(matter.pk, "terminate", dispatcher, {"reason": "legal", "reply": "请向仲裁委跟进，法援 12348"})
    assert matter.state == "terminated"


def test_a_worker_withdraws_and_a_stranger_does_not(house: House) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    with pytest.raises(NotFound):
        actions.withdraw(house.worker("13911112222"), matter)
    assert actions.withdraw(worker, matter, "已经解决").state == "withdrawn"


def test_two_people_who_act_at_once_do_not_both_win(house: House) -> None:
    matter = house.triaged(house.receive().matter)
    seen = matter.version
    actions.dispatch(house.person("dispatcher", PROVINCE), matter, COUNTY, reason="一", version=seen)
    with pytest.raises(Conflict, match="已被更新") as conflict:
        actions.dispatch(house.person("dispatcher", PROVINCE, 2), matter, OTHER_COUNTY, reason="二", version=seen)
    assert [entry.verb for entry in conflict.value.changes] == ["dispatch"]
    assert order_of(matter).matter.holder_path == COUNTY
