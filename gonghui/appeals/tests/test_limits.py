"""Limits and what happens when they pass (handbook 1.6), and the statutory clocks of petitions (1.11)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gonghui.appeals import actions, tables
from gonghui.appeals.models import SupervisionLetter
from gonghui.appeals.rules.limits import result_step
from gonghui.appeals.tests.support import (
    CITY,
    COUNTY,
    PROVINCE,
    RESULT,
    House,
    clock,
    order_of,
    run_outbox,
)
from gonghui.kernel.clocks import due_moment, light, run_due
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import day_of, now, time_shifted

MINUTES, WORKING_DAYS = "minutes", "working_days"
# Handbook 1.6, row by row. "now" and "during the call" are the shortest limits a person can keep (data/sla.yaml).
HANDBOOK = {
    "sign_off": [(MINUTES, "15"), (MINUTES, "120"), (WORKING_DAYS, "0.5"), (WORKING_DAYS, "1")],
    "first_contact": [(MINUTES, "15"), (MINUTES, "120"), (WORKING_DAYS, "1"), (WORKING_DAYS, "2")],
    "result_ordinary": [(WORKING_DAYS, n) for n in ("1", "3", "5", "7")],
    "result_hard": [(WORKING_DAYS, n) for n in ("3", "7", "10", "15")],
    "result_complex": [(WORKING_DAYS, n) for n in ("7", "15", "20", "30")],
    "callback": [(WORKING_DAYS, n) for n in ("1", "1", "2", "3")],
    "review": [(WORKING_DAYS, n) for n in ("1", "1", "2", "3")],
}


@pytest.mark.parametrize("step", HANDBOOK)
def test_the_table_is_the_handbooks(step: str) -> None:
    found = [tables.step_limit(step, f"P{n}", "cn.52") for n in range(4)]
    assert [(limit.unit, limit.amount) for limit in found] == [(u, Decimal(a)) for u, a in HANDBOOK[step]]


def test_the_dispatch_limit_of_the_handbook() -> None:
    assert tables.step_limit("dispatch", "P1", "cn") == Limit(minutes=Decimal(30))
    assert tables.step_limit("dispatch", "P2", "cn") == Limit(minutes=Decimal(120))
    assert tables.step_limit("dispatch", "P3", "cn") == Limit(working_days=Decimal(1))


@pytest.mark.parametrize(
    ("nature", "difficulty", "step"),
    [
        ("consult", "hard", "result_consult"),
        ("dispute", "ordinary", "result_ordinary"),
        ("complaint", "hard", "result_hard"),
        ("help", "complex", "result_complex"),
    ],
)
def test_the_result_limit_goes_by_nature_and_difficulty(nature: str, difficulty: str, step: str) -> None:
    assert result_step(Matter(data={"nature": nature, "difficulty": difficulty})) == step


def test_a_clock_turns_yellow_then_red_with_reminder_and_supervision(house: House) -> None:
    matter = house.handling(house.receive().matter)
    handler = house.person("handler", COUNTY)
    actions.log_contact(handler, matter, "phone", True, "已联系")
    result = clock(matter, "result")
    kinds = []
    for moment in (result.warn_at, result.due_at + timedelta(minutes=1)):
        assert moment is not None
        with time_shifted(moment - now() + timedelta(seconds=5)):
            while run_due():
                pass
            matter.refresh_from_db()
            kinds.append((light(matter), set(order_of(matter).letters.values_list("kind", flat=True))))
    assert kinds == [("yellow", set()), ("red", {"reminder", "supervision"})]
    assert order_of(matter).supervised
    with time_shifted(due_moment(result.due_at, Limit(working_days=Decimal(2)))[0] - now() + timedelta(minutes=1)):
        while run_due():
            pass
    higher = SupervisionLetter.objects.get(kind="notice_higher")
    assert higher.to_path == CITY
    with time_shifted(due_moment(result.due_at, Limit(working_days=Decimal(5)))[0] - now() + timedelta(minutes=1)):
        while run_due():
            pass
        assert run_due() == 0
    assert SupervisionLetter.objects.filter(kind="notice_leader", clock="result").count() == 1
    assert SupervisionLetter.objects.filter(kind="supervision", clock="result").count() == 1


def test_supervision_reaches_the_people_of_the_organisation(house: House) -> None:
    matter = house.handling(house.receive().matter)
    leader = house.person("leader", COUNTY)
    act(
        matter.pk, "supervise", house.person("supervisor", PROVINCE), {"kind": "supervision", "message": "请本周内报告"}
    )
    with time_shifted(timedelta(days=30)):
        while run_due():
            pass
        run_outbox()
    assert OutboxMessage.objects.filter(topic="notice.app", account_id=leader.account_id).exists()


def test_an_urgent_triage_shortens_the_running_limit_from_now(house: House) -> None:
    matter = house.receive().matter
    before = clock(matter, "dispatch").due_at
    matter = house.triaged(matter, urgency="P1")
    assert clock(matter, "dispatch").due_at < before
    assert clock(matter, "dispatch").due_at <= now() + timedelta(minutes=31)


def test_the_first_contact_stops_its_clock(house: House) -> None:
    matter = house.handling(house.receive().matter)
    assert clock(matter, "first_contact").status == "running"
    matter = house.contacted(matter)
    assert not matter.clocks.filter(name="first_contact", status="running").exists()
    assert order_of(matter).first_contact_at is not None


def test_submitting_in_time_and_late_is_recorded(house: House) -> None:
    early = house.submitted(house.receive().matter)
    assert order_of(early).on_time is True
    late = house.contacted(house.handling(house.receive(key="b").matter))
    with time_shifted(timedelta(days=30)):
        late = act(late.pk, "submit", house.person("handler", COUNTY), RESULT)
    assert order_of(late).on_time is False


def petition(house: House, **fields: Any) -> Matter:
    return house.triaged(house.receive(**fields).matter, petition=True)


def accepted(house: House, matter: Matter) -> Matter:
    """The petitioner was told that it is accepted."""
    told = {"decision": "accepted", "text": "您的信访事项已受理"}
    return act(matter.pk, "petition_tell", house.person("handler", COUNTY), told)


def test_a_petition_that_is_not_accepted_has_no_sixty_days(house: House) -> None:
    matter = house.handling(petition(house))
    told = {"decision": "path", "text": "请向劳动人事争议仲裁委员会申请仲裁。"}
    matter = act(matter.pk, "petition_tell", house.person("handler", COUNTY), told)
    assert clock_of(matter, "petition_tell") is None
    assert clock_of(matter, "petition_finish") is None


def test_a_petition_has_the_statutory_clocks_beside_the_internal_ones(house: House) -> None:
    matter = petition(house)
    tell = clock(matter, "petition_tell")
    assert (tell.unit, tell.amount) == ("days", 15)
    assert tell.started_at == matter.opened_at
    matter = house.handling(matter)
    assert clock_of(matter, "petition_finish") is None
    with time_shifted(timedelta(days=10)):
        matter = accepted(house, matter)
        finish = clock(matter, "petition_finish")
        assert (finish.unit, finish.amount) == ("days", 60)
        # 60 days from the acceptance, the day itself not counted (art. 34).
        assert (day_of(finish.due_at) - day_of(now())).days >= 60
    assert matter.due_at == min(c.due_at for c in matter.clocks.filter(status="running"))


def test_a_suspension_does_not_stop_a_statutory_clock(house: House) -> None:
    matter = accepted(house, house.handling(petition(house)))
    act(matter.pk, "request_suspension", house.person("handler", COUNTY), {"reason": "legal_result", "note": "仲裁"})
    matter = act(matter.pk, "approve_suspension", house.person("leader", COUNTY))
    assert clock(matter, "result").status == "suspended"
    assert clock(matter, "petition_finish").status == "running"


def test_the_petitioner_is_told_before_a_result(house: House) -> None:
    matter = house.contacted(house.handling(petition(house)))
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="信访告知"):
        act(matter.pk, "submit", handler, RESULT)
    matter = accepted(house, matter)
    assert not matter.clocks.filter(name="petition_tell", status="running").exists()
    assert act(matter.pk, "submit", handler, RESULT).state == "submitted"


def test_a_petition_is_extended_once_by_at_most_thirty_days(house: House) -> None:
    matter = accepted(house, house.handling(petition(house)))
    leader = house.person("leader", COUNTY)
    before = clock(matter, "petition_finish").due_at
    with pytest.raises(InvalidData):
        act(matter.pk, "extend_petition", leader, {"days": "31", "reason": "情况复杂"})
    matter = act(matter.pk, "extend_petition", leader, {"days": "30", "reason": "情况复杂"})
    assert clock(matter, "petition_finish").due_at == before + timedelta(days=30)
    with pytest.raises(GuardRefused, match="一次"):
        act(matter.pk, "extend_petition", leader, {"days": "1", "reason": "再延"})


def test_an_objection_to_a_petition_has_five_working_days(house: House) -> None:
    matter = house.dispatched(petition(house))
    last = due_moment(order_of(matter).dispatched_at, Limit(working_days=Decimal(5)))[0]  # type: ignore[arg-type]
    data = {"reason": "not_duty", "suggested": CITY, "note": "不属本机关职权"}
    with (
        time_shifted(last - now() + timedelta(minutes=5)),
        pytest.raises(GuardRefused, match="5个工作日"),
    ):
        act(matter.pk, "return_order", house.person("handler", COUNTY), data)
    with time_shifted(last - now() - timedelta(minutes=5)):
        matter = act(matter.pk, "return_order", house.person("handler", COUNTY), data)
    assert matter.state == "returned"


def finished_petition(house: House, worker: Any) -> Matter:
    matter = accepted(house, house.handling(house.triaged(house.receive(worker).matter, petition=True)))
    return house.in_callback(house.submitted(house.contacted(matter)))


def test_review_and_rereview_of_a_petition(house: House) -> None:
    worker = house.worker()
    matter = finished_petition(house, worker)
    review = actions.request_review(worker, matter, "对处理意见不服")
    assert (review.state, review.holder_path) == ("review", CITY)
    assert clock(review, "petition_review").amount == 30
    with pytest.raises(GuardRefused, match="已经请求过"):
        actions.request_review(worker, matter, "再来一次")
    review = act(review.pk, "deliver_review", house.person("leader", CITY), {"opinion": "维持"})
    review = act(review.pk, "ask_rereview", worker, {"reason": "仍不服"})
    assert (review.state, review.holder_path) == ("rereview", PROVINCE)
    due = clock(review, "petition_rereview").due_at
    review = act(review.pk, "open_hearing", house.person("leader", PROVINCE))
    with time_shifted(timedelta(days=10)):
        review = act(review.pk, "close_hearing", house.person("leader", PROVINCE))
    assert clock(review, "petition_rereview").due_at >= due + timedelta(days=9)
    review = act(review.pk, "deliver_rereview", house.person("leader", PROVINCE), {"opinion": "终结"})
    assert review.state == "ended"


def test_a_review_asked_too_late_or_without_petition_is_refused(house: House) -> None:
    worker = house.worker()
    matter = finished_petition(house, worker)
    # A month and the longest holiday that its last day may fall into.
    with time_shifted(timedelta(days=45)), pytest.raises(GuardRefused, match="30日"):
        actions.request_review(worker, matter, "不服")
    plain = house.in_callback(house.receive(worker, key="plain").matter)
    with pytest.raises(GuardRefused, match="只有信访事项"):
        actions.request_review(worker, plain, "不服")


def test_a_review_nobody_continues_ends_by_time(house: House) -> None:
    worker = house.worker()
    review = actions.request_review(worker, finished_petition(house, worker), "不服")
    act(review.pk, "deliver_review", house.person("leader", CITY), {"opinion": "维持"})
    with time_shifted(timedelta(days=45)):
        while run_due():
            pass
    review.refresh_from_db()
    assert review.state == "ended"


def test_every_flow_draws_itself() -> None:
    from gonghui.kernel.flow.diagram import mermaid

    for name in ("appeals.work_order", "appeals.assist_order", "appeals.petition_review"):
        assert "stateDiagram" in mermaid(get_flow(name))


def test_the_score_card_of_the_flow_is_the_score_card_of_the_data() -> None:
    for name in ("pass_quality", "fail_quality"):
        fields = get_flow("appeals.work_order").by_name[name].fields
        card = {spec.name.removeprefix("score_"): spec.max for spec in fields if spec.name.startswith("score_")}
        assert card == {item.code: item.max for item in tables.quality().items}
