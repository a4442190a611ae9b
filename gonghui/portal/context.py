"""What every page needs to know about how the reader wants to see it, and what waits for them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import SimpleLazyObject

from gonghui.people.http import Request
from gonghui.portal import inbox

LARGE_TEXT = "large_text"


def large(request: Request) -> bool:
    """大字: as the signed-in person chose on any device, else as this browser remembers."""
    actor = getattr(request, "actor", None)
    signed_in = actor is not None and actor.account_id is not None
    chosen: bool | None = getattr(request.user, "large_text", None) if signed_in else None
    return chosen if chosen is not None else request.COOKIES.get(LARGE_TEXT) == "1"


def look(request: Request) -> dict[str, Any]:
    """Large letters, and the number of unread messages: counted only where a page shows it."""
    actor = getattr(request, "actor", None)
    return {
        "large_text": large(request),
        "unread": SimpleLazyObject(lambda: inbox.unread(actor) if actor is not None else 0),
    }
