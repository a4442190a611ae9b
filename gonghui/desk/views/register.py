"""登记: an agent takes down a call, a visit or a letter; quick, with the earlier cases of the caller beside it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui import brain
from gonghui.appeals import actions, categories, queries, tables
from gonghui.appeals.actions import DraftExpired
from gonghui.appeals.actions.drafts import draft_content
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.queries.places import find_regions
from gonghui.desk.register_form import FLAGS, MAIN, MORE, RegisterForm, intake_fields
from gonghui.desk.rows import described
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_phone
from gonghui.law import answer as law
from gonghui.organisations.queries import find_employer
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

ROLES = ("agent", "dispatcher", "supervisor")
DRAFTS, DRAFTS_MOST, DRAFTS_SHOWN = "register_drafts", 20, 5
CODE_SHOWN_FOR = timedelta(minutes=30)


@never_cache
@role_required(*ROLES)
@require_http_methods(["GET", "POST"])
def register(request: Request) -> HttpResponse:
    """The intake form. Submitted twice it makes one appeal; refused it keeps everything that was typed."""
    if request.method == "GET":
        return _opened(request)
    form = RegisterForm(request.POST)
    if request.POST.get("step") == "lookup":
        return _page(request, form)
    if request.POST.get("step") == "save":
        token = _save(request)
        messages.success(request, _("草稿已保存，可以稍后再登记。"))
        return redirect(f"{reverse('desk:register')}?{urlencode({'draft': token})}")
    if not form.is_valid():
        return _page(request, form, 422)
    data = dict(form.cleaned_data)
    fields, errors = intake_fields(data), {}
    if data["place"].strip():
        found = find_regions(data["place"])
        if len(found) == 1:
            fields["work_region"] = found[0].code
        else:
            errors["place"] = [_place_error(found)]
    once = data["once"]
    try:
        intake = IntakeData.parse(fields)
        if errors:
            raise InvalidData(errors)
        key = f"desk:{request.actor.account_id}:{once}" if once else None
        received = actions.receive(request.actor, intake, channel=data["channel"], idempotency_key=key)
    except InvalidData as error:
        return _page(request, add_kernel_errors(form, {**error.errors, **errors}), 422)
    _finish(request, data["draft"], received)
    return redirect("desk:registered", received.matter.pk)


def _opened(request: Request) -> HttpResponse:
    """An empty form, or a draft of this session taken up again."""
    initial: dict[str, Any] = {"channel": "phone", "people_count": "1", "once": secrets.token_urlsafe(16)}
    # A switchboard may open the page with the caller's number; people search by the form, which leaves no trace.
    initial["phone"] = request.GET.get("phone", "")[:20]
    token = request.GET.get("draft", "")
    if token:
        if token not in request.session.get(DRAFTS, []):
            raise Http404
        try:
            draft = actions.load_draft(token)
        except DraftExpired as error:
            messages.error(request, str(error))
            return redirect("desk:register")
        if draft.appeal_id is not None:
            return redirect("desk:register")
        initial |= {**draft_content(draft), "draft": token}
    form = RegisterForm(initial=initial)
    return _page(request, form)


def _place_error(found: list[Any]) -> str:
    if not found:
        return _("没有找到这个地方，请写市或区县的名称。")
    return _("有几个地方叫这个名字，请写全：%(names)s") % {"names": "、".join(row.full_name for row in found)}


def _save(request: Request) -> str:
    """Keep what is typed under a random key that only this session knows. Returns the key."""
    content = {
        name: request.POST.getlist(name) if name == "tried" else request.POST.get(name, "")[:4000]
        for name in RegisterForm.base_fields
        if name in request.POST and name != "draft"
    }
    known = request.session.get(DRAFTS, [])
    token = request.POST.get("draft", "")
    try:
        draft = actions.save_draft(request.actor, content, token=token if token in known else None, step="desk")
    except DraftExpired:
        draft = actions.save_draft(request.actor, content, step="desk")
    if draft.token not in known:
        request.session[DRAFTS] = [*known, draft.token][-DRAFTS_MOST:]
    return draft.token


def _finish(request: Request, token: str, received: actions.Received) -> None:
    known = request.session.get(DRAFTS, [])
    if token in known:
        request.session[DRAFTS] = [other for other in known if other != token]
        try:
            actions.finish_draft(actions.load_draft(token), received.appeal)
        except DraftExpired:
            return


def _page(request: Request, form: forms.Form, status: int = 200) -> HttpResponse:
    phone = str(form["phone"].value() or "")
    context = {
        "form": form,
        "main": [form[name] for name in MAIN],
        "more": [form[name] for name in MORE],
        "more_open": any(form[name].value() or form[name].errors for name in MORE),
        "flags": [form[name] for name in FLAGS],
        "drafts": _drafts(request, str(form["draft"].value() or "")),
        **_history(request, phone),
        **_reading(str(form["description"].value() or "")),
    }
    return render(request, "desk/register.html", context, status=status)


def _drafts(request: Request, current: str) -> list[dict[str, Any]]:
    """Unfinished registrations of this session, newest first."""
    listed: list[dict[str, Any]] = []
    for token in reversed(request.session.get(DRAFTS, [])):
        if token == current or len(listed) == DRAFTS_SHOWN:
            continue
        try:
            draft = actions.load_draft(token)
        except DraftExpired:
            continue
        text = " ".join(str(draft_content(draft).get("description", "")).split())[:24]
        listed.append({"token": token, "at": draft.updated_at, "text": text or _("（还没有内容）")})
    return listed


def _history(request: Request, phone: str) -> dict[str, Any]:
    """The caller's earlier cases as far as this person may see them, found by the phone's blind index."""
    if sum(letter.isdigit() for letter in phone) < 7:
        return {"earlier": [], "looked_up": ""}
    ids = queries.search_ids(request.actor, phone, 10)
    matters = visible_to(request.actor).filter(pk__in=ids).select_related("assignee").order_by("-opened_at")
    return {"earlier": described(matters), "looked_up": mask_phone(phone)}


def _reading(text: str) -> dict[str, Any]:
    """What the brain makes of the words so far, what is still to be asked, and articles to answer from."""
    if not text.strip():
        return {"meaning": None}
    meaning = brain.understand(text[:6000], time=now())
    firsts: dict[str, Any] = {}
    for entity in meaning.entities:
        firsts.setdefault(entity.kind, entity)
    codes = [row.code for row in meaning.categories]
    employer = firsts.get("employer")
    place = firsts.get("place")
    lacking = [
        label
        for kind, label in (
            ("place", _("在哪里上班")),
            ("employer", _("单位全称")),
            ("people_count", _("涉及多少人")),
            ("money", _("金额")),
            ("date", _("什么时候的事")),
        )
        if kind not in firsts
    ]
    return {
        "meaning": meaning,
        "urgency": tables.label(tables.intake().urgencies, meaning.urgency.level),
        "categories": [(row.code, categories.label(row.code), row.score, row.why[:3]) for row in meaning.categories],
        "alarms": [alarm for alarm in meaning.urgency.alarms if not alarm.negated and alarm.level in ("P0", "P1")],
        "found": {
            "place": (place.qualifier or "") if place is not None and place.value else "",
            "employer": str(employer.value or employer.text) if employer is not None else "",
            "people": firsts["people_count"].value if "people_count" in firsts else "",
            "money": firsts["money"].value if "money" in firsts else "",
        },
        "employers": find_employer(str(employer.value or employer.text), most=3) if employer is not None else [],
        "lacking": lacking,
        "articles": law.relevant_articles(text[:6000], categories=codes, k=2) if meaning.understood else [],
    }


@role_required(*ROLES)
@require_POST
def suggest(request: Request) -> HttpResponse:
    """The reading of the words so far, as a fragment for beside the form."""
    return render(request, "desk/_suggest.html", _reading(request.POST.get("description", "")))


@never_cache
@role_required(*ROLES)
@require_POST
def history(request: Request) -> HttpResponse:
    """The caller's earlier cases, as a fragment. By POST: a phone number does not belong into an address."""
    return render(request, "desk/_history.html", _history(request, request.POST.get("phone", "")[:20]))


@never_cache
@role_required(*ROLES)
@require_POST
def autosave(request: Request) -> HttpResponse:
    """Keep what is typed so far; answers with the draft's key for the next time."""
    return render(request, "desk/_draft.html", {"token": _save(request), "at": now()})


@never_cache
@role_required(*ROLES)
@require_GET
def registered(request: Request, matter_id: int) -> HttpResponse:
    """What to tell the caller: the number and, to the agent who took it down and only for a while, the query code."""
    try:
        page = queries.matter_page(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    mine = page.appeal.received_by_id == request.actor.account_id
    fresh = now() - page.appeal.received_at < CODE_SHOWN_FOR
    context = {"page": page, "matter": page.matter, "code": page.appeal.query_code if mine and fresh else ""}
    return render(request, "desk/registered.html", context)
