"""What this room knows of a person for sure: of which unit they are, and whether they are a delegate of its session."""

from __future__ import annotations

from gonghui.services.holding import union_of_unit
from gonghui.services.sources import Asked, Facts, fact_source
from gonghui.voice import congresses, units


@fact_source("of_unit", "delegate")
def in_the_unit(asked: Asked) -> Facts:
    """By the registers of the named unit's union. Who does not stand there is asked for by that union."""
    union = union_of_unit(asked.unit, asked.region) if asked.unit else None
    if union is None:
        return {}
    found = {
        "of_unit": units.owner_belongs(asked.account_id, union),
        "delegate": congresses.delegate_of(congresses.current(union, asked.day), asked.account_id) is not None,
    }
    return {name: True for name, holds in found.items() if holds}
