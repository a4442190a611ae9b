"""The public search through the API: typed, paged, near first, and nothing of anybody's matters."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gonghui.api.tests.support import APPEAL, BASE, Program, lodge, problem
from gonghui.appeals.tests.support import PROVINCE, House


@pytest.fixture
def program(house: House) -> Program:
    return Program(PROVINCE, "appeals:write")


@pytest.mark.parametrize(
    ("asked", "kind", "key"),
    [
        ("暖新礼包", "services", "M04"),
        ("nuanxin libao", "services", "M04"),
        ("劳动合同法", "laws", "中华人民共和国劳动合同法"),
    ],
)
def test_what_is_asked_for_comes_first(program: Program, asked: str, kind: str, key: str) -> None:
    found = program.get("/search", {"q": asked}).json()
    first = found["items"][0]
    assert (first["type"], first["key"]) == (kind, key) and first["url"].startswith("http://testserver/")
    assert found["types"][0]["type"] == kind and found["total"] >= len(found["items"])


def test_one_source_page_by_page(program: Program) -> None:
    """Every hit once, in one order, by the address that the answer gives."""
    whole = program.get("/search", {"q": "劳动", "type": "laws", "limit": 50}).json()
    assert whole["total"] > 4 and {one["type"] for one in whole["items"]} == {"laws"}
    seen: list[str] = []
    answer = program.get("/search", {"q": "劳动", "type": "laws", "limit": 2})
    while True:
        seen += [one["key"] for one in answer.json()["items"]]
        following = answer.json()["next_offset"]
        assert (following is None) == ("Link" not in answer)
        if following is None or len(seen) >= len(whole["items"]):
            break
        address = answer["Link"].partition(">")[0].removeprefix("<http://testserver" + BASE)
        answer = program.get(address)
    assert seen[: len(whole["items"])] == [one["key"] for one in whole["items"]]


def test_in_the_readers_language(program: Program) -> None:
    found = program.get("/search", {"q": "welcome kit"}, **{"Accept-Language": "en"}).json()
    assert found["items"][0]["title"] == "Welcome kit for new members"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"q": " "}, "q"),
        ({"q": "x" * 101}, "q"),
        ({"q": "礼包", "type": "people"}, "type"),
        ({"q": "礼包", "offset": -1}, "offset"),
    ],
)
def test_a_wrong_question_is_told_by_its_field(program: Program, query: dict[str, Any], field: str) -> None:
    found = problem(program.get("/search", query), 422, "invalid")
    assert [one["field"] for one in found["errors"]] == [field]


def test_only_for_programs_and_nothing_of_people(program: Program) -> None:
    number = lodge(program)["number"]
    for words in (number, APPEAL["reporter_name"], APPEAL["phone"]):
        text = program.get("/search", {"q": words}).content.decode()
        assert number not in text and APPEAL["phone"] not in text
    assert Client().get(f"{BASE}/search", {"q": "礼包"}).status_code == 401
