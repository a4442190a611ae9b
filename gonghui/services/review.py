"""复核: the steps that every flow gets by which a worker has a refusal looked at again (review.yaml, handbook 4.2)."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from gonghui.kernel.flow.load import read_yaml
from gonghui.kernel.flow.schema import Flow, Transition

SOURCE = Path(__file__).parent / "review.yaml"
REFUSED, CONTEST = "refused", "contest"
# What a refusal may do and `services.retake` can take back. A refusal that does more (a profile erased, a place in a
# draw given on) is final: who is refused there signs up anew.
TAKEN_BACK = frozenset({"services.answer", "services.end_notice", "services.release"})


def refusals(flow: Flow) -> list[Transition]:
    """The steps by which staff refuse."""
    return [step for step in flow.transitions if step.to == REFUSED and step.name != "uphold"]


def can_be_reviewed(flow: Any) -> bool:
    """Whether a flow, as its file holds it, refuses in a way that can be taken back."""
    try:
        effects = [step.get("effects", ()) for step in flow["transitions"] if step.get("to") == REFUSED]
        final = flow["states"][REFUSED]["final"]
    except (KeyError, TypeError, AttributeError):
        return False  # nothing is refused, or the file is none that can be read: that is told when the flow is made
    return bool(final and effects and all({str(name) for name in one} <= TAKEN_BACK for one in effects))


def steps(initial: str) -> dict[str, Any]:
    """The states, clocks and steps of a review, as a flow file would hold them; `initial` is where the flow begins."""
    found: dict[str, Any] = deepcopy(_read())
    for step in found["transitions"]:
        if step["to"] == "initial":
            step["to"] = initial
    return found


def has_all(flow: Any) -> bool:
    """Whether a flow that got the steps still has every one of them."""
    return {step["name"] for step in _read()["transitions"]} <= {step.get("name") for step in flow["transitions"]}


@cache
def _read() -> Any:
    return read_yaml(SOURCE)[0]
