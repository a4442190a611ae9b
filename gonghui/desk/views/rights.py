"""The law's answer to the case in hand, for who handles it (权益解答): the worker's page on the case's words."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import queries
from gonghui.appeals.place_form import read_place
from gonghui.desk.views.drafts import offered
from gonghui.desk.views.matter import seen
from gonghui.kernel.language import in_english
from gonghui.knowledge import answers
from gonghui.knowledge.models import KeptAnswer
from gonghui.law.advice.page import page
from gonghui.law.documents.page import paper_name
from gonghui.law.english import marked
from gonghui.law.topics import topics
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def rights(request: Request, matter_id: int) -> HttpResponse:
    """Answers are given in the form; `keep` stores the whole answer with the case. `topic` chooses a situation that the
    words did not give."""
    matter = seen(request, matter_id)
    case = queries.matter_page(request.actor, matter.pk)
    if case.limited or not case.description:
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else request.GET
    known = topics().topics
    codes = [code for code in posted.getlist("topic") if code in known]
    asked, told = None, ""
    if not case.appeal.work_region:
        help_text = _("这件事没有登记工作地区。写到区县，就能看到最近的部门在哪里。")
        asked, told = read_place(request.POST, label=_("职工在哪里上班？"), help_text=help_text)
    answer = page(
        case.description,
        # Facts never stand in an address, which logs keep.
        request.POST.dict(),
        title=case.appeal.title,
        codes=codes,
        on=case.appeal.incident_date,
        region=case.appeal.work_region or told or None,
    )
    drafts = [
        (reverse("desk:draft", args=[matter.pk, name]), marked(paper_name(name)))
        for name in offered(answer.context["plan"].documents)
    ]
    if "keep" in request.POST and not answer.wrong:
        kept_row = answers.keep(
            request.actor, answer.context["plan"], text=case.description, title=case.appeal.title, way=answers.Way.DESK,
            matter=matter, codes=codes, without=answer.context["unknown"],
        )  # fmt: skip
        messages.success(request, _("已随本件留存。"))
        return redirect("desk:kept_answer", matter.pk, kept_row.pk)
    context = {
        **answer.context,
        "matter": matter,
        "all_topics": list(known.values()),
        "drafts": drafts,
        "kept": answers.of_matter(matter),
        "place_form": asked,
    }
    wrong = answer.wrong or (asked is not None and bool(asked.errors))
    return render(request, "desk/rights.html", context, status=422 if wrong else 200)


@staff_required
@never_cache
@require_GET
def kept(request: Request, matter_id: int, answer_id: int) -> HttpResponse:
    """An answer as it was told then, and whether the knowledge has changed since."""
    matter = seen(request, matter_id)
    case = queries.matter_page(request.actor, matter.pk)
    if case.limited or not case.description:
        raise PermissionDenied
    row = get_object_or_404(KeptAnswer.objects.select_related("by"), pk=answer_id, matter=matter)
    found = answers.shown(row, english=in_english())
    return render(request, "desk/kept_answer.html", {"matter": matter, "kept": found, "facts": answers.facts_of(found)})
