"""A paper written from my answers (写材料): the same hidden fields as the page of rights in, a paper out."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.flow.cleaning import as_seen
from gonghui.law.advice.page import page
from gonghui.law.documents import Fields, from_plan, sources
from gonghui.law.documents.page import paper_name, paper_page
from gonghui.law.topics import topics
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import PAPER_RATE, RIGHTS_RATE
from gonghui.portal.views.rights import LONGEST


@never_cache
@require_http_methods(["GET", "POST"])
def paper(request: Request, document: str) -> HttpResponse:
    """`GET` an empty paper to fill; `POST text`, `topic` and answers by fact name fill what they tell."""
    if document not in sources() or sources()[document].by != "worker":
        raise Http404
    library = topics()
    kept = ("text", "topic", "sure", *library.facts)
    if request.method == "POST":
        making = request.POST.get("go") == "pdf"
        if not allowed(request, "papers" if making else "rights", PAPER_RATE if making else RIGHTS_RATE):
            said = {"trouble": _("刚才做得太多了，请过一会儿再试。"), "document": paper_name(document)}
            return render(request, "portal/paper.html", said, status=429)
    base = Fields()
    text = as_seen(request.POST.get("text", ""))[:LONGEST]
    codes = [code for code in request.POST.getlist("topic") if code in library.topics][:3]
    if text.strip() or codes:
        plan = page(text, request.POST.dict(), codes=codes).context["plan"]
        # A situation opened by itself is shown by its definition, which nobody said.
        own = text not in {topic.definition for topic in library.topics.values()}
        base = from_plan(plan, story=text if own else "")
    return paper_page(request, document, base, template="portal/paper.html", context={}, kept=kept)
