from __future__ import annotations

import pytest

from gonghui.law.store import LawStore


@pytest.fixture(scope="session")
def store() -> LawStore:
    return LawStore.default()
