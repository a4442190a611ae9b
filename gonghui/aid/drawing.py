"""抽签 and 抽查: a draw that nobody can bend and anybody can repeat.

The order is by SHA-256 of `seed:number`. Whoever has the seed and the numbers gets the same order, on any machine.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable


def new_seed() -> str:
    return secrets.token_hex(16)


def promise_of(seed: str) -> str:
    """The fingerprint that is published before the draw: it binds to the seed and tells nothing of it."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawn(seed: str, numbers: Iterable[str]) -> list[str]:
    """All the numbers in the order of the draw. Each once, whatever order they came in."""
    return sorted(set(numbers), key=lambda number: (hashlib.sha256(f"{seed}:{number}".encode()).hexdigest(), number))


def share_of(count: int, percent: int) -> int:
    """How many are `percent` of a count: rounded up, at least one of any."""
    return -(-count * percent // 100)
