"""法律服务 of a worker's own case: ask a lawyer, apply for legal aid, follow it, answer, rate, object."""

from __future__ import annotations

import secrets
from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import queries as appeals
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI
from gonghui.law.documents.page import paper_name
from gonghui.legal import actions, bookings, drafting, queries, tables
from gonghui.legal.forms import SHAPES
from gonghui.legal.models import LegalCase
from gonghui.legal.papers import download
from gonghui.legal.rules.common import AID_KIND, KINDS
from gonghui.people.http import Request

# What a worker may do on the page of a legal case: the flow says when, this says in which words.
STEPS: dict[str, dict[str, Any]] = {
    "reply": {
        "title": gettext_lazy("回复律师"),
        "label": gettext_lazy("您的回复"),
        "done": gettext_lazy("已送达律师。"),
        "open": True,
    },
    "add_papers": {
        "title": gettext_lazy("补充材料"),
        "label": gettext_lazy("说明"),
        "done": gettext_lazy("材料已补充。"),
        "files": True,
        "open": True,
    },
    "ask_again": {
        "title": gettext_lazy("追问"),
        "label": gettext_lazy("还想问的"),
        "done": gettext_lazy("已送达律师。"),
    },
    "rate": {"title": gettext_lazy("评价"), "done": gettext_lazy("谢谢您的评价。"), "open": True},
    "object": {
        "title": gettext_lazy("提出异议"),
        "label": gettext_lazy("理由"),
        "done": gettext_lazy("已收到您的异议，五日内审查。"),
    },
    "withdraw": {"title": gettext_lazy("撤回"), "done": gettext_lazy("已撤回。"), "quiet": True},
    "cancel": {"title": gettext_lazy("取消预约"), "done": gettext_lazy("已取消。"), "quiet": True},
}


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: Request, matter_id: int, kind: str) -> HttpResponse:
    """Ask a lawyer, or apply for legal aid, from one's own case."""
    try:
        case = appeals.worker_case(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    shape = SHAPES.get(kind)
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
            except KernelError as error:
                add_refusal(form, error)
    context = {"case": case, "form": form, "kind": kind}
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
    matter = _matter(request, matter_id)
    files = request.FILES.getlist("files")
    try:
        if verb == "paper" and matter.kind in KINDS:
            if not files:
                raise InvalidData({"files": [_("请选择文件。")]})
            actions.add_paper(request.actor, matter, files)
            messages.success(request, _("材料已保存。"))
            return redirect("portal:legal", matter_id)
        if verb not in STEPS:
            raise Http404
        if files and matter.kind in KINDS:
            actions.add_paper(request.actor, matter, files)
        data = {"text": request.POST.get("text", ""), "satisfaction": request.POST.get("satisfaction", "")}
        actions.worker_step(request.actor, matter, verb, data)
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
def paper(request: Request, paper_id: int) -> HttpResponse:
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


def _booking(request: Request, matter_id: int) -> bookings.BookingPage | None:
    """The booking of that number, as who booked it sees it; None when it is none of theirs."""
    try:
        found = bookings.booking_page(request.actor, matter_id)
    except NotFound:
        return None
    return found if request.actor.kind != "staff" and found.reads else None


def _matter(request: Request, matter_id: int) -> Matter:
    booked = _booking(request, matter_id)
    return booked.matter if booked is not None else _page(request, matter_id).matter


def _shown(request: Request, matter_id: int, wrong: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    booked = _booking(request, matter_id)
    if booked is not None:
        return _shown_booking(request, booked, wrong, status)
    found = _page(request, matter_id)
    flow, words = flow_of(found.matter), tables.words()
    case: LegalCase = found.case
    context = {
        "page": found,
        "title": str(flow.title),
        "state": flow.state_of(found.matter.state).worker_text,
        "steps": _steps(found.matter),
        "drafted": [{"paper": row, "title": paper_name(row.document)} for row in found.drafted],
        "satisfaction": tables.pairs(words.satisfaction),
        "rated": tables.label(words.satisfaction, case.satisfaction),
        "outcome": case.get_outcome_display() if case.outcome and found.matter.state in ("finished", "closed") else "",
        "aid": found.matter.kind == AID_KIND,
        "entries": [
            {"entry": entry, "milestone": tables.label(words.milestones, entry.milestone)}
            for entry in found.entries
            if entry.kind != entry.Kind.REPORT
        ],
        "milestones": _milestones(found),
        "limits": _limits(found),
        "notices": [decision for decision in found.decisions if decision.notice_text or decision.step == "review"],
        "wrong": wrong or {},
        "typed": request.POST if wrong else {},
    }
    return render(request, "portal/legal.html", context, status=status)


def _steps(matter: Matter) -> list[dict[str, Any]]:
    leaving = {step.name for step in flow_of(matter).leaving(matter.state)}
    return [{"verb": name, **STEPS[name]} for name in STEPS if name in leaving]


def _shown_booking(
    request: Request, found: bookings.BookingPage, wrong: dict[str, Any] | None, status: int
) -> HttpResponse:
    words = tables.words()
    context = {
        "matter": found.matter,
        "booking": found.booking,
        "title": str(tables.service(found.booking.service)),
        "state": state_text(found.matter, for_worker=True),
        "part": tables.label(words.day_parts, found.booking.wished_part),
        "mode": tables.label(words.booking_modes, found.booking.mode),
        "steps": _steps(found.matter),
        "satisfaction": tables.pairs(words.satisfaction),
        "rated": tables.label(words.satisfaction, found.booking.satisfaction),
        "wrong": wrong or {},
        "typed": request.POST if wrong else {},
    }
    return render(request, "portal/legal_booking.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def drafted(request: Request, draft_id: int) -> HttpResponse:
    """代拟文书: a version to read word by word; it is a draft until the worker says that it is right."""
    wrong: dict[str, Any] = {}
    try:
        if request.method == "POST":
            right = request.POST.get("right") == "yes"
            try:
                paper = drafting.judge(request.actor, draft_id, right=right, remark=request.POST.get("remark", ""))
                messages.success(request, _("已确认，可以使用。") if right else _("已告诉律师。"))
                return redirect("portal:legal", paper.matter_id)
            except InvalidData as error:
                wrong = {"verb": "remark", "errors": error.errors}
            except GuardRefused as error:
                wrong = {"verb": "remark", "text": str(error)}
        paper = drafting.for_worker(request.actor, draft_id)
    except NotFound as error:
        raise Http404 from error
    context = {"paper": paper, "title": paper_name(paper.document), "wrong": wrong}
    return render(request, "portal/legal_drafted.html", context, status=422 if wrong else 200)


def _milestones(found: queries.CasePage) -> list[dict[str, Any]]:
    """办案进度: every milestone of legal aid, with the day it was first reported; empty until a lawyer acts."""
    if found.matter.kind != AID_KIND or found.case.accepted_at is None:
        return []
    reached: dict[str, Any] = {}
    for entry in found.entries:
        if entry.milestone:
            reached.setdefault(entry.milestone, entry.at)
    return [{"label": item.label, "at": reached.get(item.code)} for item in tables.words().milestones]


# What a clock asks of the worker, in their words; the others are named as the flow names them.
ASKED = {"reply": gettext_lazy("请您回复"), "rate": gettext_lazy("请您评价"), "papers": gettext_lazy("请您补材料")}
# How the unions share the work among themselves is not the worker's to watch.
INNER = frozenset({"assign", "accept", "review", "late_papers"})


def _limits(found: queries.CasePage) -> list[dict[str, Any]]:
    """What runs, until when. A limit of days ends with its last day: that day is named, not the midnight after it."""
    rows = []
    for clock in found.running:
        if clock.name in INNER:
            continue
        ends = clock.due_at.astimezone(SHANGHAI)
        whole = ends.time() == time(0)
        last = (ends - timedelta(days=1)).date() if whole else ends
        title = ASKED.get(clock.name) or flow_of(found.matter).clocks[clock.name].title
        rows.append({"title": title, "last": last, "day": whole})
    return rows
