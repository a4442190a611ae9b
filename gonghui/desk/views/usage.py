"""智脑用量: what the models cost an organisation and those below it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gonghui.appeals import queries
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

PERIODS = (1, 7, 30, 90)


@role_required(*queries.MANAGERS)
@require_GET
def usage(request: Request) -> HttpResponse:
    """Calls, tokens, money, failures and what is left of the share, by organisation, model and day."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else 7
    by_day = request.GET.get("by") != "total"
    found = queries.model_usage(request.actor, days, request.GET.get("path", "")[:120], by_day=by_day)
    context = {"usage": found, "days": days, "periods": PERIODS, "by_day": by_day, "most": len(found.rows)}
    return render(request, "desk/usage.html", context)
