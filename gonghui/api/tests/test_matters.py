"""Lists that stand still while they grow, steps of the flow, and conflicts."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from gonghui.api.tests.support import Program, lodge, problem
from gonghui.appeals import actions
from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, PROVINCE, House, clock
from gonghui.kernel.models import Matter, TrailEntry

ACT = ("matters:act:dispatcher", "matters:act:handler", "matters:act:leader")


def walk(program: Program, order: str, between: object = None) -> list[int]:
    """Every id met by following the Link header, doing something between two pages."""
    found: list[int] = []
    answer = program.get("/matters", {"order": order, "limit": 2})
    while True:
        page = answer.json()
        found += [row["id"] for row in page["items"]]
        link = re.search(r'<([^>]+)>; rel="next"', answer.get("Link", ""))
        assert bool(link) == bool(page["next"])
        if link is None:
            return found
        if callable(between):
            between()
        parts = urlsplit(link[1])
        answer = program.client.get(f"{parts.path}?{parts.query}", headers=program.headers())


@pytest.mark.parametrize("order", ["recent", "due"])
def test_pages_leave_nothing_out_and_repeat_nothing_while_rows_come_in(house: House, order: str) -> None:
    program = Program(PROVINCE, "matters:read", "appeals:write")
    first = [lodge(program, phone=f"1380013800{n}")["matter_id"] for n in range(7)]
    found = walk(program, order, lambda: lodge(program))
    assert len(found) == len(set(found))
    assert set(first) <= set(found)
    if order == "recent":
        assert found == sorted(first, reverse=True)


def test_a_page_leads_back_too(house: House) -> None:
    program = Program(PROVINCE, "matters:read", "appeals:write")
    made = [lodge(program)["matter_id"] for _ in range(3)]
    first = program.get("/matters", {"order": "recent", "limit": 2}).json()
    second = program.get("/matters", {"order": "recent", "limit": 2, "cursor": first["next"]}).json()
    back = program.get("/matters", {"order": "recent", "limit": 2, "cursor": second["previous"]}).json()
    assert [row["id"] for row in second["items"]] == made[:1]
    assert back["items"] == first["items"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "eyJ4IjoxfQ:1:x"}, "cursor"),
        ({"order": "sideways"}, "order"),
        ({"priority": "9"}, "priority"),
        ({"limit": "many"}, "limit"),
        ({"open": "perhaps"}, "open"),
    ],
)
def test_a_wrong_question_is_refused(house: House, query: dict[str, str], field: str) -> None:
    found = problem(Program(PROVINCE, "matters:read").get("/matters", query), 422, "invalid")
    assert [row["field"] for row in found["errors"]] == [field]


def test_a_cursor_of_one_order_does_not_fit_the_other(house: House) -> None:
    program = Program(PROVINCE, "matters:read", "appeals:write")
    for _ in range(2):
        lodge(program)
    cursor = program.get("/matters", {"order": "recent", "limit": 1}).json()["next"]
    problem(program.get("/matters", {"order": "due", "cursor": cursor}), 422, "invalid")


def test_filters_narrow_and_never_widen(house: House) -> None:
    house.dispatched(house.receive().matter)
    house.receive(key="2", phone="13900139000")
    program = Program(COUNTY, "matters:read")
    assert [row["holder"] for row in program.get("/matters").json()["items"]] == [COUNTY]
    assert program.get("/matters", {"path": PROVINCE}).json()["items"] == []
    assert program.get("/matters", {"path": OTHER_COUNTY}).json()["items"] == []
    assert program.get("/matters", {"state": "registered"}).json()["items"] == []


def test_a_step_is_offered_taken_and_written_down(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    program = Program(COUNTY, "matters:act:handler")
    offers = {offer["name"]: offer for offer in program.get(f"/matters/{matter.pk}/actions").json()}
    assert offers["accept"]["role"] == "handler" and offers["accept"]["refused"] == []
    assert offers["accept"]["does"] and offers["accept"]["label"]
    reason = next(field for field in offers["return_order"]["fields"] if field["type"] == "choice")
    assert reason["choices"] and reason["required"]
    answer = program.post(f"/matters/{matter.pk}/actions/accept", {"version": matter.version})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert answer.json()["version"] == matter.version + 1
    entry = TrailEntry.objects.get(matter=matter, verb="accept")
    assert (entry.actor_kind, entry.actor_id, entry.role) == ("api", program.token.account_id, "handler")


def test_a_repeated_step_is_taken_once(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    program = Program(COUNTY, "matters:act:handler")
    address = f"/matters/{matter.pk}/actions/accept"
    first = program.post(address, {"version": matter.version}, Idempotency_Key="s")
    again = program.post(address, {"version": matter.version}, Idempotency_Key="s")
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert TrailEntry.objects.filter(matter=matter, verb="accept").count() == 1


def test_a_conflict_tells_what_changed(house: House) -> None:
    matter = house.dispatched(house.receive().matter)
    program = Program(COUNTY, "matters:act:handler")
    tag = program.get(f"/matters/{matter.pk}")["ETag"]
    assert tag == f'"{matter.version}"'
    actions.note(house.person("handler", COUNTY), matter, "电话没人接")
    found = problem(program.post(f"/matters/{matter.pk}/actions/accept", {}, If_Match=tag), 409, "conflict")
    assert [(change["verb"], change["by"]) for change in found["changes"]] == [("note", "handler1")]
    assert Matter.objects.get(pk=matter.pk).state == "dispatched"
    fresh = program.get(f"/matters/{matter.pk}")["ETag"]
    assert program.post(f"/matters/{matter.pk}/actions/accept", {}, If_Match=fresh).status_code == 200


def test_a_conflict_with_the_worker_does_not_name_them(house: House) -> None:
    worker = house.worker()
    matter = house.dispatched(house.receive(worker, reporter_name="王小明").matter)
    program = Program(COUNTY, "matters:act:handler")
    actions.add_material(worker, matter, "我有工资条")
    answer = program.post(f"/matters/{matter.pk}/actions/accept", {"version": matter.version})
    assert [change["by"] for change in problem(answer, 409, "conflict")["changes"]] == ["职工"]
    assert "13800138000" not in answer.content.decode() and "王小明" not in answer.content.decode()


@pytest.mark.parametrize("header", ["abc", '"-1"', '"1.5"', '"99999999999999999999"', '"١"'])
def test_a_version_that_is_none_is_not_ignored(house: House, header: str) -> None:
    matter = house.dispatched(house.receive().matter)
    program = Program(COUNTY, "matters:act:handler")
    problem(program.post(f"/matters/{matter.pk}/actions/accept", {}, If_Match=header), 422, "invalid")
    assert Matter.objects.get(pk=matter.pk).state == "dispatched"


def test_a_condition_that_is_missing_and_a_field_that_is_wrong_are_told(house: House) -> None:
    matter = house.handling(house.receive().matter)
    program = Program(COUNTY, "matters:act:handler")
    found = problem(program.post(f"/matters/{matter.pk}/actions/submit", {}), 422, "invalid")
    assert {"result_text", "result_code"} <= {row["field"] for row in found["errors"]}
    from gonghui.appeals.tests.support import RESULT

    found = problem(program.post(f"/matters/{matter.pk}/actions/submit", {"data": RESULT}), 409, "guard_refused")
    assert found["reasons"]
    problem(program.post(f"/matters/{matter.pk}/actions/fly", {}), 403, "not_allowed")


def test_reading_like_a_supervisor_does_not_let_a_handler_supervise(house: House) -> None:
    matter = house.submitted(house.receive().matter)
    program = Program(PROVINCE, "matters:read", "matters:act:handler")
    assert program.get(f"/matters/{matter.pk}").status_code == 200
    names = {offer["name"] for offer in program.get(f"/matters/{matter.pk}/actions").json()}
    assert "pass_review" not in names
    problem(program.post(f"/matters/{matter.pk}/actions/pass_review", {}), 403, "not_allowed")


def test_whoever_did_a_step_as_a_program_cannot_agree_to_it_as_a_program(house: House) -> None:
    matter = house.handling(house.receive().matter)
    program, other = Program(COUNTY, *ACT), Program(COUNTY, *ACT)
    until = (clock(matter, "result").due_at + timedelta(days=2)).isoformat()
    data = {"new_due": until, "reason": "对方负责人出差"}
    asked = program.post(f"/matters/{matter.pk}/actions/request_extension", {"data": data})
    assert asked.status_code == 200, asked.content.decode()
    problem(program.post(f"/matters/{matter.pk}/actions/approve_extension", {}), 409, "guard_refused")
    answer = other.post(f"/matters/{matter.pk}/actions/approve_extension", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "extended")


def test_the_trail_is_read_in_parts_and_names_no_worker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from gonghui.api.rules import rules

    monkeypatch.setitem(rules(), "trail_most", 2)
    worker = house.worker()
    matter = house.handling(house.receive(worker).matter)
    program = Program(PROVINCE, "matters:read")
    first = program.get(f"/matters/{matter.pk}/trail")
    assert [row["seq"] for row in first.json()] == [1, 2]
    assert first.json()[0]["actor"] == "职工"
    assert "13800138000" not in first.content.decode()
    link = re.search(r"<([^>]+)>", first["Link"])
    assert link is not None
    parts = urlsplit(link[1])
    second = program.client.get(f"{parts.path}?{parts.query}", headers=program.headers()).json()
    assert [row["seq"] for row in second] == [3, 4]


def test_figures_are_those_of_the_tokens_organisation(house: House) -> None:
    house.dispatched(house.receive().matter)
    house.dispatched(house.receive(key="2", phone="13900139000").matter, OTHER_COUNTY)
    asked = {"since": "2020-01-01", "until": "2999-01-01T00:00:00+08:00"}
    province, county = (Program(path, "statistics:read").get("/statistics", asked) for path in (PROVINCE, COUNTY))
    assert (province.json()["total"], county.json()["total"]) == (2, 1)
    assert all({"code", "label", "denominator", "basis"} <= set(row) for row in province.json()["measures"])
    stranger = Program(COUNTY, "statistics:read").get("/statistics", {**asked, "path": OTHER_COUNTY})
    problem(stranger, 404, "not_found")
    for wrong in ("yesterday", "2026-02-30", ""):
        problem(Program(COUNTY, "statistics:read").get("/statistics", {**asked, "since": wrong}), 422, "invalid")
