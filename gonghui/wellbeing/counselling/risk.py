"""危机识别: words that tell of danger to a life, or a high score. The brain reads the words; a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonghui import brain
from gonghui.wellbeing.counselling.tables import scale

# Of the brain's alarms those that speak of a life.
LIFE = frozenset({"self_harm", "violence", "accident", "detention"})


def alarms_in(text: str) -> list[str]:
    """Kinds of alarm for which somebody must be called at once. A third person's danger counts too."""
    if not text.strip():
        return []
    found = brain.understand(text, facts=False).urgency
    return sorted(
        {
            alarm.kind
            for alarm in found.alarms
            if not alarm.negated and alarm.kind in LIFE and (alarm.level == "P0" or alarm.kind == "self_harm")
        }
    )


def alarms_of(values: Mapping[str, Any]) -> list[str]:
    """The same for a filled-in form: its words, and the band of the self-check."""
    found = alarms_in(str(values.get("told") or ""))
    return [*found, "scale"] if scale().is_high(str(values.get("scale") or "")) else found
