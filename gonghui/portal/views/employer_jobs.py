"""招人: the pages of who posts jobs for an employer. They see their own postings and who applied for these, no more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.jobs import applying, fairs, postings, seekers, tables
from gonghui.jobs.models import Posting
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.flow.step_forms import add_kernel_errors, step_form, submitted
from gonghui.kernel.matters import act, state_text
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.portal.views.jobs import Shown, to_sign_in
from gonghui.services import offers
from gonghui.services.actions import reopen
from gonghui.services.models import Application

DONE: dict[str, Any] = {
    "invite": gettext_lazy("已通知对方来面试。"),
    "hire": gettext_lazy("已通知对方录用。对方确认到岗后算就业。"),
    "turn_down": gettext_lazy("已告诉对方。"),
    "not_arrived": gettext_lazy("已登记没有到岗。"),
}
CLOSABLE = {"published": "close", "applied": "withdraw", "returned": "withdraw"}


@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """My postings, and the way to a new one."""
    rows = [(Shown.of(row), state, count) for row, state, count in postings.own_list(request.actor)]
    return render(request, "portal/employer_jobs.html", {"rows": rows, "known": request.actor.kind == "worker"})


def _own(request: Request, posting_id: int) -> Posting:
    try:
        return postings.own(request.actor, posting_id)
    except NotFound as error:
        raise Http404 from error


@never_cache
@require_http_methods(["GET", "POST"])
def posting(request: Request, own_posting_id: int) -> HttpResponse:
    """One of my postings: its state and what the union said, who applied, who might fit; close it."""
    if request.actor.kind != "worker":
        return to_sign_in(request)
    row = _own(request, own_posting_id)
    status, error_text = 200, ""
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        try:
            if verb == "invite":
                if not limits.allowed(request, "job_invite", tables.numbers().rates.invitations):
                    raise GuardRefused([_("提交得太频繁了，请过一会儿再试。")])
                chosen = request.POST.get("seeker", "")
                seekers.invite(request.actor, row.pk, int(chosen) if chosen.isdigit() else 0)
                messages.success(request, _("已邀请。对方投递后，您会收到通知。"))
            elif verb == "fair":
                chosen = request.POST.get("fair", "")
                booth = fairs.bring(request.actor, row.pk, int(chosen) if chosen.isdigit() else 0)
                messages.success(request, _("已报上，展位号 %(place)s。") % {"place": booth.place})
            elif verb == "change" and row.matter.state == "returned":
                reopen(request.actor, row.matter_id)
                return redirect("portal:service_step", postings.SERVICE, "employer")
            elif verb == "close" and row.matter.state in CLOSABLE:
                act(row.matter_id, CLOSABLE[row.matter.state], request.actor)
                messages.success(request, _("已下线。"))
            else:
                raise GuardRefused([_("现在不能进行这一步，请刷新页面。")])
            return redirect("portal:employer_posting", row.pk)
        except NotFound as error:
            raise Http404 from error
        except GuardRefused as error:
            error_text, status = error.reasons[0], 409
        except KernelError as error:
            error_text, status = str(error), 409
    with as_system("the actor's own posting"):
        told = Application.objects.get(matter_id=row.matter_id).told_text
    hits = postings.hits_of(row) if row.matter.state in ("returned", "refused", "removed") else []
    context = {
        "job": Shown.of(row),
        "posting": row,
        "state": state_text(row.matter, for_worker=True),
        "told": told,
        "hits": [hit for hit in hits if hit.check.words],
        "applicants": applying.applicants(row),
        "candidates": seekers.candidates(row) if row.open else [],
        "booths": [
            (booth, offers.when(booth.fair)) for booth in row.booths.select_related("fair").order_by("fair__starts")
        ],
        "fairs": _fairs(row) if row.open else [],
        "may_close": row.matter.state in CLOSABLE,
        "may_change": row.matter.state == "returned",
        "error": error_text,
    }
    return render(request, "portal/employer_posting.html", context, status=status)


def _fairs(row: Posting) -> list[tuple[Any, str, int]]:
    """Fairs to which this posting may still be brought, with the booths that are left."""
    had = set(row.booths.values_list("fair_id", flat=True))
    return [(one, offers.when(one), fairs.booths_left(one)) for one in fairs.coming(row.region_id) if one.pk not in had]


def _form(request: Request, found: applying.Applicant, step: Transition, data: Any = None) -> forms.Form:
    return step_form(step, found.matter, request.actor, data)


@never_cache
@require_http_methods(["GET", "POST"])
def applicant(request: Request, matter_id: int) -> HttpResponse:
    """Somebody who applied: what they share, and what one may do: 约面试, 录用, 不录用."""
    try:
        found = applying.applicant(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return to_sign_in(request)
        raise Http404 from error
    offers = {offer.name: offer for offer in found.offers}
    status, error_text = 200, ""
    bound: dict[str, forms.Form] = {}
    if request.method == "POST":
        name = request.POST.get("step", "")
        if name not in offers:
            error_text, status = _("现在不能进行这一步，请刷新页面。"), 409
        else:
            try:
                applying.step(request.actor, matter_id, name, submitted(offers[name].transition, request.POST))
                messages.success(request, DONE[name])
                return redirect("portal:employer_applicant", matter_id)
            except InvalidData as error:
                status, bound[name] = 422, _form(request, found, offers[name].transition, request.POST)
                add_kernel_errors(bound[name], error.errors)
            except GuardRefused as error:
                status, bound[name] = 409, _form(request, found, offers[name].transition, request.POST)
                error_text = error.reasons[0]
            except KernelError as error:
                error_text, status = str(error), 409
    steps = [
        {
            "step": offer.transition,
            "does": offer.what_happens,
            "refused": offer.refused,
            "form": bound.get(name) or _form(request, found, offer.transition),
            "open": name in bound,
        }
        for name, offer in offers.items()
    ]
    context = {"page": found, "job": Shown.of(found.posting), "steps": steps, "error": error_text}
    return render(request, "portal/employer_applicant.html", context, status=status)
