"""What the law gives in my case (我的权利): words and answers in, an answer told plainly out. Nothing is stored unless
a signed-in worker keeps it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals.place_form import PlaceForm, read_place
from gonghui.kernel.flow.cleaning import as_seen
from gonghui.kernel.language import in_english
from gonghui.kernel.times import today
from gonghui.knowledge import answers
from gonghui.law.advice.deadlines import calendar_file
from gonghui.law.advice.page import Page, page
from gonghui.law.advice.plan import plain
from gonghui.law.advice.planning import MOST_TOPICS
from gonghui.law.documents import sources
from gonghui.law.documents.page import paper_name
from gonghui.law.english import marked
from gonghui.law.topics import topics
from gonghui.people.http import Request
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import RIGHTS_RATE
from gonghui.services.facts import profile_of

LONGEST, TOO_MANY = 4000, 429
PLACE_HELP = _("写到区县，就能看到最近的部门在哪里。可以空着。")
# Of what was written, so much is shown above the answer.
SHOWN = 120


class SeenText(forms.CharField):
    """A text whose length is counted as the writer sees it."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return as_seen(text) if isinstance(text, str) else text


class WordsForm(forms.Form):
    """The first step: what happened."""

    text = SeenText(
        label=_("发生了什么事？"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": _("请写两三句话：谁、什么时候、发生了什么。"),
            "max_length": _("太长了，请精简到 %(limit_value)d 字以内。现在是 %(show_value)d 字。"),
        },
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
        if not allowed(request, "rights", RIGHTS_RATE):
            return _first(request, WordsForm(), status=TOO_MANY)
        answer = page("", {}, codes=[code])
        return render(request, "portal/rights_answer.html", _context(answer, ""))
    codes = [code for code in dict.fromkeys(request.POST.getlist("topic")) if code in known][:MOST_TOPICS]
    words = WordsForm(request.POST)
    words.fields["text"].required = not codes
    if not words.is_valid():
        return _first(request, words, status=422)
    if not allowed(request, "rights", RIGHTS_RATE):
        return _first(request, words, status=TOO_MANY)
    text = words.cleaned_data["text"] or ""
    asked, region = read_place(request.POST, help_text=PLACE_HELP)
    person = profile_of(request.actor)
    usual = person.region_id if person is not None else None
    answer = page(text, request.POST.dict(), codes=codes, region=region or None, usual_region=usual)
    if "calendar" in request.POST and (
        file := calendar_file(answer.context["plan"].clocks, today(), english=in_english())
    ):
        headers = {"Content-Disposition": 'attachment; filename="last-days.ics"', "Cache-Control": "no-store"}
        return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)
    if "keep" in request.POST and request.actor.kind == "worker" and not answer.wrong:
        row = answers.keep(
            request.actor, answer.context["plan"], text=text, way=answers.Way.WORKER, codes=codes,
            without=answer.context["unknown"],
        )  # fmt: skip
        return redirect("portal:kept_answer", row.pk)
    status = 422 if answer.wrong or asked.errors else 200
    return render(request, "portal/rights_answer.html", _context(answer, text, asked), status=status)


@never_cache
@require_GET
def kept_answers(request: Request) -> HttpResponse:
    """The answers that this worker kept."""
    if request.actor.kind != "worker":
        return redirect("people:worker_sign_in")
    return render(request, "portal/kept_answers.html", {"rows": answers.of_owner(request.actor)})


@never_cache
@require_http_methods(["GET", "POST"])
def kept_answer(request: Request, answer_id: int) -> HttpResponse:
    """One of them as it was told then; `POST drop` deletes it."""
    row = next((row for row in answers.of_owner(request.actor) if row.pk == answer_id), None)
    if row is None or request.actor.kind != "worker":
        raise Http404
    if request.method == "POST":
        answers.drop(request.actor, row)
        messages.success(request, _("已删除。"))
        return redirect("portal:kept_answers")
    found = answers.shown(row, english=in_english())
    return render(request, "portal/kept_answer.html", {"kept": found, "facts": answers.facts_of(found)})


def _context(answer: Page, text: str, asked: PlaceForm | None = None) -> dict[str, Any]:
    """The answer with its papers: each is written from the same words and answers."""
    plan = answer.context["plan"]
    papers = [
        (reverse("portal:paper", args=[name]), marked(paper_name(name)))
        for name in plan.documents
        if name in sources() and sources()[name].by == "worker"
    ]
    facts = [("text", text), *answer.context["paper_facts"]]
    told = {
        "facts": {name: plain(value) for name, value in plan.facts.items()},
        "topics": answer.context["codes"],
        "unknown": answer.context["unknown"],
    }
    return {
        **answer.context,
        "text": text,
        "shown": marked(Truncator(text).chars(SHOWN)),
        "papers": papers,
        "paper_facts": facts,
        "place_form": asked or read_place({}, help_text=PLACE_HELP)[0],
        "told": json.dumps(told, ensure_ascii=False),
    }


def _first(request: Request, form: WordsForm, status: int = 200) -> HttpResponse:
    known = sorted(topics().topics.values(), key=lambda topic: (not topic.frequent, topic.id))
    trouble = _("刚才查得太多了，请过一会儿再试，或者拨打 12351。") if status == TOO_MANY else ""
    context = {"form": form, "known": known, "trouble": trouble}
    return render(request, "portal/rights.html", context, status=status)
