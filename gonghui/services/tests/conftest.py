"""The appeals room's small house, with its goods for the year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from gonghui.appeals.tests.support import House
from gonghui.kernel.scope import as_system


@pytest.fixture
def house(db: Any) -> Iterator[House]:
    cache.clear()
    with as_system("tests look behind the curtain"):
        yield House.build()
