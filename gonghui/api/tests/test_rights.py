"""The law through the API: advice, situations, calculators."""

from __future__ import annotations

from gonghui.api.tests.support import Program, problem
from gonghui.appeals.tests.support import PROVINCE, House

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"


def test_advice_has_all_that_an_answer_needs(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    data = program.post("/advice", {"text": UNPAID, "facts": {"employer_kind": "site"}}).json()
    assert data["topics"][0]["id"] in ("R01", "R02")
    assert data["facts"]["employer_kind"] == "site"
    assert data["text"].startswith("【")
    assert all({"id", "law", "article"} <= set(c) for r in data["rights"] for c in r["citations"])


def test_a_bad_fact_is_named(house: House) -> None:
    found = problem(
        Program(PROVINCE, "appeals:read").post("/advice", {"text": UNPAID, "facts": {"owed": "x"}}), 422, "invalid"
    )
    assert found["errors"][0]["field"] == "facts.owed"


def test_situations_and_calculators_are_listed_and_read(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    assert {"id": "R01", "zh": "拖欠工资", "en": "Unpaid wages", "status": "verified"} in program.get("/topics").json()
    assert program.get("/topics/R01").json()["zh"] == "拖欠工资"
    problem(program.get("/topics/R99"), 404, "not_found")
    assert {"C1", "C2"} <= {row["id"] for row in program.get("/calculators").json()}


def test_a_calculator_gives_its_working_or_asks(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    facts = {
        "hired": "2020-01-01",
        "ended": "2024-06-30",
        "average_wage": "5200",
        "min_wage": "1800",
        "avg_wage_local": "8000",
    }
    done = program.post("/calculators/C1", {"facts": facts}).json()
    assert done["amount"] == "26000.00" and any("5,200 × 5 = 26,000" in step for step in done["steps"])
    assert program.post("/calculators/C1", {"facts": {}}).json()["missing"]
    problem(program.post("/calculators/C1", {"facts": {"hired": "never"}}), 422, "invalid")
    problem(program.post("/calculators/C999", {"facts": {}}), 404, "not_found")
