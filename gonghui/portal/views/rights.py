"""What the law gives in my case (我的权利): words and answers in, an answer told plainly out. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.times import today
from gonghui.law.advice.deadlines import calendar_file
from gonghui.law.advice.page import Page, page
from gonghui.law.advice.plan import MOST_TOPICS
from gonghui.law.documents import sources
from gonghui.law.topics import topics
from gonghui.law.topics.topic import DOCUMENTS
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import RIGHTS_RATE

LONGEST = 4000


class WordsForm(forms.Form):
    """The first step: what happened."""

    text = forms.CharField(
        label=_("发生了什么事？"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写两三句话：谁、什么时候、发生了什么。")},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def rights(request: Request) -> HttpResponse:
    """`GET ?topic=R01` a situation by itself; `POST text` (and answers by fact name) the answer for this person."""
    known = topics().topics
    if request.method == "GET":
        code = request.GET.get("topic", "")
        if code not in known:
            return _first(request, WordsForm())
        # The situation by itself: its definition is nobody's letter, nothing is read from it.
        answer = page("", {}, codes=[code])
        return render(request, "portal/rights_answer.html", _context(answer, ""))
    codes = [code for code in dict.fromkeys(request.POST.getlist("topic")) if code in known][:MOST_TOPICS]
    words = WordsForm(request.POST)
    words.fields["text"].required = not codes
    if not words.is_valid():
        return _first(request, words, status=422)
    if not allowed(request, "rights", RIGHTS_RATE):
        words.add_error("text", _("刚才查得太多了，请过一会儿再试，或者拨打 12351。"))
        return _first(request, words, status=429)
    text = words.cleaned_data["text"] or ""
    answer = page(text, request.POST.dict(), codes=codes)
    if "calendar" in request.POST and (file := calendar_file(answer.context["plan"].clocks, today())):
        headers = {"Content-Disposition": 'attachment; filename="last-days.ics"', "Cache-Control": "no-store"}
        return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)
    status = 422 if answer.wrong else 200
    return render(request, "portal/rights_answer.html", _context(answer, text), status=status)


def _context(answer: Page, text: str) -> dict[str, Any]:
    """The answer with its papers: each is written from the same words and answers."""
    papers = [
        (reverse("portal:paper", args=[name]), DOCUMENTS[name])
        for name in answer.context["plan"].documents
        if name in sources() and sources()[name].by == "worker"
    ]
    facts = [("text", text), *answer.context["paper_facts"]]
    return {**answer.context, "text": text, "papers": papers, "paper_facts": facts}


def _first(request: Request, form: WordsForm, status: int = 200) -> HttpResponse:
    known = sorted(topics().topics.values(), key=lambda topic: (not topic.frequent, topic.id))
    return render(request, "portal/rights.html", {"form": form, "known": known}, status=status)
