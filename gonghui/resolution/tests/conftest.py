"""The appeals room's small house with a supervision committee in the county."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from gonghui.appeals.tests.conftest import own_files
from gonghui.kernel.scope import as_system
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.resolution.tests.support import Office

__all__ = ["own_files"]

SignedIn = Callable[..., Client]


@pytest.fixture
def office(db: Any) -> Iterator[Office]:
    with as_system("tests look behind the curtain"):
        yield Office.build()


@pytest.fixture
def at_desk(office: Office) -> SignedIn:
    """`at_desk("handler", COUNTY)` is that person's browser."""

    def client(role: str, path: str, which: int = 1) -> Client:
        actor = office.house.person(role, path, which)
        return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))

    return client
