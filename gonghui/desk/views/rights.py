"""The law's answer to the case in hand, for who handles it (权益解答): the worker's page on the case's words."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.appeals import queries
from gonghui.desk.views.drafts import offered
from gonghui.desk.views.matter import seen
from gonghui.law.advice.page import page
from gonghui.law.topics import topics
from gonghui.law.topics.topic import DOCUMENTS
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def rights(request: Request, matter_id: int) -> HttpResponse:
    """Answers are given in the form and not kept; `topic` chooses a situation that the words did not give."""
    matter = seen(request, matter_id)
    case = queries.matter_page(request.actor, matter.pk)
    if case.limited or not case.description:
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else request.GET
    known = topics().topics
    codes = [code for code in posted.getlist("topic") if code in known]
    answer = page(
        case.description,
        # Facts never stand in an address, which logs keep.
        request.POST.dict(),
        title=case.appeal.title,
        codes=codes,
        on=case.appeal.incident_date,
        region=case.appeal.work_region or None,
    )
    drafts = [
        (reverse("desk:draft", args=[matter.pk, name]), DOCUMENTS[name])
        for name in offered(answer.context["plan"].documents)
    ]
    context = {**answer.context, "matter": matter, "all_topics": list(known.values()), "drafts": drafts}
    return render(request, "desk/rights.html", context, status=422 if answer.wrong else 200)
