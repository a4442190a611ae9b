"""The health check: each trouble is named, with what to do, and one does not hide another."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from gonghui.kernel import calendar, health, outbox, trail, worker
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import time_shifted

pytestmark = pytest.mark.django_db
NAMES = ["database", "calendar", "trail", "vault", "outbox", "worker", "disk", "attachments"]
NAMES += ["services", "exchange"]


@pytest.fixture(autouse=True)
def _well(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day whose calendar is known, a place for files, a worker that lives."""
    settings.MEDIA_ROOT = str(tmp_path / "files")
    monkeypatch.setattr(health, "today", lambda: date(2026, 3, 2))
    worker.beat()


def finding(name: str, **kwargs: Any) -> health.Check:
    results = health.checks(**kwargs)
    assert [result.name for result in results] == NAMES
    return next(result for result in results if result.name == name)


def wrong() -> set[str]:
    return {result.name for result in health.checks() if not result.ok}


def test_a_sound_installation_is_well() -> None:
    assert wrong() == set()
    assert health.healthy(health.checks(full=True))


def test_next_years_holidays_are_asked_for_in_november_and_missed_in_december(monkeypatch: pytest.MonkeyPatch) -> None:
    last = max(calendar.PACKAGED_YEARS)
    levels = {}
    for day in (date(last, 10, 31), date(last, 11, 1), date(last, 12, 9), date(last, 12, 10), date(last + 1, 1, 1)):
        monkeypatch.setattr(health, "today", lambda day=day: day)
        found = finding("calendar")
        levels[day] = found.level
        assert found.ok or (found.hint and str(last + 1) in found.detail)
        assert health.healthy(health.checks()) == (found.level != "failure")
    assert list(levels.values()) == ["ok", "warning", "warning", "failure", "failure"]


def test_a_trail_that_lost_its_guards_is_named() -> None:
    drop = {
        "sqlite": "DROP TRIGGER kernel_trailentry_no_update",
        "postgresql": "ALTER TABLE kernel_trailentry DISABLE TRIGGER append_only_row",
    }
    with connection.cursor() as cursor:
        cursor.execute(drop[connection.vendor])
    found = finding("trail")
    assert not found.ok
    assert "kernel_trailentry" in found.detail


def test_a_broken_trail_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        trail.record("account:1", "sign_in", actor=SYSTEM)
    assert finding("trail").ok
    monkeypatch.setattr(trail, "digest", lambda entry: "something else")
    for full in (False, True):
        found = finding("trail", full=full)
        assert not found.ok
        assert "account:1" in found.detail
    assert wrong() == {"trail"}


def test_a_missing_key_is_named_with_the_way_back(settings: Any) -> None:
    account: Any = get_user_model()
    account.objects.create_worker(phone="13800138000")
    assert finding("vault").ok
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    found = finding("vault")
    assert not found.ok
    assert "people.Account.phone" in found.detail
    assert "GONGHUI_VAULT_KEYS" in found.hint


def test_messages_that_nobody_sends_or_that_failed_are_counted() -> None:
    outbox.enqueue("nobody.handles_this", "a", {})
    assert finding("outbox").ok
    with time_shifted(timedelta(minutes=16)):
        assert not finding("outbox").ok
    outbox.process_batch()
    assert OutboxMessage.objects.get().status == "dead"
    assert not finding("outbox").ok


def test_a_worker_that_fell_silent_is_named() -> None:
    assert finding("worker").ok
    with time_shifted(timedelta(minutes=3)):
        assert wrong() == {"worker"}


def test_a_disk_with_hardly_any_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "DISK_LEAST_BYTES", 10**18)
    monkeypatch.setattr(health, "DISK_LEAST_PART", 1)
    assert wrong() == {"disk"}


def test_a_place_for_attachments_that_cannot_be_written_is_named(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = str(tmp_path / "a file")
    assert not finding("attachments").ok


def test_a_check_that_breaks_hides_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "today", lambda: "not a date")
    found = finding("calendar")
    assert not found.ok
    assert wrong() == {"calendar"}
