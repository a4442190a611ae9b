"""开门 (handbook 4.1 M20) for who scanned the code on the door: through an adapter (settings.VENUE_DOOR). `keeper`, the
default, opens nothing: the visitor shows the page to the keeper. `lock` asks a union's own lock service, and is asked
only in the hours that were entered for the place.

The service is spoken to in one call, which tells nothing of who stands there (bearer token, JSON):
`POST {url}/doors/{number of the place}/open` {} → {opened: true}.
"""

from __future__ import annotations

from typing import Protocol

import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gonghui.kernel.times import now
from gonghui.venues import hours
from gonghui.venues.models import Venue

SECONDS = 5


class Door(Protocol):
    def open(self, venue: Venue) -> bool:
        """Whether the door of the place is open now; else the keeper opens it."""
        ...


class Keeper:
    """A person opens."""

    def open(self, venue: Venue) -> bool:
        return False


class Lock:
    """A lock service over HTTP (settings.VENUE_DOOR_URL, VENUE_DOOR_TOKEN). One that is silent leaves it to the
    keeper: nobody waits before a shut door."""

    def __init__(self, url: str, token: str) -> None:
        if not url:
            raise ImproperlyConfigured("GONGHUI_VENUE_DOOR_URL is not set")
        self.url, self.headers = url.rstrip("/"), {"Authorization": f"Bearer {token}"}

    def open(self, venue: Venue) -> bool:
        try:
            response = httpx.post(f"{self.url}/doors/{venue.pk}/open", json={}, headers=self.headers, timeout=SECONDS)
            answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return False
        return isinstance(answer, dict) and answer.get("opened") is True


def let_in(venue: Venue) -> bool:
    """Whether the door was opened: never outside the hours, nor where nobody has entered any (the keeper opens)."""
    return hours.open_at(venue, now()) is True and door().open(venue)


def door() -> Door:
    if settings.VENUE_DOOR == "lock":
        return Lock(settings.VENUE_DOOR_URL, settings.VENUE_DOOR_TOKEN)
    if settings.VENUE_DOOR == "keeper":
        return Keeper()
    raise ImproperlyConfigured(f"GONGHUI_VENUE_DOOR: there is no {settings.VENUE_DOOR!r}")
