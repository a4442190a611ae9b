"""The appeals room's small house, with its people signed in at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gonghui.appeals.tests.conftest import house, own_files
from gonghui.appeals.tests.support import House
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

__all__ = ["house", "own_files"]

SignedIn = Callable[..., Client]


@pytest.fixture
def at_desk(house: House) -> SignedIn:
    """`at_desk("handler", COUNTY)` is that person's browser."""

    def client(role: str, path: str, which: int = 1) -> Client:
        actor = house.person(role, path, which)
        return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))

    return client


@pytest.fixture
def plain_pages(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
