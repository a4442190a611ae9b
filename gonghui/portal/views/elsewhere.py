"""其他工会办理的服务: what partners' catalogues offer. One reads of it here, and applies there."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from gonghui.exchange import queries
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system
from gonghui.organisations.regions import stem
from gonghui.people.http import Request
from gonghui.portal.views.services import region_of

A_PAGE = 30


@require_GET
def index(request: Request) -> HttpResponse:
    """`?place=&level=`: a province's code and the level of who takes the application. Without `place`, the reader's
    own place where it is known; `place=all` for everywhere."""
    provinces, own = queries.provinces(), region_of(request)
    asked, level = request.GET.get("place", ""), request.GET.get("level", "")
    known = {code for code, _name in provinces}
    place = asked if asked in known else own if own and asked != "all" else ""
    with as_system(queries.PUBLIC):
        page = Paginator(queries.listed(place, level), A_PAGE).get_page(request.GET.get("page"))
        rows = queries.shown(page.object_list)
    chosen = f"{stem(place)[:2]}0000" if place else ""
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "rows": rows, "page": page, "query": query.urlencode(), "provinces": provinces, "place": chosen,
        "levels": queries.level_choices(), "level": level,
    }  # fmt: skip
    return _private(request, render(request, "portal/elsewhere.html", context))


@require_GET
def page(request: Request, foreign_id: int) -> HttpResponse:
    """What it is, who handles it, for which places, how, and the way to the other site."""
    try:
        row = queries.one(foreign_id)
    except NotFound as error:
        raise Http404 from error
    others = [other for other in queries.variants_of(row.entry.id, region_of(request)) if other.pk != row.pk]
    context = {
        "row": row,
        "entry": row.entry,
        "places": queries.places(row.entry),
        "handled_by": queries.level_label(row.entry.level),
        "others": others,
    }
    return _private(request, render(request, "portal/elsewhere_service.html", context))


def _private(request: Request, response: HttpResponse) -> HttpResponse:
    if request.actor.kind != "anonymous":
        add_never_cache_headers(response)
    return response
