"""How a walk through a flow finds on: the likeliest way to a good end, and values for the fields of its steps."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gonghui.kernel.flow.schema import FieldSpec, Flow, Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.services.models import Seat, Voucher
from gonghui.services.rules.attending import attendance_of, door_codes


def towards_good(flow: Flow, state: str, closed: set[tuple[str, str]]) -> Transition | None:
    """The first step of the likeliest way to a good end: by people rather than by waiting, by no side road."""
    heap: list[tuple[int, int, str, Transition | None]] = [(0, 0, state, None)]
    seen: set[str] = set()
    order = itertools.count(1)
    while heap:
        cost, _order, place, first = heapq.heappop(heap)
        if place in seen:
            continue
        seen.add(place)
        if flow.states[place].final:
            if not flow.states[place].side:
                return first
            continue
        for step in flow.leaving(place):
            if step.to in ("same", place) or (place, step.name) in closed:
                continue
            by_time = all(grant.role == "system" for grant in step.roles)
            more = 1 + (3 if by_time else 0) + (20 if flow.states[step.to].side else 0)
            heapq.heappush(heap, (cost + more, next(order), step.to, first or step))
    return None


def go_on(
    flow: Flow,
    matter: Matter,
    closed: set[tuple[str, str]],
    take: Callable[[Matter, Transition], bool],
    wait: Callable[[timedelta], None],
) -> bool:
    """Take the step that leads on; else what may be done where one stands, and it again; else another way. `take` says
    whether the matter, read anew, took a step; `closed` remembers which ways lead nowhere."""
    state = matter.state
    while (step := towards_good(flow, state, closed)) is not None:
        if take(matter, step) or (_begun(matter, wait) and take(matter, step)):
            return True
        for same in flow.leaving(state):
            stays = same.to in ("same", state) and not same.hidden
            if stays and take(matter, same) and (matter.state != state or take(matter, step)):
                return True
        closed.add((state, step.name))
    return False


def _begun(matter: Matter, wait: Callable[[timedelta], None]) -> bool:
    """Whether what was signed up for began only now: time passes until then."""
    with as_system("when it begins"):
        seat = Seat.objects.select_related("offer").filter(application__matter=matter).first()
    if seat is None or seat.offer.starts is None or seat.offer.starts <= now():
        return False
    wait(seat.offer.starts - now() + timedelta(minutes=5))
    return True


def values_for(matter: Matter, spec: FieldSpec, begun: Any = None, options: list[str] | None = None) -> list[Any]:
    """Values for a field of a step, the likeliest first, as a page sends them. `begun`: what the page proposes;
    `options`: the codes it offers."""
    if spec.name == "code":
        return [code_of(matter)]
    if begun not in (None, "", []):
        return [begun]
    if spec.type in ("choice", "multi"):
        codes = options if options is not None else [choice.code for choice in spec.choices]
        if spec.type == "multi":
            return [codes] if codes else [[]]
        return codes or [""]
    by_type: dict[str, list[Any]] = {
        "bool": ["on"],
        "int": ["1", "3", "5", "30", "100", "2", "0"],
        "decimal": ["80", "1", "100", "0.5"],
        "money": ["100", "1000", "1"],
        "date": [(today() + timedelta(days=days)).isoformat() for days in (0, 30, 10, -1, 400)],
        "datetime": [(now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (1, 10, 0, -1)],
        "appeals.organisation": [matter.holder_path],
    }
    return by_type.get(spec.type, ["已核对无误，情况属实。"])


def code_of(matter: Matter) -> str:
    """The code that the worker shows or the host has hung out."""
    with as_system("what the worker holds in their hand"):
        voucher = Voucher.objects.filter(application__matter=matter).first()
        if voucher is not None:
            return voucher.pickup_code
        seat = Seat.objects.select_related("offer").filter(application__matter=matter).first()
    return door_codes(seat.offer, attendance_of(matter).printed, now())[0] if seat is not None else "00000000"
