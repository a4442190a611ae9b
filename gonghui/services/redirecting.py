"""转交: the step that every flow gets by which a union passes on what another is to handle (redirect.yaml)."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from gonghui.kernel.flow.load import read_yaml
from gonghui.services.spec import Service

SOURCE = Path(__file__).parent / "redirect.yaml"
# Before this step of a flow, where it has it: what is not ours is passed on rather than refused.
BEFORE = "refuse"


def can_move(service: Service, flow: Any) -> bool:
    """Whether another union could have it: place or unit decide, and staff of a union see it where the flow begins."""
    by = service.handled_by
    if not by.moves or by.first == "own" or by.level == "national" or service.offers is not None:
        return False
    try:
        first = [step for step in flow["transitions"] if flow["initial"] in _listed(step["from"])]
        return any(str(role).endswith("@holder") for step in first for role in step["roles"])
    except (KeyError, TypeError, AttributeError):
        return False  # the file is none that can be read: that is told when the flow is made


def steps(flow: Any) -> dict[str, Any]:
    """The step as a flow file would hold it, for a flow as its file holds it."""
    found: dict[str, Any] = deepcopy(_read())
    for step in found["transitions"]:
        step["from"] = flow["initial"]
        step["restart"] = list(flow["states"][flow["initial"]].get("clocks", ()))
        if any(one.get("name") == BEFORE for one in flow["transitions"]):
            step["before"] = BEFORE
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def _read() -> Any:
    return read_yaml(SOURCE)[0]
