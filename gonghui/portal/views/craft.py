"""劳模工匠 for everybody: the people and their stories, the lists of technology and results; for a craftsman: what they
are asked for; for a company: who helps with its need."""

from __future__ import annotations

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

from gonghui.craft import actions, library, queries, tables, videos
from gonghui.craft.models import Ask, Craftsman
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.step_forms import add_kernel_errors, step_form, submitted
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request, download
from gonghui.portal.beside import beside
from gonghui.portal.views.learning import ranged
from gonghui.services.queries import Own

MOST = 200


class TalkForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("说一句"),
        max_length=actions.TALK_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": actions.TALK_MOST}),
    )


class OwnForm(forms.Form):
    hours = forms.IntegerField(
        label=gettext_lazy("每月能拿出几个小时"),
        min_value=0,
        max_value=200,
        help_text=gettext_lazy("填 0 就不再派单。"),
    )
    paused = forms.BooleanField(label=gettext_lazy("近期不接单"), required=False)
    publish = forms.BooleanField(
        label=gettext_lazy("同意公开我的姓名、单位、技术和事迹"),
        required=False,
        help_text=gettext_lazy("随时可以取消，取消后页面马上不再显示。"),
    )


def _to_sign_in(request: Request) -> HttpResponse:
    return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))


def _asked(request: Request) -> dict[str, Any]:
    """What the lists are narrowed by, as far as the tables know it."""
    trade, region, kind = (request.GET.get(name, "") for name in ("trade", "region", "honour"))
    return {
        "trade": trade if trade in {row.code for row in tables.trades()} else "",
        "region": region if region.isdecimal() and len(region) == 6 else "",
        "honour": kind if kind in {row.code for row in tables.honours()} else "",
    }


@require_GET
def people(request: Request) -> HttpResponse:
    """风采: who was honoured and consented to be shown."""
    asked = _asked(request)
    rows = library.shown(asked["region"], asked["honour"])[:MOST]
    context = {
        "rows": library.cards(rows),
        "asked": asked,
        "honours": tables.honours(),
        "regions": library.regions(),
        "person": actions.craftsman_of(request.actor),
    }
    return render(request, "portal/craft_people.html", context)


@require_GET
def person(request: Request, craftsman_id: int) -> HttpResponse:
    """One person's page."""
    try:
        found = library.page(craftsman_id)
    except NotFound as error:
        raise Http404 from error
    return render(request, "portal/craft_person.html", {"page": found})


@require_GET
def photo(request: Request, craftsman_id: int) -> HttpResponse:
    """The photo of a person whose page everybody may read."""
    try:
        row, content = library.photo(craftsman_id)
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)


@require_GET
def video(request: Request, craftsman_id: int, video_id: int) -> HttpResponse:
    """A video of a person whose page everybody may read, from where the player asks."""
    try:
        path = videos.path_of(row := videos.shown(craftsman_id, video_id))
    except NotFound as error:
        raise Http404 from error
    return ranged(path.open("rb"), path.stat().st_size, row.mime, request.headers.get("Range", ""))


@require_GET
def captions(request: Request, craftsman_id: int, video_id: int) -> HttpResponse:
    """字幕 of a video."""
    try:
        row = videos.shown(craftsman_id, video_id)
    except NotFound as error:
        raise Http404 from error
    if not row.captions:
        raise Http404
    return HttpResponse(row.captions, content_type="text/vtt; charset=utf-8")


@require_GET
def technology(request: Request) -> HttpResponse:
    """技术清单: what craftsmen offer, by trade and place."""
    asked = _asked(request)
    context = {
        "rows": library.cards(queries.technology(asked["region"], asked["trade"])[:MOST]),
        "asked": asked,
        "trades": tables.trades(),
        "regions": library.regions(),
    }
    return render(request, "portal/craft_technology.html", context)


@require_GET
def results(request: Request) -> HttpResponse:
    """成果清单: what was solved, with numbers, and the innovations that are being spread."""
    with as_system("results that both sides made public"):
        rows = list(queries.results()[:MOST])
    context = {"rows": rows, "innovations": library.innovations()[:MOST]}
    return render(request, "portal/craft_results.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def mine(request: Request) -> HttpResponse:
    """A craftsman's own: what they are asked for and took; their page and hours."""
    if request.actor.kind != "worker":
        return _to_sign_in(request)
    found = actions.craftsman_of(request.actor)
    if found is None:
        return render(request, "portal/craft_mine.html", {"person": None})
    initial = {
        "hours": found.hours_month,
        "paused": found.state == Craftsman.State.PAUSED,
        "publish": found.consented_at is not None,
    }
    form = OwnForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.set_own(request.actor, **form.cleaned_data)
                messages.success(request, _("已保存。"))
                return redirect("portal:craft_mine")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    context = {"person": found, "asks": queries.asks_of(request.actor), "form": form}
    return render(request, "portal/craft_mine.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: Request, matter_id: int) -> HttpResponse:
    """A need as the craftsman sees it: answer, then diagnose, plan, do, visit, talk."""
    try:
        page = queries.craftsman_page(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    assert page.ask is not None
    names = actions.ANSWERS if page.ask.state == Ask.State.ASKED else actions.WORK
    possible = {step.name: step for step in flow_of(page.matter).leaving(page.matter.state)}
    steps = [
        (possible[name], step_form(possible[name], page.matter, request.actor)) for name in names if name in possible
    ]
    verb = request.POST.get("step", "")
    if request.method == "POST" and verb != "talk":
        if verb not in names or verb not in possible:
            raise Http404
        step = possible[verb]
        try:
            actions.as_craftsman(request.actor, matter_id, verb, submitted(step, request.POST))
            messages.success(request, _("“%(step)s”已完成。") % {"step": step.label})
            return redirect("portal:craft_mine") if verb == "decline" else redirect("portal:craft_ask", matter_id)
        except InvalidData as error:
            form = step_form(step, page.matter, request.actor, request.POST)
            add_kernel_errors(form, error.errors)
            steps = [(one, form if one.name == verb else other) for one, other in steps]
            return _need(request, page, steps, "portal:craft_ask", status=422)
        except GuardRefused as error:
            return _need(request, page, steps, "portal:craft_ask", status=409, reasons=error.reasons)
        except KernelError as error:
            return _need(request, page, steps, "portal:craft_ask", status=409, reasons=[str(error)])
    return _talked(request, page, steps, "portal:craft_ask")


@never_cache
@require_http_methods(["GET", "POST"])
def need(request: Request, matter_id: int) -> HttpResponse:
    """A need as its company sees it: who helps, what was found and planned, the talk."""
    try:
        page = queries.company_page(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    return _talked(request, page, [], "portal:craft_need")


def _talked(request: Request, page: queries.NeedPage, steps: list[Any], address: str) -> HttpResponse:
    form = TalkForm(request.POST if request.POST.get("step") == "talk" else None)
    status, reasons = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.say(request.actor, page.matter.pk, form.cleaned_data["text"])
                messages.success(request, _("已发出。"))
                return redirect(address, page.matter.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except NotFound as error:
                raise Http404 from error
            except GuardRefused as error:
                status, reasons = 409, error.reasons
    return _need(request, page, steps, address, status=status, reasons=reasons, form=form)


def _need(
    request: Request,
    page: queries.NeedPage,
    steps: list[Any],
    address: str,
    *,
    status: int = 200,
    reasons: list[str] | None = None,
    form: forms.Form | None = None,
) -> HttpResponse:
    company = address == "portal:craft_need"
    taken = page.ask is not None and page.ask.promised_at is not None
    context = {
        "page": page,
        "company": company,
        "steps": steps,
        "reasons": reasons or [],
        "talk_form": (form or TalkForm()) if page.matter.is_open and (company or taken) else None,
        "taken": taken,
        "mine": "company" if company else "craftsman",
    }
    return render(request, "portal/craft_need.html", context, status=status)


@beside("M12")
def who_helps(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    return [("portal/beside/need.html", {"matter_id": page.matter.pk})]
