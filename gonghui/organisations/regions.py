"""Codes of administrative divisions (行政区划代码, GB/T 2260): two digits each of province, city and county."""

from __future__ import annotations


def stem(code: str) -> str:
    """A region's code without what it leaves open: 520000 → 52, 520100 → 5201; 500000 (重庆) → 50, not 5."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def lies_in(region: str, place: str) -> bool:
    """Whether a region is the place or lies in it; nothing lies nowhere."""
    return bool(place) and region.startswith(stem(place))
