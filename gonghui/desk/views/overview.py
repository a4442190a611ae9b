"""统计总览: counts and rates of an organisation and those below, with charts, tables and the export."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import queries
from gonghui.desk.views.worklist import filters_from
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.scope import ancestors, within
from gonghui.kernel.times import SHANGHAI, today
from gonghui.organisations.queries import names_of
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request

ROLES = ("supervisor", "analyst", "leader", "dispatcher", "auditor")
PERIODS = (7, 30, 90, 365)


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) if day else None


@role_required(*ROLES)
@require_GET
def overview(request: Request) -> HttpResponse:
    """One organisation's figures over a period."""
    days = request.GET.get("days", "")
    length = int(days) if days.isdigit() and int(days) in PERIODS else 90
    now = today()
    end = datetime(now.year, now.month, now.day, tzinfo=SHANGHAI) + timedelta(days=1)
    until = _day(request.GET.get("until", "")) or end
    since = _day(request.GET.get("since", "")) or until - timedelta(days=length)
    if since >= until:
        since = until - timedelta(days=1)
    figures = queries.statistics(request.actor, since, until, request.GET.get("path", "")[:120])
    above = [path for path in ancestors(figures["path"])[:-1] if any(within(path, own) for own in request.actor.paths)]
    names = names_of(above)
    most = max((row["count"] for row in figures["by_region"]), default=0)
    for row in figures["by_region"]:
        row["heat"] = min(5, 1 + row["count"] * 5 // (most + 1)) if row["count"] else 0
    return render(
        request,
        "desk/overview.html",
        {
            "figures": figures,
            "above": [(path, names.get(path, path)) for path in above],
            "periods": PERIODS,
            "length": length,
            "charts": _charts(figures),
        },
    )


def _charts(figures: dict[str, Any]) -> dict[str, Any]:
    """The data of the charts; the tables beside them hold the same numbers."""
    return {
        "states": {
            "labels": [str(row["label"]) for row in figures["by_state"]],
            "values": [row["count"] for row in figures["by_state"]],
        },
        "days": {
            "labels": [f"{row['day']:%m-%d}" for row in figures["by_day"]],
            "values": [row["count"] for row in figures["by_day"]],
        },
        "categories": {
            "labels": [str(row["label"]) for row in figures["by_category"][:12]],
            "values": [row["count"] for row in figures["by_category"][:12]],
        },
        "satisfaction": {
            "labels": [str(row["label"]) for row in figures["satisfaction"]],
            "values": [row["count"] for row in figures["satisfaction"]],
        },
    }


@staff_required
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    """The worklist as Excel, personal fields masked; asks what for, and is in the trail."""
    filters = filters_from(request.GET)
    error = ""
    if request.method == "POST":
        try:
            content = queries.export_xlsx(request.actor, filters, request.POST.get("reason", ""))
        except InvalidData as wrong:
            error = "；".join(text for texts in wrong.errors.values() for text in texts)
        except KernelError as refusal:
            messages.error(request, str(refusal))
            return redirect("desk:worklist")
        else:
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            response = HttpResponse(content, content_type=kind)
            response["Content-Disposition"] = f'attachment; filename="worklist-{today():%Y%m%d}.xlsx"'
            return response
    context = {"error": error, "query": request.GET.urlencode(), "title": _("导出 Excel")}
    return render(request, "desk/export.html", context, status=422 if error else 200)
