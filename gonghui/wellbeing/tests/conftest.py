"""The appeals room's small house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from gonghui.appeals.tests.support import House
from gonghui.kernel.scope import as_system


@pytest.fixture
def house(db: Any, settings: Any, tmp_path: Path) -> Iterator[House]:
    cache.clear()
    settings.MEDIA_ROOT = str(tmp_path)
    settings.OUTBOX_DIR = tmp_path / "outbox"
    with as_system("tests look behind the curtain"):
        yield House.build()
