"""搜索: one box for services, situations, laws, places and whatever rooms put up."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gonghui.brain import understand
from gonghui.finding import search as finding
from gonghui.kernel import front
from gonghui.law.store import LawStore
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import SEARCH_RATE
from gonghui.portal.views.ask import emergency
from gonghui.portal.views.home import TOPICS
from gonghui.portal.views.services import region_of

LONGEST = 100
A_PAGE = 60


@require_GET
def search(request: Request) -> HttpResponse:
    """`?q=` groups of hits, the likeliest group first; `&in=` one group whole."""
    asked = request.GET.get("q", "").strip()[:LONGEST]
    only = request.GET.get("in", "") if request.GET.get("in", "") in front.sources() else ""
    status, trouble = 200, ""
    answer = finding.Answer()
    context: dict[str, Any] = {"asked": asked, "only": only, "topics": [(words, _(words)) for words in TOPICS]}
    if asked and not allowed(request, "search", SEARCH_RATE):
        status, trouble = 429, _("刚才查得太多了，请过一会儿再试，或者拨打 12351。")
    elif asked:
        answer = finding.search(asked, region=region_of(request), only=only, a_group=A_PAGE if only else 5)
        cited = LawStore.default().parse(asked)
        context |= {"article": cited[1] if cited else None, "emergency": emergency(understand(asked))}
    context |= {"answer": answer, "trouble": trouble}
    response = render(request, "portal/search.html", context, status=status)
    if request.actor.kind != "anonymous":
        add_never_cache_headers(response)
    return response


@require_GET
def suggestions(request: Request) -> HttpResponse:
    """Names that what is being typed may become, for the list below the box."""
    asked = request.GET.get("q", "").strip()[:LONGEST]
    found = finding.suggest(asked) if asked and allowed(request, "suggest", "6000/h") else []
    response = JsonResponse({"names": [name for name, _address in found], "all": reverse("portal:search")})
    response["Cache-Control"] = "private, max-age=300"
    return response
