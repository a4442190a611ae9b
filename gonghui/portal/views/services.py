"""服务 of 职工之家: find one in lay words, see whether it fits, apply page by page, follow it."""

from __future__ import annotations

import json
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.brain.match import match
from gonghui.exchange import queries as exchanged
from gonghui.finding import search as finding
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.step_forms import add_kernel_errors, step_form, submitted
from gonghui.kernel.matters import act
from gonghui.kernel.times import today
from gonghui.people.http import Request, download
from gonghui.portal import once
from gonghui.portal.beside import beside, for_application
from gonghui.portal.form_words import form_words
from gonghui.portal.views.offers import seat_context
from gonghui.portal.views.wellbeing import emergency
from gonghui.services import actions, facts, files, forms, offers, queries, refusals, showing
from gonghui.services.catalogue import catalogue
from gonghui.services.matching import matcher
from gonghui.services.models import Draft
from gonghui.services.queries import Own
from gonghui.services.spec import Service

# So many of other unions' services stand on the list of ours; all of them on a page of their own.
ELSEWHERE = 6
PLACED = ("rate", "withdraw", "complete", "check_in", "check_out")
# What is said after the steps that have a place of their own on the page; the others are made from the flow.
DONE: dict[str, Any] = {
    "rate": gettext_lazy("谢谢您的评价。"),
    "withdraw": gettext_lazy("已撤销。"),
    "check_in": gettext_lazy("签到成功。"),
    "check_out": gettext_lazy("签退成功，谢谢参加。"),
    "not_come": gettext_lazy("已记下，工会五个工作日内查清，结果会通知您。"),
}
# Pages of other rooms to which a service's page leads.
DOORS: dict[str, tuple[tuple[str, Any], ...]] = {
    "M07": (
        ("portal:jobs", gettext_lazy("看正在招的岗位")),
        ("portal:my_jobs", gettext_lazy("我的求职和投递")),
        ("portal:employer_jobs", gettext_lazy("我是单位，要招人")),
    ),
    "J01": (("portal:employer_jobs", gettext_lazy("我发布的岗位")),),
    "M22": (("portal:merchant", gettext_lazy("我是商家：核销、月结")),),
    "M23": (("portal:self_check", gettext_lazy("心情自测（四道题，不保存）")),),
    "M24": (("portal:meeting", gettext_lazy("我的联谊：互选、不想见的人、退出")),),
    "M25": (
        ("portal:books", gettext_lazy("找书、借书")),
        ("portal:reads", gettext_lazy("电子书")),
        ("portal:clubs", gettext_lazy("社团")),
    ),
}


@beside("M22", "M23", "M24", "M25")
def doors(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """The same pages from an application."""
    return [("portal/beside/doors.html", {"doors": DOORS[page.service.id]})]


def region_of(request: Request) -> str:
    """The region of the profile; empty where none is known."""
    person = facts.profile_of(request.actor)
    return (person.region_id or "") if person is not None else ""


def service_of(service_id: str, region: str) -> Service:
    try:
        return actions.service_for(service_id, region)
    except NotFound as error:
        raise Http404 from error


def filled_in(request: Request, service_id: str) -> tuple[Service, Draft | None]:
    """The service whose form is filled in, and what is filled in so far: today's, or of an application that was sent
    back the one it began with. Http404 for what is not offered."""
    service = service_of(service_id, region_of(request))
    draft = actions.draft_for(request.actor, service)
    if draft is not None and draft.completes_id:
        _application, service = actions.application_of(request.actor, draft.completes_id)
        actions.bring_up(draft, service)
    return service, draft


@require_GET
def index(request: Request) -> HttpResponse:
    """All services offered here; `q` finds them by a need in one's own words."""
    asked = request.GET.get("q", "").strip()[:200]
    region = region_of(request)
    offered = {service.id: service for service in catalogue().offered(today(), region)}
    found = (
        [offered[fit.id] for fit in match(asked, matcher(), {}, today(), k=40) if fit.id in offered] if asked else []
    )
    context = {
        "asked": asked,
        "found": found,
        "groups": showing.grouped([service for service in offered.values() if service.kind == "service"]),
        "policies": [service for service in offered.values() if service.kind == "policy"],
        "elsewhere": exchanged.shown(exchanged.listed(region)[:ELSEWHERE]),
        "found_elsewhere": _found_elsewhere(asked, region) if asked else [],
    }
    return render(request, "portal/services.html", context)


def _found_elsewhere(asked: str, region: str) -> list[exchanged.Shown]:
    """Other unions' services that answer the need, the nearest first."""
    answer = finding.search(asked, region=region, only="elsewhere", a_group=ELSEWHERE)
    keys = [int(hit.item.key) for group in answer.groups for hit in group.hits]
    held = {row.pk: row for row in exchanged.shown(exchanged.open_rows().filter(pk__in=keys))}
    return [held[key] for key in keys if key in held]


@never_cache
@require_GET
def page(request: Request, service_id: str) -> HttpResponse:
    """What it is, for whom, what one gets, how long it takes; and the way in."""
    region = region_of(request)
    service = service_of(service_id, region)
    if service.opens is not None:
        return redirect(service.opens.route)
    standing = actions.standing(request.actor, service)
    context = {
        **showing.service_page(service, standing, region, known=request.actor.kind == "worker"),
        "draft": actions.draft_for(request.actor, service),
        "variants": exchanged.variants_of(service.id, region),
        "doors": DOORS.get(service.id, ()),
    }
    return render(request, "portal/service.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: Request, service_id: str, section_id: str) -> HttpResponse:
    """One page of the form. What is filled in is kept at once; the last page leads to the check."""
    service, draft = filled_in(request, service_id)
    if request.actor.kind != "worker":
        return _to_sign_in(request)
    places = [section.id for section in service.form]
    if section_id not in places:
        raise Http404
    place = places.index(section_id)
    section = service.form[place]
    held = actions.load(service, draft.values_json) if draft else {}
    initial = {**actions.prefilled(request.actor, service), **{k: v for k, v in held.items() if v is not None}}
    if service.offer_field and (wanted := request.GET.get("offer", "")) and offers.open_one(service, wanted):
        initial[service.offer_field] = int(wanted)
    seat = offers.seat_of(draft.completes_id) if draft is not None and draft.completes_id and service.offers else None
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.SectionForm(
        *sent,
        service=service,
        section=section,
        known=held,
        account_id=request.actor.account_id,
        initial=initial,
        region=region_of(request),
        held=seat.offer if seat is not None else None,
        begun=actions.begun_on(draft) if service.rounds else None,
    )
    status = 200
    instead: list[Service] = []
    if request.method == "POST" and (more := request.POST.get("more")):
        form = form.with_one_more(more)
    elif request.method == "POST":
        status = 422
        if form.is_valid():
            values = {spec.name: form.cleaned_data.get(spec.name) for spec in section.fields}
            known = {**held, **values}
            wrong = forms.wrong_rules(service, known)
            here = {name: texts for name, texts in wrong.items() if name in form.fields}
            instead = refusals.instead_of(rule for rule in refusals.broken(service, known) if rule.field in here)
            for name, texts in here.items():
                for text in texts:
                    form.add_error(name, text)
            if service.offer_field in initial:
                values.setdefault(service.offer_field, initial[service.offer_field])
            actions.keep(request.actor, service, values)
            if not here:
                following = places[place + 1] if place + 1 < len(places) else ""
                if following:
                    return redirect("portal:service_step", service.id, following)
                return redirect("portal:service_check", service.id)
    context = {
        **showing.form_page(service, section, form),
        "words": form_words(),
        "emergency": service.crisis and emergency(held),
        "instead": instead,
    }
    return render(request, "portal/service_step.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: Request, service_id: str) -> HttpResponse:
    """Everything once more, then hand it in. What is wrong is shown with the page to mend it on."""
    service, draft = filled_in(request, service_id)
    if request.actor.kind != "worker":
        return _to_sign_in(request)
    earlier = once.handed(request, service)
    if draft is None and (earlier := earlier or once.handed(request, service)) is not None:
        # Sent again: the answer to the first time was lost on its way.
        messages.success(request, _("这一份已经交过，编号 %(number)s。") % {"number": earlier.matter.number})
        return redirect("portal:application", earlier.matter.pk)
    if draft is None:
        return redirect("portal:service_step", service.id, service.form[0].id)
    values = actions.load(service, draft.values_json)
    reasons: list[refusals.Why] = []
    instead: list[Service] = []
    errors: dict[str, list[str]] = {}
    status = 200
    key = once.key_for(request, service, earlier)
    if request.method == "POST":
        status = 422
        raw = json.loads(draft.values_json)
        try:
            if draft.completes is not None:
                handed = actions.complete(request.actor, draft, raw)
            else:
                handed = actions.apply(request.actor, service, raw, key=key)
            messages.success(request, _("已提交，编号 %(number)s。") % {"number": handed.matter.number})
            return redirect("portal:application", handed.matter.pk)
        except InvalidData as error:
            errors = error.errors
            instead = refusals.instead_of(refusals.broken(service, values))
        except GuardRefused as error:
            reasons, status = refusals.whys_of(error), 409
        except KernelError as error:
            reasons, status = [refusals.Why(str(error))], 409
    pages = showing.check_pages(service, values, errors)
    context = {"service": service, "pages": pages, "reasons": reasons, "wrong": bool(errors), "draft": draft}
    context |= {"key": key, "emergency": service.crisis and emergency(values), "instead": instead}
    return render(request, "portal/service_check.html", context, status=status)


@never_cache
@require_GET
def form_file(request: Request, form_file_id: int) -> HttpResponse:
    """A file of one's own form, always as a download."""
    try:
        row, content = files.open_file(request.actor, form_file_id)
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)


def _to_sign_in(request: Request) -> HttpResponse:
    wanted = request.get_full_path() if request.method == "GET" else resolve_url("portal:services")
    return redirect_to_login(wanted, login_url=resolve_url("people:worker_sign_in"))


@never_cache
@require_http_methods(["GET", "POST"])
def application(request: Request, matter_id: int) -> HttpResponse:
    """An application of one's own: where it stands, what was said, the code to fetch goods with, what one may do."""
    try:
        found = queries.own_page(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    errors: list[str] = []
    status = 200
    flow = flow_of(found.matter)
    own = {
        name: step_form(flow.by_name[name], found.matter, request.actor)
        for name in found.steps
        if name not in PLACED and not flow.by_name[name].hidden
    }
    if request.method == "POST":
        verb = request.POST.get("step", "")
        try:
            if verb == "complete":
                actions.reopen(request.actor, matter_id)
                return redirect("portal:service_step", found.service.id, found.service.form[0].id)
            if verb not in found.steps:
                raise Http404
            step = flow.by_name[verb]
            act(matter_id, verb, request.actor, submitted(step, request.POST))
            messages.success(request, DONE.get(verb) or _("“%(step)s”已完成。") % {"step": step.label})
            return redirect("portal:application", matter_id)
        except InvalidData as error:
            status = 422
            if verb in own:
                own[verb] = step_form(flow.by_name[verb], found.matter, request.actor, request.POST)
                add_kernel_errors(own[verb], error.errors)
            else:
                errors = error.texts
        except GuardRefused as error:
            status, errors = 409, error.reasons
        except KernelError as error:
            status, errors = 409, [str(error)]
    code = found.voucher.pickup_code if found.voucher is not None and found.voucher.to_fetch else ""
    context = {
        "page": found,
        "errors": errors,
        "code": code,
        "key": (found.application.idempotency_key or "").rpartition(":")[2],
        "qr": segno.make(code, error="m").svg_inline(scale=6, border=2) if code else "",
        "payment": found.payment,
        **seat_context(found.seat),
        "may_complete": "complete" in found.steps,
        "may_withdraw": "withdraw" in found.steps,
        "rate": flow.by_name["rate"] if "rate" in found.steps else None,
        "beside": for_application(request, found),
        "own_steps": [(flow.by_name[name], form) for name, form in own.items()],
    }
    return render(request, "portal/application.html", context, status=status)
