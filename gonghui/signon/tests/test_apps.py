"""Apps: who registers them, what a person lets them know, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import now, time_shifted
from gonghui.people.actions import erase, own_data
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import organisation, staff_actor, staff_client
from gonghui.signon import claims, consents, duties, keys, registry
from gonghui.signon.models import AuthorizationCode, Grant, SigningKey, Token
from gonghui.signon.models import Client as App
from gonghui.signon.tests.support import BACK, COUNTY, PROVINCE, an_app

pytestmark = pytest.mark.django_db


def worker(phone: str = "13800138000") -> Account:
    return Account.objects.create_worker(phone)


def test_a_cadre_registers_apps_of_the_own_union_and_below_only() -> None:
    organisation("cn.52.5201.520103")
    admin = staff_actor("admin", "admin", COUNTY)
    app, secret = registry.register(admin, COUNTY, "星河应用", "worker", [BACK], [], ["profile"])
    assert app.secret_hash != secret and app.check_client_secret(secret) and not app.check_client_secret("x")
    for path in ("cn.52.5201.520103", PROVINCE, "cn.99"):
        with pytest.raises(KernelError):
            registry.register(admin, path, "星河应用", "worker", [BACK], [], ["profile"])
    with pytest.raises(KernelError):
        registry.register(staff_actor("wang", "handler", COUNTY), COUNTY, "应用", "worker", [BACK], [], [])
    other = staff_actor("elsewhere", "admin", "cn.52.5201.520103")
    assert not registry.clients_of(other).exists()
    with pytest.raises(KernelError):
        registry.set_active(other, app, False)


@pytest.mark.parametrize(
    "address",
    ["https://*.example/back", "javascript:alert(1)", "https://app.example/#x", "https://u:p@app.example/", "back",
     "https://app.example/a b", "https://应用.example/", "ftp://app.example/", f"https://app.example/{'x' * 300}"],
)  # fmt: skip
def test_a_return_address_is_whole_and_plain(address: str) -> None:
    with pytest.raises(InvalidData) as wrong:
        an_app_at(address)
    assert set(wrong.value.errors) == {"redirect_uris"}


def an_app_at(address: str) -> None:
    organisation(COUNTY)
    registry.register(SYSTEM, COUNTY, "星河应用", "worker", [address], [], [])


def test_production_demands_https(settings: object) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    assert registry.check_return("http://app.example/back") and not registry.check_return(BACK)


def test_the_page_shows_the_secret_once_and_keeps_what_was_typed() -> None:
    desk = staff_client("admin", "admin", COUNTY)
    typed = {"organisation": COUNTY, "name": "星河应用", "accounts": "worker", "scopes": ["profile", "phone"]}
    wrong = desk.post("/signon/apps/new/", {**typed, "redirect_uris": "back", "step": "save"})
    assert wrong.status_code == 422 and "星河应用" in wrong.content.decode()
    made = desk.post("/signon/apps/new/", {**typed, "redirect_uris": BACK, "step": "save"}).content.decode()
    app = App.objects.get()
    secret = made.partition("抄给应用的开发人员")[2].partition("<code>")[2].partition("</code>")[0]
    assert app.check_client_secret(secret)
    assert secret not in desk.get(f"/signon/apps/{app.pk}/").content.decode()
    assert "星河应用" in desk.get("/signon/apps/").content.decode()
    desk.post(f"/signon/apps/{app.pk}/", {"step": "secret"})
    app.refresh_from_db()
    assert not app.check_client_secret(secret)
    desk.post(f"/signon/apps/{app.pk}/", {"step": "stop"})
    app.refresh_from_db()
    assert not app.active
    verbs = TrailEntry.objects.filter(stream=f"app:{app.pk}").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["create", "new_secret", "stop"]
    assert staff_client("wang", "handler", COUNTY).get("/signon/apps/").status_code == 403


def test_nothing_explicit_is_told_without_a_tick_and_a_refusal_is_not_asked_again() -> None:
    app, _secret = an_app("profile", "phone")
    account = worker()
    actor = actor_for(account)
    asked = ["openid", "profile", "phone", "membership"]
    grant = consents.give(actor, account, app, asked, ["membership"])
    assert grant.scopes == ["openid", "profile"] and set(grant.asked) == {"openid", "profile", "phone"}
    assert "phone_number" not in claims.of(grant, asked)
    grant = consents.give(actor, account, app, asked, ["phone"])
    assert claims.of(grant, asked)["phone_number"] == "+8613800138000"
    assert claims.of(grant, ["openid"]) == {"sub": grant.subject}


def test_the_person_stays_the_same_to_an_app_and_another_one_to_others() -> None:
    app, other = an_app()[0], an_app(name="乙公司")[0]
    account = worker()
    actor = actor_for(account)
    first = consents.give(actor, account, app, ["openid"], []).subject
    assert consents.give(actor, account, other, ["openid"], []).subject != first
    consents.withdraw(actor, account, app)
    assert consents.standing(account, app) is None
    assert consents.give(actor, account, app, ["openid"], []).subject == first


def test_what_apps_know_is_in_the_own_file_and_goes_with_the_account() -> None:
    app, _secret = an_app()
    account = worker()
    grant = consents.give(actor_for(account), account, app, ["openid", "profile"], [])
    told = own_data(account)["apps"]["signed_in_to"]
    assert [(row["app"], row["known_there_as"]) for row in told] == [("星河应用", grant.subject)]
    erase(SYSTEM, account.pk)
    assert not Grant.objects.exists()


def test_the_consent_page_and_the_list_of_a_worker() -> None:
    app, _secret = an_app("profile", "phone")
    account = worker()
    consents.give(actor_for(account), account, app, ["openid", "phone"], ["phone"])
    from gonghui.people.testing import sign_in

    browser = sign_in(Client(), account)
    assert "您的手机号码" in browser.get("/signon/mine/").content.decode()
    browser.post("/signon/mine/", {"what": "app", "which": str(app.pk)})
    assert "没有应用能知道您的资料" in browser.get("/signon/mine/").content.decode()
    assert consents.standing(account, app) is None


def test_a_key_that_was_replaced_is_published_until_all_it_signed_has_run_out() -> None:
    first = keys.signing().kid
    assert keys.signing().kid == first
    second = keys.rotate(SYSTEM).kid
    assert [key["kid"] for key in keys.published()["keys"]] == [second, first]
    assert all("d" not in key for key in keys.published()["keys"])
    with time_shifted(timedelta(days=3)):
        assert [key["kid"] for key in keys.published()["keys"]] == [second]
        duties.forget()
    assert SigningKey.objects.count() == 1
    third = keys.rotate(SYSTEM, at_once=True).kid
    assert [key["kid"] for key in keys.published()["keys"]] == [third]


def test_the_worker_forgets_what_ran_out() -> None:
    app, _secret = an_app()
    account = worker()
    grant = consents.give(actor_for(account), account, app, ["openid"], [])
    at = now()
    Token.objects.create(
        token_hash="x", kind="access", grant=grant, family="f", created_at=at, expires_at=at + timedelta(minutes=10)
    )
    AuthorizationCode.objects.create(
        code_hash="x", grant=grant, redirect_uri=BACK, code_challenge="c", code_challenge_method="S256", auth_time=0,
        family="f", created_at=at, expires_at=at,
    )  # fmt: skip
    assert duties.forget() == 0
    with time_shifted(timedelta(days=4)):
        assert duties.forget() == 2
