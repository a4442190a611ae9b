"""What the matter page shows of counselling, coupons, books and meeting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.desk.panels import Help, helper, panel
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, now
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue, service_of
from gonghui.services.queries import rows
from gonghui.wellbeing.counselling import meetings, queries
from gonghui.wellbeing.counselling.tables import scale

Parts = list[tuple[str, dict[str, Any]]]
COUNSEL = tuple(kind for kind in catalogue().by_kind if kind.startswith(queries.KIND))


@panel(*COUNSEL)
def counselling(request: Request, matter: Matter) -> Parts:
    """To who takes part by name: what the worker wrote, and one's own notes."""
    found = queries.file_of(request.actor, matter)
    if found is None:
        return []
    told = rows(service_of(matter), found.values, clear=True)
    own = [(row, meetings.for_counsellor(request.actor, row), meetings.waits(row)) for row in found.sessions]
    return [("desk/panels/counselling.html", {"file": found, "told": told, "sessions": own})]


@helper(*COUNSEL)
def counselling_help(request: Request, matter: Matter, step: Transition) -> Help:
    """A time is mostly fifty minutes, in the way that was wished, on the wished day."""
    if step.name not in ("schedule", "reschedule"):
        return Help()
    found = queries.file_of(request.actor, matter)
    if found is None:
        return Help()
    hour = {"morning": 9, "afternoon": 14, "evening": 19}.get(str(found.values.get("part")), 9)
    local = now().astimezone(SHANGHAI)
    day = max(found.values["day"], local.date() + timedelta(days=1))
    starts = f"{day.isoformat()}T{hour:02d}:00"
    return Help({"starts": starts, "minutes": str(scale().session_minutes.value), "way": found.values["way"]})
