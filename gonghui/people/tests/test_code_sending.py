"""The worker process sends sign-in codes once, in time or not at all, and keeps nothing it does not need."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from gonghui.kernel import outbox
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import time_shifted
from gonghui.people import actions, numbers, tasks
from gonghui.people.actions.codes import clean_phone, forget_old_codes
from gonghui.people.models import PhoneCode

pytestmark = pytest.mark.django_db
PHONE = "13900139000"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    cache.clear()


def sent(settings: Any) -> list[str]:
    outbox.process_batch()
    file = settings.OUTBOX_DIR / "sms.jsonl"
    return list(file.read_text("utf-8").splitlines()) if file.exists() else []


def test_once_sent_nothing_is_left_to_send(settings: Any) -> None:
    row = actions.send_code(PHONE)
    kept = PhoneCode.objects.get()
    assert kept.phone == PHONE
    assert kept.unsent_code
    assert len(sent(settings)) == 1
    row.refresh_from_db()
    assert (row.phone, row.unsent_code) == ("", "")


def test_a_message_that_went_before_the_worker_died_does_not_go_twice(settings: Any) -> None:
    actions.send_code(PHONE)
    assert len(sent(settings)) == 1
    tasks.send_code_sms(OutboxMessage.objects.get())
    assert len(sent(settings)) == 1


def test_a_code_that_comes_too_late_is_seen_as_failed(settings: Any) -> None:
    actions.send_code(PHONE)
    with time_shifted(numbers.CODE_LIFETIME + SECOND):
        assert sent(settings) == []
    assert OutboxMessage.objects.get().status == OutboxMessage.Status.DEAD


def test_without_an_adapter_the_failure_is_seen(settings: Any) -> None:
    settings.OUTBOX_ADAPTERS = {"sms": "pigeon"}
    actions.send_code(PHONE)
    assert sent(settings) == []
    message = OutboxMessage.objects.get()
    assert message.status == OutboxMessage.Status.DEAD
    assert "pigeon" in message.last_error


def test_old_codes_are_forgotten() -> None:
    actions.send_code(PHONE)
    assert forget_old_codes() == 0
    with time_shifted(numbers.CODE_LIFETIME * 2 + SECOND):
        assert forget_old_codes() == 1
        assert forget_old_codes() == 0
        row = PhoneCode.objects.get()
        assert (row.phone, row.unsent_code) == ("", "")
    with time_shifted(numbers.CODE_KEPT + SECOND):
        forget_old_codes()
    assert not PhoneCode.objects.exists()


def test_an_hour_later_the_phone_gets_codes_again() -> None:
    pause = numbers.CODE_AGAIN + SECOND
    for n in range(numbers.CODES_A_PHONE):
        with time_shifted(pause * n):
            actions.send_code(PHONE)
    with time_shifted(pause * numbers.CODES_A_PHONE), pytest.raises(actions.CodeRefused):
        actions.send_code(PHONE)
    with time_shifted(timedelta(hours=1) + SECOND):
        actions.send_code(PHONE)


def test_the_text_fits_one_sms() -> None:
    assert len(actions.codes.code_text("123456")) <= 70


def test_full_width_digits_are_digits() -> None:
    assert clean_phone("１３９００１３９０００") == PHONE
