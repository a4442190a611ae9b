"""One matter on one screen, and its whole trail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from gonghui.appeals.queries import sees_shared_only
from gonghui.desk import panels
from gonghui.desk.context import reads_cases
from gonghui.desk.rows import titled
from gonghui.desk.trail_words import trail_rows
from gonghui.desk.widgets import OPTIONS_ID
from gonghui.kernel import clocks
from gonghui.kernel import trail as kernel_trail
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import Offer, allowed
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

TRAIL_SHOWN = 30


def seen(request: Request, matter_id: int) -> Matter:
    """The matter, or 404 when there is none or this person may not know of it; 403 for those who read no cases."""
    if not reads_cases(request.actor):
        raise PermissionDenied
    found = get_object_or_404(visible_to(request.actor).select_related("assignee"), pk=matter_id)
    return titled(request.actor, [found])[0]


@staff_required
@require_GET
def page(request: Request, matter_id: int) -> HttpResponse:
    matter = seen(request, matter_id)
    at = now()
    flow = flow_of(matter)
    offers = allowed(matter, request.actor, at)
    return render(
        request,
        "desk/matter.html",
        {
            "matter": matter,
            "flow": flow,
            "state": flow.state_of(matter.state),
            "light": clocks.light(matter, at),
            "clocks": clock_rows(matter),
            "offers": in_order([offer for offer in offers if not offer.refused]),
            "refused": [offer for offer in offers if offer.refused],
            "trail": [] if sees_shared_only(request.actor, matter) else trail_rows(matter, TRAIL_SHOWN),
            "panels": panels.for_matter(request, matter, [offer.name for offer in offers if not offer.refused]),
            "options_id": OPTIONS_ID,
            "now": at,
        },
    )


def in_order(offers: list[Offer]) -> list[Offer]:
    """The usual next step first, then those done often (they have a key), then the rest, each in the flow's order."""

    def rank(offer: Offer) -> int:
        often = bool(offer.transition.key)
        return 0 if often and offer.transition.to != "same" else 1 if often else 2

    return sorted(offers, key=rank)


def clock_rows(matter: Matter) -> list[dict[str, Any]]:
    """Clocks with their title and whether each is late, the running ones first."""
    flow, at = flow_of(matter), now()
    order = {Clock.Status.RUNNING: 0, Clock.Status.SUSPENDED: 1, Clock.Status.STOPPED: 2}
    rows = [
        {
            "clock": clock,
            "title": str(flow.clocks[clock.name].title) if clock.name in flow.clocks else clock.name,
            "late": clock.overdue or (clock.status == Clock.Status.RUNNING and clock.due_at < at),
        }
        for clock in matter.clocks.all()
    ]
    return sorted(rows, key=lambda row: (order[row["clock"].status], row["clock"].due_at))


@staff_required
@require_GET
def trail(request: Request, matter_id: int) -> HttpResponse:
    """The whole trail of a matter, with the result of checking its chain. Not for partner bodies."""
    matter = seen(request, matter_id)
    if sees_shared_only(request.actor, matter):
        raise PermissionDenied
    report = kernel_trail.verify(f"matter:{matter.pk}")
    return render(request, "desk/trail.html", {"matter": matter, "trail": trail_rows(matter, 2000), "report": report})
