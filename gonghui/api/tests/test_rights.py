"""The law through the API: advice, situations, calculators."""

from __future__ import annotations

from gonghui.api.tests.support import BASE, Program, problem
from gonghui.appeals.tests.support import ABROAD, PROVINCE, House
from gonghui.organisations.models import Office

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"


def test_advice_has_all_that_an_answer_needs(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    data = program.post("/advice", {"text": UNPAID, "facts": {"employer_kind": "site"}}).json()
    assert data["topics"][0]["id"] in ("R01", "R02")
    assert data["facts"]["employer_kind"] == "site"
    assert data["text"].startswith("【")
    assert all({"id", "law", "article"} <= set(c) for r in data["rights"] for c in r["citations"])


def test_advice_tells_the_offices_of_the_region(house: House) -> None:
    Office.objects.create(
        body="B1",
        region_id="520102",
        name="南明区监察大队",
        address="甲路 1 号",
        source="区政府网站",
        checked_on="2026-01-05",
    )
    program = Program(PROVINCE, "appeals:read")
    data = program.post("/advice", {"text": UNPAID, "region": "520102"}).json()
    [office] = next(row["offices"] for row in data["bodies"] if row["code"] == "B1")
    assert (office["name"], office["address"], office["checked_on"]) == ("南明区监察大队", "甲路 1 号", "2026-01-05")
    assert "甲路 1 号" in data["text"]
    other = program.post("/advice", {"text": UNPAID, "region": "520103"}).json()
    assert all(row["offices"] == [] for row in other["bodies"] if row["code"] != "U")
    assert other["version"] == data["version"]


def test_advice_is_english_where_english_is_asked_for(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    body = {"text": UNPAID, "facts": {"employer_kind": "company"}}
    address, english = f"{BASE}/advice", program.headers({"Accept-Language": "en"})
    said = program.client.post(address, body, content_type="application/json", headers=english).json()
    assert said["text"].startswith("[Unpaid wages]") and said["rights"][0]["text"].startswith("Wages must be paid")
    assert said["steps"][0]["do"].startswith("First demand") and said["topics"][0]["zh"] == "拖欠工资"
    assert program.post("/advice", body).json()["rights"][0]["text"].startswith("工资要用钱")
    facts = {"facts": {"hired": "2024-01-01", "ended": "2020-01-01"}}
    address = f"{BASE}/calculators/C1"
    wrong = program.client.post(address, facts, content_type="application/json", headers=english).json()
    assert wrong["errors"][0]["detail"] == "The last working day cannot be before the first day of work"
    fields = program.client.get(f"{BASE}/calculators", headers=english).json()[0]["fields"]
    assert fields[0]["ask"] == "On which day did you start work at this employer?"


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


def test_an_answer_is_kept_with_its_appeal_and_given_again(house: House) -> None:
    appeal = house.receive().appeal
    program = Program(PROVINCE, "appeals:read", "appeals:write")
    told = program.post("/advice", {"text": UNPAID, "keep": appeal.number}).json()
    again = program.get(told["kept"]["url"].removeprefix("/api/v1")).json()
    assert again["text"] == told["text"] and again["version"] == told["version"] and not again["changed"]
    problem(
        Program(PROVINCE, "appeals:read").post("/advice", {"text": UNPAID, "keep": appeal.number}), 403, "not_allowed"
    )
    problem(program.post("/advice", {"text": UNPAID, "keep": "12351-000000-20260101-00001"}), 404, "not_found")
    problem(Program(ABROAD, "appeals:read").get(f"/answers/{told['kept']['id']}"), 404, "not_found")
    assert "kept" not in program.post("/advice", {"text": UNPAID}).json()
