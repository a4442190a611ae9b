"""The appeals room's small house, with lawyers of two firms and a case of a worker who has an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gonghui.appeals.tests.conftest import own_files
from gonghui.kernel.scope import as_system
from gonghui.legal.tests.support import Chambers
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

__all__ = ["own_files"]

SignedIn = Callable[..., Client]


@pytest.fixture
def chambers(db: Any) -> Iterator[Chambers]:
    with as_system("tests look behind the curtain"):
        yield Chambers.build()


@pytest.fixture
def at_desk(chambers: Chambers) -> SignedIn:
    """`at_desk("handler", COUNTY)` is that person's browser."""

    def client(role: str, path: str, which: int = 1) -> Client:
        actor = chambers.house.person(role, path, which)
        return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))

    return client


@pytest.fixture(autouse=True)
def no_earlier_visits() -> None:
    """The limits count in the cache, which outlives a test."""
    cache.clear()
