"""The way of a work order (handbook 1.5): who may do what, on which condition."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gonghui.appeals import actions
from gonghui.appeals.models import ReturnRecord, WorkOrder
from gonghui.appeals.tests.support import (
    CITY,
    COUNTY,
    ENTERPRISE,
    FAR_COUNTY,
    OTHER_COUNTY,
    PROVINCE,
    RESULT,
    House,
    clock,
    order_of,
)
from gonghui.kernel import trail
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted


def test_an_appeal_goes_from_registration_to_closure(house: House) -> None:
    received = house.receive()
    assert received.matter.state == "registered"
    closed = house.closed(received.matter)
    order = order_of(closed)
    assert (closed.state, closed.is_open) == ("closed", False)
    assert order.result_code == "solved"
    assert order.satisfaction == "good"
    assert order.quality_score == 100
    assert order.appeal.archive_until is not None
    assert order.appeal.archive_until.year == now().year + 10
    assert trail.verify(f"matter:{closed.pk}").ok


def test_dispatch_needs_a_complete_triage(house: House) -> None:
    matter = house.receive().matter
    with pytest.raises(NotAllowed):
        actions.dispatch(house.person("dispatcher", PROVINCE), matter, COUNTY)


def test_a_dispatcher_gives_work_only_to_the_own_level_and_down(house: House) -> None:
    matter = house.triaged(house.receive().matter)
    with pytest.raises(GuardRefused, match="本级和下级"):
        actions.dispatch(house.person("dispatcher", PROVINCE), matter, "cn.62.6201.620102", reason="x")


def test_due_dates_are_stamped_at_dispatch(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    names = set(matter.clocks.filter(status="running").values_list("name", flat=True))
    assert names == {"sign_off", "first_contact", "result"}
    assert matter.due_at == min(clock.due_at for clock in matter.clocks.filter(status="running"))


def test_an_order_not_signed_for_is_accepted_by_time(house: House) -> None:
    from gonghui.kernel.clocks import run_due

    matter = house.dispatched(house.receive().matter)
    with time_shifted(timedelta(days=10)):
        while run_due():
            pass
    order = order_of(matter)
    assert order.matter.state == "accepted"
    assert order.auto_accepted


def test_returning_needs_a_reason_and_a_suggestion(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    with pytest.raises(InvalidData) as refused:
        act(matter.pk, "return_order", house.person("handler", COUNTY), {"reason": "not_region"})
    assert set(refused.value.errors) == {"suggested", "note"}


def returned(house: House, matter: Matter, by: str, suggested: str) -> Matter:
    return act(
        matter.pk,
        "return_order",
        house.person("handler", by),
        {"reason": "not_region", "suggested": suggested, "note": "单位不在本区"},
    )


def test_after_two_returns_the_common_higher_union_decides(house: House) -> None:
    matter = house.dispatched(house.receive().matter, COUNTY)
    matter = returned(house, matter, COUNTY, OTHER_COUNTY)
    assert matter.state == "returned"
    assert matter.holder_path == PROVINCE
    matter = actions.dispatch(house.person("dispatcher", PROVINCE), matter, OTHER_COUNTY, reason="改派")
    matter = returned(house, matter, OTHER_COUNTY, COUNTY)
    assert matter.holder_path == CITY
    assert ReturnRecord.objects.count() == 2
    matter = actions.dispatch(house.person("dispatcher", CITY), matter, COUNTY, reason="市总指定")
    with pytest.raises(GuardRefused, match="不能再退"):
        returned(house, matter, COUNTY, OTHER_COUNTY)


def test_a_lower_dispatcher_cannot_decide_after_two_returns(house: House) -> None:
    matter = house.dispatched(house.receive().matter, COUNTY)
    matter = returned(house, matter, COUNTY, FAR_COUNTY)
    matter = actions.dispatch(house.person("dispatcher", PROVINCE), matter, FAR_COUNTY, reason="改派")
    matter = returned(house, matter, FAR_COUNTY, COUNTY)
    assert matter.holder_path == PROVINCE
    with pytest.raises((GuardRefused, NotFound, NotAllowed)):
        actions.dispatch(house.person("dispatcher", CITY), matter, COUNTY, reason="x")


def test_a_return_comes_too_late_after_one_working_day(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    with time_shifted(timedelta(days=12)), pytest.raises(GuardRefused, match="已过期"):
        returned(house, matter, COUNTY, OTHER_COUNTY)


def test_an_extension_is_asked_once_before_due_and_for_at_most_half(house: House) -> None:
    matter = house.handling(house.receive().matter)
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    due = clock(matter, "result").due_at
    with pytest.raises(InvalidData, match="更正"):
        act(matter.pk, "request_extension", handler, {"new_due": due + timedelta(days=60), "reason": "对方出差"})
    act(matter.pk, "request_extension", handler, {"new_due": due + timedelta(days=2), "reason": "对方出差"})
    with pytest.raises(GuardRefused, match="等待审批"):
        act(matter.pk, "request_extension", handler, {"new_due": due + timedelta(days=2), "reason": "又一次"})
    matter = act(matter.pk, "approve_extension", leader)
    assert matter.state == "extended"
    assert clock(matter, "result").due_at == due + timedelta(days=2)
    assert order_of(matter).extensions.get().approved


def test_nobody_approves_the_own_request(house: House) -> None:
    matter = house.handling(house.receive().matter)
    leader = house.person("leader", COUNTY)
    due = clock(matter, "result").due_at
    act(matter.pk, "request_extension", leader, {"new_due": due + timedelta(days=1), "reason": "x"})
    with pytest.raises(GuardRefused, match="申请人不能审批"):
        act(matter.pk, "approve_extension", leader)
    act(matter.pk, "approve_extension", house.person("leader", COUNTY, 2))


def test_no_extension_after_the_limit_passed(house: House) -> None:
    matter = house.handling(house.receive().matter)
    due = clock(matter, "result").due_at
    with time_shifted(timedelta(days=40)), pytest.raises(GuardRefused, match="已过办结时限"):
        act(
            matter.pk,
            "request_extension",
            house.person("handler", COUNTY),
            {"new_due": due + timedelta(days=50), "reason": "x"},
        )


def test_suspension_stops_the_clock_and_resuming_gives_the_time_back(house: House) -> None:
    matter = house.handling(house.receive().matter)
    act(
        matter.pk,
        "request_suspension",
        house.person("handler", COUNTY),
        {"reason": "legal_result", "note": "等仲裁裁决"},
    )
    matter = act(matter.pk, "approve_suspension", house.person("leader", COUNTY))
    assert matter.state == "suspended"
    assert clock(matter, "result").status == "suspended"
    before = clock(matter, "result").due_at
    with time_shifted(timedelta(days=28)):
        matter = act(matter.pk, "resume", house.person("handler", COUNTY))
        assert matter.state == "handling"
        assert clock(matter, "result").due_at > before + timedelta(days=20)


def test_a_limit_that_has_passed_is_paused_by_the_higher_union_only(house: House) -> None:
    matter = house.handling(house.receive().matter)
    asked = {"reason": "appraisal", "note": "等鉴定"}
    with time_shifted(timedelta(days=60)):
        act(matter.pk, "request_suspension", house.person("handler", COUNTY), asked)
        with pytest.raises(GuardRefused, match="上级工会"):
            act(matter.pk, "approve_suspension", house.person("leader", COUNTY))
        assert act(matter.pk, "approve_suspension", house.person("supervisor", PROVINCE)).state == "suspended"


def test_a_suspension_is_reviewed_every_ten_days(house: House) -> None:
    from gonghui.kernel.clocks import run_due

    matter = house.handling(house.receive().matter)
    act(matter.pk, "request_suspension", house.person("handler", COUNTY), {"reason": "appraisal", "note": "等鉴定"})
    act(matter.pk, "approve_suspension", house.person("leader", COUNTY))
    for day in (11, 22, 33):
        with time_shifted(timedelta(days=day)):
            run_due()
    assert order_of(matter).suspensions.get().reviews == 3


def test_waiting_for_the_worker_ends_when_the_worker_answers(house: House) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    act(
        matter.pk,
        "request_suspension",
        house.person("handler", COUNTY),
        {"reason": "worker_material", "note": "等工资条"},
    )
    matter = act(matter.pk, "approve_suspension", house.person("leader", COUNTY))
    actions.add_material(worker, matter, "工资条在这里")
    assert order_of(matter).matter.state == "handling"


def test_submission_needs_a_contact_or_three_attempts(house: House) -> None:
    matter = house.handling(house.receive().matter)
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="联系职工"):
        act(matter.pk, "submit", handler, RESULT)
    for _attempt in range(3):
        matter = actions.log_contact(handler, matter, "phone", False, "无人接听")
    assert act(matter.pk, "submit", handler, RESULT).state == "submitted"


@pytest.mark.parametrize("missing", ["findings", "legal_basis", "result_code", "result_text", "documents_attached"])
def test_submission_needs_facts_basis_result_and_papers(house: House, missing: str) -> None:
    matter = house.contacted(house.handling(house.receive().matter))
    with pytest.raises(InvalidData) as refused:
        act(matter.pk, "submit", house.person("handler", COUNTY), {**RESULT, missing: ""})
    assert missing in refused.value.errors


def test_a_solved_case_names_the_money_or_another_result(house: House) -> None:
    matter = house.contacted(house.handling(house.receive().matter))
    with pytest.raises(GuardRefused, match="追回金额"):
        act(matter.pk, "submit", house.person("handler", COUNTY), {**RESULT, "money_recovered": ""})


def test_an_order_has_one_lead_and_helpers_with_orders_of_their_own(house: House) -> None:
    matter = house.dispatched(house.receive().matter, COUNTY, assist=(OTHER_COUNTY,))
    orders = WorkOrder.objects.filter(appeal=order_of(matter).appeal)
    assert orders.filter(role="lead").count() == 1
    helper = orders.get(role="assist")
    assert helper.matter.holder_path == OTHER_COUNTY
    matter = house.contacted(house.handling(matter))
    with pytest.raises(GuardRefused, match="协办单位没有报告"):
        act(matter.pk, "submit", house.person("handler", COUNTY), RESULT)
    act(helper.matter_id, "start", house.person("handler", OTHER_COUNTY))
    act(helper.matter_id, "report", house.person("handler", OTHER_COUNTY), {"findings": "总公司在本区，已约谈"})
    assert act(matter.pk, "submit", house.person("handler", COUNTY), RESULT).state == "submitted"


def test_a_transfer_ends_the_helpers_orders_and_starts_the_limits_anew(house: House) -> None:
    matter = house.handling(house.dispatched(house.receive().matter, COUNTY, assist=(OTHER_COUNTY,)))
    helper = WorkOrder.objects.get(role="assist")
    matter = act(
        matter.pk, "transfer", house.person("dispatcher", PROVINCE), {"lead": FAR_COUNTY, "reason": "实际用工在六盘水"}
    )
    helper.matter.refresh_from_db()
    assert helper.matter.state == "cancelled"
    assert (matter.state, matter.holder_path) == ("dispatched", FAR_COUNTY)
    assert not order_of(matter).matter.scopes.filter(path=COUNTY).exists()


def test_the_employers_union_gets_nothing_without_consent(house: House) -> None:
    received = house.receive(employer_name="甲厂有限公司")
    appeal = received.appeal
    appeal.employer = house.employer
    appeal.save()
    matter = house.triaged(received.matter, category="0401")
    with pytest.raises(GuardRefused, match="没有同意"):
        actions.dispatch(house.person("dispatcher", PROVINCE), matter, ENTERPRISE, reason="x")
    appeal.disclose_ok = True
    appeal.save()
    assert actions.dispatch(house.person("dispatcher", PROVINCE), matter, ENTERPRISE, reason="x").state == "dispatched"


def test_a_retaliation_prone_matter_never_goes_to_the_employers_union(house: House) -> None:
    received = house.receive(employer_name="甲厂有限公司", disclose_ok=True)
    received.appeal.employer = house.employer
    received.appeal.save()
    matter = house.triaged(received.matter, category="0301")
    with pytest.raises(GuardRefused, match="报复"):
        actions.dispatch(house.person("dispatcher", PROVINCE), matter, ENTERPRISE, reason="x")


def test_stepping_aside_is_final(house: House) -> None:
    matter = house.handling(house.receive().matter)
    handler = house.person("handler", COUNTY)
    matter = act(matter.pk, "recuse", handler, {"reason": "对方是亲属"})
    assert matter.assignee_id is None
    matter = house.contacted(matter)
    with pytest.raises(GuardRefused, match="回避"):
        act(matter.pk, "submit", handler, RESULT)
    colleague = house.person("handler", COUNTY, 2)
    matter = act(matter.pk, "assign", house.person("leader", COUNTY), {"assignee": str(colleague.account_id)})
    assert matter.assignee_id == colleague.account_id
    with pytest.raises(InvalidData):
        act(matter.pk, "assign", house.person("leader", COUNTY), {"assignee": str(handler.account_id)})


def test_an_emergency_cannot_be_marked_invalid_or_ended(house: House) -> None:
    matter = house.receive(description="老板不给钱，我现在就站在楼顶要跳楼").matter
    assert matter.priority == 0
    with pytest.raises(GuardRefused, match="特急"):
        act(matter.pk, "mark_invalid", house.person("dispatcher", PROVINCE), {"reason": "abuse"})


def test_escalation_goes_one_level_up(house: House) -> None:
    matter = house.handling(house.receive().matter)
    matter = act(matter.pk, "escalate", house.person("leader", COUNTY), {"reason": "涉及两个区"})
    assert (matter.state, matter.holder_path) == ("escalated", CITY)
