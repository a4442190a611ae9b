"""The appeals room's small house, with files of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gonghui.appeals.tests.support import House


@pytest.fixture
def house(db: Any, settings: Any, tmp_path: Path) -> House:
    settings.MEDIA_ROOT = str(tmp_path)
    return House.build()
