"""Other ways to sign in than our own, as other rooms bring them: the sign-in pages offer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A link below the sign-in form: its words and its address."""

    label: str
    url: str


Finder = Callable[[str, str], list[Way]]
_finders: list[Finder] = []


def sign_in_way(function: Finder) -> Finder:
    """Register `f(kind of account, address to go on to)`: the ways that are open to such accounts."""
    if function not in _finders:
        _finders.append(function)
    return function


def ways(kind: str, wanted: str) -> list[Way]:
    """All other ways for accounts of this kind."""
    return [way for find in _finders for way in find(kind, wanted)]
