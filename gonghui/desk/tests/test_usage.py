"""智脑用量: who manages an organisation sees what the models cost it and those below it, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import reverse

from gonghui.appeals import queries
from gonghui.appeals.actions import assistant
from gonghui.appeals.models import ModelCall
from gonghui.appeals.tests.support import CITY, COUNTY, FAR_COUNTY, PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.times import now, today

URL = reverse("desk:usage")


@pytest.fixture(autouse=True)
def own_account(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Ten yuan a day, the county two."""
    settings.VAR_DIR = tmp_path
    file = tmp_path / "gateway.yaml"
    raw = {
        "providers": {"local": {"form": "local", "clearance": "personal", "models": {"planner": {"kind": "chat"}}}},
        "quotas": {"daily_yuan": 10, "organisations": {COUNTY: 2}},
        "tasks": {"summarise": {"kind": "chat", "route": ["local/planner"], "prompt": "summarise"}},
    }
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    settings.GATEWAY_FILE = str(file)
    assistant._gateway.cache_clear()
    yield
    assistant._gateway.cache_clear()


def called(path: str, yuan: str = "0.5", *, days_ago: int = 0, **more: Any) -> ModelCall:
    fields = {"task": "summarise", "provider": "far", "model": "m", "tokens_in": 100, "tokens_out": 20, "outcome": "ok"}
    return ModelCall.objects.create(
        **fields | {"at": now(), "day": today() - timedelta(days=days_ago), "path": path,
                    "microyuan": int(Decimal(yuan) * 1_000_000)} | more
    )  # fmt: skip


def cells(page: str) -> list[list[str]]:
    """The table's rows as they are read."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.S)
    return [re.findall(r">([^<]*)</t[dh]>", row) for row in rows]


def test_calls_of_a_day_are_counted_by_organisation_and_model(house: House, at_desk: SignedIn) -> None:
    called(COUNTY)
    called(COUNTY, "0.25", outcome="invented_article")
    called(COUNTY, "0.1", model="other")
    called(COUNTY, "1", days_ago=1)
    page = at_desk("supervisor", COUNTY).get(URL).content.decode()
    day, before = str(today()), str(today() - timedelta(days=1))
    assert cells(page) == [
        [day, "南明区总工会", "far/m", "2", "200", "40", "0.7500", "1", "1.15"],
        [day, "南明区总工会", "far/other", "1", "100", "20", "0.1000", "0", "1.15"],
        [before, "南明区总工会", "far/m", "1", "100", "20", "1.0000", "0", "1.00"],
    ]
    total = at_desk("supervisor", COUNTY).get(URL, {"by": "total", "days": "30"}).content.decode()
    assert cells(total) == [
        ["南明区总工会", "far/m", "3", "300", "60", "1.7500", "1", "1.15"],
        ["南明区总工会", "far/other", "1", "100", "20", "0.1000", "0", "1.15"],
    ]
    assert len(cells(at_desk("supervisor", COUNTY).get(URL, {"days": "1"}).content.decode())) == 2


def test_an_organisation_sees_itself_and_those_below_only(house: House, at_desk: SignedIn) -> None:
    for path in (PROVINCE, CITY, COUNTY, FAR_COUNTY):
        called(path)
    for role, path, names in (
        ("admin", PROVINCE, {"贵州省总工会", "贵阳市总工会", "南明区总工会", "钟山区总工会"}),
        ("leader", CITY, {"贵阳市总工会", "南明区总工会"}),
        ("supervisor", FAR_COUNTY, {"钟山区总工会"}),
    ):
        page = at_desk(role, path).get(URL).content.decode()
        assert {row[1] for row in cells(page)} == names
        assert set(re.findall(r'<option value="cn[^"]*"[^>]*>([^<]*)<', page)) == names
    # Naming another's path shows nothing of it.
    foreign = at_desk("supervisor", FAR_COUNTY).get(URL, {"path": COUNTY}).content.decode()
    assert {row[1] for row in cells(foreign)} == {"钟山区总工会"}
    one = at_desk("admin", PROVINCE).get(URL, {"path": COUNTY}).content.decode()
    assert {row[1] for row in cells(one)} == {"南明区总工会"}


def test_a_duty_that_manages_nothing_opens_no_other_organisation(house: House) -> None:
    """Who supervises one county and handles in another sees the money of the first."""
    called(COUNTY)
    called(FAR_COUNTY)
    actor = house.also(house.person("supervisor", COUNTY), "handler", FAR_COUNTY)
    assert [row.path for row in queries.model_usage(actor, 7).rows] == [COUNTY]


def test_money_under_way_is_not_left(house: House, at_desk: SignedIn) -> None:
    called(COUNTY, "0.5")
    assert assistant.gateway().ledger.hold(COUNTY, Decimal("1.2"), Decimal(2))
    assert cells(at_desk("admin", COUNTY).get(URL).content.decode())[0][-1] == "0.30"
    called(COUNTY, "5")
    assert cells(at_desk("admin", COUNTY).get(URL).content.decode())[0][-1] == "0.00"


def test_a_page_without_calls_says_so(house: House, at_desk: SignedIn) -> None:
    client = at_desk("admin", COUNTY)
    assert "这段时间没有用过模型" in client.get(URL).content.decode()
    called(COUNTY, days_ago=20)
    assert "这段时间没有用过模型" in client.get(URL, {"days": "x"}).content.decode()
    assert "这个单位这段时间没有用过模型" in client.get(URL, {"path": COUNTY}).content.decode()
    assert len(cells(client.get(URL, {"days": "30"}).content.decode())) == 1


def test_what_the_handler_asks_is_on_the_page(house: House, at_desk: SignedIn) -> None:
    matter = house.handling(house.receive().matter)
    at_desk("handler", COUNTY).post(reverse("desk:ask_brain", args=[matter.pk]), {"task": "summarise"})
    (row,) = cells(at_desk("supervisor", PROVINCE).get(URL).content.decode())
    assert row[1:4] == ["南明区总工会", "local/planner", "1"]


def test_too_many_rows_are_cut_and_said(house: House, at_desk: SignedIn) -> None:
    call = called(COUNTY)
    copies = [ModelCall.objects.get(pk=call.pk) for _ in range(queries.USAGE_ROWS)]
    for number, copy in enumerate(copies):
        copy.pk, copy.model = None, f"m{number:04d}"
    ModelCall.objects.bulk_create(copies)
    page = at_desk("admin", COUNTY).get(URL).content.decode()
    assert len(cells(page)) == queries.USAGE_ROWS
    assert f"只显示前 {queries.USAGE_ROWS} 行" in page


def test_the_page_asks_the_database_the_same_few_questions_however_much_there_is(
    house: House, at_desk: SignedIn, django_assert_max_num_queries: Any
) -> None:
    for path in (PROVINCE, CITY, COUNTY, FAR_COUNTY):
        for days_ago in range(5):
            called(path, days_ago=days_ago)
    client = at_desk("admin", PROVINCE)
    client.get(URL)
    with django_assert_max_num_queries(16):
        client.get(URL)
