"""How often something was done lately, counted through the cache: shared by all processes where CACHE_URL names one."""

from __future__ import annotations

import ipaddress

from django.core.cache import cache


def counted(key: str, seconds: int) -> int:
    """Count it once more; how often it was in the window of so many seconds that began with the first time."""
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:
        # The window ended between the two calls.
        return 1


def so_far(key: str) -> int:
    """How often it was in the window that runs; nothing is counted."""
    return int(cache.get(key) or 0)


def line_of(address: str) -> str:
    """What one visitor has of the internet: an IPv4 address, or the /64 of an IPv6 one, of which every line gets so
    many addresses that counting each by itself would stop nobody."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
