"""The provider's endpoints on whatever database: from the question to the tokens, and what is written down of it."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.models import TrailEntry
from gonghui.people.models import Account
from gonghui.people.testing import sign_in, staff_account
from gonghui.signon import registry
from gonghui.signon.models import Client as App
from gonghui.signon.models import Token
from gonghui.signon.rules import numbers
from gonghui.signon.tests.support import BACK, COUNTY, an_app

pytestmark = pytest.mark.django_db
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


def question(app: App, **changed: str) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": app.client_id, "redirect_uri": BACK, "scope": "openid offline_access",
        "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changed,
    }  # fmt: skip


def code_of(browser: Client, app: App, **changed: str) -> str:
    """Agree to everything and take the code out of the page that goes on to the app."""
    page = browser.get("/signon/authorize/", question(app, **changed)).content.decode()
    action = re.search(r'action="(/signon/consent/[^"]+)"', page)
    assert action is not None, page
    agreed = browser.post(unescape(action[1]), {"decision": "agree", "scope_granted": list(app.scopes)})
    address = re.search(r'content="0;url=([^"]+)"', agreed.content.decode())
    assert address is not None
    return parse_qs(urlsplit(unescape(address[1])).query)["code"][0]


def ask(app: App, secret: str, endpoint: str = "token", **form: str) -> Any:
    basic = b64encode(f"{app.client_id}:{secret}".encode()).decode()
    return Client().post(f"/signon/{endpoint}/", form, headers={"Authorization": f"Basic {basic}"})


def userinfo(access: str) -> Any:
    return Client().get("/signon/userinfo/", headers={"Authorization": f"Bearer {access}"})


def verbs(account: Account) -> list[str]:
    rows = TrailEntry.objects.filter(stream=f"account:{account.pk}").order_by("seq")
    return [verb for verb in rows.values_list("verb", flat=True) if verb != "consent"]


def test_from_the_question_to_tokens_that_turn_and_end() -> None:
    app, secret = an_app("profile", "offline_access")
    account = Account.objects.create_worker("13800138000")
    browser = sign_in(Client(), account)
    exchange = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    first = ask(app, secret, code=code_of(browser, app), **exchange).json()
    assert first["token_type"] == "Bearer" and first["expires_in"] == numbers()["access"]
    assert userinfo(first["access_token"]).json()["sub"]
    assert not Token.objects.filter(token_hash=first["access_token"]).exists(), "kept as a hash only"
    turned = ask(app, secret, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert turned["refresh_token"] != first["refresh_token"]
    assert ask(app, secret, "revoke", token=turned["refresh_token"]).status_code == 200
    assert userinfo(turned["access_token"]).status_code == userinfo(first["access_token"]).status_code == 401
    assert verbs(account) == ["signon_grant", "signon", "signon_refresh", "signon_revoked"]

    granted = browser.get("/signon/authorize/", question(app))
    assert granted.status_code == 302 and granted["Location"].startswith(f"{BACK}?code="), "it is not asked twice"


def test_a_stopped_app_and_a_disabled_account_hold_nothing() -> None:
    app, secret = an_app("profile", "offline_access")
    account = Account.objects.create_worker("13800138000")
    browser = sign_in(Client(), account)
    exchange = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    held = ask(app, secret, code=code_of(browser, app), **exchange).json()
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert userinfo(held["access_token"]).status_code == 401
    assert ask(app, secret, grant_type="refresh_token", refresh_token=held["refresh_token"]).status_code == 400
    Account.objects.filter(pk=account.pk).update(is_active=True)
    assert userinfo(held["access_token"]).status_code == 200

    registry.set_active(SYSTEM, app, False)
    assert userinfo(held["access_token"]).status_code == 401
    assert ask(app, secret, grant_type="refresh_token", refresh_token=held["refresh_token"]).status_code == 401
    stopped = browser.get("/signon/authorize/", question(app))
    assert stopped.status_code == 400 and "Location" not in stopped


def test_the_right_kind_of_account_signs_in_and_anew_when_the_app_asks() -> None:
    staffed, _secret = an_app("profile", name="客省办公", accounts="staff")
    browser = sign_in(Client(), Account.objects.create_worker("13800138000"))
    asked = browser.get("/signon/authorize/", question(staffed, scope="openid profile"))
    assert asked["Location"].startswith("/accounts/staff/sign-in/?next=")
    desk = sign_in(Client(), staff_account("wang", "handler", COUNTY))
    assert "客省办公" in desk.get("/signon/authorize/", question(staffed, scope="openid")).content.decode()
    again = desk.get("/signon/authorize/", question(staffed, scope="openid", prompt="login"))
    assert again["Location"].startswith("/accounts/staff/sign-in/") and desk.get("/desk/").status_code == 302
    silent = desk.get("/signon/authorize/", question(staffed, scope="openid", prompt="none"))
    assert parse_qs(urlsplit(silent["Location"]).query)["error"] == ["login_required"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"scope": "profile"}, "invalid_scope"), ({"code_challenge": ""}, "invalid_request"),
     ({"code_challenge_method": "plain"}, "invalid_request"), ({"response_mode": "fragment"}, "invalid_request"),
     ({"max_age": "soon"}, "invalid_request"), ({"request_uri": "x"}, "request_uri_not_supported"),
     ({"response_type": "id_token"}, "unsupported_response_type")],
)  # fmt: skip
def test_what_is_wrong_is_told_to_the_app(changed: dict[str, str], error: str) -> None:
    app, _secret = an_app()
    answer = Client().get("/signon/authorize/", question(app, **changed))
    told = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith(BACK) and told["error"] == [error] and told["state"] == ["s"]


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "none"}, {"client_id": 'a"b\\'}, {"redirect_uri": "https://evil.example/"},
     {"redirect_uri": BACK + "?x=1"}, {"redirect_uri": 'https://evil.example/"'}, {"redirect_uri": ""}],
)  # fmt: skip
def test_nobody_is_sent_where_no_app_registered(changed: dict[str, str]) -> None:
    app, _secret = an_app()
    answer = Client().get("/signon/authorize/", question(app, **changed))
    assert answer.status_code == 400 and "Location" not in answer and "没有继续" in answer.content.decode()


def test_too_many_questions_are_told_to_wait() -> None:
    app, _secret = an_app()
    most = int(str(numbers()["rate"]["authorize"]).partition("/")[0])
    answers = [Client().get("/signon/authorize/", question(app, client_id="none")) for _number in range(most + 1)]
    assert {answer.status_code for answer in answers[:most]} == {400}
    assert answers[-1].status_code == 429 and answers[-1]["Retry-After"] == "60"
