"""Nobody decides over the own powers, and what everybody can read opens no door of a real installation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.people import actions
from gonghui.people.actions.demo import ACCOUNTS, PASSWORD, WORKER_PHONE
from gonghui.people.actions.sessions import client_ip
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, StaffSession
from gonghui.people.roles import ROLES
from gonghui.people.testing import organisation, sign_in, staff_actor
from gonghui.people.tests.support import CITY, device_of, handler, is_inside, post_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    return staff_actor("boss", "admin", CITY)


def test_an_administrator_cannot_give_or_take_the_own_duties(admin: Actor) -> None:
    own = Account.objects.get(username="boss")
    with pytest.raises(NotAllowed):
        actions.grant_duty(admin, own, "supervisor", organisation(CITY))
    with pytest.raises(NotAllowed):
        actions.revoke_duty(admin, own.duties.get())
    with pytest.raises(NotAllowed):
        actions.set_active(admin, own, False)
    with pytest.raises(NotAllowed):
        actions.reset_password(admin, own)
    assert actor_for(own).roles == {"admin"}
    assert not TrailEntry.objects.filter(stream=f"account:{own.pk}").exists()


def test_the_own_page_offers_no_such_button(admin: Actor) -> None:
    own = Account.objects.get(username="boss")
    client = sign_in(Client(), own)
    address = reverse("people:staff_account", args=[own.pk])
    page = client.get(address).content.decode()
    assert 'name="step"' not in page
    assert client.post(address, {"step": "grant", "role": "supervisor", "organisation": CITY}).status_code == 422
    assert actor_for(own).roles == {"admin"}


def test_a_stand_in_holds_the_duty_to_the_last_day(admin: Actor) -> None:
    account = handler()
    last = today() + timedelta(days=2)
    actions.grant_duty(admin, account, "leader", organisation(CITY), valid_to=last)
    assert actor_for(account).has_role("leader")
    with time_shifted(timedelta(days=3)):
        assert not actor_for(account).has_role("leader")
    with pytest.raises(InvalidData):
        actions.grant_duty(admin, account, "leader", organisation(CITY), valid_to=today() - timedelta(days=1))


def test_duties_that_ended_are_listed_apart(admin: Actor) -> None:
    account = handler()
    actions.revoke_duty(admin, account.duties.get())
    client = sign_in(Client(), Account.objects.get(username="boss"))
    address = reverse("people:staff")
    assert "wang" not in client.get(address).content.decode()
    assert "wang" in client.get(address, {"ended": "1"}).content.decode()


def test_a_worker_gets_no_staff_duty(admin: Actor) -> None:
    worker = Account.objects.create_worker("13900139000")
    with pytest.raises(InvalidData):
        actions.grant_duty(admin, worker, "handler", organisation(CITY))
    with pytest.raises(NotAllowed):
        actions.reset_password(admin, worker)


def test_names_that_people_would_mix_up_are_not_given_twice(admin: Actor) -> None:
    handler()
    for name in ("WANG", "ｗａｎｇ", " wang "):
        with pytest.raises(InvalidData):
            actions.create_staff(admin, name, "王", "handler", organisation(CITY))


def test_a_reset_unlocks_who_guessed_too_often(admin: Actor, settings: Any) -> None:
    account = handler()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        post_password(Client(), password="wrong")
    assert post_password(Client()).status_code == 429
    password = actions.reset_password(admin, account)
    assert post_password(Client(), password=password).status_code == 302


def test_a_password_alone_does_not_end_anybodys_session(settings: Any) -> None:
    account = handler()
    device = device_of(account)
    client = sign_in(Client(), account)
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session.save()
    assert is_inside(client)
    for _ in range(settings.STAFF_SESSIONS_AT_ONCE + 1):
        assert post_password(Client())["Location"] == reverse("people:second_factor")
    assert is_inside(client)
    assert StaffSession.objects.count() == 1


def test_half_a_sign_in_does_not_stay_open_for_days() -> None:
    device_of(handler())
    client = Client()
    post_password(client)
    assert 0 < client.session.get_expiry_age() <= 600


def test_who_is_half_in_is_led_to_the_missing_step_and_then_where_they_wanted(settings: Any) -> None:
    handler()
    Account.objects.update(must_change_password=True)
    client = Client()
    post_password(client)
    wanted = reverse("people:sessions")
    assert client.get(wanted)["Location"] == reverse("people:password")
    data = {"old": "a-long-test-password", "new": "Zitronen-falter 42", "again": "Zitronen-falter 42"}
    assert client.post(reverse("people:password"), data)["Location"] == wanted


@pytest.mark.parametrize("forwarded", ["unknown", "<script>", "1.2.3.4:80", "", "x" * 500])
def test_an_address_header_that_holds_no_address_breaks_nothing(settings: Any, forwarded: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", REMOTE_ADDR="unix:", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == ""
    handler()
    assert post_password(Client(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded).status_code == 302


@pytest.fixture
def demonstration() -> list[Any]:
    for _user, _name, duties in ACCOUNTS:
        for _role, path in duties:
            organisation(path)
    return actions.seed_demo()


def test_the_demonstration_has_somebody_for_every_part_and_can_be_repeated(demonstration: list[Any]) -> None:
    again = actions.seed_demo()
    assert again == demonstration
    assert Account.objects.filter(kind="staff").count() == len(ACCOUNTS)
    held = {role for _user, _name, duties in ACCOUNTS for role, _path in duties}
    assert held >= set(ROLES) - {"lawyer", "partner"}
    assert demonstration[-1].username == WORKER_PHONE
    client = Client()
    assert post_password(client, "agent1", PASSWORD).status_code == 302
    assert is_inside(client)


def test_in_production_no_demonstration_is_made(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(KernelError):
        actions.seed_demo()
    assert not Account.objects.exists()


@pytest.mark.usefixtures("demonstration")
def test_in_production_the_demonstrations_password_opens_nothing(settings: Any) -> None:
    settings.PRODUCTION = settings.STAFF_SECOND_FACTOR = True
    client = Client()
    assert post_password(client, "admin1", PASSWORD).status_code == 422
    assert client.get(reverse("people:enrol"))["Location"] == reverse("people:sign_in")
