"""Counts that tell of nobody."""

from __future__ import annotations

from collections.abc import Mapping


def shown(counts: Mapping[str, int], least: int) -> dict[str, int | None]:
    """Counts that hide few people: one below `least` is not shown, and neither is a second one, from which with the
    total the first could be reckoned. None: not shown."""
    small = {name for name, count in counts.items() if 0 < count < least}
    if len(small) == 1 and len(counts) > 1:
        others = {name: count for name, count in counts.items() if name not in small and count}
        if others:
            small.add(min(others, key=lambda name: (others[name], name)))
    return {name: None if name in small else count for name, count in counts.items()}
