"""Read a flow file and refuse it, with file, line and cause, when anything in it cannot work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow import registry
from gonghui.kernel.flow.schema import PLAIN_GRANTS, Call, Flow, Transition
from gonghui.yamls import LOADER

Lines = dict[tuple[Any, ...], int]
BUILT_IN_TYPES = (
    "text",
    "long_text",
    "choice",
    "multi",
    "date",
    "datetime",
    "bool",
    "int",
    "decimal",
    "money",
    "paths",
)


def load_flow(path: Path | str) -> Flow:
    """Load and check one flow file. FlowError names the first mistake."""
    data, lines = read_yaml(path)
    return make_flow(data, str(path), lambda at: line_of(lines, at))


def make_flow(data: Any, file: str, find_line: Callable[[tuple[Any, ...]], int]) -> Flow:
    """A flow from plain data, checked. `find_line` tells on which line of `file` a path of the data stands."""
    try:
        flow = Flow.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FlowError(file, find_line(first["loc"]), f"{where}: {first['msg']}") from error
    for at, cause in _mistakes(flow):
        raise FlowError(file, find_line(at), cause)
    return flow


def read_yaml(path: Path | str) -> tuple[Any, Lines]:
    """A YAML file as plain data, with the line of every path in it. FlowError for what is no YAML, or is empty."""
    path = Path(path)
    return parse_yaml(path.read_text(encoding="utf-8"), str(path))


def parse_yaml(text: str, name: str) -> tuple[Any, Lines]:
    """The same of a text; `name` is what an error calls it."""
    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise FlowError(name, mark.line + 1 if mark else 1, f"not valid YAML: {error}") from error
    if node is None:
        raise FlowError(name, 1, "the file is empty")
    lines: Lines = {}
    return _plain(node, (), lines, name), lines


def _plain(node: yaml.Node, at: tuple[Any, ...], lines: Lines, file: str) -> Any:
    """The node as plain data, noting the line of every path on the way; doubled keys are a mistake."""
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result:
                raise FlowError(file, key_node.start_mark.line + 1, f"{key!r} stands twice")
            result[key] = _plain(value_node, (*at, key), lines, file)
            lines[(*at, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*at, index), lines, file) for index, child in enumerate(node.value)]
    try:
        return LOADER("").construct_object(node)
    except ValueError as error:
        # A day that is in no calendar (2026-02-30) looks like one to YAML.
        raise FlowError(file, node.start_mark.line + 1, f"{node.value!r} is no value: {error}") from error


def line_of(lines: Lines, at: tuple[Any, ...]) -> int:
    """The line of the nearest known ancestor of a path."""
    at = tuple(at)
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _mistakes(flow: Flow) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Everything that is well formed but cannot work, as (path in the file, cause)."""
    yield from _wrong_names(flow)
    yield from _wrong_functions(flow)
    yield from _wrong_shape(flow)


def _wrong_names(flow: Flow) -> Iterator[tuple[tuple[Any, ...], str]]:
    known = ", ".join(flow.states)
    if flow.initial not in flow.states:
        yield ("initial",), f"unknown state {flow.initial!r}; the states are {known}"
    seen: set[str] = set()
    for index, transition in enumerate(flow.transitions):
        at = ("transitions", index)
        if transition.name in seen:
            yield (*at, "name"), f"transition {transition.name!r} stands twice"
        seen.add(transition.name)
        if transition.sources != ("*",):
            for source in transition.sources:
                if source not in flow.states:
                    yield (*at, "from"), f"unknown state {source!r}; the states are {known}"
        if transition.to != "same" and transition.to not in flow.states:
            yield (*at, "to"), f"unknown state {transition.to!r}; the states are {known}"
        for clock in transition.go_on:
            if clock not in flow.clocks:
                yield (*at, "go_on"), f"unknown clock {clock!r}"
        for clock in transition.restart:
            if clock not in flow.clocks:
                yield (*at, "restart"), f"unknown clock {clock!r}"
        for grant in transition.roles:
            if grant.role not in PLAIN_GRANTS and grant.role not in registry.known_roles():
                roles = ", ".join(sorted(registry.known_roles()))
                yield (*at, "roles"), f"unknown role {grant.role!r}; the roles are owner, system, {roles}"
    for role in flow.restricted_roles:
        if role not in registry.known_roles():
            yield ("restricted_roles",), f"unknown role {role!r}"
    for name, state in flow.states.items():
        for clock in state.clocks:
            if clock not in flow.clocks:
                yield ("states", name, "clocks"), f"unknown clock {clock!r}"
        if not state.final and not state.clocks and not state.no_limit:
            yield ("states", name), f"state {name!r} has no limit: list a clock, or say why not in no_limit"
        if state.final and state.clocks:
            yield ("states", name, "clocks"), f"state {name!r} is final, a clock there would never stop"


def _wrong_functions(flow: Flow) -> Iterator[tuple[tuple[Any, ...], str]]:
    for index, transition in enumerate(flow.transitions):
        at = ("transitions", index)
        yield from _wrong_calls("guard", transition.guards, (*at, "guards"))
        yield from _wrong_calls("effect", transition.effects, (*at, "effects"))
        if transition.notices and not registry.has("notifier", flow.name):
            yield (*at, "notices"), f"no notifier is registered for {flow.name!r}"
        yield from _wrong_fields(transition, at)
    for name, clock in flow.clocks.items():
        if clock.function and not registry.has("limit", clock.function):
            yield ("clocks", name, "function"), f"unknown limit {clock.function!r}"
        for index, tick in enumerate(clock.ticks):
            kind, _, target = tick.do.partition(":")
            place = ("clocks", name, "ticks", index)
            if kind == "transition":
                if target not in flow.by_name:
                    yield place, f"unknown transition {target!r}"
                elif not any(grant.role == "system" for grant in flow.by_name[target].roles):
                    yield place, f"transition {target!r} is not open to the system"
            elif tick.do != "warn" and not registry.has("tick", tick.do):
                yield place, f"unknown tick {tick.do!r}; known are warn, {', '.join(registry.names('tick'))}"


def _wrong_calls(kind: str, calls: tuple[Call, ...], at: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for index, call in enumerate(calls):
        if not registry.has(kind, call.name):
            yield (*at, index), f"unknown {kind} {call.name!r}; known are {', '.join(registry.names(kind)) or 'none'}"


def _wrong_fields(transition: Transition, at: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for index, spec in enumerate(transition.fields):
        place = (*at, "fields", index)
        if spec.type not in BUILT_IN_TYPES and not registry.has("field_type", spec.type):
            yield place, f"unknown field type {spec.type!r}"
        if spec.choices_from and not registry.has("choices", spec.choices_from):
            yield place, f"unknown choices {spec.choices_from!r}"
        if spec.type in ("choice", "multi") and not spec.choices and not spec.choices_from:
            yield place, f"field {spec.name!r} is a choice without choices"


def _wrong_shape(flow: Flow) -> Iterator[tuple[tuple[Any, ...], str]]:
    reached, todo = {flow.initial}, [flow.initial]
    while todo:
        here = todo.pop()
        for transition in flow.leaving(here):
            target = flow.target(transition, here)
            if target not in reached:
                reached.add(target)
                todo.append(target)
    for name, state in flow.states.items():
        if name not in reached:
            yield ("states", name), f"state {name!r} cannot be reached from {flow.initial!r}"
        ways_out = [t for t in flow.leaving(name) if flow.target(t, name) != name]
        if not state.final and not ways_out:
            yield ("states", name), f"state {name!r} is a dead end: it is not final and nothing leads out of it"
    if not any(state.final for state in flow.states.values()):
        yield ("states",), "no state is final: no matter could ever end"
