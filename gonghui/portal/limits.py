"""So many times an hour from one address; the count is shared by all web processes through the cache."""

from __future__ import annotations

from django.core.cache import cache

from gonghui.people.actions.sessions import client_ip
from gonghui.people.http import Request

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def allowed(request: Request, what: str, rate: str) -> bool:
    """May this address do `what` once more? `rate` is like `20/h`; `0/h` means no limit."""
    number, _slash, unit = rate.partition("/")
    most = int(number)
    if most == 0:
        return True
    key = f"rate:{what}:{client_ip(request)}"
    cache.add(key, 0, SECONDS[unit or "h"])
    try:
        return cache.incr(key) <= most
    except ValueError:
        # The window ended between the two calls.
        return True
