"""特急: a matter where lives may be at stake is reported upwards at once, and somebody sees to it that it is (1.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gonghui.appeals import actions, queries
from gonghui.appeals.models import SupervisionLetter
from gonghui.appeals.tests.support import COUNTY, PROVINCE, House, clock, order_of, run_outbox
from gonghui.kernel import clocks
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act, clock_of
from gonghui.kernel.times import now, time_shifted

THREAT = "老板不给工资，我要从楼上跳下去，不想活了。"
TOLD: dict[str, Any] = {
    "receivers": ["party_government", "joint_conference"],
    "way": "phone",
    "person": "县委值班室 李主任",
    "gist": "一名职工因欠薪扬言轻生，已报警，工会派人到场。",
}


def test_a_threat_to_life_must_be_reported_within_half_an_hour(house: House) -> None:
    matter = house.receive(description=THREAT).matter
    assert matter.priority == 0
    limit = clock(matter, "major_report")
    assert timedelta(minutes=29) < limit.due_at - now() <= timedelta(minutes=30)
    with time_shifted(timedelta(minutes=31)):
        while clocks.run_due():
            pass
    letter = order_of(matter).letters.get(clock="major_report", kind=SupervisionLetter.Kind.SUPERVISION)
    assert letter.to_path == matter.holder_path


def test_the_limit_ends_when_everybody_who_must_know_was_told(house: House) -> None:
    matter = house.receive(description=THREAT).matter
    dispatcher = house.person("dispatcher", PROVINCE)
    act(matter.pk, "report_major", dispatcher, {**TOLD, "receivers": ["party_government"]})
    assert clock(matter, "major_report").status == "running"
    act(matter.pk, "report_major", dispatcher, {**TOLD, "receivers": ["joint_conference", "police"]})
    assert clock_of(matter, "major_report") is None
    reports = order_of(matter).reports.order_by("pk")
    assert [report.receiver for report in reports] == ["party_government", "joint_conference", "police"]
    assert all(report.person == TOLD["person"] and report.by_id == dispatcher.account_id for report in reports)
    # It does not begin again where the case goes on.
    matter = house.handling(house.triaged(matter))
    assert clock_of(matter, "major_report") is None


def test_a_report_names_who_took_it(house: House) -> None:
    matter = house.receive(description=THREAT).matter
    with pytest.raises(InvalidData) as refused:
        act(matter.pk, "report_major", house.person("dispatcher", PROVINCE), {**TOLD, "person": ""})
    assert set(refused.value.errors) == {"person"}
    assert not order_of(matter).reports.exists()


def test_an_ordinary_case_has_no_such_limit_until_it_becomes_urgent(house: House) -> None:
    matter = house.receive().matter
    run_outbox()
    assert clock_of(matter, "major_report") is None
    with pytest.raises(GuardRefused, match="紧急程度"):
        act(matter.pk, "report_major", house.person("dispatcher", PROVINCE), TOLD)
    matter = house.triaged(matter, urgency="P0", reason="来电称有人被打伤")
    assert clock(matter, "major_report").status == "running"
    matter = house.triaged(matter, urgency="P2", reason="核实没有人受伤")
    assert clock_of(matter, "major_report") is None


def test_the_county_sees_what_to_do_first_and_what_was_reported(house: House) -> None:
    matter = house.dispatched(house.receive(description=THREAT).matter)
    act(matter.pk, "report_major", house.person("dispatcher", PROVINCE), TOLD)
    page = queries.matter_page(house.person("handler", COUNTY), matter.pk)
    assert {report.receiver for report in page.reports} == {"party_government", "joint_conference"}


def test_the_worker_is_called_by_a_person_and_no_program_answers_alone(house: House) -> None:
    matter = house.receive(description=THREAT).matter
    answer = {"category": "0101", "answer": "请仲裁", "legal_basis": "劳动法第五十条", "accepted": "on"}
    with pytest.raises(GuardRefused):
        act(matter.pk, "answer_directly", house.person("agent", PROVINCE), answer)
    assert actions.log_contact(house.person("agent", PROVINCE), matter, "phone", True, "人已安全").pk == matter.pk
