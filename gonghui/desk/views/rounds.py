"""回访 and 质检: their lists, and one form for each order that leads it the right way by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import actions, queries, tables
from gonghui.appeals.queries.page import MatterPage
from gonghui.desk import panels
from gonghui.desk.appeal_panels import answers
from gonghui.desk.forms import transition_form
from gonghui.desk.rows import described
from gonghui.desk.views.steps import take
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow import cleaning, flow_of
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.matters import allowed
from gonghui.kernel.times import now
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


def _list(request: Request, rows: list[Any], title: str, empty: str, note: str, url: str) -> HttpResponse:
    listed = described([row.matter for row in rows], now())
    context = {"rows": listed, "title": title, "empty": empty, "note": note, "row_url": url}
    return render(request, "desk/list.html", context)


@role_required("callback", "supervisor")
@require_GET
def callbacks(request: Request) -> HttpResponse:
    """Results that wait for a callback, the earliest limit first."""
    return _list(
        request,
        queries.callback_list(request.actor),
        _("待回访"),
        _("现在没有要回访的。"),
        _("回访人不能是办理人。三个不同日子都联系不上，按“未评价”结束。"),
        "desk:callback" if request.actor.has_role("callback") else "desk:matter",
    )


@role_required("quality", "supervisor")
@require_GET
def quality(request: Request) -> HttpResponse:
    """Orders drawn for a quality check."""
    return _list(
        request,
        queries.quality_list(request.actor),
        _("待质检"),
        _("现在没有要质检的。"),
        _("特急、紧急、重办、不满意和采用智能答复的全部质检，其余按比例抽查。"),
        "desk:quality_card" if request.actor.has_role("quality") else "desk:matter",
    )


def _order(request: Request, matter_id: int, *states: str) -> MatterPage:
    """The order's page; 404 for a foreign one and for one that is not in one of these states."""
    try:
        page = queries.matter_page(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    if page.matter.state not in states or page.order.pk != page.lead.pk:
        raise Http404
    return page


def _refusals(request: Request, page: MatterPage, step: Transition) -> tuple[str, ...]:
    """Why this person may not do it at all: four eyes, or no such duty here."""
    offer = next((offer for offer in allowed(page.matter, request.actor) if offer.name == step.name), None)
    return (_("您的岗位不能办理这一件。"),) if offer is None else offer.refused


@role_required("callback")
@require_http_methods(["GET", "POST"])
def callback(request: Request, matter_id: int) -> HttpResponse:
    """One callback: reached or not, and the five questions. What follows (质检, 重办, 督办) the answers decide."""
    page = _order(request, matter_id, "callback")
    step = flow_of(page.matter).by_name["callback_done"]
    reached = request.POST.get("reached", "yes") != "no"

    def verb(data: dict[str, Any], version: int) -> object:
        return actions.record_callback(request.actor, page.matter, reached, data, version)

    status, found = 200, {"refused": _refusals(request, page, step)}
    form = transition_form(step, page.matter, request.actor, help=panels.for_step(request, page.matter, step))
    if request.method == "POST":
        form, status, found = take(request, page.matter, step, panels.Help(), verb)
        if status == 200:
            messages.success(request, _callback_outcome(page.matter.pk, request))
            return redirect("desk:callbacks")
    context = {
        "page": page,
        "matter": page.matter,
        "order": page.lead,
        "form": form,
        "reached": reached,
        "result": tables.label(tables.handling().result_codes, page.lead.result_code),
        "attempts": [{"row": row, "words": answers(row)} for row in page.callbacks],
        **found,
    }
    return render(request, "desk/callback.html", context, status=status)


def _callback_outcome(matter_id: int, request: Request) -> str:
    try:
        matter = queries.matter_page(request.actor, matter_id).matter
    except NotFound:
        return _("已记录。")
    return {
        "callback": _("已记下这次未接通。"),
        "quality": _("回访完成，进入质检。"),
        "reopened": _("已退回重办。"),
        "escalated": _("已转督办。"),
    }.get(matter.state, _("已记录。"))


@role_required("quality")
@require_http_methods(["GET", "POST"])
def quality_card(request: Request, matter_id: int) -> HttpResponse:
    """The score card. Points and vetoes decide between closing and handling again."""
    page = _order(request, matter_id, "quality", "answered_directly")
    step = flow_of(page.matter).by_name["pass_quality"]
    items = [item.code for item in tables.quality().items]

    def verb(data: dict[str, Any], version: int) -> object:
        cleaned, errors = cleaning.clean(step, data, page.matter, request.actor)
        if errors:
            raise InvalidData(errors)
        scores = {code: int(cleaned[f"score_{code}"]) for code in items}
        vetoes, note = tuple(cleaned["vetoes"] or ()), cleaned["note"] or ""
        return actions.record_quality(request.actor, page.matter, scores, vetoes, note, version)

    status, found = 200, {"refused": _refusals(request, page, step)}
    form = transition_form(step, page.matter, request.actor)
    if request.method == "POST":
        form, status, found = take(request, page.matter, step, panels.Help(), verb)
        if status == 200:
            messages.success(request, _("质检已记录。"))
            return redirect("desk:quality")
    context = {
        "page": page,
        "matter": page.matter,
        "order": page.lead,
        "form": form,
        "scores": [form[f"score_{code}"] for code in items],
        "others": [field for field in form.visible_fields() if not field.name.startswith("score_")],
        "pass_score": tables.quality().pass_score.value,
        "result": tables.label(tables.handling().result_codes, page.lead.result_code),
        "attempts": [{"row": row, "words": answers(row)} for row in page.callbacks],
        **found,
    }
    return render(request, "desk/quality_card.html", context, status=status)
