"""Finding: a matter by number, phone or words from anywhere at the desk; organisations for a form's input."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from gonghui.appeals import queries
from gonghui.desk.context import CASE_ROLES
from gonghui.desk.widgets import written
from gonghui.organisations.queries import search as find_organisations
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request


@role_required(*CASE_ROLES)
@require_GET
def search(request: Request) -> HttpResponse:
    """One hit opens at once; several become the worklist of everything, open or ended, that fits."""
    words = request.GET.get("q", "").strip()[:60]
    if not words:
        return redirect("desk:worklist")
    found = queries.search_ids(request.actor, words, 2)
    if len(found) == 1:
        return redirect("desk:matter", found[0])
    return redirect(f"{reverse('desk:worklist')}?{urlencode({'q': words, 'closed': '1', 'order': 'recent'})}")


@staff_required
@require_GET
def organisations(request: Request) -> HttpResponse:
    """Options for an organisation input: those whose name holds what was typed. Whatever the field is called."""
    words = next((str(value) for name, value in request.GET.items() if name != "version"), "").strip()[:40]
    # Organisations are public; the province's own come first because they are meant most often.
    top = ".".join(request.actor.paths[0].split(".")[:2]) if request.actor.paths else "cn"
    rows = {row.path: row.name for row in find_organisations(words, top)}
    if len(rows) < 10:
        rows |= {row.path: row.name for row in find_organisations(words)}
    options = [written(path, name) for path, name in rows.items()]
    return render(request, "desk/_organisations.html", {"options": options})
