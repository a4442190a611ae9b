"""The house of the appeals room, and a cache that remembers nothing of the test before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from gonghui.appeals.tests.conftest import house, own_files

__all__ = ["house", "own_files"]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
