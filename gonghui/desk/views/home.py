"""What this person should look at first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gonghui.appeals import queries
from gonghui.desk.context import reads_cases
from gonghui.desk.rows import described, titled
from gonghui.desk.tiles import counted
from gonghui.desk.views.lists import ALERT_ROLES
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.times import now
from gonghui.kernel.worklist import Filters
from gonghui.knowledge import upkeep
from gonghui.knowledge.actions import EDITORS
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.people.roles import roles

NOTICES, FIRST = 8, 10


@staff_required
@require_GET
def home(request: Request) -> HttpResponse:
    at, actor = now(), request.actor
    working = actor.has_role("handler", "leader")
    reads = reads_cases(actor)
    soon = kernel_worklist.page(actor, Filters(mine=working), size=FIRST, at=at).rows if reads else []
    return render(
        request,
        "desk/home.html",
        {
            "tiles": counted(actor, at) if reads else [],
            "knowledge": upkeep.tiles(actor.account_id) if actor.has_role(*EDITORS) else [],
            "cap": kernel_worklist.COUNT_CAP,
            "rows": described(titled(request.actor, soon), at),
            "working": working,
            "alerts": queries.mass_alerts(actor, most=20)[:5] if actor.has_role(*ALERT_ROLES) else [],
            "notices": queries.notices_of(actor.account_id or 0, NOTICES),
            "duties": [roles()[duty.role].label for duty in actor.duties if duty.role in roles()],
        },
    )
