"""What this room itself knows of a person for sure: who had goods before, which unit has a union."""

from __future__ import annotations

from gonghui.kernel.scope import as_system
from gonghui.services import earlier
from gonghui.services.holding import union_of_unit
from gonghui.services.sources import Asked, Facts, fact_source

KIT = "M04"


@fact_source("received_kit")
def received_kit(asked: Asked) -> Facts:
    """A kit handed over here, or one that a union has brought in from its lists of before. Who stands in neither may
    have had one all the same: then the form's word counts."""
    with as_system("whether somebody had it is no secret to themselves"):
        return {"received_kit": True} if earlier.had(KIT, asked.account_id, asked.id_no) else {}


@fact_source("unit_has_union")
def unit_has_union(asked: Asked) -> Facts:
    """By the register of employers. That a unit is not found there does not say that it has none."""
    return {"unit_has_union": True} if asked.unit and union_of_unit(asked.unit, asked.region) is not None else {}
