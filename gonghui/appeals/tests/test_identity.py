"""Who sees who complained (handbook 0.5, 1.12) and who speaks with whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals import actions, queries, tables
from gonghui.appeals.actions.handling import may_reveal
from gonghui.appeals.rules.notices import sms_text
from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House, order_of
from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import time_shifted


def reveals(house: House, role: str, path: str, matter: Matter, field: str) -> bool:
    return may_reveal(house.person(role, path), matter, order_of(matter).appeal, field)


def test_roles_see_identity_as_the_handbook_says(house: House) -> None:
    matter = house.dispatched(house.receive(reporter_name="王小明", id_no="11010519491231002X").matter)
    assert reveals(house, "agent", PROVINCE, matter, "phone")
    assert reveals(house, "dispatcher", PROVINCE, matter, "id_no")
    assert reveals(house, "supervisor", PROVINCE, matter, "reporter_name")
    assert reveals(house, "handler", COUNTY, matter, "phone")
    assert not reveals(house, "handler", COUNTY, matter, "id_no")
    assert not reveals(house, "quality", PROVINCE, matter, "phone")
    assert not reveals(house, "analyst", PROVINCE, matter, "phone")
    assert not reveals(house, "callback", PROVINCE, matter, "phone")
    assert not reveals(house, "handler", OTHER_COUNTY, matter, "phone")


def test_a_callback_agent_sees_the_phone_only_and_only_then(house: House) -> None:
    matter = house.in_callback(house.receive(reporter_name="王小明").matter)
    assert reveals(house, "callback", PROVINCE, matter, "phone")
    assert not reveals(house, "callback", PROVINCE, matter, "reporter_name")


def test_a_handler_sees_more_only_with_the_workers_consent(house: House) -> None:
    matter = house.dispatched(house.receive(id_no="11010519491231002X", disclose_ok=True).matter)
    assert reveals(house, "handler", COUNTY, matter, "id_no")


def test_looking_needs_a_reason_and_is_written_down(house: House) -> None:
    matter = house.dispatched(house.receive(reporter_name="王小明").matter)
    handler = house.person("handler", COUNTY)
    with pytest.raises(InvalidData):
        actions.reveal(handler, matter, "phone", "")
    assert actions.reveal(handler, matter, "phone", "联系职工核实") == "13800138000"
    entry = TrailEntry.objects.get(matter=matter, verb="unmask")
    assert (entry.actor_id, entry.note) == (handler.account_id, "联系职工核实")
    with pytest.raises(NotAllowed):
        actions.reveal(house.person("quality", PROVINCE), matter, "phone", "好奇看看")


def test_the_enterprise_union_never_sees_a_complaint_about_its_company(house: House) -> None:
    received = house.receive(employer_name="甲厂有限公司")
    matter = house.dispatched(received.matter)
    insider = house.person("handler", ENTERPRISE)
    assert not visible_to(insider).filter(pk=matter.pk).exists()
    with pytest.raises(NotFound):
        queries.matter_page(insider, matter.pk)


def test_the_matter_page_shows_masked_fields_and_masked_words(house: House) -> None:
    received = house.receive(
        reporter_name="王小明", description="老板欠薪三个月，我的电话13800138000，身份证11010519491231002X。"
    )
    matter = house.dispatched(received.matter)
    page = queries.matter_page(house.person("handler", COUNTY), matter.pk)
    assert page.masked["phone"] == "138****8000"
    assert page.masked["reporter_name"] == "王**"
    assert "13800138000" not in page.description
    assert "11010519491231002X" not in page.description
    assert "13800138000" in queries.matter_page(house.person("dispatcher", PROVINCE), matter.pk).description
    assert "13800138000" not in matter.title


def test_the_matter_page_has_suggestions_articles_and_similar_cases_in_scope(house: House) -> None:
    from gonghui.appeals.tests.support import run_outbox

    first = house.receive()
    second = house.receive(phone="13900139000", key="2")
    run_outbox()
    far = house.person("dispatcher", PROVINCE)
    page = queries.matter_page(far, second.matter.pk)
    assert page.suggestions["categories"][0]["code"] == "0101"
    assert [similar.matter for similar in page.similar] == [first.matter]
    assert page.articles
    matter = house.dispatched(second.matter)
    assert queries.matter_page(house.person("handler", COUNTY), matter.pk).similar == []


def test_the_matter_page_costs_a_constant_number_of_queries(house: House, django_assert_max_num_queries: Any) -> None:
    matter = house.handling(house.receive().matter)
    handler = house.person("handler", COUNTY)
    for number in range(5):
        actions.log_contact(handler, matter, "phone", False, f"第{number}次")
        actions.note(handler, matter, f"备注{number}")
    with django_assert_max_num_queries(45):
        queries.matter_page(handler, matter.pk)


def test_a_worker_follows_the_case_by_account_or_code(house: House) -> None:
    worker = house.worker()
    received = house.receive(worker)
    assert queries.worker_case(worker, received.matter.pk).state == "已收到，正在看您的诉求"
    visitor = Actor(kind="anonymous", matter_ids=(received.matter.pk,))
    assert queries.worker_case(visitor, received.matter.pk).appeal == received.appeal
    for stranger in (ANONYMOUS, house.worker("13911112222")):
        with pytest.raises(NotFound):
            queries.worker_case(stranger, received.matter.pk)
    assert [row[0] for row in queries.my_cases(worker)] == [received.appeal]


def test_a_worker_never_reads_internal_notes(house: House) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    actions.note(house.person("handler", COUNTY), matter, "对方有律师")
    actions.ask_worker(house.person("handler", COUNTY), matter, "请问工资怎么发的？")
    case = queries.worker_case(worker, matter.pk)
    assert [message.text for message in case.messages] == ["请问工资怎么发的？"]
    assert len(case.questions) == 1
    actions.answer_question(worker, matter, case.questions[0].pk, "每月十五号转账")
    assert queries.worker_case(worker, matter.pk).questions == []
    with pytest.raises(GuardRefused, match="已经回答过"):
        actions.answer_question(worker, matter, case.questions[0].pk, "又来一遍")


def test_a_speed_up_is_asked_once_in_three_days(house: House) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    actions.request_speed_up(worker, matter)
    with pytest.raises(GuardRefused, match="3天"):
        actions.request_speed_up(worker, matter)
    with time_shifted(timedelta(days=4)):
        actions.request_speed_up(worker, matter)
    assert OutboxMessage.objects.filter(topic="notice.staff", payload__kind="speed_up").count() == 2


def test_a_happy_worker_ends_the_callback_and_an_unhappy_one_waits_for_a_person(house: House) -> None:
    worker = house.worker()
    matter = house.in_callback(house.receive(worker).matter)
    answers = {"contacted": "yes", "resolution": "unsolved", "satisfaction": "poor", "attitude": "good"}
    assert actions.rate(worker, matter, answers).state == "callback"
    assert "rate" not in queries.worker_case(worker, matter.pk).may
    other = house.in_callback(house.receive(worker, key="2").matter)
    good = {**answers, "resolution": "solved", "satisfaction": "good"}
    assert actions.rate(worker, other, good).state == "quality"


def test_strangers_and_staff_cannot_speak_as_the_worker(house: House) -> None:
    matter = house.handling(house.receive(house.worker()).matter)
    with pytest.raises(NotFound):
        actions.add_material(house.worker("13911112222"), matter, "我也是")
    with pytest.raises(NotAllowed):
        actions.request_speed_up(house.person("handler", COUNTY), matter)


@pytest.mark.parametrize("text", ["", "\u200b", "x" * 2001])
def test_material_is_checked_like_the_intake(house: House, text: str) -> None:
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    with pytest.raises(InvalidData):
        actions.add_material(worker, matter, text)


def test_a_discipline_matter_is_seen_by_the_discipline_desk_only(house: House) -> None:
    matter = house.receive(category="1603", description="举报某工会干部截留慰问品").matter
    assert matter.restricted
    assert not visible_to(house.person("dispatcher", PROVINCE)).filter(pk=matter.pk).exists()
    assert visible_to(house.person("discipline", PROVINCE)).filter(pk=matter.pk).exists()


@given(
    name=st.sampled_from(sorted(tables.notices().notices)),
    org=st.text("省市县总工会法律服务职工维权帮扶中心", max_size=120),
    phone=st.sampled_from(["", "12351", "0851-85558888", "0851-85558888转8012"]),
)
def test_no_sms_is_longer_than_one_message_and_none_loses_its_phone_number(name: str, org: str, phone: str) -> None:
    values = {"org": org, "phone": phone, "code": "ABCD2345", "due": "2026-12-31", "days": "30", "number": "12351-1"}
    text = sms_text(name, values)
    assert 0 < len(text) <= 70
    if "{phone}" in tables.notices().notices[name].sms:
        assert phone in text
        assert text.endswith("。")


def test_messages_to_the_worker_fit_an_sms_and_are_sent_with_the_code(house: House, settings: Any) -> None:
    import json
    from pathlib import Path

    from gonghui.appeals.tests.support import run_outbox

    received = house.receive()
    house.dispatched(received.matter)
    run_outbox()
    path = Path(settings.OUTBOX_DIR) / "sms.jsonl"
    sent = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {row["to"] for row in sent} == {"13800138000"}
    assert all(len(row["text"]) <= 70 for row in sent)
    assert received.query_code in sent[0]["text"]
    assert "南明区总工会" in sent[1]["text"]
