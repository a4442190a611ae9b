"""法律服务 of a worker's own case: ask a lawyer, apply for legal aid, follow it, answer, rate, object."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import queries as appeals
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.flow import get_flow
from gonghui.legal import actions, queries, tables
from gonghui.legal.forms import AidForm, AskForm
from gonghui.legal.models import LegalCase
from gonghui.legal.papers import download
from gonghui.legal.rules.common import AID_KIND
from gonghui.people.http import Request

# What a worker may do on the page of a legal case: the flow says when, this says in which words.
STEPS: dict[str, dict[str, Any]] = {
    "reply": {
        "title": gettext_lazy("回复律师"),
        "label": gettext_lazy("您的回复"),
        "done": gettext_lazy("已送达律师。"),
    },
    "add_papers": {
        "title": gettext_lazy("补充材料"),
        "label": gettext_lazy("说明"),
        "done": gettext_lazy("材料已补充。"),
        "files": True,
    },
    "ask_again": {
        "title": gettext_lazy("追问"),
        "label": gettext_lazy("还想问的"),
        "done": gettext_lazy("已送达律师。"),
    },
    "rate": {"title": gettext_lazy("评价"), "done": gettext_lazy("谢谢您的评价。")},
    "object": {
        "title": gettext_lazy("提出异议"),
        "label": gettext_lazy("理由"),
        "done": gettext_lazy("已收到您的异议，五日内审查。"),
    },
    "withdraw": {"title": gettext_lazy("撤回"), "done": gettext_lazy("已撤回。"), "quiet": True},
}


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: Request, matter_id: int, kind: str) -> HttpResponse:
    """Ask a lawyer, or apply for legal aid, from one's own case."""
    try:
        case = appeals.worker_case(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    shape = {"ask": AskForm, "aid": AidForm}.get(kind)
    if shape is None:
        raise Http404
    form = shape(request.POST or None, initial={"key": secrets.token_hex(12), "share": True}, for_worker=True)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = form.begin(request.actor, case.matter)
                messages.success(request, _("已收到，编号 %(number)s。") % {"number": made.number})
                return redirect("portal:legal", made.pk)
            except InvalidData as error:
                for name, texts in error.errors.items():
                    for text in texts:
                        form.add_error(name if name in form.fields else None, text)
            except KernelError as error:
                form.add_error(None, str(error))
    context = {"case": case, "form": form, "aid": kind == "aid"}
    return render(request, "portal/legal_start.html", context, status=status)


@never_cache
@require_GET
def page(request: Request, matter_id: int) -> HttpResponse:
    return _shown(request, matter_id)


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: Request, matter_id: int, verb: str) -> HttpResponse:
    """One step of the worker's, or a paper. Refused, the page comes back with the reason and the text kept."""
    if request.method == "GET":
        return redirect("portal:legal", matter_id)
    found = _page(request, matter_id)
    files = request.FILES.getlist("files")
    try:
        if verb == "paper":
            if not files:
                raise InvalidData({"files": [_("请选择文件。")]})
            actions.add_paper(request.actor, found.matter, files)
            messages.success(request, _("材料已保存。"))
            return redirect("portal:legal", matter_id)
        if verb not in STEPS:
            raise Http404
        if files:
            actions.add_paper(request.actor, found.matter, files)
        data = {"text": request.POST.get("text", ""), "satisfaction": request.POST.get("satisfaction", "")}
        actions.worker_step(request.actor, found.matter, verb, data)
    except InvalidData as error:
        return _shown(request, matter_id, {"verb": verb, "errors": error.errors}, 422)
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        return _shown(request, matter_id, {"verb": verb, "text": str(error)}, 409)
    messages.success(request, STEPS[verb]["done"])
    return redirect("portal:legal", matter_id)


@never_cache
@require_GET
def paper(request: Request, paper_id: int) -> FileResponse:
    try:
        return download(request.actor, paper_id)
    except NotFound as error:
        raise Http404 from error


def _page(request: Request, matter_id: int) -> queries.CasePage:
    try:
        found = queries.case_page(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    # Staff have their desk; here a case is its worker's.
    if request.actor.kind == "staff" or not found.opens_file:
        raise Http404
    return found


def _shown(request: Request, matter_id: int, wrong: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    found = _page(request, matter_id)
    flow, words = get_flow(found.matter.kind), tables.words()
    leaving = [step.name for step in flow.leaving(found.matter.state)]
    case: LegalCase = found.case
    context = {
        "page": found,
        "title": str(flow.title),
        "state": flow.states[found.matter.state].worker_text,
        "steps": [{"verb": name, **STEPS[name]} for name in STEPS if name in leaving],
        "satisfaction": tables.pairs(words.satisfaction),
        "rated": tables.label(words.satisfaction, case.satisfaction),
        "outcome": case.get_outcome_display() if case.outcome and found.matter.state in ("finished", "closed") else "",
        "aid": found.matter.kind == AID_KIND,
        "entries": [
            {"entry": entry, "milestone": tables.label(words.milestones, entry.milestone)}
            for entry in found.entries
            if entry.kind != entry.Kind.REPORT
        ],
        "notices": [decision for decision in found.decisions if decision.notice_text or decision.step == "review"],
        "wrong": wrong or {},
        "typed": request.POST if wrong else {},
    }
    return render(request, "portal/legal.html", context, status=status)
