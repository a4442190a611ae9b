"""逐级差异: from which layer of a service file each value comes that holds in a place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gonghui.services import layers
from gonghui.services.checking import pattern_of
from gonghui.services.layers import Address, Layer


@dataclass(frozen=True)
class Value:
    """One value as it holds: `where` in the file, `text` (empty: taken out), the layer that says it and the line there.
    Without a layer it is the flow pattern's. `steps`: as it is after each layer of the chain, the country's first."""

    where: str
    text: str
    layer: Layer | None
    line: int
    steps: tuple[str, ...]
    differs: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        layer = self.layer
        by = {"file": layer.name, "place": layer.place, "version": layer.version, "line": self.line} if layer else None
        return {"where": self.where, "value": self.text, "from": by, "steps": list(self.steps)}


def trace(chain: Sequence[Layer]) -> list[Value]:
    """Every value of the chain, and what a layer takes out, in the order of the country's file."""
    after = [_flat(chain[: count + 1]) for count in range(len(chain))]
    where = dict.fromkeys(at for one in after for at in one)
    found: dict[Address, Value] = {}
    for at in where:
        by, whole = layers.origin(chain, at, whole=True), at
        steps = tuple(_text(one.get(at)) for one in after)
        if at not in after[-1]:
            # What is taken out as one thing is told as one.
            by, whole = _taken_out(chain, at)
            steps = steps if whole == at else tuple(_told(one, whole) for one in after)
        differs = len(set(steps)) > 1 or (by is not None and bool(by[0].place))
        layer, line = by or (None, 0)
        found.setdefault(whole, Value(".".join(map(str, whole)), steps[-1], layer, line, steps, differs))
    return list(found.values())


def _told(values: dict[Address, Any], at: Address) -> str:
    """A thing of several values by its Chinese name; empty where it is not there."""
    inside = [one for one in values if one[: len(at)] == at]
    return _text(values.get((*at, "zh"), "…")) if inside else ""


def _flat(chain: Sequence[Layer]) -> dict[Address, Any]:
    data = layers.whole(chain)
    if "flow" in data:
        pattern = str((data["flow"] or {}).get("pattern", ""))
        data["flow"] = {
            **({"pattern": pattern} if pattern else {}),
            **layers.whole_flow(chain, pattern_of(pattern) if pattern else None),
        }
    return dict(layers.smallest(data))


def _taken_out(chain: Sequence[Layer], at: Address) -> tuple[tuple[Layer, int] | None, Address]:
    """The layer that takes it out, or what it stood in, with the line; and the address of what was taken out."""
    for layer in reversed(chain):
        for length in range(len(at), 0, -1):
            value, line = layer.addresses.get(at[:length], (True, 0))
            dropped = isinstance(value, dict) and value.get("drop")
            if line and (value is None or dropped or not isinstance(value, dict | list)):
                return (layer, line), at[:length]
    return next(((layer, 1) for layer in reversed(chain) if layer.place), None), at


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
