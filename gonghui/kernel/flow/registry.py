"""The functions that flow files name, and the flows themselves, by name.

A room registers its functions in `<room>/flow_rules.py` and puts its flows into `<room>/flows/*.yaml`; the kernel
imports and loads both at start. Registering one name twice is a mistake and stops the start.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gonghui.kernel.flow.schema import Flow

KINDS = ("guard", "effect", "tick", "limit", "choices", "field_type", "notifier")
_functions: dict[str, dict[str, Callable[..., Any]]] = {kind: {} for kind in KINDS}
_roles: set[str] = set()
_flows: dict[str, Flow] = {}
_trial: ContextVar[Mapping[str, Flow]] = ContextVar("gonghui_trial_flows")
_sources: list[Callable[[], Iterable[Flow]]] = []


def _registrar(kind: str) -> Callable[[str], Callable[[Callable[..., Any]], Callable[..., Any]]]:
    def named(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def keep(function: Callable[..., Any]) -> Callable[..., Any]:
            known = _functions[kind].get(name)
            if known is not None and (known.__module__, known.__qualname__) != (
                function.__module__,
                function.__qualname__,
            ):
                raise ValueError(f"{kind} {name!r} is registered twice: {known.__module__} and {function.__module__}")
            _functions[kind][name] = function
            return function

        return keep

    return named


guard = _registrar("guard")
"""`@guard("room.name")` — `f(ctx, args) -> str | None`: None lets pass, a text says why not and what to do."""
effect = _registrar("effect")
"""`@effect("room.name")` — `f(ctx, args) -> None`: changes rows in the same transaction."""
tick = _registrar("tick")
"""`@tick("room.name")` — `f(matter, clock, now, args) -> None`: performed by the worker when a clock says so."""
limit = _registrar("limit")
"""`@limit("room.name")` — `f(matter) -> Limit | None`: the limit of a clock for this matter; None: no such clock."""
choices = _registrar("choices")
"""`@choices("room.name")` — `f(matter, actor) -> list[(code, label)]` for a field."""
field_type = _registrar("field_type")
"""`@field_type("name")` — `f(raw, spec, matter) -> value`, raising ValueError with a text to show."""
notifier = _registrar("notifier")
"""`@notifier("flow name")` — `f(ctx, notice_name) -> None`: queues the notice in the outbox. `room.*` serves every flow
of the room that has none of its own."""


def function(kind: str, name: str) -> Callable[..., Any]:
    """The registered function. KeyError when there is none."""
    found = _functions[kind].get(name)
    if found is None and kind == "notifier":
        found = _functions[kind].get(name.partition(".")[0] + ".*")
    if found is None:
        raise KeyError(name)
    return found


def has(kind: str, name: str) -> bool:
    try:
        return function(kind, name) is not None
    except KeyError:
        return False


def names(kind: str) -> list[str]:
    return sorted(_functions[kind])


def register_roles(roles: Iterable[str]) -> None:
    """Tell the kernel which role names exist, so that a flow with a misspelt one does not start."""
    _roles.update(roles)


def known_roles() -> frozenset[str]:
    return frozenset(_roles)


def add_flow(flow: Flow) -> None:
    _flows[flow.name] = flow


def flow_source(function: Callable[[], Iterable[Flow]]) -> Callable[[], Iterable[Flow]]:
    """`@flow_source` — flows that a room makes of its own files; called once all rooms' functions are registered."""
    if function not in _sources:
        _sources.append(function)
    return function


def get_flow(kind: str) -> Flow:
    """The flow in use of this name, by which new matters go; `kept.flow_of` is that of a matter under way. KeyError
    when no room brought it."""
    found = find_flow(kind)
    if found is None:
        raise KeyError(kind)
    return found


def find_flow(kind: str) -> Flow | None:
    """The same, None when no room brought it."""
    return _trial.get({}).get(kind) or _flows.get(kind)


@contextmanager
def trial_flows(flows: Iterable[Flow]) -> Iterator[None]:
    """Run the body as if these flows were there too, for this request alone: a file is tried before it is put in."""
    token = _trial.set({flow.name: flow for flow in flows})
    try:
        yield
    finally:
        _trial.reset(token)


def all_flows() -> list[Flow]:
    return [_flows[name] for name in sorted(_flows)]


def discover(packages: Iterable[str]) -> None:
    """Import every room's `flow_rules`, then load every room's flows. FlowError stops the start."""
    from gonghui.kernel.flow.load import load_flow

    packages = list(packages)
    for package in packages:
        if importlib.util.find_spec(f"{package}.flow_rules") is not None:
            importlib.import_module(f"{package}.flow_rules")
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(next(iter(spec.submodule_search_locations))) / "flows"
        for path in sorted(folder.glob("*.yaml")):
            add_flow(load_flow(path))
    for source in _sources:
        for flow in source():
            add_flow(flow)
