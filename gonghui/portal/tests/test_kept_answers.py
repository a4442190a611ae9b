"""Answers kept as they were told: by a worker, with an appeal sent from the rights page, and gone with the worker."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection  # noqa: F401 - named by the condition of a mark
from django.test import Client

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, House
from gonghui.kernel.actor import ANONYMOUS, SYSTEM
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import bind
from gonghui.knowledge import answers
from gonghui.knowledge.models import KeptAnswer
from gonghui.law.advice import advise
from gonghui.people.actions import erase, own_data
from gonghui.people.models import Account
from gonghui.people.testing import worker_client

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给，我的电话是13912345678"
pytestmark = pytest.mark.django_db


def told_of(page: str) -> str:
    found = re.search(r'name="told" value="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&quot;", '"')


def send(client: Client, told: str) -> Appeal:
    """The intake, from the rights page to its end."""
    where = client.post("/ask/", {"description": UNPAID, "told": told}).headers["Location"]
    token = where.strip("/").split("/")[1]
    client.post(f"/ask/{token}/contact/", {"how": "anonymous"})
    client.post(f"/ask/{token}/check/", {"consent": "on", "confirmed": "on"})
    return Appeal.objects.get()


def test_an_appeal_sent_from_the_answer_brings_the_answer_along(house: House, client: Client) -> None:
    page = client.post("/rights/", {"text": UNPAID, "employer_kind": "site", "iou": "unknown"}).content.decode()
    send(client, told_of(page))
    row = KeptAnswer.objects.get()
    assert row.matter == Matter.objects.get() and row.way == "worker" and row.owner_id is None
    asked = json.loads(row.asked_json)
    assert asked["facts"]["employer_kind"] == "site" and "iou" in asked["unknown"]
    assert "13912345678" not in row.asked_json + row.answer_json
    assert "总包单位要先垫付" in row.answer_json


@pytest.mark.parametrize("told", ["", "[]", "{", '{"facts": {"owed": "x", "no": 1}, "topics": 7}', '{"facts": 3}'])
def test_whatever_a_browser_sends_along_the_appeal_arrives(house: House, client: Client, told: str) -> None:
    assert send(client, told).description == UNPAID


def test_a_worker_keeps_an_answer_reads_it_and_deletes_it(house: House) -> None:
    client = worker_client()
    where = client.post("/rights/", {"text": UNPAID, "keep": "1"}).headers["Location"]
    assert "拖欠工资" in client.get(where).content.decode()
    assert where in client.get("/rights/kept/").content.decode()
    stranger = worker_client("13700137000")
    assert stranger.get(where).status_code == 404 and stranger.post(where).status_code == 404
    assert Client().get(where).status_code == 404
    client.post(where)
    assert not KeptAnswer.objects.exists() and "还没有保存过" in client.get("/rights/kept/").content.decode()


def test_a_visitor_keeps_nothing(house: House, client: Client) -> None:
    assert client.post("/rights/", {"text": UNPAID, "keep": "1"}).status_code == 200
    assert not KeptAnswer.objects.exists()


def test_what_a_worker_kept_is_in_their_file_and_goes_with_them(house: House) -> None:
    worker_client().post("/rights/", {"text": UNPAID, "keep": "1"})
    account = Account.objects.get(kind="worker")
    assert own_data(account)["kept_answers"][0]["answer"]["topics"]
    erase(SYSTEM, account.pk)
    assert not KeptAnswer.objects.exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="row-level security is PostgreSQL's")
def test_the_database_itself_shows_a_kept_answer_to_nobody_else(house: House) -> None:
    matter = house.handling(house.receive().matter)
    plan = advise(UNPAID)
    answers.keep(house.person("handler", COUNTY), plan, text=UNPAID, way="desk", matter=matter)
    answers.keep(house.worker("13700137000"), plan, text=UNPAID, way="worker")
    seen = []
    for actor in (house.person("handler", COUNTY), house.person("handler", FAR_COUNTY), house.worker("13700137000")):
        with bind(actor):
            seen.append(KeptAnswer.objects.count())
    with bind(ANONYMOUS):
        assert not KeptAnswer.objects.exists()
    assert seen == [1, 0, 1]
