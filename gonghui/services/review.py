"""复核: the steps that every flow gets by which a worker has a refusal looked at again (review.yaml, handbook 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gonghui.kernel.flow.load import read_yaml
from gonghui.kernel.flow.schema import Flow, Limit, Transition
from gonghui.services.layers import merge
from gonghui.services.spec import Offers

SOURCE = Path(__file__).parent / "review.yaml"
REFUSED, CONTEST = "refused", "contest"
# The steps by which a review, not the first decision, ends there.
ANSWERS = ("uphold", "acknowledge")
# What a refusal may do and `services.retake` can take back of itself; a room's own effect where the room says how
# (`takes_back`). A refusal that does more (a profile erased) is final: who is refused there signs up anew.
TAKEN_BACK = frozenset({"services.answer", "services.end_notice", "services.release", "services.give_back_money"})


@dataclass(frozen=True)
class Undo:
    """How a room takes back what a refusal did. `too_late` says why it cannot any more, None while it can."""

    take: Callable[[Any], None]
    too_late: Callable[[Any], str | None]


_undo: dict[str, Undo] = {}


def takes_back(
    effect: str, too_late: Callable[[Any], str | None] = lambda ctx: None
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """`@takes_back("room.effect")` — `f(ctx)` undoes what that effect did in a refusal, before `services.retake` takes
    the seat, the stock and what may be had once again; in the same transaction."""

    def keep(function: Callable[[Any], None]) -> Callable[[Any], None]:
        _undo[effect] = Undo(function, too_late)
        return function

    return keep


def undone(flow: Flow) -> list[Undo]:
    """What the rooms have to take back of a flow's refusals."""
    names = dict.fromkeys(call.name for step in refusals(flow) for call in step.effects)
    return [_undo[name] for name in names if name in _undo]


def refusals(flow: Flow) -> list[Transition]:
    """The steps by which staff refuse."""
    return [step for step in flow.transitions if step.to == REFUSED and step.name not in ANSWERS]


def can_be_reviewed(flow: Any) -> bool:
    """Whether a flow, as its file holds it, refuses in a way that can be taken back."""
    try:
        effects = [step.get("effects", ()) for step in flow["transitions"] if step.get("to") == REFUSED]
        final = flow["states"][REFUSED]["final"]
    except (KeyError, TypeError, AttributeError):
        return False  # nothing is refused, or the file is none that can be read: that is told when the flow is made
    known = TAKEN_BACK | _undo.keys()
    return bool(final and effects and all({str(name) for name in one} <= known for one in effects))


def steps(initial: str, offers: Offers | None = None) -> dict[str, Any]:
    """The states, clocks and steps of a review, as a flow file would hold them; `initial` is where the flow begins."""
    found: dict[str, Any] = deepcopy(_read())
    seats, queue = found.pop("seats"), found.pop("queue")
    if offers is not None:
        found = merge(found, seats)
        initial = offers.queues or offers.begins or initial
        if offers.queues:
            found = merge(found, queue)
    for step in found["transitions"]:
        if step["to"] == "initial":
            step["to"] = initial
    return found


def has_all(flow: Any, offers: Offers | None = None) -> bool:
    """Whether a flow that got the steps still has every one of them."""
    names = {step["name"] for step in steps("", offers)["transitions"]}
    return names <= {step.get("name") for step in flow["transitions"]}


@cache
def names() -> tuple[str, ...]:
    """The steps of a review, of whatever service."""
    rows = [*_read()["transitions"], *_read()["seats"]["transitions"], *_read()["queue"]["transitions"]]
    return tuple(dict.fromkeys(step["name"] for step in rows))


def usual_limit() -> Limit:
    """How long the union above may take."""
    return Limit.model_validate(_read()["clocks"]["contested"]["limit"])


@cache
def _read() -> Any:
    return read_yaml(SOURCE)[0]
