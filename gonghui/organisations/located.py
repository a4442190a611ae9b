"""An office as an answer shows it (去哪里办): plain data, without the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

# A number, as far as it can be dialled: what follows 转 is said to the person who answers.
_NUMBER = re.compile(r"\+?\d[\d\s()（）-]*\d")


@dataclass(frozen=True, slots=True)
class Found:
    """An office as an answer shows it. `open`: now; None where no hours are known. `checked_on` is None for unions,
    which keep their own entry; `old`: it was checked longer ago than is good."""

    name: str
    region: str
    address: str
    phone: str
    hours: str
    open: bool | None
    latitude: Decimal | None
    longitude: Decimal | None
    online: str
    source: str
    checked_on: date | None
    old: bool

    @property
    def phones(self) -> tuple[tuple[str, str], ...]:
        return dialled(self.phone)

    @property
    def geo(self) -> str:
        """The place as a geo: address (RFC 5870, WGS 84), which the phone opens in its own map; "" if not known."""
        if self.latitude is None or self.longitude is None:
            return ""
        return f"geo:{self.latitude},{self.longitude}"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; degrees as text, so that nothing is rounded on the way."""
        return {
            "name": self.name,
            "region": self.region,
            "address": self.address,
            "phone": self.phone,
            "hours": self.hours,
            "open": self.open,
            "latitude": None if self.latitude is None else str(self.latitude),
            "longitude": None if self.longitude is None else str(self.longitude),
            "online": self.online,
            "source": self.source,
            "checked_on": self.checked_on.isoformat() if self.checked_on else None,
            "old": self.old,
        }


Finder = Callable[[str, str], tuple[Found, ...]]
"""The offices of a body (code) for a worker's region (code), the one to go to first; () if none is known."""


def dialled(text: str) -> tuple[tuple[str, str], ...]:
    """(as written, as dialled) of each number in a text: 0851-12333 转 2、12345."""
    found = []
    for part in re.split(r"[、，,;；/]", text):
        if said := part.strip():
            number = _NUMBER.search(said)
            found.append((said, re.sub(r"[^\d+]", "", number.group()) if number else ""))
    return tuple(found)


def line(region: str) -> tuple[str, ...]:
    """The region and those above it, the narrowest first: 520102 → 520102, 520100, 520000; () for what is no code."""
    if not (region.isascii() and region.isdigit() and len(region) in (6, 9)):
        return ()
    return tuple(dict.fromkeys((region, region[:6], f"{region[:4]}00", f"{region[:2]}0000")))
