"""Measures with their denominators (handbook 1.8), lists, sampling, export."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from gonghui.appeals import actions, queries
from gonghui.appeals.sampling import drawn, sample
from gonghui.appeals.tests.support import COUNTY, HAPPY, OTHER_COUNTY, PROVINCE, UNHAPPY, House, order_of, run_outbox
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.sheets import safe_cell
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worklist import Filters


def figures(house: House, path: str = "") -> dict[str, Any]:
    return queries.statistics(
        house.person("supervisor", PROVINCE), now() - timedelta(days=1), now() + timedelta(days=1), path
    )


def measure(found: dict[str, Any], code: str) -> tuple[Decimal, int]:
    row = next(row for row in found["measures"] if row.code == code)
    return row.numerator, row.denominator


def test_rates_have_the_right_numerators_and_denominators(house: House) -> None:
    ratings = [
        {},
        {"satisfaction": "fair", "resolution": "partly"},
        {"satisfaction": "poor", "resolution": "partly"},
        {"resolution": "explained", "satisfaction": "very_poor"},
    ]
    for number, answers in enumerate(ratings):
        house.in_quality(house.receive(key=str(number), phone=f"1390013900{number}").matter, **answers)
    unhappy = house.in_callback(house.receive(key="u", phone="13900139010").matter)
    actions.record_callback(house.person("callback", PROVINCE), unhappy, True, UNHAPPY)
    house.receive(key="open", phone="13900139011")
    found = figures(house)
    assert found["total"] == 6
    assert measure(found, "satisfied") == (2, 5)
    # solved + two halves, of the four reasonable demands
    assert measure(found, "solved") == (Decimal("2"), 4)
    assert measure(found, "solved_first") == (1, 4)
    assert measure(found, "contact") == (5, 5)
    assert measure(found, "reopened") == (1, 5)
    assert measure(found, "returned") == (0, 5)
    assert measure(found, "sign_off_in_time") == (5, 5)
    assert found["money"] == 75000
    assert sum(row["count"] for row in found["by_state"]) == 6
    assert {row["path"]: row["count"] for row in found["by_region"]}["cn.52.5201"] == 5


def test_unreachable_workers_are_counted_apart_and_not_rated(house: House) -> None:
    matter = house.in_callback(house.receive().matter)
    caller = house.person("callback", PROVINCE)
    for day in range(3):
        with time_shifted(timedelta(days=day)):
            actions.record_callback(caller, matter, False)
    found = figures(house)
    assert found["unreachable"] == 1
    assert measure(found, "satisfied") == (0, 0)
    assert next(row for row in found["measures"] if row.code == "satisfied").percent == "—"


def test_late_results_and_calls_count(house: House) -> None:
    agent = house.person("agent", PROVINCE)
    house.receive(agent, channel="phone", call={"answered": True, "wait_seconds": 5})
    house.receive(agent, channel="phone", key="2", call={"answered": True, "wait_seconds": 40})
    house.receive(agent, channel="phone", key="3", call={"answered": False})
    found = figures(house)
    assert measure(found, "answered") == (2, 3)
    assert measure(found, "answered_15s") == (1, 3)


def test_figures_stay_inside_the_own_organisation(house: House) -> None:
    house.dispatched(house.receive().matter, COUNTY)
    house.dispatched(house.receive(key="2").matter, OTHER_COUNTY)
    found = queries.statistics(
        house.person("leader", COUNTY), now() - timedelta(days=1), now() + timedelta(days=1), PROVINCE
    )
    assert (found["path"], found["total"]) == (COUNTY, 1)


def test_the_figures_cost_a_constant_number_of_queries(house: House, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        house.receive(key=str(number))
    house.person("supervisor", PROVINCE)
    with django_assert_max_num_queries(30):
        figures(house)


def test_one_in_ten_is_drawn_by_number_alone() -> None:
    share = sum(drawn(f"GD-2-20260105-{n:011d}", 10) for n in range(20_000)) / 20_000
    assert 0.09 < share < 0.11


@given(st.text(max_size=30), st.integers(0, 100))
def test_the_draw_is_always_the_same(number: str, percent: int) -> None:
    assert drawn(number, percent) == drawn(number, percent)
    assert drawn(number, 100)
    assert not drawn(number, 0)


def test_urgent_reopened_dissatisfied_and_machine_answered_orders_are_always_checked(house: House) -> None:
    matter = house.receive().matter
    order = order_of(matter)
    matter.number = next(f"GD-{n}" for n in range(1000) if not drawn(f"GD-{n}", 10))
    assert sample(order, matter) == (False, "")
    for change in ({"reopen_count": 1}, {"satisfaction": "poor"}, {"ai_answered": True}):
        changed = order_of(matter)
        for name, value in change.items():
            setattr(changed, name, value)
        assert sample(changed, matter)[0]
    matter.priority = 1
    assert sample(order, matter) == (True, "urgent")


def test_an_order_not_drawn_is_closed_by_itself_and_a_drawn_one_waits(house: House) -> None:
    quiet = next(
        matter for matter in (house.receive(key=str(n)).matter for n in range(60)) if not drawn(matter.number, 10)
    )
    house.in_quality(quiet)
    strict = house.in_quality(house.receive(key="s").matter, satisfaction="poor", resolution="partly")
    run_outbox()
    assert order_of(quiet).matter.state == "closed"
    assert order_of(quiet).sampled is False
    assert order_of(strict).matter.state == "quality"
    assert [row.matter for row in queries.quality_list(house.person("quality", PROVINCE))] == [strict]


def test_lists_show_what_waits(house: House) -> None:
    waiting = house.in_callback(house.receive().matter)
    assert [row.matter for row in queries.callback_list(house.person("callback", PROVINCE))] == [waiting]
    assert queries.callback_list(house.person("callback", "cn.62")) == []
    worker = house.worker()
    closed = house.closed(house.receive(worker, key="2").matter)
    actions.dispute(worker, closed, "没有到账")
    assert [row.matter for row in queries.disputed_list(house.person("dispatcher", PROVINCE))] == [closed]


def test_the_worklist_is_found_by_number_phone_employer_and_words(house: House) -> None:
    received = house.receive(employer_name="乙公司", title="讨要工资")
    house.receive(key="2", phone="13900139000", description="食堂饭菜很差，希望改善。")
    dispatcher = house.person("dispatcher", PROVINCE)
    for query in (received.appeal.number, received.matter.number, "138 0013 8000", "乙公司", "讨要"):
        rows = queries.worklist(dispatcher, Filters(), query=query).rows
        assert [row.matter for row in rows] == [received.matter], query
    assert queries.worklist(house.person("dispatcher", "cn.62"), Filters(), query="乙公司").rows == []


def test_an_export_is_masked_allowed_by_role_and_written_down(house: House) -> None:
    house.receive(reporter_name="=王小明", description="=1+1 欠薪，电话13800138000", title="=cmd()")
    supervisor = house.person("supervisor", PROVINCE)
    book = load_workbook(io.BytesIO(queries.export_xlsx(supervisor, Filters())))
    cells = [str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert not any("13800138000" in cell or "王小明" in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
    assert TrailEntry.objects.filter(verb="export", actor_id=supervisor.account_id).exists()
    with pytest.raises(NotAllowed):
        queries.export_xlsx(house.person("handler", COUNTY), Filters())
    with pytest.raises(InvalidData):
        queries.export_xlsx(house.person("auditor", PROVINCE), Filters())


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "\tx"])
def test_cells_never_run(value: str) -> None:
    assert safe_cell(value).startswith("'")


def test_a_return_and_a_reopening_show_in_the_figures(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    act(
        matter.pk,
        "return_order",
        house.person("handler", COUNTY),
        {"reason": "not_region", "suggested": OTHER_COUNTY, "note": "x"},
    )
    assert measure(figures(house), "returned") == (1, 1)
    assert HAPPY["resolution"] == "solved"


def test_what_a_dissatisfied_worker_said_is_not_lost_when_nobody_reaches_them(house: House) -> None:
    worker = house.worker()
    matter = house.in_callback(house.receive(actor=worker).matter)
    actions.rate(worker, matter, {name: value for name, value in UNHAPPY.items() if name not in ("way", "reasonable")})
    caller = house.person("callback", PROVINCE)
    for day in range(3):
        with time_shifted(timedelta(days=day)):
            actions.record_callback(caller, matter, False)
    order = order_of(matter)
    assert (order.resolution, order.satisfaction) == ("unsolved", "poor")
    assert sample(order, Matter.objects.get(pk=matter.pk))[0]


def test_an_answer_that_came_late_does_not_count_as_in_time(house: House) -> None:
    agent = house.person("agent", PROVINCE)
    answer = {"category": "0101", "answer": "可以申请支付令。", "legal_basis": "劳动合同法第三十条", "accepted": "on"}
    early = house.receive(key="1", nature="consult").matter
    late = house.receive(key="2", nature="consult").matter
    act(early.pk, "answer_directly", agent, answer)
    with time_shifted(timedelta(days=40)):
        act(late.pk, "answer_directly", agent, answer)
    assert (order_of(early).on_time, order_of(late).on_time) == (True, False)
