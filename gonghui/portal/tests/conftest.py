"""The worker's front is tested through its pages, with the house of the appeals room behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from gonghui.appeals.tests.support import House


@pytest.fixture
def house(db: Any) -> House:
    return House.build()


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.AMQP_URL = ""
    settings.CLAMAV_SOCKET = ""


@pytest.fixture(autouse=True)
def no_earlier_visits() -> None:
    """The limits count in the cache, which outlives a test."""
    cache.clear()
