"""Staff sign in with a password; guessing is slowed, told nothing, and stopped."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from gonghui.kernel.models import TrailEntry
from gonghui.people.models import Account
from gonghui.people.numbers import GUESSES_A_NAME
from gonghui.people.testing import sign_in
from gonghui.people.tests.support import PASSWORD, SIGN_IN, handler, is_inside, post_password

pytestmark = pytest.mark.django_db


def without_token(response: Any) -> str:
    """The page, without what differs every time (the form's token) and what the visitor typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
    return re.sub(r'name="username"[^>]*', "", page)


def test_the_right_password_opens_the_desk_and_is_on_record() -> None:
    account = handler()
    client = Client()
    assert not is_inside(client)
    response = post_password(client)
    assert response.status_code == 302
    assert response["Location"] == reverse("desk:home")
    assert is_inside(client)
    assert TrailEntry.objects.filter(stream=f"account:{account.pk}", verb="sign_in").count() == 1


def test_the_password_is_kept_as_a_hash() -> None:
    assert PASSWORD not in handler().password


def test_in_production_passwords_are_hashed_with_argon2() -> None:
    from django.conf import settings
    from django.contrib.auth.hashers import check_password, get_hasher, make_password

    # The tests' own fast hasher stands first here and only here.
    assert settings.PASSWORD_HASHERS[1].endswith("Argon2PasswordHasher")
    kept = make_password(PASSWORD, hasher="argon2")
    assert kept.startswith("argon2$argon2id$")
    assert check_password(PASSWORD, kept)
    assert get_hasher("argon2").must_update(kept) is False


def test_a_wrong_name_and_a_wrong_password_read_the_same() -> None:
    handler()
    known = post_password(Client(), "wang", "wrong")
    unknown = post_password(Client(), "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert without_token(known) == without_token(unknown)


def test_a_known_and_an_unknown_name_are_locked_alike(settings: Any) -> None:
    handler()
    answers = {}
    for name in ("wang", "nobody"):
        client = Client()
        answers[name] = [
            post_password(client, name, "wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT + 1)
        ]
    assert answers["wang"] == answers["nobody"]
    assert answers["wang"][-1] == 429


def test_after_five_failures_even_the_right_password_waits(settings: Any) -> None:
    handler()
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        post_password(client, password="wrong")
    response = post_password(client)
    assert response.status_code == 429
    assert str(int(settings.AXES_COOLOFF_TIME * 60)) in response.content.decode()
    assert not is_inside(client)


def test_a_stranger_cannot_lock_a_colleague_out(settings: Any) -> None:
    handler()
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        locked = post_password(Client(), password="wrong", REMOTE_ADDR="10.0.0.1")
    assert locked.status_code == 429
    assert post_password(Client(), REMOTE_ADDR="10.9.9.9").status_code == 302


def test_guessing_from_many_addresses_ends_and_the_owner_goes_on(settings: Any) -> None:
    handler()
    assert post_password(Client(), REMOTE_ADDR="10.9.9.9").status_code == 302
    answers = [
        post_password(Client(), password="wrong", REMOTE_ADDR=f"10.0.{n // 200}.{n % 200 + 1}").status_code
        for n in range(GUESSES_A_NAME + 3)
    ]
    assert answers == [422] * GUESSES_A_NAME + [429] * 3
    assert post_password(Client(), REMOTE_ADDR="10.8.8.8").status_code == 429
    assert post_password(Client(), REMOTE_ADDR="10.9.9.9").status_code == 302


def test_the_lock_ends_after_its_time(settings: Any) -> None:
    handler()
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        post_password(client, password="wrong")
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(hours=settings.AXES_COOLOFF_TIME, minutes=1)
        attempt.save()
    assert post_password(client).status_code == 302


def test_one_locked_name_does_not_lock_a_colleague(settings: Any) -> None:
    handler()
    Account.objects.create_staff("colleague", PASSWORD)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        post_password(Client(), password="wrong")
    assert post_password(Client(), "colleague").status_code == 302


def test_a_success_forgets_earlier_failures(settings: Any) -> None:
    handler()
    for _ in range(2):
        client = Client()
        for _n in range(settings.AXES_FAILURE_LIMIT - 1):
            assert post_password(client, password="wrong").status_code == 422
        assert post_password(client).status_code == 302


def test_a_disabled_account_stays_outside() -> None:
    account = handler()
    Account.objects.filter(pk=account.pk).update(is_active=False)
    client = Client()
    assert post_password(client).status_code == 422
    assert not is_inside(client)


def test_a_worker_has_no_password_to_guess() -> None:
    worker = Account.objects.create_worker("13800138000")
    assert not worker.has_usable_password()
    assert post_password(Client(), worker.username, "").status_code == 422
    assert post_password(Client(), worker.username, worker.password).status_code == 422


def test_a_program_cannot_sign_in_on_the_staff_page() -> None:
    program = Account(username="gateway", kind=Account.Kind.SERVICE)
    program.set_password(PASSWORD)
    program.save()
    client = Client()
    assert post_password(client, "gateway").status_code == 422
    assert not is_inside(client)


def test_after_sign_in_one_is_where_one_wanted_to_go() -> None:
    handler()
    client = Client()
    client.get(reverse(SIGN_IN), {"next": "/desk/?q=1"})
    assert post_password(client)["Location"] == "/desk/?q=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x()"])
def test_sign_in_sends_nobody_to_a_foreign_address(elsewhere: str) -> None:
    handler()
    client = Client()
    client.get(reverse(SIGN_IN), {"next": elsewhere})
    assert post_password(client)["Location"] == reverse("desk:home")


def test_an_empty_form_says_what_is_missing_beside_the_fields() -> None:
    page = Client().post(reverse(SIGN_IN), {}).content.decode()
    assert "请填写用户名。" in page
    assert "请填写密码。" in page


def test_what_was_typed_as_a_name_is_shown_as_text() -> None:
    page = post_password(Client(), "<script>alert(1)</script>", "x").content.decode()
    assert "<script>alert" not in page


def test_signing_out_needs_a_post_and_ends_the_session() -> None:
    client = sign_in(Client(), handler())
    assert client.get(reverse("people:sign_out")).status_code == 405
    assert is_inside(client)
    assert client.post(reverse("people:sign_out")).status_code == 302
    assert not is_inside(client)


def test_a_forged_form_is_refused() -> None:
    handler()
    client = Client(enforce_csrf_checks=True)
    assert post_password(client).status_code == 403
