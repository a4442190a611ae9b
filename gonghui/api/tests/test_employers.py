"""Programs report what they know of employers; it counts on the employer's warning card."""

from __future__ import annotations

from gonghui.api.tests.support import Program, problem
from gonghui.appeals import mass
from gonghui.appeals.models import MassAlert
from gonghui.appeals.tests.support import CITY, PROVINCE, House

NAME = "甲厂有限公司"
SAID = {
    "kind": "insolvency",
    "day": "2026-03-02",
    "source": "破产重整案件信息网",
    "name": NAME,
    "note": "已受理破产申请",
}


def test_a_court_reports_an_insolvency_and_the_card_shows_it(house: House) -> None:
    for number in range(3):
        mass.check_employer(house.receive(phone=f"1380013800{number}", employer_name=NAME).appeal)
    program = Program(PROVINCE, "signals:write")
    answer = program.post("/employers/signals", SAID)
    assert answer.status_code == 201, answer.content
    assert program.post("/employers/signals", SAID).json()["id"] == answer.json()["id"]
    known = MassAlert.objects.get().signals["known"]
    assert [(row["kind"], row["note"], row["by"]) for row in known] == [
        ("insolvency", "已受理破产申请", "破产重整案件信息网")
    ]


def test_a_wrong_signal_is_refused_with_its_field(house: House) -> None:
    program = Program(PROVINCE, "signals:write")
    refused = problem(program.post("/employers/signals", {**SAID, "kind": "rumour"}), 422, "invalid")
    assert [row["field"] for row in refused["errors"]] == ["kind"]
    problem(program.post("/employers/signals", {**SAID, "day": "2026-13-01"}), 422, "invalid")
    problem(Program(CITY, "appeals:read").post("/employers/signals", SAID), 403, "not_allowed")
