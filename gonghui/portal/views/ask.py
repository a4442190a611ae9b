"""The intake without JavaScript: write, answer only what is missing, check, submit. Nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui import brain
from gonghui.appeals import actions, categories, tables
from gonghui.appeals.actions import DraftExpired
from gonghui.appeals.actions.drafts import draft_content
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.models import Appeal, AppealDraft, WorkOrder
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.law import answer as law
from gonghui.organisations.models import Region
from gonghui.people.forms import with_errors
from gonghui.people.http import Request
from gonghui.people.middleware import OPENED_MATTERS
from gonghui.portal import questions
from gonghui.portal.limits import allowed

COOKIE = "draft"
DRAFTS_AN_HOUR = "120/h"
OPENED_MOST = 30


def open_matter_for(request: Request, matter_id: int) -> None:
    """Let this visitor see a matter for the rest of the session (they lodged it, or know its code)."""
    opened = [pk for pk in request.session.get(OPENED_MATTERS, []) if pk != matter_id]
    request.session[OPENED_MATTERS] = [*opened, matter_id][-OPENED_MOST:]


def _remember(response: HttpResponse, request: Request, draft: AppealDraft) -> HttpResponse:
    response.set_cookie(
        COOKIE, draft.token, max_age=7 * 86400, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: Request) -> HttpResponse:
    """The first page: what happened."""
    if request.method == "GET":
        return render(request, "portal/ask_text.html", {"form": questions.TextForm()})
    form = questions.TextForm(request.POST)
    text = request.POST.get("description", "")
    if not allowed(request, "draft", DRAFTS_AN_HOUR):
        form.is_valid()
        form.add_error(None, _("提交太频繁，请一小时后再试；紧急情况请拨打 12351。"))
        return render(request, "portal/ask_text.html", {"form": form}, status=429)
    errors = _text_errors(text)
    if errors:
        return render(request, "portal/ask_text.html", {"form": with_errors(form, errors)}, status=422)
    draft = actions.save_draft(request.actor, {"description": text}, step="text")
    return _remember(_next(draft, {"description": text}, ""), request, draft)


def _text_errors(text: str) -> dict[str, list[str]]:
    """What is wrong with the free text, as the intake itself will say it."""
    try:
        IntakeData.parse({"description": text, "anonymous": True})
    except InvalidData as error:
        return {name: texts for name, texts in error.errors.items() if name == "description"}
    return {}


def _next(draft: AppealDraft, content: dict[str, Any], after: str) -> HttpResponse:
    """The page of the first question after `after` that is still to be asked, or the check page."""
    names = [question.name for question in questions.to_ask(content, questions.understood(content))]
    later = names[names.index(after) + 1 :] if after in names else names
    if after == "text" or not after:
        later = names
    return redirect("portal:ask_step", draft.token, later[0] if later else "check")


def _load(request: Request, token: str) -> AppealDraft | HttpResponse:
    """The draft, or the page to show instead: expired, or already submitted."""
    try:
        draft = actions.load_draft(token)
    except DraftExpired as error:
        response = render(request, "portal/ask_expired.html", {"text": str(error)}, status=410)
        response.delete_cookie(COOKIE)
        return response
    if draft.appeal_id is not None:
        return redirect("portal:ask_done", token)
    return draft


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: Request, token: str, name: str) -> HttpResponse:
    """One question."""
    draft = _load(request, token)
    if isinstance(draft, HttpResponse):
        return draft
    content = draft_content(draft)
    if name == "text":
        return _text_step(request, draft, content)
    if name == "check":
        return _check_step(request, draft, content)
    meaning = questions.understood(content)
    asked = {question.name: question for question in questions.QUESTIONS}
    if name not in asked:
        return redirect("portal:ask_step", token, "check")
    form = _form(request, asked[name], content)
    if request.method == "POST" and form.is_valid():
        errors = _take(form, name, content)
        if not errors:
            actions.save_draft(request.actor, content, token=token, step=name)
            if request.POST.get("back_to") == "check":
                return redirect("portal:ask_step", token, "check")
            return _next(draft, content, name)
        if name == "place" and "work_region" in errors:
            # Several places have this name: ask which.
            options = questions.find_regions(form.cleaned_data["place"])
            form = questions.PlaceForm(request.POST, options=options)
            errors = {"work_region": errors["work_region"]}
        form = with_errors(form, errors)
    return _page(request, draft, content, meaning, name, form)


def _page(
    request: Request,
    draft: AppealDraft,
    content: dict[str, Any],
    meaning: brain.Understanding,
    name: str,
    form: forms.Form,
) -> HttpResponse:
    names = ["text", *(question.name for question in questions.to_ask(content, meaning)), "check"]
    place = names.index(name) + 1 if name in names else len(names)
    context = {
        "form": form,
        "draft": draft,
        "step": name,
        "number": place,
        "total": len(names),
        "bars": [index < place for index in range(len(names))],
        "previous": names[place - 2] if place > 1 else "",
        "back_to": request.GET.get("back_to", request.POST.get("back_to", "")),
        "emergency": emergency(meaning),
        "optional": name not in ("contact", "check", "text"),
    }
    if name == "check":
        context.update(_summary(content, meaning))
    template = "portal/ask_check.html" if name == "check" else "portal/ask_step.html"
    return render(request, template, context, status=422 if form.errors else 200)


def emergency(meaning: brain.Understanding) -> bool:
    return meaning.urgency.level == "P0"


def _form(request: Request, question: questions.Question, content: dict[str, Any]) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    initial = dict(content)
    if question.name == "contact" and request.actor.kind == "worker":
        initial = {"how": "phone", "phone": request.user.phone, "reporter_name": request.user.display_name, **content}
    if question.name == "place":
        code = (data or content).get("work_region", "")
        options = list(Region.objects.filter(pk=code)) if code else []
        if data is not None and code:
            options = questions.find_regions(data.get("place", "")) or options
        return questions.PlaceForm(data, options=options or None, initial=initial)
    return question.form(data, initial=initial)


def _take(form: forms.Form, name: str, content: dict[str, Any]) -> dict[str, list[str]]:
    """Move a question's answers into the content; return errors by field."""
    data = form.cleaned_data
    if name == "place":
        chosen, written = data.get("work_region", ""), data["place"].strip()
        if not chosen and written:
            found = questions.find_regions(written)
            if not found:
                return {
                    "place": [_("没有找到“%(place)s”。请写市或区县的名称；不清楚可以空着。") % {"place": written[:20]}]
                }
            if len(found) > 1:
                return {"work_region": [_("有几个地方叫这个名字，请选择一个。")]}
            chosen = found[0].code
        content["place"], content["work_region"] = written, chosen
        return {}
    checked = {**questions.intake({**content, **data}, questions.understood(content))}
    try:
        IntakeData.parse(checked)
    except InvalidData as error:
        wrong = {field: texts for field, texts in error.errors.items() if field in form.fields}
        if wrong:
            return wrong
    content.update(data)
    return {}


def _text_step(request: Request, draft: AppealDraft, content: dict[str, Any]) -> HttpResponse:
    """Going back to the free text."""
    form = questions.TextForm(request.POST if request.method == "POST" else None, initial=content)
    if request.method == "POST":
        text = request.POST.get("description", "")
        errors = _text_errors(text)
        if not errors:
            content["description"] = text
            actions.save_draft(request.actor, content, token=draft.token, step="text")
            return _next(draft, content, "text")
        form = with_errors(form, errors)
    return _page(request, draft, content, questions.understood(content), "text", form)


def _check_step(request: Request, draft: AppealDraft, content: dict[str, Any]) -> HttpResponse:
    """Everything on one page, consent, and the button that submits. Clicked twice it still makes one appeal."""
    meaning = questions.understood(content)
    if not content.get("how"):
        return redirect("portal:ask_step", draft.token, "contact")
    form = questions.CheckForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, draft, content, meaning, "check", form)
    if not allowed(request, "intake", settings.INTAKE_RATE_LIMIT):
        form.add_error(None, _("这个网络提交太频繁，请一小时后再试；您写的内容已保存。紧急情况请拨打 12351。"))
        response = _page(request, draft, content, meaning, "check", form)
        response.status_code = 429
        return response
    try:
        data = IntakeData.parse(questions.intake(content, meaning))
        received = actions.receive(
            request.actor,
            data,
            channel="web",
            idempotency_key=f"draft:{draft.token}",
            attachments=request.FILES.getlist("files"),
        )
    except InvalidData as error:
        errors = {
            ("files" if name in ("file", "attachments", "files") else name): texts
            for name, texts in error.errors.items()
        }
        return _page(request, draft, content, meaning, "check", with_errors(form, errors))
    actions.finish_draft(draft, received.appeal)
    open_matter_for(request, received.matter.pk)
    return redirect("portal:ask_done", draft.token)


def _summary(content: dict[str, Any], meaning: brain.Understanding) -> dict[str, Any]:
    """What was written, answered and understood, in words, each with the page to correct it on."""
    data = questions.intake(content, meaning)
    region = Region.objects.filter(pk=data["work_region"]).first() if data["work_region"] else None
    tried = [item.label for item in tables.intake().tried if item.code in data["tried"]]
    rows = [
        (_("事情"), data["description"], "text"),
        (_("上班的地方"), region.full_name if region else _("没有填"), "place"),
        (_("单位"), data["employer_name"] or _("没有填"), "employer"),
        (_("职工类别"), tables.label(tables.intake().worker_types, data["worker_type"]) or _("没有填"), "worker"),
        (_("人数"), str(data["people_count"]), "people"),
        (_("希望怎样解决"), data["demand"] or _("没有填"), "demand"),
        (_("已经做过"), "、".join(tried) or _("没有填"), "demand"),
        (
            _("联系方式"),
            _("匿名") if data["anonymous"] else f"{data['reporter_name']} {data['phone']}".strip(),
            "contact",
        ),
    ]
    if not data["anonymous"]:
        rows.append((_("是否公开身份"), _("可以公开") if data["disclose_ok"] else _("为我保密"), "contact"))
    return {
        "rows": rows,
        "understood": [categories.label(scored.code) for scored in meaning.categories if scored.score >= 0.2][:3],
    }


@never_cache
@require_GET
def done(request: Request, token: str) -> HttpResponse:
    """The number, the query code, what happens next, and the articles that bear on it."""
    try:
        draft = actions.load_draft(token)
    except DraftExpired as error:
        return render(request, "portal/ask_expired.html", {"text": str(error)}, status=410)
    if draft.appeal_id is None:
        return redirect("portal:ask_step", token, "check")
    with as_system("the draft's token is the key to its appeal"):
        appeal = Appeal.objects.get(pk=draft.appeal_id)
        order = WorkOrder.objects.select_related("matter").get(appeal=appeal, role=WorkOrder.Role.LEAD)
    open_matter_for(request, order.matter_id)
    meaning = brain.understand(appeal.description, time=appeal.received_at)
    codes = [scored.code for scored in meaning.categories]
    hits = law.relevant_articles(appeal.description, categories=codes)
    response = render(
        request,
        "portal/ask_done.html",
        {
            "appeal": appeal,
            "matter": order.matter,
            "emergency": order.matter.priority == 0,
            "articles": [
                {"hit": hit, "why": [law.explain(reason) for reason in hit.why], "notes": law.notes(hit)}
                for hit in hits
            ],
            "disclaimer": law.disclaimer,
        },
    )
    response.delete_cookie(COOKIE)
    return response
