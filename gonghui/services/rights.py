"""What no place's file may take away of a service (handbook 4.2): the minimum form, the national states, and the rights
of who applies: to contest a refusal, to withdraw. (To look and to be erased are the platform's, and in no file.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gonghui.kernel.flow.schema import Call, Flow, Transition
from gonghui.services import review
from gonghui.services.national import REFUSED
from gonghui.services.spec import FormField, Service

MAY_CONTEST = "services.may_contest"


class Built(NamedTuple):
    """A service with its flow (None where it takes no applications) and the national state of each of its states."""

    service: Service
    flow: Flow | None
    national: dict[str, str]


class Lost(NamedTuple):
    """Where in the service's data, by names, and why it may not be."""

    at: tuple[Any, ...]
    cause: str


def lost(country: Built, place: Built) -> Lost | None:
    """The first thing that a place's files take away of what the country's file gives; None where they take nothing."""
    return next(_lost(country, place), None)


def _lost(country: Built, place: Built) -> Iterator[Lost]:
    yield from _form(country.service, place.service)
    if country.flow is None or place.flow is None:
        return
    yield from _review(country.flow, place.flow, place)
    yield from _states(country, place)
    yield from _ways_out(country.flow, place.flow)


def _form(country: Service, place: Service) -> Iterator[Lost]:
    there = {field.name: (section.id, field) for section in place.form for field in section.fields}
    for section in country.form:
        for field in section.fields:
            if not field.in_minimum_form:
                continue
            home, other = there.get(field.name, (section.id, None))
            at = ("form", home, "fields", field.name)
            hint = f"{field.name!r} is of the country's minimum form"
            if other is None:
                yield Lost(at, f"{hint}: no place may drop it")
            elif not other.required or not _asked_as_often(field, other):
                part = "required" if not other.required else "show_when"
                yield Lost((*at, part), f"{hint}: no place may ask it less")
            elif other.type != field.type or other.in_minimum_form != field.in_minimum_form:
                part = "type" if other.type != field.type else "minimum"
                yield Lost((*at, part), f"{hint}: {part!r} is the national file's")


def _asked_as_often(country: FormField, place: FormField) -> bool:
    return place.show_when is None or place.show_when == country.show_when


def _states(country: Built, place: Built) -> Iterator[Lost]:
    for code, counts_as in country.national.items():
        if place.national.get(code, counts_as) != counts_as:
            yield Lost(("flow", "states", code, "national"), f"{code!r} counts as {counts_as!r} everywhere")
    if gone := sorted(set(country.national.values()) - set(place.national.values())):
        yield Lost(("flow",), f"no state counts as {gone[0]!r} any more: keep one of the country's")


def _review(before: Flow, after: Flow, place: Built) -> Iterator[Lost]:
    if review.CONTEST not in before.by_name:
        return
    dropped = "no place may drop the right to have a refusal reviewed"
    if review.CONTEST not in after.by_name:
        yield Lost(("flow",), dropped)
        return
    for step in review.refusals(before):
        now = after.by_name.get(step.name)
        if now is not None and now.to != review.REFUSED:
            yield Lost(("flow", "transitions", step.name, "to"), f"{dropped}: it ends elsewhere")
    for code, state in after.states.items():
        if state.final and place.national[code] == REFUSED and code not in before.states:
            yield Lost(("flow", "states", code), f"{dropped}: who is refused ends in {review.REFUSED!r}")
    for name in review.names():
        if name in before.by_name and (part := _hollowed(before.by_name[name], after.by_name[name])):
            yield Lost(("flow", "transitions", name, part), f"{dropped}: {part!r} of {name!r} is the national file's")


def _hollowed(before: Transition, after: Transition) -> str:
    """The part of a step of the review in which a place asks for more than the country; empty for none."""
    for part in ("sources", "to", "roles", "effects"):
        if getattr(before, part) != getattr(after, part):
            return {"sources": "from"}.get(part, part)
    if _required(after) - _required(before):
        return "fields"
    if set(before.notices) - set(after.notices):
        return "notices"
    return "" if _no_narrower(before.guards, after.guards) else "guards"


def _required(step: Transition) -> set[str]:
    return {field.name for field in step.fields if field.required}


def _no_narrower(before: tuple[Call, ...], after: tuple[Call, ...]) -> bool:
    """The same guards, with no fewer days to ask in."""
    if [call.name for call in before] != [call.name for call in after]:
        return False
    for was, now in zip(before, after, strict=True):
        if was.name == MAY_CONTEST:
            days = (now.args or {}).get("days") if isinstance(now.args, dict) else None
            if not isinstance(days, int) or days < int(was.args["days"]):
                return False
        elif was.args != now.args:
            return False
    return True


def _ways_out(before: Flow, after: Flow) -> Iterator[Lost]:
    """The worker's own step out of it (撤销), from every state in which it is there."""
    for step in before.transitions:
        if not _is_out(step, before):
            continue
        at = ("flow", "transitions", step.name)
        now = after.by_name.get(step.name)
        if now is None or not _is_out(now, after):
            yield Lost(at, f"no place may take {step.name!r} from the worker")
            continue
        missing = (set(before.sources_of(step)) & set(after.states)) - set(after.sources_of(now))
        if missing:
            yield Lost((*at, "from"), f"the worker may {step.name!r} from {sorted(missing)[0]!r} too")


def _is_out(step: Transition, flow: Flow) -> bool:
    target = flow.states.get(step.to)
    own = any(grant.role == "owner" for grant in step.roles)
    return own and target is not None and target.final and target.side
