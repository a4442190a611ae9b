"""Lodging and reading appeals through the API, and what it never tells."""

from __future__ import annotations

import pytest

from gonghui.api.tests.support import APPEAL, BASE, Program, lodge, problem
from gonghui.appeals.models import Appeal, Message
from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House
from gonghui.kernel.models import Matter, TrailEntry


def test_an_appeal_is_lodged_and_read_back(house: House) -> None:
    program = Program(PROVINCE, "appeals:write", "appeals:read")
    made = lodge(program, source="12345", external_id="A-1", employer_name="甲厂有限公司")
    shown = program.get(f"/appeals/{made['number']}").json()
    assert (shown["channel"], shown["source"], shown["external_id"]) == ("federated", "12345", "A-1")
    assert shown["state"] == made["state"] == "registered"
    assert shown["holder"] == PROVINCE
    assert shown["result"] is None
    matter = Matter.objects.get(pk=made["matter_id"])
    assert program.get(f"/appeals/{made['matter']}").json() == shown
    assert (shown["matter"], shown["version"]) == (matter.number, matter.version)
    assert matter.due_at is not None and shown["due_at"].endswith("+08:00")


def test_the_result_is_told_when_there_is_one(house: House) -> None:
    program = Program(PROVINCE, "appeals:write", "appeals:read")
    made = lodge(program)
    house.in_quality(Matter.objects.get(pk=made["matter_id"]))
    result = program.get(f"/appeals/{made['number']}").json()["result"]
    assert result == {"code": "solved", "money_recovered": "15000.00", "satisfaction": "good"}


def test_alarm_words_are_heard_at_once(house: House) -> None:
    made = lodge(Program(PROVINCE, "appeals:write"), description="老板不发工资，我不想活了，现在就在楼顶。")
    assert made["priority"] == 0


def test_personal_fields_are_masked_and_shown_only_with_a_reason_on_record(house: House) -> None:
    program = Program(PROVINCE, "appeals:write", "appeals:read", "identity:read")
    made = lodge(program, description="我的电话是13800138000，老板欠我三个月工资。")
    answer = program.get(f"/appeals/{made['number']}")
    assert "13800138000" not in answer.content.decode() and "王小明" not in answer.content.decode()
    assert answer.json()["reporter"] == {"name": "王**", "phone": "138****8000"}

    address = f"/appeals/{made['number']}/identity"
    problem(program.post(address, {"reason": ""}), 422, "invalid")
    assert not TrailEntry.objects.filter(verb="unmask").exists()
    assert program.post(address, {"reason": "回拨核实"}).json() == {"reporter_name": "王小明", "phone": "13800138000"}
    entries = TrailEntry.objects.filter(verb="unmask", matter_id=made["matter_id"])
    assert {(entry.actor_kind, entry.actor_id, entry.note) for entry in entries} == {
        ("api", program.token.account_id, "回拨核实")
    }
    assert entries.count() == 2
    problem(Program(PROVINCE, "appeals:read").post(address, {"reason": "回拨核实"}), 403, "not_allowed")


@pytest.mark.parametrize(("agreed", "status"), [(False, 403), (True, 200)])
def test_a_grassroots_union_learns_who_complained_only_with_consent(house: House, agreed: bool, status: int) -> None:
    made = lodge(Program(PROVINCE, "appeals:write"), disclose_ok=True, employer_name="乙公司")
    house.dispatched(Matter.objects.get(pk=made["matter_id"]), COUNTY, assist=[ENTERPRISE])
    # The worker may have thought better of it since.
    Appeal.objects.update(disclose_ok=agreed)
    program = Program(ENTERPRISE, "appeals:read", "identity:read")
    answer = program.post(f"/appeals/{made['number']}/identity", {"reason": "回拨核实"})
    assert answer.status_code == status, answer.content.decode()


def test_material_is_added_and_checked(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    number = lodge(program)["number"]
    address = f"{BASE}/appeals/{number}/materials"
    headers = program.headers()
    assert program.client.post(address, {"text": "补充：有工资条"}, headers=headers).status_code == 201
    problem(program.client.post(address, {"text": ""}, headers=headers), 422, "invalid")
    problem(program.post(f"/appeals/{number}/materials", {"text": "x"}), 415, "unsupported_media_type")
    from django.core.files.uploadedfile import SimpleUploadedFile

    program_file = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + b"\x00" * 200, "image/jpeg")
    problem(program.client.post(address, {"text": "照片", "files": [program_file]}, headers=headers), 422, "invalid")
    assert [message.text for message in Message.objects.all()] == ["补充：有工资条"]


def test_what_another_organisation_holds_is_not_there(house: House) -> None:
    made = lodge(Program(PROVINCE, "appeals:write"))
    house.dispatched(Matter.objects.get(pk=made["matter_id"]))
    scopes = ("appeals:read", "appeals:write", "identity:read")
    assert Program(COUNTY, *scopes).get(f"/appeals/{made['number']}").status_code == 200
    stranger = Program(OTHER_COUNTY, *scopes)
    problem(stranger.get(f"/appeals/{made['number']}"), 404, "not_found")
    problem(stranger.post(f"/appeals/{made['number']}/identity", {"reason": "好奇"}), 404, "not_found")
    address = f"{BASE}/appeals/{made['number']}/materials"
    problem(stranger.client.post(address, {"text": "x"}, headers=stranger.headers()), 404, "not_found")


def test_a_discipline_matter_is_never_seen_by_a_program(house: House) -> None:
    program = Program(PROVINCE, "appeals:write", "appeals:read", "matters:read")
    made = lodge(program, category="1603", description="举报某工会干部截留慰问品，数额很大。")
    assert Appeal.objects.count() == 1
    problem(program.get(f"/appeals/{made['number']}"), 404, "not_found")
    problem(program.get(f"/matters/{made['matter_id']}"), 404, "not_found")
    assert program.get("/matters").json()["items"] == []


def test_understanding_stores_nothing_and_checks_like_the_intake(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    said = program.post("/understand", {"text": APPEAL["description"]}).json()
    assert said["categories"][0]["code"] == "0101"
    problem(program.post("/understand", {"text": "\u200b"}), 422, "invalid")
    problem(program.post("/understand", {"text": "欠薪" * 100_000}), 422, "invalid")
    assert not Appeal.objects.exists()
