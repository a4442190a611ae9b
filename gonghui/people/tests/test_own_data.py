"""A worker's rights over the own data: see, correct, take along, withdraw, be erased (个人信息保护法)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import KernelError
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import now, time_shifted
from gonghui.people import actions
from gonghui.people.actions import consents
from gonghui.people.actions.sessions import forget_old_sessions
from gonghui.people.models import Account, Person, StaffSession
from gonghui.people.testing import sign_in, staff_account, worker_client
from gonghui.people.tests.support import COUNTY

pytestmark = pytest.mark.django_db
PHONE = "13900139000"
NAME = "王小明"


def worker() -> Account:
    return Account.objects.filter(kind="worker").get()


def verbs(account: Account) -> list[str]:
    return list(
        TrailEntry.objects.filter(stream=f"account:{account.pk}").order_by("seq").values_list("verb", flat=True)
    )


def save_profile(client: Client, **values: Any) -> Any:
    return client.post(reverse("people:profile"), {"name": NAME, "gender": "m", "birth_year": "1990", **values})


def test_a_worker_corrects_the_own_profile_and_the_trail_tells_no_content() -> None:
    client = worker_client(PHONE)
    assert save_profile(client, member_no="M-1").status_code == 302
    person = Person.objects.get(account=worker())
    assert (person.name, person.gender, person.birth_year, person.member_no) == (NAME, "m", 1990, "M-1")
    entry = TrailEntry.objects.get(stream=f"account:{worker().pk}", verb="update_profile")
    assert entry.after == {"fields": ["birth_year", "gender", "member_no", "name"]}
    save_profile(client, member_no="M-1")
    assert verbs(worker()).count("update_profile") == 1, "nothing changed, nothing recorded"


def test_a_wrong_birth_year_is_told_beside_the_field_and_keeps_what_was_typed() -> None:
    client = worker_client(PHONE)
    response = save_profile(client, birth_year="3000")
    assert response.status_code == 422
    assert NAME in response.content.decode()
    assert not Person.objects.exists()


def test_looking_at_the_profile_writes_nothing() -> None:
    assert worker_client(PHONE).get(reverse("people:profile")).status_code == 200
    assert not Person.objects.exists()


def test_the_pages_are_for_workers_themselves() -> None:
    staff = sign_in(Client(), staff_account("wang", "handler", COUNTY))
    for client in (Client(), staff):
        for name in ("profile", "own_data"):
            assert client.get(reverse(f"people:{name}"))["Location"] == reverse("people:worker_sign_in")
        for name in ("erase", "withdraw_consent"):
            assert client.post(reverse(f"people:{name}"))["Location"] == reverse("people:worker_sign_in")


def test_own_data_come_as_a_file_with_what_other_rooms_keep() -> None:
    client = worker_client(PHONE)
    worker_client("13700137000")
    save_profile(client)
    actions.own_data_part("test room")(lambda account: [f"kept for {account.pk}"])
    try:
        response = client.get(reverse("people:own_data"))
    finally:
        del consents._parts["test room"]
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    data = response.json()
    assert (data["account"]["phone"], data["profile"]["name"]) == (PHONE, NAME)
    account = Person.objects.get().account
    assert data["test room"] == [f"kept for {account.pk}"]
    assert "13700137000" not in response.content.decode()


def test_withdrawing_the_consent_to_sign_in_signs_out_and_stays_on_record() -> None:
    client = worker_client(PHONE)
    account = worker()
    actions.give_consent(SYSTEM, account, "sign_in", "2026-01")
    assert "我同意" not in client.get(reverse("people:profile")).content.decode()
    client.post(reverse("people:withdraw_consent"), {"purpose": "sign_in"})
    assert account.consents.get().withdrawn_at is not None
    assert client.get(reverse("people:profile")).status_code == 302
    assert verbs(account) == ["consent", "withdraw_consent"]
    actions.give_consent(SYSTEM, account, "sign_in", "2026-01")
    assert account.consents.count() == 2, "a consent given anew is a new one"


def test_what_was_never_consented_cannot_be_withdrawn() -> None:
    client = worker_client(PHONE)
    for purpose in ("sign_in", "anything", ""):
        assert client.post(reverse("people:withdraw_consent"), {"purpose": purpose}).status_code == 302
    assert client.get(reverse("people:profile")).status_code == 200
    assert verbs(worker()) == []


def open_matter(owner: Account, number: str, is_open: bool) -> Matter:
    at = now()
    return Matter.objects.create(
        kind="test",
        number=number,
        title="x",
        state="s",
        state_since=at,
        opened_at=at,
        holder_path=COUNTY,
        owner=owner,
        is_open=is_open,
    )


def test_erasure_waits_for_the_open_case_and_then_leaves_nothing_personal() -> None:
    client = worker_client(PHONE)
    account = worker()
    save_profile(client)
    actions.give_consent(SYSTEM, account, "sign_in", "2026-01")
    matter = open_matter(account, "T-1", is_open=True)
    client.post(reverse("people:erase"))
    assert "取消删除申请" in client.get(reverse("people:profile")).content.decode()
    assert actions.erase_requested() == 0
    Matter.objects.filter(pk=matter.pk).update(is_open=False)
    assert actions.erase_requested() == 1
    account.refresh_from_db()
    assert (account.phone, account.phone_index, account.display_name, account.is_active) == ("", "", "", False)
    assert not Person.objects.exists()
    assert account.consents.get().withdrawn_at is not None
    assert client.get(reverse("people:profile")).status_code == 302
    assert verbs(account)[-2:] == ["request_erasure", "erase"]
    assert Matter.objects.get(pk=matter.pk).owner_id == account.pk
    assert actions.erase_requested() == 0
    Account.objects.create_worker(PHONE)


def test_a_request_for_erasure_can_be_taken_back() -> None:
    client = worker_client(PHONE)
    client.post(reverse("people:erase"))
    client.post(reverse("people:erase"))
    assert verbs(worker()) == ["request_erasure"]
    client.post(reverse("people:erase"), {"step": "keep"})
    assert actions.erase_requested() == 0
    assert worker().phone == PHONE
    assert verbs(worker()) == ["request_erasure", "keep_account"]


def test_only_a_workers_account_is_erased() -> None:
    account = staff_account("wang", "handler", COUNTY)
    with pytest.raises(KernelError):
        actions.erase(Actor(kind="system"), account.pk)
    account.refresh_from_db()
    assert account.is_active


def test_sessions_that_ran_out_are_forgotten(settings: Any) -> None:
    account = staff_account("wang", "handler", COUNTY)
    sign_in(Client(), account)
    assert forget_old_sessions() == 0
    with time_shifted(timedelta(seconds=settings.STAFF_SESSION_IDLE_SECONDS + 1)):
        assert forget_old_sessions() == 1
    assert not StaffSession.objects.exists()
    assert not Session.objects.exists()
