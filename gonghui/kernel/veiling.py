"""What stands in the trail and is not shown yet: a room says so of its own matters (`@veil`), the chain keeps all.

Whoever shows entries to people or programs asks `shown` first: the desk, the API, the words of a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gonghui.kernel.models import Matter, TrailEntry

Veil = Callable[[Matter, list[TrailEntry]], list[dict[str, Any]]]
_veils: dict[str, Veil] = {}


def veil(kind: str) -> Callable[[Veil], Veil]:
    """`@veil("room.flow")` — `f(matter, entries)` says what of each entry's `after` is shown now, in their order."""

    def keep(function: Veil) -> Veil:
        _veils[kind] = function
        return function

    return keep


def shown(matter: Matter, entries: Iterable[TrailEntry]) -> list[TrailEntry]:
    """The entries as they may be read now. They are for reading alone: what is veiled no longer fits its hash."""
    found = list(entries)
    if (function := _veils.get(matter.kind)) is not None:
        for entry, after in zip(found, function(matter, found), strict=True):
            entry.after = after
    return found
