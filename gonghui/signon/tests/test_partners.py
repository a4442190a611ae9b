"""Others sign people in here: what is believed of them, what is not, and who they are then."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotAllowed
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.people.actions import erase, own_data, withdraw_consent
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.testing import sign_in, staff_account, staff_actor, worker_client
from gonghui.signon import links, partners
from gonghui.signon.models import ForeignIdentity, Partner
from gonghui.signon.tests.support import COUNTY, PROVINCE, a_partner, begin, come_back, idp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_old_documents() -> None:
    cache.clear()


def inside(browser: Client) -> bool:
    return browser.get("/accounts/profile/").status_code == 200


def test_a_newcomer_gets_an_account_without_anything_foreign_and_comes_back_to_it() -> None:
    owner_of_the_phone = Account.objects.create_worker("13800138000")
    with idp() as service:
        a_partner(service)
        browser = Client()
        assert come_back(browser, service)["Location"] == "/signon/first/"
        assert "张**" in browser.get("/signon/first/").content.decode() and not inside(browser)
        browser.post("/signon/first/", {"step": "new"})
        assert inside(browser)
        account = ForeignIdentity.objects.get().account
        assert account != owner_of_the_phone and account.phone == ""
        again = Client()
        assert come_back(again, service, "/accounts/profile/")["Location"] == "/accounts/profile/"
        assert again.session["_auth_user_id"] == str(account.pk)
        service.claims["sub"] = "li"
        assert come_back(Client(), service)["Location"] == "/signon/first/", "somebody else is not let in as them"
    verbs = TrailEntry.objects.filter(stream=f"account:{account.pk}").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["create", "consent", "link_partner", "sign_in_by_partner"]


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "for another app": {"aud": "them"},
    "for two, and not made for us": {"aud": ["us", "them"], "azp": "them"},
    "long over": {"exp": 1_600_000_000},
    "of another sign-in": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "nobody": {"sub": ""},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_an_id_token_that_is_not_for_this_sign_in_signs_nobody_in(lie: dict[str, Any]) -> None:
    with idp() as service:
        partner = a_partner(service)
        links.newcomer(partner, "unused")
        service.claims = dict(lie)
        browser = Client()
        assert come_back(browser, service).status_code == 400
        assert "_auth_user_id" not in browser.session and not inside(browser)


def test_only_a_published_key_signs_and_a_new_one_is_fetched() -> None:
    with idp() as service:
        a_partner(service)
        service.signs_with = "two"
        assert come_back(Client(), service).status_code == 400
        cache.clear()
        service.algorithm = "none"
        assert come_back(Client(), service).status_code == 400
        service.algorithm, service.signs_with = "RS256", "one"
        assert come_back(Client(), service).status_code == 302
        service.signs_with, service.publishes = "two", ("two", "one")
        cache.delete_many([key for key in _cached() if key.endswith(":again")])
        assert come_back(Client(), service).status_code == 302
        assert service.asked.count("/.well-known/openid-configuration") == 2, "documents are kept for a while"


def _cached() -> list[str]:
    return [key.split(":", 2)[2] for key in cache._cache]  # type: ignore[attr-defined]


def test_a_return_to_another_browser_or_for_another_issuer_is_none() -> None:
    with idp() as service:
        a_partner(service)
        taken = begin(Client())
        answer = {"code": "a-code", "state": taken["state"], "iss": service.url}
        assert Client().get("/signon/back/province/", answer).status_code == 400
        assert come_back(Client(), service, iss="https://evil.example").status_code == 400
        assert come_back(Client(), service, iss="").status_code == 400
        refused = come_back(Client(), service, error="access_denied", code="")
        assert refused.status_code == 400 and "您没有同意" in refused.content.decode()
        assert "/token" not in service.asked


def test_who_calls_itself_otherwise_or_does_not_answer_is_not_asked_further() -> None:
    with idp() as service:
        a_partner(service)
        service.document = {"issuer": "https://evil.example"}
        answer = Client().get("/signon/with/province/")
        assert answer.status_code == 502 and "对方的登录服务现在不能用" in answer.content.decode()
    cache.clear()
    assert Client().get("/signon/with/province/").status_code == 502


def test_a_staff_member_needs_an_account_a_link_and_the_second_factor_here() -> None:
    wang = staff_account("wang", "handler", COUNTY)
    with idp() as service:
        partner = a_partner(service, "staff")
        before = Account.objects.count(), DutyAssignment.objects.count()
        browser = Client()
        come_back(browser, service, "/desk/")
        page = browser.get("/signon/first/").content.decode()
        assert "不能从别处带来" in page and 'value="new"' not in page
        browser.post("/signon/first/", {"step": "new"})
        assert (Account.objects.count(), DutyAssignment.objects.count()) == before
        arrived = browser.session["signon_arrived"]
        sign_in(browser, wang)
        session = browser.session
        session["signon_arrived"] = arrived
        session.save()
        browser.post("/signon/first/", {"step": "link"})
        assert links.account_of(partner, arrived["subject"]) == wang

        TOTPDevice.objects.create(user=wang, name="phone", confirmed=True)
        other = Client()
        assert come_back(other, service, "/desk/")["Location"] == "/accounts/staff/second-factor/"
        assert other.get("/desk/").status_code == 302, "half signed in is not in"
        wang.is_active = False
        wang.save()
        assert come_back(Client(), service)["Location"] == "/signon/first/"


def test_a_link_is_the_persons_own_and_can_be_undone() -> None:
    with idp() as service:
        partner = a_partner(service)
        worker, other = Account.objects.create_worker("13800138000"), Account.objects.create_worker("13900139000")
        links.link(actor_for(worker), worker, partner, "subject-1")
        with pytest.raises(KernelError):
            links.link(actor_for(other), other, partner, "subject-1")
        with pytest.raises(KernelError):
            links.link(actor_for(worker), worker, partner, "subject-2")
        with pytest.raises(NotAllowed):
            links.link(actor_for(other), worker, partner, "subject-3")
        told = own_data(worker)["apps"]["signs_in_with"]
        assert [row["partner"] for row in told] == ["省平台"]
        page = worker_client("13800138000").get("/accounts/profile/").content.decode()
        assert "用“省平台”的账号登录这里" in page
        withdraw_consent(actor_for(worker), worker, f"partner:{partner.pk}")
        assert links.account_of(partner, "subject-1") is None
        links.link(actor_for(worker), worker, partner, "subject-1")
        erase(SYSTEM, worker.pk)
        assert not ForeignIdentity.objects.exists()


def test_who_registers_partners_and_what_is_wrong_is_told_beside_the_field() -> None:
    admin = staff_actor("admin", "admin", COUNTY)
    right = ("province", "省平台", "https://idp.example", "us", "secret", "worker")
    assert partners.register(admin, COUNTY, *right).slug == "province"
    for path in (PROVINCE, "cn.52.5201.520103"):
        with pytest.raises(KernelError):
            partners.register(admin, path, *right)
    with pytest.raises(InvalidData) as wrong:
        partners.register(admin, COUNTY, "省", "", "https://idp.example/?x=1", "", "密", "nobody")
    assert set(wrong.value.errors) == {"slug", "name", "issuer", "client_id", "secret", "accounts"}


def test_a_partner_waits_for_a_second_administrator_whoever_registered_it() -> None:
    admin, second = staff_actor("admin", "admin", COUNTY), staff_actor("second", "admin", COUNTY)
    desk, other = (sign_in(Client(), Account.objects.get(pk=who.account_id or 0)) for who in (admin, second))
    sent = {
        "organisation": COUNTY, "slug": "province", "name": "省平台", "issuer": "https://idp.example",
        "client_id": "us", "secret": "secret", "accounts": "worker", "step": "save",
    }  # fmt: skip
    assert desk.post("/signon/partners/new/", sent).status_code == 302
    made = Partner.objects.get()
    page = f"/signon/partners/{made.pk}/"
    assert Client().get(f"/signon/with/{made.slug}/").status_code == 404
    told = OutboxMessage.objects.filter(topic="notice.app")
    assert [row.account_id for row in told if "等待确认" in row.payload["text"]] == [second.account_id]
    seen = desk.get(page).content.decode()
    assert "不能自己确认" in seen and 'value="confirm"' not in seen
    asked = {"step": "confirm", "asked": made.asked}
    assert desk.post(page, asked).status_code == 422 and not Partner.objects.get().active
    assert other.post(page, {"step": "confirm", "asked": "another"}).status_code == 422
    assert 'value="confirm"' in other.get(page).content.decode()
    assert other.post(page, asked).status_code == 302 and Partner.objects.get().active
    assert any(row.account_id == admin.account_id for row in told.all())
    # Stopped by one at once; taken up again by two.
    assert desk.post(page, {"step": "stop"}).status_code == 302 and not Partner.objects.get().active
    assert other.post(page, {"step": "resume"}).status_code == 302 and not Partner.objects.get().active
    again = {"step": "confirm", "asked": Partner.objects.get().asked}
    assert other.post(page, again).status_code == 422
    assert desk.post(page, again).status_code == 302 and Partner.objects.get().active
    verbs = list(TrailEntry.objects.filter(stream=f"partner:{made.pk}").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["create", "confirm", "stop", "ask", "confirm"]


def test_the_command_line_proposes_a_partner_and_an_administrator_at_the_desk_confirms() -> None:
    admin = staff_actor("admin", "admin", COUNTY)
    made = partners.register(SYSTEM, COUNTY, "province", "省平台", "https://idp.example", "us", "secret", "worker")
    assert Client().get(f"/signon/with/{made.slug}/").status_code == 404
    with pytest.raises(GuardRefused, match="工作台"):
        partners.confirm(SYSTEM, made, made.asked)
    with pytest.raises(KernelError):
        partners.confirm(staff_actor("far", "admin", "cn.52.5201.520103"), made, made.asked)
    partners.confirm(admin, made, made.asked)
    partners.stop(SYSTEM, made)
    made.refresh_from_db()
    assert not made.active
