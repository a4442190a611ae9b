"""Staff sessions are limited in number, idleness and age, can be ended elsewhere; given passwords are changed first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client, RequestFactory
from django.urls import reverse

from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import time_shifted
from gonghui.people import actions
from gonghui.people.actions.sessions import client_ip
from gonghui.people.models import Account, DutyAssignment, StaffSession
from gonghui.people.testing import sign_in, worker_client
from gonghui.people.tests.support import COUNTY, PASSWORD, handler, is_inside, post_password, session_key

pytestmark = pytest.mark.django_db
NEW = "Zitronen-falter 42"


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = "") -> Any:
    return client.post(reverse("people:password"), {"old": old, "new": new, "again": again or new})


def paths_of(client: Client) -> tuple[str, ...]:
    """Where the visitor of this client has duties, as the pages see it."""
    request: Any = client.get(reverse("people:sessions")).wsgi_request
    return tuple(request.actor.paths)


def test_an_idle_session_ends() -> None:
    client = sign_in(Client(), handler())
    with time_shifted(timedelta(seconds=conf.STAFF_SESSION_IDLE_SECONDS + 5)):
        assert not is_inside(client)
    assert not is_inside(client), "an ended session does not come back"


def test_a_used_session_goes_on_until_its_greatest_age() -> None:
    client = sign_in(Client(), handler())
    step = conf.STAFF_SESSION_IDLE_SECONDS - 60
    used = step
    while used < conf.STAFF_SESSION_MAX_SECONDS:
        with time_shifted(timedelta(seconds=used)):
            assert is_inside(client)
        used += step
    with time_shifted(timedelta(seconds=conf.STAFF_SESSION_MAX_SECONDS + 5)):
        assert not is_inside(client)


def test_a_workers_session_lasts_longer() -> None:
    client = worker_client()
    with time_shifted(timedelta(seconds=conf.STAFF_SESSION_MAX_SECONDS + 5)):
        assert client.get(reverse("people:profile")).status_code == 200


def test_one_session_too_many_ends_the_oldest() -> None:
    handler()
    clients = []
    for _ in range(conf.STAFF_SESSIONS_AT_ONCE + 1):
        clients.append(Client())
        assert post_password(clients[-1]).status_code == 302
    assert [is_inside(client) for client in clients] == [False] + [True] * conf.STAFF_SESSIONS_AT_ONCE


def test_all_other_sessions_can_be_ended_from_one() -> None:
    account = handler()
    here, there = sign_in(Client(), account), sign_in(Client(), account)
    assert here.post(reverse("people:sessions")).status_code == 302
    assert is_inside(here)
    assert not is_inside(there)


def test_a_session_that_we_did_not_begin_is_nobody() -> None:
    account = handler()
    client = sign_in(Client(), account)
    StaffSession.objects.all().delete()
    assert not is_inside(client)


def test_signing_in_gives_the_session_a_new_key() -> None:
    handler()
    client = Client()
    client.get(reverse("people:sign_in"), {"next": "/desk/"})
    before = session_key(client)
    post_password(client)
    assert session_key(client) != before


def test_a_disabled_account_is_out_at_once() -> None:
    account = handler()
    client = sign_in(Client(), account)
    actions.set_active(SYSTEM, account, False)
    assert not is_inside(client)


def test_a_revoked_duty_is_gone_at_the_next_click() -> None:
    account = handler()
    client = sign_in(Client(), account)
    assert paths_of(client) == (COUNTY,)
    actions.revoke_duty(SYSTEM, DutyAssignment.objects.get(account=account))
    assert paths_of(client) == ()


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one() -> None:
    account = handler()
    here, there = sign_in(Client(), account), sign_in(Client(), account)
    assert change(here).status_code == 302
    assert is_inside(here)
    assert not is_inside(there)
    assert TrailEntry.objects.filter(stream=f"account:{account.pk}", verb="change_password").exists()
    assert post_password(Client(), password=PASSWORD).status_code == 422
    assert post_password(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [("wrong", NEW, NEW), (PASSWORD, NEW, NEW + "x"), (PASSWORD, PASSWORD, ""), (PASSWORD, "short", ""),
     (PASSWORD, "1234567890123", ""), (PASSWORD, "password123", "")],
)  # fmt: skip
def test_a_bad_new_password_changes_nothing(old: str, new: str, again: str) -> None:
    account = handler()
    client = sign_in(Client(), account)
    assert change(client, old, new, again).status_code == 422
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_a_given_password_opens_only_the_page_that_changes_it() -> None:
    account = handler()
    Account.objects.filter(pk=account.pk).update(must_change_password=True)
    client = Client()
    assert post_password(client)["Location"] == reverse("people:password")
    for name in ("desk:home", "people:sessions"):
        assert client.get(reverse(name))["Location"] == reverse("people:password"), name
    assert client.get(reverse("people:password")).status_code == 200
    assert change(client).status_code == 302
    assert is_inside(client)


def test_a_given_password_can_be_left_behind_by_signing_out() -> None:
    account = handler()
    Account.objects.filter(pk=account.pk).update(must_change_password=True)
    client = Client()
    post_password(client)
    assert client.post(reverse("people:sign_out")).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [(0, "1.1.1.1", "10.0.0.1"), (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"), (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
     (2, "1.1.1.1", "10.0.0.1"), (1, "", "10.0.0.1")],
)  # fmt: skip
def test_an_address_is_believed_only_from_our_own_proxies(
    settings: Any, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == expected
