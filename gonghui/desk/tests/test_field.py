"""走访登记: what a device sends when it has a network again arrives once, or is refused with a sentence beside it."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import COUNTY, TEXT, House
from gonghui.desk.tests.conftest import SignedIn

RECORD = {
    "once": "0d5f5c0e-0000-4000-8000-000000000001",
    "description": TEXT,
    "place": "南明区",
    "employer_name": "甲厂有限公司",
    "people_count": "3",
    "phone": "13800138000",
    "reporter_name": "王小明",
    "anonymous": False,
    "disclose_ok": False,
    "consent": True,
    "written_at": "2026-03-02T09:30:00+08:00",
}


def send(client: Client, record: dict[str, Any]) -> Any:
    return client.post(reverse("desk:field_sync"), json.dumps(record), content_type="application/json")


def test_a_record_of_a_visit_becomes_one_appeal_however_often_it_is_sent(house: House, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    first, second = send(client, RECORD), send(client, RECORD)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    appeal = Appeal.objects.get()
    assert (appeal.channel, appeal.work_region, appeal.people_count) == ("onsite", "520102", 3)
    assert appeal.written_at is not None and appeal.written_at.isoformat() == "2026-03-02T01:30:00+00:00"
    assert appeal.number == first.json()["number"]


def test_a_record_that_cannot_be_taken_says_why_and_is_not_stored(house: House, at_desk: SignedIn) -> None:
    client = at_desk("handler", COUNTY)
    for wrong, field in (({"place": "没有这个地方"}, "place"), ({"description": " "}, "description")):
        answer = send(client, {**RECORD, **wrong})
        assert answer.status_code == 422
        assert answer.json()["errors"][field]
    assert client.post(reverse("desk:field_sync"), b"{", content_type="application/json").status_code == 400
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client.cookies
    token = browser.get(reverse("desk:field_token")).json()["csrf"]
    form = browser.post(reverse("desk:field_sync"), {"csrfmiddlewaretoken": token, "once": "1"})
    assert form.status_code == 400, "a form is no record, and no fault of ours"
    assert not Appeal.objects.exists()


def test_only_those_who_meet_workers_take_records(house: House, at_desk: SignedIn) -> None:
    assert send(at_desk("analyst", "cn"), RECORD).status_code == 403
    assert at_desk("handler", COUNTY).get(reverse("desk:field")).status_code == 200
    assert Client().get(reverse("desk:field")).status_code == 302
