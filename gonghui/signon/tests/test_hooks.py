"""An app is told of what a worker applied for after coming from it — when the worker said so, and no more than that."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from gonghui.api.tests.receiver import receiver
from gonghui.api.tests.test_webhooks import work
from gonghui.appeals.tests.conftest import house, own_files
from gonghui.appeals.tests.support import House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.times import time_shifted
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions as services
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods
from gonghui.signon import app_hooks, consents
from gonghui.signon.models import AppMatter
from gonghui.signon.tests.support import an_app

pytestmark = pytest.mark.django_db


__all__ = ["house", "own_files"]


@pytest.fixture
def _stock(house: House) -> None:
    goods(5)


def hooked(app: object, url: str) -> None:
    """The app registers its address by its own key, as its programmers would."""
    key = app_hooks.new_key(SYSTEM, app)  # type: ignore[arg-type]
    made = Client().post(
        "/api/v1/webhooks", {"url": url, "events": []}, content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    assert made.status_code == 201, made.content.decode()
    matters = Client().get("/api/v1/matters", headers={"Authorization": f"Bearer {key}"})
    assert matters.status_code == 403, "the key reads nothing"


def apply(account: Account, number: int, via: str = "web") -> str:
    values = {**KIT, "id_no": ID_NUMBERS[number]}
    handed = services.apply(actor_for(account, via=via), services.service_for("M04", "520102"), values)
    return str(handed.matter.number)


@pytest.mark.usefixtures("_stock")
def test_only_what_was_made_from_the_app_and_agreed_to_is_told_by_number_and_state() -> None:
    app, _secret = an_app("profile", "applications")
    other, _other_secret = an_app("applications", name="乙公司")
    agreed, silent = Account.objects.create_worker("13800138000"), Account.objects.create_worker("13900139000")
    asked = ["openid", "applications"]
    grant = consents.give(actor_for(agreed), agreed, app, asked, ["applications"])
    consents.give(actor_for(silent), silent, app, asked, [])
    with receiver() as server, receiver() as elsewhere:
        hooked(app, server.url)
        hooked(other, elsewhere.url)
        number = apply(agreed, 0, f"app:{app.client_id}")
        apply(silent, 1, f"app:{app.client_id}")
        apply(silent, 2)
        work()
        got = [json.loads(body) for _headers, body in server.got]
        assert [event["data"]["number"] for event in got] == [number]
        assert got[0]["type"] == "application.state"
        assert set(got[0]["data"]) == {"type", "number", "state", "open", "sub"}
        assert got[0]["data"]["sub"] == grant.subject
        assert not elsewhere.got


@pytest.mark.usefixtures("_stock")
def test_after_the_withdrawal_nothing_is_told_that_was_still_waiting() -> None:
    app, _secret = an_app("applications")
    account = Account.objects.create_worker("13800138000")
    consents.give(actor_for(account), account, app, ["openid", "applications"], ["applications"])
    with receiver() as server:
        hooked(app, server.url)
        apply(account, 0, f"app:{app.client_id}")
        consents.withdraw(actor_for(account), account, app)
        work()
        assert not server.got and not AppMatter.objects.exists()


def test_the_apps_link_marks_the_session_and_leads_to_our_own_pages_only() -> None:
    app, _secret = an_app("applications")
    browser = Client()
    answer = browser.get("/signon/go/", {"client": app.client_id, "next": "/services/M04/"})
    assert answer["Location"] == "/accounts/sign-in/?next=%2Fservices%2FM04%2F"
    sign_in(browser, Account.objects.create_worker("13800138000"))
    assert (
        browser.get("/signon/go/", {"client": app.client_id, "next": "/services/M04/"})["Location"] == "/services/M04/"
    )
    assert browser.get("/services/M04/").wsgi_request.actor.via == f"app:{app.client_id}"  # type: ignore[attr-defined]
    with time_shifted(timedelta(hours=3)):
        assert browser.get("/services/M04/").wsgi_request.actor.via == "web"  # type: ignore[attr-defined]
    away = browser.get("/signon/go/", {"client": app.client_id, "next": "https://evil.example/"})
    assert away["Location"] == "/"
    assert browser.get("/signon/go/", {"client": "none"}).status_code == 404
