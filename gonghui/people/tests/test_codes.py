"""A worker signs in with a code from an SMS: short-lived, once, few tries, and nobody learns who has an account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel import outbox, worker
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted
from gonghui.people import actions
from gonghui.people.actions.codes import clean_phone
from gonghui.people.models import Account, Consent, PhoneCode

PHONE, OTHER = "13800138000", "13900139000"
MINUTE = timedelta(minutes=1)
ASK, CODE = "people:worker_sign_in", "people:worker_code"


@pytest.fixture(autouse=True)
def _fresh(db: None, settings: Any, tmp_path: Path) -> None:
    cache.clear()
    worker.discover()
    settings.OUTBOX_DIR = tmp_path / "outbox"


@pytest.fixture
def inbox(settings: Any) -> Callable[[str], list[str]]:
    """The codes that have reached a phone, oldest first."""

    def codes(phone: str = PHONE) -> list[str]:
        while outbox.process_batch():
            pass
        file = settings.OUTBOX_DIR / "sms.jsonl"
        letters = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
        return [
            match[0] for letter in letters if letter["to"] == phone and (match := re.search(r"\d{6}", letter["text"]))
        ]

    return codes


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def ask(client: Client, phone: str = PHONE, **extra: Any) -> Any:
    return client.post(reverse(ASK), {"phone": phone, "consent": "on"}, **extra)


def test_the_first_right_code_makes_an_account_and_the_next_finds_it(inbox: Any) -> None:
    actions.send_code(PHONE)
    first = actions.check_code(PHONE, inbox()[-1])
    assert (first.kind, first.phone) == ("worker", PHONE)
    with time_shifted(2 * MINUTE):
        actions.send_code(PHONE)
        assert actions.check_code(PHONE, inbox()[-1]) == first
    assert Account.objects.count() == 1
    assert TrailEntry.objects.filter(stream=f"account:{first.pk}", verb="create").count() == 1


def test_a_code_works_once(inbox: Any) -> None:
    actions.send_code(PHONE)
    code = inbox()[-1]
    actions.check_code(PHONE, code)
    with pytest.raises(InvalidData):
        actions.check_code(PHONE, code)


def test_a_code_expires(inbox: Any) -> None:
    actions.send_code(PHONE)
    code = inbox()[-1]
    with time_shifted(5 * MINUTE), pytest.raises(InvalidData):
        actions.check_code(PHONE, code)


def test_after_five_wrong_tries_the_right_code_is_worthless(inbox: Any) -> None:
    actions.send_code(PHONE)
    code = inbox()[-1]
    for _ in range(5):
        with pytest.raises(InvalidData):
            actions.check_code(PHONE, wrong(code))
    with pytest.raises(InvalidData):
        actions.check_code(PHONE, code)


def test_four_wrong_tries_are_forgiven(inbox: Any) -> None:
    actions.send_code(PHONE)
    code = inbox()[-1]
    for _ in range(4):
        with pytest.raises(InvalidData):
            actions.check_code(PHONE, wrong(code))
    assert actions.check_code(PHONE, code).phone == PHONE


def test_a_code_is_good_for_its_own_phone_only(inbox: Any) -> None:
    actions.send_code(PHONE)
    actions.send_code(OTHER)
    mine, theirs = inbox(PHONE)[-1], inbox(OTHER)[-1]
    if mine != theirs:
        with pytest.raises(InvalidData):
            actions.check_code(OTHER, mine)
    assert actions.check_code(OTHER, theirs).phone == OTHER


def test_the_newest_code_counts(inbox: Any) -> None:
    actions.send_code(PHONE)
    old = inbox()[-1]
    with time_shifted(2 * MINUTE):
        actions.send_code(PHONE)
        new = inbox()[-1]
        if old != new:
            with pytest.raises(InvalidData):
                actions.check_code(PHONE, old)
        assert actions.check_code(PHONE, new).phone == PHONE


@pytest.mark.parametrize("code", ["", " ", "abcdef", "１２３", "0" * 500, "' OR 1=1 --"])
def test_nonsense_is_no_code(code: str) -> None:
    actions.send_code(PHONE)
    with pytest.raises(InvalidData):
        actions.check_code(PHONE, code)


def test_another_code_must_wait_a_minute(inbox: Any) -> None:
    actions.send_code(PHONE)
    assert len(inbox()) == 1
    with pytest.raises(actions.CodeRefused):
        actions.send_code(PHONE)
    with time_shifted(MINUTE + timedelta(seconds=1)):
        actions.send_code(PHONE)
        assert len(inbox()) == 2


def test_a_phone_gets_five_codes_an_hour() -> None:
    for minute in range(5):
        with time_shifted(2 * minute * MINUTE):
            actions.send_code(PHONE)
    with time_shifted(12 * MINUTE), pytest.raises(actions.CodeRefused):
        actions.send_code(PHONE)
    assert PhoneCode.objects.count() == 5


def test_an_address_cannot_ask_for_everybodys_code() -> None:
    for number in range(30):
        actions.send_code(f"138{number:08}", "10.0.0.1")
    with pytest.raises(actions.CodeRefused):
        actions.send_code(PHONE, "10.0.0.1")
    actions.send_code(PHONE, "10.0.0.2")


def test_the_many_addresses_of_one_line_count_as_one() -> None:
    for number in range(30):
        actions.send_code(f"138{number:08}", f"2001:db8:1:2::{number + 1:x}")
    with pytest.raises(actions.CodeRefused):
        actions.send_code(PHONE, "2001:db8:1:2:ffff::1")
    actions.send_code(PHONE, "2001:db8:1:3::1")


def test_neither_code_nor_phone_can_be_read_in_the_database(inbox: Any) -> None:
    from django.db import connection

    actions.send_code(PHONE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, code_hash FROM people_phonecode")
        phone, code_hash = cursor.fetchone()
    code = inbox()[-1]
    assert PHONE not in phone
    assert code not in code_hash


def test_after_its_use_the_code_keeps_no_phone(inbox: Any) -> None:
    actions.send_code(PHONE)
    actions.check_code(PHONE, inbox()[-1])
    assert PhoneCode.objects.get().phone == ""


def test_the_outbox_shows_nobody_a_code_to_sign_in_with(inbox: Any) -> None:
    actions.send_code(PHONE)
    waiting = json.dumps(OutboxMessage.objects.values_list("payload", flat=True).get())
    code = inbox()[-1]
    sent = json.dumps(OutboxMessage.objects.values_list("payload", flat=True).get())
    for text in (waiting, sent):
        assert code not in text
        assert PHONE not in text


def test_a_code_that_could_not_be_sent_in_time_is_not_sent_later(inbox: Any) -> None:
    actions.send_code(PHONE)
    with time_shifted(6 * MINUTE):
        assert inbox() == []


def test_a_disabled_worker_stays_outside(inbox: Any) -> None:
    account = Account.objects.create_worker(PHONE)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    actions.send_code(PHONE)
    with pytest.raises(InvalidData):
        actions.check_code(PHONE, inbox()[-1])


def test_a_staff_members_phone_does_not_open_the_staff_account(inbox: Any) -> None:
    staff = Account.objects.create_staff("wang", "a-long-test-password", phone=PHONE)
    actions.send_code(PHONE)
    account = actions.check_code(PHONE, inbox()[-1])
    assert account != staff
    assert account.kind == "worker"


@pytest.mark.parametrize("typed", [PHONE, "138 0013 8000", "138-0013-8000", "+86 13800138000", " 13800138000 "])
def test_a_phone_is_read_however_it_is_typed(typed: str) -> None:
    assert clean_phone(typed) == PHONE


@pytest.mark.parametrize(
    "typed", ["", "1380013800", "138001380000", "085186670000", "+1 2025550123", "一三八", "-1", "12351"]
)
def test_what_is_no_mobile_number_is_refused_beside_the_field(typed: str) -> None:
    with pytest.raises(InvalidData) as refused:
        clean_phone(typed)
    assert list(refused.value.errors) == ["phone"]


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_phone(typed: str) -> None:
    with suppress(InvalidData):
        assert re.fullmatch(r"1\d{10}", clean_phone(typed))


def test_the_page_says_the_same_with_and_without_an_account(inbox: Any) -> None:
    Account.objects.create_worker(PHONE)
    pages = []
    for phone in (PHONE, OTHER):
        client = Client()
        response = ask(client, phone)
        assert response["Location"] == reverse(CODE)
        page = client.get(reverse(CODE)).content.decode()
        pages.append(re.sub(r'value="[^"]{20,}"|\d{3}\*+\d{4}', "", page))
    assert pages[0] == pages[1]


def test_the_whole_sign_in_through_the_pages(inbox: Any) -> None:
    client = Client()
    assert client.get(reverse("people:profile")).status_code == 302
    ask(client)
    page = client.get(reverse(CODE)).content.decode()
    assert PHONE not in page
    code = inbox()[-1]
    refused = client.post(reverse(CODE), {"code": wrong(code)})
    assert refused.status_code == 422
    assert client.post(reverse(CODE), {"code": code}).status_code == 302
    assert client.get(reverse("people:profile")).status_code == 200
    assert Consent.objects.filter(account__kind="worker", purpose="sign_in", withdrawn_at=None).count() == 1


def test_without_consent_no_code_is_sent() -> None:
    assert Client().post(reverse(ASK), {"phone": PHONE}).status_code == 422
    assert not PhoneCode.objects.exists()


def test_the_session_in_the_database_does_not_hold_the_phone() -> None:
    ask(Client())
    for session in Session.objects.all():
        assert PHONE not in json.dumps(session.get_decoded())


def test_a_wrong_number_is_explained_and_kept_in_the_form() -> None:
    page = ask(Client(), "12345").content.decode()
    assert "请填写 11 位手机号码。" in page
    assert 'value="12345"' in page


def test_the_code_page_needs_a_phone_first() -> None:
    assert Client().get(reverse(CODE))["Location"] == reverse(ASK)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_sign_in_sends_nobody_to_a_foreign_address(elsewhere: str, inbox: Any) -> None:
    client = Client()
    client.get(reverse(ASK), {"next": elsewhere})
    ask(client)
    response = client.post(reverse(CODE), {"code": inbox()[-1]})
    assert response["Location"] == reverse("portal:my")


def test_a_worker_is_no_staff(inbox: Any) -> None:
    client = Client()
    ask(client)
    client.post(reverse(CODE), {"code": inbox()[-1]})
    assert client.get(reverse("people:sessions")).status_code == 403
    assert client.get(reverse("people:staff")).status_code == 403
