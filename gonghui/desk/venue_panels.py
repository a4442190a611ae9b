"""What the matter page shows of a fault at a place."""

from __future__ import annotations

from typing import Any

from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.people.http import Request
from gonghui.venues import faults


@panel(faults.KIND)
def fault(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/venue_fault.html", {"fault": faults.of_matter(matter)})]
