"""A small house to test in: two provinces, three counties, an enterprise union, and people on duty everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gonghui.appeals.tests.support import House
from gonghui.kernel.scope import as_system


@pytest.fixture
def house(db: Any) -> Iterator[House]:
    """Organisations, accounts and an employer; the body may look at everything (tests check scope by actor)."""
    with as_system("tests look behind the curtain"):
        yield House.build()


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.AMQP_URL = ""
    settings.CLAMAV_SOCKET = ""


DAY = timedelta(days=1)
