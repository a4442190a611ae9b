"""Proposals beside human decisions; duplicates, repeats and mass appeals (handbook 1.2, 1.9)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals import actions, mass, queries
from gonghui.appeals.models import AppealLink, MassAlert, Triage, TriageDecision
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, PROVINCE, TEXT, House, run_outbox
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import time_shifted, today


def understood(house: House, **fields: Any) -> Triage:
    received = house.receive(**fields)
    run_outbox()
    return Triage.objects.get(appeal=received.appeal)


def test_a_proposal_carries_score_version_and_reasons(house: House) -> None:
    triage = understood(house)
    assert triage.category == "0101"
    assert triage.score > 0
    assert triage.version.startswith("brain-")
    assert triage.proposal["categories"][0]["why"]
    assert triage.lead_path == COUNTY
    assert "13800138000" not in str(triage.proposal)


def test_understanding_twice_gives_one_proposal(house: House) -> None:
    from gonghui.appeals.understanding import understand_appeal

    triage = understood(house)
    assert understand_appeal(triage.appeal).pk == triage.pk


def test_the_human_decision_stands_beside_the_proposal(house: House) -> None:
    triage = understood(house)
    matter = house.triaged(order_of_appeal(triage), category="0102", reason="是罚款")
    triage.refresh_from_db()
    decision = TriageDecision.objects.get()
    assert (triage.category, decision.category, decision.agreed) == ("0101", "0102", False)
    assert matter.category == "0102"


def order_of_appeal(triage: Triage) -> Matter:
    return triage.appeal.orders.get(role="lead").matter


def test_understanding_late_never_changes_what_a_person_decided(house: House) -> None:
    received = house.receive(description="老板跑了，工资没发，我们都找不到人")
    matter = house.triaged(received.matter, urgency="P3")
    run_outbox()
    matter.refresh_from_db()
    assert matter.priority == 3


def test_the_machine_may_raise_urgency_before_a_decision(house: House) -> None:
    received = house.receive(description="老板跑了，厂门锁着，三个月工资没发，完全联系不上")
    run_outbox()
    received.matter.refresh_from_db()
    assert received.matter.priority <= 1


def test_the_same_worker_with_the_same_matter_is_linked_and_added_as_a_note(house: House) -> None:
    first = house.receive(employer_name="乙公司")
    run_outbox()
    with time_shifted(timedelta(days=3)):
        second = house.receive(employer_name="乙公司", description="又过了几天，老板还是拖欠我的工资不发。", key="2")
        run_outbox()
    link = AppealLink.objects.get(from_appeal=second.appeal)
    assert (link.to_appeal, link.kind, link.confirmed_at) == (first.appeal, "duplicate", None)
    assert first.matter.conversation.filter(kind="repeat").count() == 1
    second.matter.refresh_from_db()
    assert second.matter.state == "registered"


def test_the_second_repeat_raises_urgency_by_one(house: House) -> None:
    first = house.receive(employer_name="乙公司")
    run_outbox()
    for again in range(3):
        house.receive(
            employer_name="乙公司", description=f"第{again + 2}次反映：老板还是拖欠我的工资不发。", key=str(again)
        )
        run_outbox()
    first.matter.refresh_from_db()
    assert first.matter.priority == 2


def test_a_repeat_after_closure_is_marked_as_such(house: House) -> None:
    first = house.receive(employer_name="乙公司")
    run_outbox()
    house.closed(first.matter)
    with time_shifted(timedelta(days=5)):
        second = house.receive(employer_name="乙公司", description="老板又拖欠我的工资不发了。", key="2")
        run_outbox()
    assert AppealLink.objects.get(from_appeal=second.appeal).kind == "repeat"


def test_after_sixty_days_it_is_no_duplicate(house: House) -> None:
    house.receive(employer_name="乙公司")
    run_outbox()
    with time_shifted(timedelta(days=61)):
        second = house.receive(employer_name="乙公司", description="老板还是拖欠我的工资不发。", key="2")
        run_outbox()
    assert not AppealLink.objects.filter(from_appeal=second.appeal).exists()


def test_nearly_the_same_text_about_the_same_employer_is_linked(house: House) -> None:
    house.receive(employer_name="乙公司", description=TEXT)
    second = house.receive(employer_name="乙公司", description=TEXT + "请帮忙", phone="13900139000", key="2")
    third = house.receive(employer_name="丙公司", description=TEXT, phone="13900139001", key="3")
    run_outbox()
    link = AppealLink.objects.get(from_appeal=second.appeal)
    assert link.score is not None
    assert link.score >= 0.85
    assert not AppealLink.objects.filter(from_appeal=third.appeal).exists()


def test_a_person_confirms_or_rejects_a_link(house: House) -> None:
    house.receive(employer_name="乙公司", description=TEXT)
    second = house.receive(employer_name="乙公司", description=TEXT, phone="13900139000", key="2")
    run_outbox()
    link = AppealLink.objects.get()
    dispatcher = house.person("dispatcher", PROVINCE)
    assert actions.confirm_duplicate(dispatcher, second.matter, link.pk, False).rejected
    assert not actions.confirm_duplicate(dispatcher, second.matter, link.pk).rejected
    with pytest.raises(NotFound):
        actions.confirm_duplicate(house.person("dispatcher", "cn.62"), second.matter, link.pk)


@pytest.mark.parametrize(
    ("appeals", "people", "level"),
    [(2, 9, ""), (3, 3, "yellow"), (4, 9, "yellow"), (5, 5, "orange"), (1, 10, "red"), (5, 12, "red")],
)
def test_the_levels_of_a_mass_alert(appeals: int, people: int, level: str) -> None:
    assert mass.level_for(appeals, people) == level


def test_appeals_of_one_employer_within_fourteen_days_raise_an_alert(house: House) -> None:
    for number in range(3):
        with time_shifted(timedelta(days=number * 2)):
            house.receive(
                employer_name="乙公司",
                phone=f"1390013900{number}",
                key=str(number),
                description=f"乙公司车间{number}欠薪，大家说要拉横幅讨说法，{number}组一起。",
                demand_amount="1000",
            )
            run_outbox()
    alert = MassAlert.objects.get()
    assert (alert.level, alert.appeals, alert.people, alert.path) == ("yellow", 3, 3, COUNTY)
    assert alert.amount == 3000
    assert {"拉横幅", "讨说法"} <= set(alert.words)
    assert alert.next_date is not None
    assert alert.signals["growth"] is None
    assert queries.mass_alerts(house.person("supervisor", CITY)) == [alert]
    assert queries.mass_alerts(house.person("supervisor", "cn.62")) == []


def unpaid(house: House, number: int, **fields: Any) -> Any:
    """One more worker of the same employer."""
    text = f"欠薪情况{number}说明"
    said = {"employer_name": "甲厂有限公司", "phone": f"1390013900{number}", "key": str(number), "description": text}
    return house.receive(**{**said, **fields}).appeal


def test_the_card_stays_the_same_when_its_employer_is_recognised(house: House) -> None:
    rows = [unpaid(house, number) for number in range(4)]
    for row in rows:
        mass.check_employer(row)
    card = MassAlert.objects.get()
    assert card.employer is None
    rows[3].employer = house.employer
    rows[3].save(update_fields=["employer"])
    mass.check_employer(rows[3])
    mass.check_employer(rows[0])
    card.refresh_from_db()
    assert MassAlert.objects.get() == card
    assert (card.employer, card.employer_key, card.appeals) == (house.employer, f"#{house.employer.pk}", 4)


def test_two_open_cards_of_one_employer_become_one(house: House) -> None:
    rows = [unpaid(house, number) for number in range(3)]
    mass.check_employer(rows[0])
    by_name = MassAlert.objects.get()
    by_name.pk, by_name.employer, by_name.level = None, house.employer, "red"
    by_name.employer_key = f"#{house.employer.pk}"
    by_name.save()
    rows[0].employer = house.employer
    rows[0].save(update_fields=["employer"])
    mass.check_employer(rows[0])
    assert MassAlert.objects.get(cleared_at=None) == by_name
    assert "并入" in MassAlert.objects.exclude(cleared_at=None).get().clear_reason


def test_the_card_lies_where_most_appeals_come_from_and_moves_with_them(house: House) -> None:
    for number, region in enumerate(("520103", "520102", "520102")):
        mass.check_employer(unpaid(house, number, work_region=region))
    card = MassAlert.objects.get()
    assert (card.region, card.path) == ("520102", COUNTY)
    for number in (3, 4):
        mass.check_employer(unpaid(house, number, work_region="520103"))
    card = MassAlert.objects.get()
    assert (card.region, card.path) == ("520103", OTHER_COUNTY)
    assert OutboxMessage.objects.filter(topic="notice.staff", payload__path=OTHER_COUNTY).exists()


def test_growth_is_measured_against_the_eight_weeks_before(house: House) -> None:
    for number, day in enumerate((0, 7, 14, 21, 60, 61, 62)):
        with time_shifted(timedelta(days=day)):
            text = f"欠薪情况{number}说明"
            house.receive(employer_name="乙公司", phone=f"1390013900{number}", key=str(number), description=text)
            run_outbox()
    # Four appeals in eight weeks are one in fourteen days; now there are three.
    assert MassAlert.objects.get().signals["growth"] == 3.0


def test_old_appeals_do_not_count(house: House) -> None:
    for number in range(3):
        with time_shifted(timedelta(days=number * 10)):
            house.receive(
                employer_name="乙公司",
                phone=f"1390013900{number}",
                key=str(number),
                description=f"欠薪情况{number}说明",
            )
            run_outbox()
    assert not MassAlert.objects.exists()


def test_what_is_known_of_an_employer_counts_on_its_card(house: House) -> None:
    supervisor = house.person("supervisor", CITY)
    for number in range(3):
        mass.check_employer(unpaid(house, number))
    card = MassAlert.objects.get()
    assert card.signals["pay_day"] is None
    day, name = today(), card.employer_name
    soon = day + timedelta(days=3)
    actions.note_signal(supervisor, kind="pay_day", day=soon, source="职工反映", name=name)
    said = {"kind": "insolvency", "source": "全国企业破产重整案件信息网", "name": name, "note": "申请人电话13900139000"}
    first = actions.note_signal(supervisor, day=day, **said)
    assert actions.note_signal(supervisor, day=day, **said).pk == first.pk
    card.refresh_from_db()
    assert card.signals["pay_day"] == soon.isoformat()
    assert card.signals["pay_day_near"]
    assert [row["kind"] for row in card.signals["known"]] == ["insolvency"]
    assert "13900139000" not in str(card.signals)
    assert card.next_date is not None and card.next_date <= soon


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "rumour"}, "kind"), ({"source": " "}, "source"), ({"name": "！"}, "employer"), ({"days": 1}, "day")],
)
def test_a_signal_must_say_what_when_who_and_whence(house: House, wrong: dict[str, Any], field: str) -> None:
    day = today() + timedelta(days=wrong.pop("days", 0))
    said = {"kind": "lawsuit", "source": "裁判文书网", "name": "甲公司", **wrong}
    with pytest.raises(InvalidData) as refused:
        actions.note_signal(house.person("supervisor", CITY), day=day, **said)
    assert set(refused.value.errors) == {field}


@given(reported=st.dates(date(2024, 1, 1), date(2026, 12, 31)), asked=st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_the_next_pay_day_is_the_same_day_of_a_month_within_five_weeks(reported: date, asked: date) -> None:
    found = mass.same_day_next(reported.day, asked)
    assert timedelta(0) <= found - asked <= timedelta(days=31)
    last = monthrange(found.year, found.month)[1]
    assert found.day == min(reported.day, last)


def test_one_worker_who_writes_often_is_no_mass(house: House) -> None:
    for number in range(4):
        house.receive(employer_name="乙公司", key=str(number), description=f"老板拖欠工资，这是第{number}次写信。")
        run_outbox()
    assert not MassAlert.objects.exists()


def test_an_alert_is_cleared_by_a_person_with_a_reason(house: House) -> None:
    house.receive(employer_name="乙公司", people_count=15)
    run_outbox()
    alert = MassAlert.objects.get()
    assert alert.level == "red"
    supervisor = house.person("supervisor", COUNTY)
    with pytest.raises(InvalidData):
        actions.clear_alert(supervisor, alert.pk, " ")
    with pytest.raises(NotFound):
        actions.clear_alert(house.person("supervisor", "cn.62"), alert.pk, "x")
    actions.update_alert(supervisor, alert.pk, in_charge=supervisor.account_id, action={"text": "约谈单位"})
    assert actions.clear_alert(supervisor, alert.pk, "已全部付清").cleared_at is not None


def test_open_alerts_are_brought_up_to_date_daily(house: House) -> None:
    house.receive(employer_name="乙公司", people_count=15)
    run_outbox()
    before = MassAlert.objects.get().updated_at
    with time_shifted(timedelta(days=1, hours=1)):
        assert mass.refresh_open() == 1
    assert MassAlert.objects.get().updated_at > before
    assert mass.refresh_open() == 0


def test_a_right_that_runs_out_within_a_week_is_urgent(house: House) -> None:
    left = today() - timedelta(days=361)
    text = f"我{left.year}年{left.month}月{left.day}日离职，公司一直拖欠我的工资没给"
    received = house.receive(description=text)
    run_outbox()
    received.matter.refresh_from_db()
    assert received.matter.priority == 1
