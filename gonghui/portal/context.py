"""What every page needs to know about how the reader wants to see it, and what waits for them."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from gonghui.people.http import Request
from gonghui.portal import inbox

LARGE_TEXT = "large_text"
# The cookie of an appeal that was begun and not sent.
DRAFT = "draft"


def large(request: Request) -> bool:
    """大字: as the signed-in person chose on any device, else as this browser remembers."""
    actor = getattr(request, "actor", None)
    signed_in = actor is not None and actor.account_id is not None
    chosen: bool | None = getattr(request.user, "large_text", None) if signed_in else None
    return chosen if chosen is not None else request.COOKIES.get(LARGE_TEXT) == "1"


def owner_tag(request: Request) -> str:
    """By what a phone knows whose drafts it holds: tells nothing of the account; empty for who is not signed in."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != "worker" or actor.account_id is None:
        return ""
    return salted_hmac("gonghui.phone", str(actor.account_id), algorithm="sha256").hexdigest()[:20]


def plain(request: Request) -> bool:
    """Whether this visitor sees of a public page what everybody sees, so that a copy without cookies is the same."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != "anonymous" or actor.matter_ids or large(request):
        return False
    return DRAFT not in request.COOKIES


def look(request: Request) -> dict[str, Any]:
    """Large letters, whose phone it is, and the number of unread messages: counted only where a page shows it."""
    actor = getattr(request, "actor", None)
    return {
        "large_text": large(request),
        "owner_tag": owner_tag(request),
        "plain": plain(request),
        "unread": SimpleLazyObject(lambda: inbox.unread(actor) if actor is not None else 0),
    }
