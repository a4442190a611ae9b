"""What a room does in a trial of its services: set the scene beforehand, and take the steps of its own pages.

A room registers both in its `trial.py`, which its `flow_rules.py` imports. `@stages("M16", "lecture")` —
`f(scene) -> Mapping | None` makes what must be there before the form is filled in (a campaign, a reviewed course), by
service or by pattern; it may name other offers in `scene.offers`, and returns what the form must say. `@walks(
"craft_contest.numbered")` — `f(hands, matter) -> str` brings about a step that is not taken on the page of the
application, by `pattern.step` or `service.step`; it returns in words what was done. Who walks (`hands`) gives people
with duties, lets time pass and clocks run: the trial, where all of it is undone, and the tests by the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Organisation
from gonghui.services.spec import Service


@dataclass
class Scene:
    """Before the form: the union that handles it, who applies (their `number`), the offers that can be chosen."""

    service: Service
    union: Organisation
    worker: Actor
    number: str
    offers: list[int] = field(default_factory=list)


class Hands(Protocol):
    """Who walks."""

    @property
    def worker(self) -> Actor:
        """Who applied."""

    def clerk(self, role: str, path: str) -> Actor:
        """Somebody with this duty at a union, new each time."""

    def wait(self, by: timedelta) -> None:
        """Let time pass, for the rest of the walk."""

    def run_clocks(self, matter_id: int) -> None:
        """What has fallen due is done."""

    def by_staff(self, matter: Matter, name: str, given: Mapping[str, str]) -> None:
        """Take a step of the application as staff do, with some values given."""


Stage = Callable[[Scene], Mapping[str, Any] | None]
Walk = Callable[[Hands, Matter], str]
_stages: dict[str, Stage] = {}
_walks: dict[str, Walk] = {}


def _registrar(known: dict[str, Any]) -> Any:
    def registrar(*names: str) -> Callable[[Any], Any]:
        def keep(function: Any) -> Any:
            for name in names:
                earlier = known.setdefault(name, function)
                if earlier.__module__ != function.__module__:
                    raise ValueError(f"{name} is walked already: {earlier.__module__}")
                known[name] = function
            return function

        return keep

    return registrar


stages, walks = _registrar(_stages), _registrar(_walks)


def set_scene(scene: Scene) -> dict[str, Any]:
    """Make what the rooms say must be there. Returns what the form must say."""
    preset: dict[str, Any] = {}
    for name in _names(scene.service):
        if name in _stages:
            preset |= _stages[name](scene) or {}
    return preset


def walk_of(service: Service, step: str) -> Walk | None:
    """How this step is taken; None where the page of the application is its place."""
    found = (_walks.get(f"{name}.{step}") for name in _names(service))
    return next((walk for walk in found if walk is not None), None)


def registered() -> dict[str, list[str]]:
    """Every name with a stage or a walk, for the test that each names something."""
    return {"stages": sorted(_stages), "walks": sorted(_walks)}


def _names(service: Service) -> Iterator[str]:
    yield service.id
    if pattern := service.flow.get("pattern"):
        yield str(pattern)
