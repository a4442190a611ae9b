"""What a room shows at the worker's front (`portal`) without the front knowing the room: its finds, its rows in 我的.

A room registers in its own `front.py`, which is imported when the platform starts::

    @searchable("courses", _("课程"), model=Course)
    def courses(keys: Sequence[str] | None) -> Iterator[Item]: …      # all, or those with these keys

    opens("services.", "portal:application")                           # where a matter of these kinds is looked at

    @mine("bookings")
    def bookings(actor: Actor) -> list[Row]: …                         # what is no matter but is somebody's
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.apps import apps

from gonghui.kernel.actor import Actor

Group = Literal["mine", "working", "done"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be found (检索条目). It must be open to everybody: whoever searches may see it.

    `text`: more words it is found by, of which the first are shown. `also`: other names or ways of asking for it.
    `until`: the last day it is shown.
    """

    key: str
    title: str
    address: str
    title_en: str = ""
    text: str = ""
    text_en: str = ""
    also: tuple[str, ...] = ()
    region: str = ""
    until: date | None = None


Give = Callable[[Sequence[str] | None], Iterable[Item]]


@dataclass(frozen=True)
class Source:
    """Where finds of one kind come from. `stored`: kept in the database's index, for what grows; else in memory."""

    name: str
    title: Any
    give: Give
    model: Any = None
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One line of 我的. `group`: `mine` it is the worker's turn, `working`, `done`. `due`: until when."""

    key: str
    title: str
    state: str
    address: str
    at: datetime
    group: Group
    number: str = ""
    due: datetime | None = None


_sources: dict[str, Source] = {}
_opens: dict[str, str] = {}
_rows: dict[str, Callable[[Actor], Iterable[Row]]] = {}
_turns: list[Callable[[Actor], Iterable[int]]] = []
_numbers: dict[str, Callable[[Sequence[int]], dict[int, str]]] = {}


def searchable(name: str, title: Any, *, model: Any = None, stored: bool = True) -> Callable[[Give], Give]:
    """Register a source of the search. A saved or deleted row of `model` is taken in at once, by its primary key; what
    changes otherwise, with the worker's next round."""

    def keep(give: Give) -> Give:
        _sources[name] = Source(name, title, give, model, stored)
        return give

    return keep


def sources() -> dict[str, Source]:
    return dict(_sources)


def opens(kinds: str, route: str) -> None:
    """Where matters whose kind begins so are looked at by their worker: a route that takes the matter's number."""
    _opens[kinds] = route


def route_of(kind: str) -> str:
    """The route for a matter of this kind; the common page for kinds that nobody has spoken for."""
    fitting = [kinds for kinds in _opens if kind.startswith(kinds)]
    return _opens[max(fitting, key=len)] if fitting else "portal:matter"


def mine(name: str) -> Callable[[Callable[[Actor], Iterable[Row]]], Callable[[Actor], Iterable[Row]]]:
    """Register rows of 我的 that are no matters: open ones, and those of the last year."""

    def keep(give: Callable[[Actor], Iterable[Row]]) -> Callable[[Actor], Iterable[Row]]:
        _rows[name] = give
        return give

    return keep


def rows_of(actor: Actor) -> Iterator[Row]:
    """The registered rows of one worker."""
    for give in _rows.values():
        yield from give(actor)


def turn(give: Callable[[Actor], Iterable[int]]) -> Callable[[Actor], Iterable[int]]:
    """Register matters in which the worker is waited for though their state does not say so (a question was asked)."""
    _turns.append(give)
    return give


def numbered(kinds: str) -> Callable[[Callable[[Sequence[int]], dict[int, str]]], Any]:
    """Register how matters of these kinds are numbered for their worker, where that is not the matter's own number."""

    def keep(give: Callable[[Sequence[int]], dict[int, str]]) -> Callable[[Sequence[int]], dict[int, str]]:
        _numbers[kinds] = give
        return give

    return keep


def numbers_of(matters: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The worker's numbers of matters given as (key, kind); those that have none are left out."""
    held = list(matters)
    found: dict[int, str] = {}
    for kinds, give in _numbers.items():
        if keys := [key for key, kind in held if kind.startswith(kinds)]:
            found |= give(keys)
    return found


def turns_of(actor: Actor) -> set[int]:
    return {pk for give in _turns for pk in give(actor)}


def discover() -> None:
    """Import the `front` of every room that has one."""
    for config in apps.get_app_configs():
        if config.name.startswith("gonghui.") and importlib.util.find_spec(f"{config.name}.front"):
            importlib.import_module(f"{config.name}.front")
