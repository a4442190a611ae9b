"""What this person should look at first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gonghui.desk.views.worklist import described
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.times import now
from gonghui.kernel.worklist import Filters
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request


@staff_required
@require_GET
def home(request: Request) -> HttpResponse:
    at, actor = now(), request.actor
    tiles = [
        ("red", Filters(light="red"), "?light=red"),
        ("yellow", Filters(light="yellow"), "?light=yellow"),
        ("mine", Filters(mine=True), "?who=mine"),
        ("unassigned", Filters(unassigned=True), "?who=unassigned"),
        ("open", Filters(), ""),
    ]
    counts = [
        {"name": name, "count": kernel_worklist.count(actor, filters, at=at), "query": query}
        for name, filters, query in tiles
    ]
    soon = kernel_worklist.page(actor, Filters(), size=8, at=at)
    return render(
        request,
        "desk/home.html",
        {"tiles": counts, "cap": kernel_worklist.COUNT_CAP, "rows": described(soon.rows, at)},
    )
