"""Every address of the API, as it is described, asked by a foreign organisation about a case that is not its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gonghui.api.rules import scopes
from gonghui.api.tests.support import APPEAL, BASE, Program
from gonghui.appeals import actions
from gonghui.appeals.tests.support import ABROAD, COUNTY, ENTERPRISE, OTHER_COUNTY, PROVINCE, House, run_outbox
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.knowledge import answers
from gonghui.law.advice import advise
from gonghui.law.store import LawStore

SECRETS: dict[str, Any] = {"reporter_name": "诸葛明月", "phone": "13912345678", "employer_name": "星海科技有限公司"}
TITLE = "星海公司三个月没发工资"


class Case:
    def __init__(self, house: House) -> None:
        received = house.receive(title=TITLE, **SECRETS)
        self.appeal = received.appeal
        self.matter: Matter = house.handling(received.matter)
        actions.note(house.person("handler", COUNTY), self.matter, "对方已联系")
        run_outbox()
        owner = Program(COUNTY, "webhooks:manage")
        plan = advise("老板拖欠工资")
        self.answer = answers.keep(house.person("handler", COUNTY), plan, text=TITLE, way="desk", matter=self.matter)
        self.hook = owner.post("/webhooks", {"url": "https://county.example/hook"}).json()

    def traces(self) -> list[str]:
        """What no stranger's answer may hold."""
        return [
            self.matter.number,
            self.appeal.number,
            self.appeal.query_code,
            TITLE,
            *SECRETS.values(),
            "county.example",
        ]


def addresses(case: Case) -> Iterator[tuple[str, str]]:
    """(method, address) of every operation, its parameters filled with the foreign case's."""
    filled = {
        "{number}": case.appeal.number,
        "{matter_id}": str(case.matter.pk),
        "{name}": "submit",
        "/topics/{code}": "/topics/R01",
        "/calculators/{code}": "/calculators/C1",
        "{answer_id}": str(case.answer.pk),
        "{webhook_id}": str(case.hook["id"]),
        "{article_id}": LawStore.default().search("工资", k=1)[0].article.id,
    }
    for path, methods in Client().get(f"{BASE}/openapi.json").json()["paths"].items():
        for method in methods:
            address = path.removeprefix(BASE)
            for name, value in filled.items():
                address = address.replace(name, value)
            assert "{" not in address, f"say in this test what {path} is to be asked about"
            yield method.upper(), address


@pytest.mark.parametrize(
    ("path", "scope"),
    [*((OTHER_COUNTY, scope) for scope in scopes()), *((path, "all") for path in (OTHER_COUNTY, ABROAD, ENTERPRISE))],
)
def test_no_answer_tells_a_foreign_organisation_of_the_case(house: House, path: str, scope: str) -> None:
    case = Case(house)
    before = Matter.objects.values().get(pk=case.matter.pk)
    entries = TrailEntry.objects.count()
    program = Program(path, *(scopes() if scope == "all" else [scope]))
    asked = {
        "since": "2020-01-01", "until": "2999-01-01", "q": "工资", "path": PROVINCE, "below": PROVINCE,
        "text": "补充一句", "keep": case.appeal.number, "reason": "看看", "data": {},
        "url": "https://example.org/", "active": False,
    }  # fmt: skip
    for method, address in addresses(case):
        answers = []
        if method == "GET":
            answers = [program.get(address), program.get(address, asked)]
        elif address.endswith("/materials"):
            answers = [program.client.post(BASE + address, {"text": "x"}, headers=program.headers())]
        else:
            body: dict[str, Any] = APPEAL if address == "/appeals" else asked
            answers = [program.client.generic(
                method, BASE + address, json.dumps(body), content_type="application/json",
                headers=program.headers(),
            )]  # fmt: skip
        for answer in answers:
            text = answer.content.decode()
            assert answer.status_code < 500, (method, address, text)
            found = [trace for trace in case.traces() if trace in text]
            # The walk itself asks by the number: an error may repeat nothing of it either.
            assert not found, (method, address, found)
            if {str(case.matter.pk), str(case.hook["id"]), case.appeal.number} & set(address.split("/")):
                assert answer.status_code in (403, 404, 422), (method, address, answer.status_code)
    assert Matter.objects.values().get(pk=case.matter.pk) == before
    assert not TrailEntry.objects.filter(matter=case.matter, actor_kind="api").exists()
    assert TrailEntry.objects.count() >= entries


def test_the_walk_finds_the_case_where_it_may(house: House) -> None:
    """The same questions by the organisation that handles it do find it: the walk is able to see a leak."""
    case = Case(house)
    program = Program(COUNTY, *scopes())
    texts = [program.get(address).content.decode() for method, address in addresses(case) if method == "GET"]
    assert any(case.matter.number in text for text in texts)
    assert any(case.appeal.number in text for text in texts)
