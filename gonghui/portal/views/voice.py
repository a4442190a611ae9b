"""民主管理和新业态专区 for workers: what my unit publishes, proposals to second, agreements, recommended proposals."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.times import today
from gonghui.organisations.queries import employer_name
from gonghui.people.http import Request
from gonghui.portal import objections
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.facts import profile_of
from gonghui.voice import bargaining, openness, rounds, seconding, units

QUESTION = "V02"
# What the page of new forms of work leads to, in its order: services by id.
NEW_WORK = ("V03", "V04", "M04", "M18", "M01", "M28")


def _sign_in(request: Request) -> HttpResponse:
    return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))


@never_cache
@require_GET
def unit(request: Request) -> HttpResponse:
    """我的单位: what it publishes, its agreements, and for a delegate the proposals of the session."""
    if request.actor.kind != "worker":
        return _sign_in(request)
    own = units.units_of(request.actor)
    published = [
        (row, read, openness.category_name(row.category))
        for row, read in openness.of_units(own, request.actor.account_id)
    ]
    day = today()
    agreements = [(row, row.in_force(day)) for row in bargaining.readable(request.actor, own)]
    context = {
        "units": own,
        "published": published,
        "agreements": agreements,
        "proposals": seconding.to_second(request.actor),
        "needed": seconding.needed(),
    }
    return render(request, "portal/voice_unit.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def disclosure(request: Request, disclosure_id: int) -> HttpResponse:
    """One thing the unit makes known: read it, say so, ask about it."""
    if request.actor.kind != "worker":
        return _sign_in(request)
    try:
        page = openness.page(request.actor, disclosure_id)
        if request.method == "POST":
            if request.POST.get("step") == "ask":
                return _ask_about(request, page.row)
            openness.confirm_read(request.actor, disclosure_id)
            messages.success(request, _("已确认阅读。"))
            return redirect("portal:disclosure", disclosure_id)
    except NotFound as error:
        raise Http404 from error
    context = {"page": page, "category": openness.category_name(page.row.category)}
    return render(request, "portal/voice_disclosure.html", context)


def _ask_about(request: Request, row: Any) -> HttpResponse:
    """The question's form with the unit and the item filled in."""
    service = actions.service_for(QUESTION)
    begun = {
        "employer": employer_name(row.organisation) or row.organisation.name,
        "region": row.organisation.region_id or "",
        "item": row.title,
        "item_no": str(row.pk),
    }
    actions.keep(request.actor, service, begun)
    return redirect("portal:service_step", service.id, service.form[0].id)


@never_cache
@require_http_methods(["GET", "POST"])
def proposal(request: Request, proposal_id: int) -> HttpResponse:
    """A proposal as another delegate of the session reads it, and their own word on it."""
    if request.actor.kind != "worker":
        return _sign_in(request)
    errors: list[str] = []
    status = 200
    try:
        if request.method == "POST":
            try:
                seconding.say(request.actor, proposal_id, request.POST.get("agreed") == "yes")
                messages.success(request, _("已记下您的意见；提交前可以改。"))
                return redirect("portal:proposal", proposal_id)
            except GuardRefused as error:
                status, errors = 409, error.reasons
        page = seconding.page(request.actor, proposal_id)
    except NotFound as error:
        raise Http404 from error
    context = {"page": page, "errors": errors, "needed": seconding.needed()}
    return render(request, "portal/voice_proposal.html", context, status=status)


@never_cache
@require_GET
def agreement(request: Request, agreement_id: int) -> HttpResponse:
    """A published agreement, with what was agreed on each topic and how it is kept."""
    try:
        page = bargaining.agreement(request.actor, agreement_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _sign_in(request)
        raise Http404 from error
    return render(request, "portal/voice_agreement.html", {"page": page, "row": page.row})


@require_GET
def new_work(request: Request) -> HttpResponse:
    """新业态专区: talks with platforms, the subsidy for drivers, and what else is for new forms of work."""
    person = profile_of(request.actor) if request.actor.kind == "worker" else None
    region = (person.region_id or "") if person is not None else ""
    found = (catalogue().find(one, region) for one in NEW_WORK)
    day = today()
    context = {
        "services": [one for one in found if one is not None and one.state == "open" and one.valid(day)],
        "agreements": [(row, row.in_force(day)) for row in bargaining.platform_agreements(region)],
    }
    return render(request, "portal/new_work.html", context)


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("异议和理由"),
        max_length=rounds.OBJECTION_MOST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    name = forms.CharField(label=gettext_lazy("您的姓名"), max_length=60, required=False)
    phone = forms.CharField(
        label=gettext_lazy("您的电话"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("留了姓名和电话的，一定核查并答复；不留的作为线索。"),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )


@require_GET
def recommended(request: Request) -> HttpResponse:
    """拟推荐的优秀提案: under public notice now."""
    return render(request, "portal/voice_recommended.html", {"rows": rounds.published(today())})


@require_http_methods(["GET", "POST"])
def nomination(request: Request, nomination_id: int) -> HttpResponse:
    """异议 against one of them."""
    row = next((one for one in rounds.published(today()) if one.pk == nomination_id), None)
    if row is None:
        raise Http404
    form = ObjectionForm(request.POST or None)
    deed = partial(rounds.object_to, row.pk)
    answer, status = objections.taken(request, form, deed, _("异议已收到。"), "portal:recommended")
    if answer is not None:
        return answer
    return render(request, "portal/voice_nomination.html", {"row": row, "form": form}, status=status)
