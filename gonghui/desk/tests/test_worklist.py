"""The worklist: filters, paging, bulk steps, and a number of queries that does not grow with what it shows."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, PROVINCE, House, order_of
from gonghui.desk.rows import time_left
from gonghui.desk.tests.conftest import SignedIn
from gonghui.desk.views.worklist import PAGE_SIZE
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now

COUNTS = Path(__file__).parent / "query_counts.json"
LIST = "desk:worklist"


def titles(client: Client, **query: str) -> list[str]:
    page = client.get(reverse(LIST), query)
    assert page.status_code == 200
    return re.findall(r"data-open>([^<]+)</a>", page.content.decode())


def many(house: House, number: int, start: int = 0) -> None:
    for index in range(start, start + number):
        house.receive(phone=f"138{index:08d}", title=f"第{index}件")


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_rows(house: House, at_desk: SignedIn) -> None:
    """The counts are kept in query_counts.json: a page that needs more than before must say so there."""
    dispatcher, callback = at_desk("dispatcher", PROVINCE), at_desk("callback", PROVINCE)
    many(house, 5)
    pages: dict[str, tuple[Any, str]] = {
        "worklist": (dispatcher, reverse(LIST)),
        "home": (dispatcher, reverse("desk:home")),
        "supervision": (dispatcher, reverse("desk:supervision")),
        "callbacks": (callback, reverse("desk:callbacks")),
        "overview": (dispatcher, reverse("desk:overview")),
    }
    few = {name: queries_of(client, url) for name, (client, url) in pages.items()}
    many(house, 45, start=5)
    lots = {name: queries_of(client, url) for name, (client, url) in pages.items()}
    assert lots == few
    matter = Matter.objects.order_by("pk").first()
    assert matter is not None
    few["matter"] = queries_of(dispatcher, reverse("desk:matter", args=[matter.pk]))
    known = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    more = {name: count for name, count in few.items() if count > known.get(name, 0)}
    assert not more, f"more queries than {COUNTS.name} allows: {more}"


def test_pages_go_forward_and_back_without_losing_or_repeating(house: House, at_desk: SignedIn) -> None:
    many(house, PAGE_SIZE + 7)
    client = at_desk("dispatcher", PROVINCE)
    first = client.get(reverse(LIST)).content.decode()
    forward = re.search(r'rel="next" href="([^"]+)"', first)
    assert forward is not None
    second = client.get(reverse(LIST) + forward.group(1).replace("&amp;", "&")).content.decode()
    shown = [set(re.findall(r'name="matter" value="(\d+)"', page)) for page in (first, second)]
    assert [len(ids) for ids in shown] == [PAGE_SIZE, 7]
    assert not shown[0] & shown[1]
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back is not None
    again = client.get(reverse(LIST) + back.group(1).replace("&amp;", "&")).content.decode()
    assert set(re.findall(r'name="matter" value="(\d+)"', again)) == shown[0]


def test_filters_narrow_the_list(house: House, at_desk: SignedIn) -> None:
    house.receive(title="甲")
    mine = house.handling(house.receive(phone="13800138001", title="乙").matter)
    house.triaged(house.receive(phone="13800138002", title="丙").matter, urgency="P2", category="0401")
    dispatcher, handler = at_desk("dispatcher", PROVINCE), at_desk("handler", COUNTY)
    assert set(titles(dispatcher)) == {"甲", "乙", "丙"}
    assert titles(dispatcher, state="registered") == ["甲"]
    assert titles(dispatcher, priority="2") == ["丙"]
    assert titles(dispatcher, category="04") == ["丙"]
    assert titles(dispatcher, path=COUNTY) == ["乙"]
    assert titles(dispatcher, path=OTHER_COUNTY) == []
    assert titles(handler, who="mine") == ["乙"]
    assert titles(dispatcher, light="red") == []
    past = now() - timedelta(days=3)
    Matter.objects.filter(pk=mine.pk).update(due_at=past)
    mine.scopes.update(due_at=past)
    assert titles(dispatcher, light="red") == ["乙"]
    assert set(titles(dispatcher, since=f"{now():%Y-%m-%d}")) == {"甲", "乙", "丙"}
    assert titles(dispatcher, until="2020-01-01") == []
    assert titles(dispatcher, closed="1") == []


@pytest.mark.parametrize(
    "query",
    ["since=never", "until=2026-13-45", "priority=9", "order=sideways", "cursor=broken", "path=cn.62", "state=%3Cb%3E"],
)
def test_an_address_that_makes_no_sense_is_no_error(query: str, house: House, at_desk: SignedIn) -> None:
    house.receive()
    assert at_desk("dispatcher", PROVINCE).get(f"{reverse(LIST)}?{query}").status_code == 200


def test_search_finds_by_phone_number_and_words(house: House, at_desk: SignedIn) -> None:
    received = house.receive(phone="139 1234 5678", title="电话能找到的一件")
    house.receive(phone="13800138001", title="另外一件")
    client = at_desk("dispatcher", PROVINCE)
    for words in ("13912345678", received.appeal.number, received.matter.number, "能找到"):
        response = client.get(reverse("desk:search"), {"q": words})
        assert response.status_code == 302
        assert response["Location"] == reverse("desk:matter", args=[received.matter.pk]), words
    both = client.get(reverse("desk:search"), {"q": "一件"}, follow=True)
    assert both.status_code == 200
    assert "电话能找到的一件" in both.content.decode()
    assert "另外一件" in both.content.decode()


def test_several_matters_are_accepted_at_once_and_failures_are_named(house: House, at_desk: SignedIn) -> None:
    first = house.dispatched(house.receive().matter)
    second = house.dispatched(house.receive(phone="13800138001").matter)
    third = house.handling(house.receive(phone="13800138002").matter)
    client = at_desk("handler", COUNTY)
    data = {"matter": [first.pk, second.pk, third.pk], "step": "accept", "back": reverse(LIST)}
    page = client.post(reverse("desk:bulk"), data, follow=True).content.decode()
    assert [Matter.objects.get(pk=m.pk).state for m in (first, second, third)] == ["accepted", "accepted", "handling"]
    assert "已办理 2 件" in page
    assert third.number in page


def test_a_bulk_step_that_asks_for_something_asks_once(house: House, at_desk: SignedIn) -> None:
    matters = [house.dispatched(house.receive(phone=f"1380013800{n}").matter) for n in range(3)]
    client = at_desk("supervisor", PROVINCE)
    ids = [matter.pk for matter in matters]
    asked = client.post(reverse("desk:bulk"), {"matter": ids, "step": "supervise"})
    assert asked.status_code == 200
    assert 'name="message"' in asked.content.decode()
    wrong = client.post(
        reverse("desk:bulk"), {"matter": ids, "step": "supervise", "confirmed": "1", "kind": "reminder"}
    )
    assert wrong.status_code == 422
    assert 'id="id_message_error"' in wrong.content.decode()
    data = {"matter": ids, "step": "supervise", "confirmed": "1", "kind": "reminder", "message": "请抓紧"}
    assert client.post(reverse("desk:bulk"), data).status_code == 302
    assert [order_of(matter).letters.filter(text="请抓紧").count() for matter in matters] == [1, 1, 1]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_bulk_step_never_leads_to_another_site(back: str, house: House, at_desk: SignedIn) -> None:
    response = at_desk("handler", COUNTY).post(reverse("desk:bulk"), {"step": "accept", "back": back})
    assert response["Location"] == reverse(LIST)


def test_only_marked_steps_may_be_taken_in_bulk(house: House, at_desk: SignedIn) -> None:
    matter = house.handling(house.receive().matter)
    client = at_desk("handler", COUNTY)
    client.post(reverse("desk:bulk"), {"matter": [matter.pk], "step": "submit", "confirmed": "1"})
    assert Matter.objects.get(pk=matter.pk).state == "handling"


def test_the_unit_list_leads_down_from_ones_own_organisation(house: House, at_desk: SignedIn) -> None:
    client = at_desk("dispatcher", PROVINCE)
    top = client.get(reverse(LIST)).content.decode()
    assert f'value="{CITY}"' in top
    assert f'value="{COUNTY}"' not in top
    below = client.get(reverse(LIST), {"path": CITY}).content.decode()
    assert f'value="{COUNTY}"' in below
    assert 'value="cn.62"' not in client.get(reverse(LIST), {"path": "cn.62"}).content.decode()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (30, "还有30分钟"),
        (150, "还有2小时30分"),
        (1500, "还有1天1小时"),
        (10080, "还有7天"),
        (-60, "已过1小时0分"),
        (-8640, "已过6天"),
    ],
)
def test_the_time_left_is_said_in_words(minutes: int, words: str) -> None:
    at = now()
    assert time_left(at + timedelta(minutes=minutes), at) == words
