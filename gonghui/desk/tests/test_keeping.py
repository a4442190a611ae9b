"""Employers, the calendar, messages that could not be sent, warning cards, figures and flows at the desk."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from gonghui.appeals.models import MassAlert
from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel import calendar
from gonghui.kernel.flow import all_flows
from gonghui.kernel.models import CalendarDay, OutboxMessage, TrailEntry
from gonghui.kernel.times import now
from gonghui.organisations.actions import create_employer
from gonghui.organisations.models import Employer, EmployerMerge


def test_two_employers_are_merged_and_the_merge_is_undone(house: House, at_desk: SignedIn) -> None:
    actor = house.person("dispatcher", PROVINCE)
    first = create_employer(actor, "贵阳星河建筑工程有限公司")
    second = create_employer(actor, "星河建筑工程公司")
    client = at_desk("dispatcher", PROVINCE)
    url = reverse("desk:employers")
    found = client.get(url, {"q": "星河建筑"}).content.decode()
    assert first.name in found
    assert second.name in found
    client.post(url, {"employer": [first.pk, second.pk], "keep": first.pk})
    assert Employer.objects.get(pk=second.pk).merged_into_id == first.pk
    client.post(url, {"undo": EmployerMerge.objects.get().pk})
    assert Employer.objects.get(pk=second.pk).merged_into_id is None


def test_a_merge_needs_two_and_the_right_role(house: House, at_desk: SignedIn) -> None:
    actor = house.person("dispatcher", PROVINCE)
    first, second = (create_employer(actor, name) for name in ("甲一建筑公司", "甲二建筑公司"))
    url = reverse("desk:employers")
    page = at_desk("dispatcher", PROVINCE).post(url, {"employer": [first.pk], "keep": first.pk}, follow=True)
    assert "请勾选两个单位" in page.content.decode()
    at_desk("agent", PROVINCE).post(url, {"employer": [first.pk, second.pk], "keep": first.pk})
    assert not EmployerMerge.objects.exists()


def test_the_calendar_takes_a_notice_and_says_what_is_wrong_in_it(house: House, at_desk: SignedIn) -> None:
    client = at_desk("admin", PROVINCE)
    url = reverse("desk:calendar")
    assert "还没有录入" in client.get(url).content.decode()
    wrong = client.post(url, {"text": "date,kind,name,source\n2027-13-01,法定节假日,元旦,通知"})
    assert wrong.status_code == 422
    assert "2027-13-01" in wrong.content.decode()
    try:
        day = "2027-01-01,法定节假日,元旦,国办发明电〔2026〕1号"
        assert client.post(url, {"text": f"date,kind,name,source\n{day}"}).status_code == 302
        assert CalendarDay.objects.get().name == "元旦"
        assert client.post(url, {"remove": "2027-01-01"}).status_code == 302
        assert not CalendarDay.objects.exists()
    finally:
        calendar.reload()


def dead(house: House, path: str, **more: object) -> OutboxMessage:
    matter = house.dispatched(house.receive(phone=f"138{OutboxMessage.objects.count():08d}").matter, path)
    return OutboxMessage.objects.create(
        topic="notice.sms", key=f"dead-{matter.pk}", matter=matter, status="dead", attempts=8,
        created_at=now(), next_at=now(), last_error="短信网关没有回应", **more,
    )  # fmt: skip


def test_dead_messages_are_tried_again_or_given_up_with_a_reason(house: House, at_desk: SignedIn) -> None:
    message, other = dead(house, COUNTY), dead(house, COUNTY)
    client = at_desk("admin", PROVINCE)
    url = reverse("desk:dead_letters")
    assert "短信网关没有回应" in client.get(url).content.decode()
    client.post(url, {"message": message.pk, "step": "retry"})
    assert OutboxMessage.objects.get(pk=message.pk).status == "waiting"
    assert client.post(url, {"message": other.pk, "step": "cancel", "reason": ""}).status_code == 422
    client.post(url, {"message": other.pk, "step": "cancel", "reason": "号码是空号"})
    assert OutboxMessage.objects.get(pk=other.pk).status == "cancelled"


def test_dead_messages_of_another_place_are_not_shown(house: House, at_desk: SignedIn) -> None:
    message = dead(house, COUNTY)
    client = at_desk("admin", FAR_COUNTY)
    url = reverse("desk:dead_letters")
    assert "短信网关没有回应" not in client.get(url).content.decode()
    assert client.post(url, {"message": message.pk, "step": "retry"}).status_code == 404


@pytest.fixture
def alert(house: House) -> MassAlert:
    return MassAlert.objects.create(
        employer=house.employer, employer_key="甲厂", employer_name="甲厂有限公司", region="520102", path=COUNTY,
        level="red", appeals=6, people=27, amount="252000", opened_at=now(), updated_at=now(),
        trend=[{"day": "2026-11-20", "appeals": 3, "people": 20}],
    )  # fmt: skip


def test_a_warning_card_is_taken_charge_of_worked_on_and_cleared(alert: MassAlert, at_desk: SignedIn) -> None:
    client = at_desk("supervisor", PROVINCE)
    url = reverse("desk:alert", args=[alert.pk])
    assert "甲厂有限公司" in client.get(reverse("desk:alerts")).content.decode()
    assert "甲厂有限公司" in client.get(reverse("desk:home")).content.decode()
    client.post(url, {"step": "charge"})
    client.post(url, {"step": "action", "text": "已与代表见面"})
    alert.refresh_from_db()
    assert alert.in_charge is not None
    assert alert.actions[0]["text"] == "已与代表见面"
    assert client.post(url, {"step": "clear", "text": " "}).status_code == 422
    client.post(url, {"step": "clear", "text": "工资已经发清"})
    alert.refresh_from_db()
    assert alert.clear_reason == "工资已经发清"
    assert [e.verb for e in TrailEntry.objects.filter(stream=f"mass_alert:{alert.pk}")] == ["update", "update", "clear"]


def test_a_card_of_the_watch_shows_its_cases_and_is_found_false(house: House, at_desk: SignedIn) -> None:
    received = [house.receive(phone=f"1380013800{n}", key=f"w{n}") for n in range(3)]
    card = MassAlert.objects.create(
        kind="matter", employer_key=f"matter:{received[0].appeal.pk}", employer_name="鞋厂停发工资", region="520102",
        path=COUNTY, level="yellow", appeals=3, people=3, opened_at=now(), updated_at=now(),
        cases=[{"appeal": row.appeal.pk, "words": ["停工"] if row is received[0] else []} for row in received],
        signals={"why": "7天内3人反映", "why_en": "3 people in 7 days", "growth": 4.0},
    )  # fmt: skip
    client = at_desk("supervisor", PROVINCE)
    listed = client.get(reverse("desk:alerts"), {"kind": "matter", "level": "yellow"}).content.decode()
    assert "鞋厂停发工资" in listed
    assert "鞋厂停发工资" not in client.get(reverse("desk:alerts"), {"kind": "place"}).content.decode()
    url = reverse("desk:alert", args=[card.pk])
    page = client.get(url).content.decode()
    assert "7天内3人反映" in page
    assert "出现“停工”" in page
    assert all(row.matter.number in page for row in received)
    client.post(url, {"step": "acknowledge"})
    wrong = client.post(url, {"step": "escalate", "text": " "})
    assert wrong.status_code == 422
    assert "请写明上报的理由" in wrong.content.decode()
    client.post(url, {"step": "group"})
    client.post(url, {"step": "false", "text": "说的是三件事"})
    card.refresh_from_db()
    assert card.acknowledged_at is not None
    assert card.false_alarm
    assert "误报" in client.get(reverse("desk:alerts"), {"cleared": "1"}).content.decode()


def test_a_warning_card_of_another_place_does_not_exist(alert: MassAlert, at_desk: SignedIn) -> None:
    client = at_desk("supervisor", FAR_COUNTY)
    assert "甲厂有限公司" not in client.get(reverse("desk:alerts")).content.decode()
    assert client.post(reverse("desk:alert", args=[alert.pk]), {"step": "charge"}).status_code == 404


def test_the_overview_prints_what_each_rate_is_counted_over(house: House, at_desk: SignedIn) -> None:
    house.closed(house.receive().matter)
    house.dispatched(house.receive(phone="13800138001").matter)
    client = at_desk("supervisor", PROVINCE)
    page = client.get(reverse("desk:overview"), {"days": "30"}).content.decode()
    assert "1 / 1" in page
    assert 'id="chart-data"' in page
    assert "贵阳市总工会" in page
    for days in ("7", "999", "x"):
        assert client.get(reverse("desk:overview"), {"days": days}).status_code == 200
    assert client.get(reverse("desk:overview"), {"since": "2026-02-30", "until": "x"}).status_code == 200


def test_the_figures_come_as_excel_and_csv(house: House, at_desk: SignedIn) -> None:
    house.closed(house.receive().matter)
    client = at_desk("supervisor", PROVINCE)
    book = load_workbook(io.BytesIO(client.get(reverse("desk:overview_xlsx")).content), read_only=True)
    assert {"指标", "状态", "各地"} <= set(book.sheetnames)
    text = client.get(reverse("desk:overview_csv")).content
    assert text.startswith(b"\xef\xbb\xbf")
    assert "结案,1" in text.decode("utf-8-sig")


def test_every_flow_is_drawn_and_told_as_a_table(house: House, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    for flow in all_flows():
        page = client.get(reverse("desk:flow", args=[flow.name]), {"state": flow.initial}).content.decode()
        assert "stateDiagram-v2" in page
        for transition in flow.transitions:
            assert transition.label in page
    assert client.get(reverse("desk:flow", args=["no.such"])).status_code == 404


def test_supervised_and_disputed_orders_have_their_list(house: House, at_desk: SignedIn) -> None:
    matter = house.handling(house.receive(title="要督办的一件").matter)
    client = at_desk("supervisor", PROVINCE)
    data = {"version": matter.version, "kind": "supervision", "message": "请说明"}
    assert client.post(reverse("desk:transition", args=[matter.pk, "supervise"]), data).status_code == 302
    assert "要督办的一件" in client.get(reverse("desk:supervision")).content.decode()
