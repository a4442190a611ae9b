"""Administrators manage people of their own organisation and below, never beyond, and all of it is on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.people import actions
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.testing import organisation, staff_account, staff_actor, staff_client, worker_client
from gonghui.people.tests.support import CITY, COUNTY, ELSEWHERE, PROVINCE, device_of, handler, is_inside, post_password

pytestmark = pytest.mark.django_db


def city_admin() -> Actor:
    return staff_actor("admin", "admin", CITY)


def made(actor: Actor, path: str = COUNTY, role: str = "handler") -> tuple[Account, str]:
    return actions.create_staff(actor, "new.one", "新同事", role, organisation(path))


def verbs(account: Account) -> list[str]:
    return list(
        TrailEntry.objects.filter(stream=f"account:{account.pk}").order_by("seq").values_list("verb", flat=True)
    )


def test_a_new_account_has_its_duty_and_a_password_to_be_changed() -> None:
    account, password = made(city_admin())
    assert account.check_password(password)
    assert account.must_change_password
    assert [(duty.role, duty.path) for duty in actor_for(account).duties] == [("handler", COUNTY)]
    assert verbs(account) == ["create", "grant"]


def test_the_trail_never_holds_a_password() -> None:
    admin = city_admin()
    account, first = made(admin)
    second = actions.reset_password(admin, account)
    for entry in TrailEntry.objects.all():
        text = f"{entry.before} {entry.after} {entry.note}"
        assert first not in text
        assert second not in text


@pytest.mark.parametrize("path", [PROVINCE, ELSEWHERE, "cn", "cn.52.5203", CITY + "9"])
def test_beyond_the_own_organisation_nothing_is_granted(path: str) -> None:
    admin = city_admin()
    with pytest.raises(NotAllowed):
        made(admin, path)
    with pytest.raises(NotAllowed):
        actions.grant_duty(admin, handler(), "handler", organisation(path))
    assert not Account.objects.filter(username="new.one").exists()
    assert not DutyAssignment.objects.filter(organisation__path=path).exists()


@pytest.mark.parametrize("role", ["supervisor", "dispatcher", "handler", "analyst", "auditor"])
def test_only_administrators_manage_accounts(role: str) -> None:
    other = staff_actor("other", role, CITY)
    account = handler()
    with pytest.raises(NotAllowed):
        made(other)
    with pytest.raises(NotAllowed):
        actions.grant_duty(other, account, "handler", organisation(COUNTY))
    with pytest.raises(NotAllowed):
        actions.reset_password(other, account)
    with pytest.raises(NotAllowed):
        actions.set_active(other, account, False)
    with pytest.raises(NotAllowed):
        actions.revoke_duty(other, account.duties.get())


def test_an_account_that_also_works_elsewhere_is_not_taken_over() -> None:
    account = handler()
    staff_account("wang", "supervisor", PROVINCE)
    with pytest.raises(NotAllowed):
        actions.reset_password(city_admin(), account)
    with pytest.raises(NotAllowed):
        actions.set_active(city_admin(), account, False)
    assert account.check_password("a-long-test-password")


def test_a_duty_elsewhere_that_ends_later_protects_as_well() -> None:
    account = handler()
    DutyAssignment.objects.create(
        account=account,
        role="supervisor",
        organisation=organisation(PROVINCE),
        valid_from=today(),
        valid_to=today() + timedelta(days=30),
    )
    with pytest.raises(NotAllowed):
        actions.reset_password(city_admin(), account)


def test_a_revoked_duty_ends_at_once_and_stays_in_the_list() -> None:
    account = handler()
    actions.revoke_duty(city_admin(), account.duties.get())
    assert actor_for(account).duties == ()
    assert account.duties.count() == 1
    assert verbs(account) == ["revoke"]


def test_granting_twice_changes_nothing() -> None:
    admin, account = city_admin(), handler()
    actions.grant_duty(admin, account, "leader", organisation(COUNTY))
    actions.grant_duty(admin, account, "leader", organisation(COUNTY))
    assert account.duties.filter(role="leader").count() == 1
    assert verbs(account) == ["grant"]


def test_duties_hold_from_their_first_to_their_last_day() -> None:
    account = Account.objects.create_staff("temp", "a-long-test-password")
    first, last = today() + timedelta(days=2), today() + timedelta(days=4)
    DutyAssignment.objects.create(
        account=account, role="agent", organisation=organisation(CITY), valid_from=first, valid_to=last
    )
    held = []
    for days in range(7):
        with time_shifted(timedelta(days=days)):
            held.append(bool(actor_for(account).duties))
    assert held == [False, False, True, True, True, False, False]


def test_a_closed_organisation_gives_no_rights() -> None:
    account = handler()
    place = organisation(COUNTY)
    place.active = False
    place.save()
    assert actor_for(account).duties == ()


@pytest.mark.parametrize(
    ("username", "name", "role", "field"),
    [("ab", "名", "handler", "username"), ("a b c", "名", "handler", "username"), ("wang", "名", "handler", "username"),
     ("<script>", "名", "handler", "username"), ("x" * 61, "名", "handler", "username"),
     ("fine", " ", "handler", "display_name"), ("fine", "名", "emperor", "role")],
)  # fmt: skip
def test_bad_entries_are_explained_beside_their_field(username: str, name: str, role: str, field: str) -> None:
    handler()
    before = Account.objects.count()
    admin = city_admin()
    with pytest.raises(InvalidData) as refused:
        actions.create_staff(admin, username, name, role, organisation(COUNTY))
    assert list(refused.value.errors) == [field]
    assert Account.objects.count() == before + 1, "only the administrator was added"


def test_a_reset_asks_for_everything_anew() -> None:
    account = handler()
    device_of(account)
    client = staff_client("wang", "handler", COUNTY)
    password = actions.reset_password(city_admin(), account)
    assert not is_inside(client)
    fresh = Client()
    assert post_password(fresh, password="a-long-test-password").status_code == 422
    assert post_password(fresh, password=password)["Location"] == reverse("people:password")
    assert not TOTPDevice.objects.filter(user=account).exists()


def test_disabling_and_enabling_is_on_record() -> None:
    account = handler()
    actions.set_active(city_admin(), account, False)
    actions.set_active(city_admin(), account, True)
    assert verbs(account)[:2] == ["disable", "enable"]
    assert post_password(Client()).status_code == 302


def post(client: Client, account: Account, **data: Any) -> Any:
    return client.post(reverse("people:staff_account", args=[account.pk]), data)


def test_people_of_other_organisations_are_not_found_by_guessing() -> None:
    client = staff_client("admin", "admin", CITY)
    foreign = staff_account("far", "handler", ELSEWHERE)
    above = staff_account("up", "handler", PROVINCE)
    for account in (foreign, above):
        duty = account.duties.get()
        assert client.get(reverse("people:staff_account", args=[account.pk])).status_code == 404
        for step in ("disable", "password", "grant"):
            assert post(client, account, step=step, role="admin", organisation=CITY).status_code == 404
        assert client.post(reverse("people:staff_revoke", args=[account.pk, duty.pk])).status_code == 404
        account.refresh_from_db()
        assert account.is_active
        assert account.check_password("a-long-test-password")
    page = client.get(reverse("people:staff")).content.decode()
    assert "far" not in page


def test_a_duty_of_somebody_else_is_not_revoked_through_ones_own_people() -> None:
    client = staff_client("admin", "admin", CITY)
    foreign = staff_account("far", "handler", ELSEWHERE).duties.get()
    assert client.post(reverse("people:staff_revoke", args=[handler().pk, foreign.pk])).status_code == 404
    foreign.refresh_from_db()
    assert foreign.valid_to is None


def test_the_pages_grant_revoke_disable_and_reset() -> None:
    client, account = staff_client("admin", "admin", CITY), handler()
    assert post(client, account, step="grant", role="leader", organisation=COUNTY).status_code == 302
    duty = account.duties.get(role="leader")
    assert client.post(reverse("people:staff_revoke", args=[account.pk, duty.pk])).status_code == 302
    duty.refresh_from_db()
    assert duty.valid_to is not None
    assert post(client, account, step="disable").status_code == 302
    account.refresh_from_db()
    assert not account.is_active
    assert post(client, account, step="enable").status_code == 302
    assert post(client, account, step="password").status_code == 200
    account.refresh_from_db()
    assert account.must_change_password


def test_the_page_refuses_to_grant_beyond_the_own_organisation() -> None:
    client, account = staff_client("admin", "admin", CITY), handler()
    organisation(PROVINCE)
    response = post(client, account, step="grant", role="admin", organisation=PROVINCE)
    assert response.status_code == 422
    assert not account.duties.filter(role="admin").exists()


def test_the_form_for_a_new_account_shows_the_password_once() -> None:
    client = staff_client("admin", "admin", CITY)
    organisation(COUNTY)
    data = {"username": "new.one", "display_name": "新同事", "role": "handler", "organisation": COUNTY}
    page = client.post(reverse("people:staff_new"), data)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    again = client.post(reverse("people:staff_new"), data)
    assert again.status_code == 422
    assert Account.objects.filter(username="new.one").count() == 1


@pytest.mark.parametrize("role", ["handler", "supervisor", "analyst"])
def test_the_pages_of_administration_are_for_administrators(role: str) -> None:
    client = staff_client("other", role, CITY)
    for address in (reverse("people:staff"), reverse("people:staff_new")):
        assert client.get(address).status_code == 403
        assert worker_client().get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_the_system_reaches_everybody() -> None:
    account = handler()
    actions.set_active(SYSTEM, account, False)
    assert not account.is_active
