"""So many requests a token and minute, counted for all web processes together in the cache."""

from __future__ import annotations

import logging
import math
import re
import time

from django.conf import settings
from django.core.cache import cache

from gonghui.api.models import ApiToken

logger = logging.getLogger(__name__)
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def rate(text: str) -> tuple[int, int]:
    """`600/m` as (600 requests, 60 seconds)."""
    match = re.fullmatch(r"(\d+)/([smhd])", text)
    if match is None:
        raise ValueError(f"GONGHUI_API_RATE must look like 600/m, not {text!r}")
    return int(match[1]), PERIODS[match[2]]


def wait_for(token: ApiToken) -> int:
    """0 when the request may pass (it is then counted), else the seconds to wait.

    A sliding window made of two counters: the running one and the share of the last one that still counts. Refused
    requests do not count, so that waiting as told is enough. A cache that is away lets everybody pass: the limit
    guards against overload and must not be an outage of its own.
    """
    most, period = rate(settings.API_RATE_LIMIT)
    window, part = divmod(time.time(), period)
    key = f"api-rate:{token.pk}:{int(window)}"
    try:
        cache.add(key, 0, 2 * period)
        used = cache.incr(key)
        before = min(most, int(cache.get(f"api-rate:{token.pk}:{int(window) - 1}") or 0))
        if used + before * (1 - part / period) <= most:
            return 0
        cache.decr(key)
    except Exception:
        logger.exception("the cache that counts API requests does not answer")
        return 0
    free = most - used
    if free >= 0 and before:
        # In this window: wait until enough of the last one's share has faded.
        return max(1, math.ceil(period * (1 - free / before) - part))
    # In the next window this one's share has to fade by one request.
    return max(1, math.ceil(period - part + period / max(1, min(most, used))))
