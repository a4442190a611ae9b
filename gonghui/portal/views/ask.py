"""The intake without JavaScript: write, answer only what is missing, check, submit. Nothing typed is ever lost."""

from __future__ import annotations

import json
from dataclasses import replace
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
from gonghui.appeals.intake import IntakeData, limit
from gonghui.appeals.models import Appeal, AppealDraft, WorkOrder
from gonghui.appeals.place_form import CITY
from gonghui.brain import match
from gonghui.kernel.actor import ANONYMOUS
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.knowledge import answers
from gonghui.law import answer as law
from gonghui.organisations.models import Region
from gonghui.people.http import Request
from gonghui.people.middleware import OPENED_MATTERS
from gonghui.people.queries import own_name
from gonghui.portal import questions
from gonghui.portal.context import DRAFT
from gonghui.portal.form_words import appeal_words
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import DRAFT_RATE, OPENED_MOST
from gonghui.services.matching import matcher

COOKIE = DRAFT
TOLD_LONGEST = 8_000


def open_matter_for(request: Request, matter_id: int) -> None:
    """Let this visitor see a matter for the rest of the session (they lodged it, or know its code)."""
    opened = [pk for pk in request.session.get(OPENED_MATTERS, []) if pk != matter_id]
    request.session[OPENED_MATTERS] = [*opened, matter_id][-OPENED_MOST:]


def _remember(response: HttpResponse, request: Request, draft: AppealDraft) -> HttpResponse:
    response.set_cookie(
        COOKIE,
        draft.token,
        max_age=limit("draft_days") * 86400,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
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
    if not allowed(request, "draft", DRAFT_RATE):
        form.is_valid()
        form.add_error(None, _("提交太频繁，请一小时后再试；紧急情况请拨打 12351。"))
        return render(request, "portal/ask_text.html", {"form": form}, status=429)
    errors = _text_errors(text)
    if errors:
        return render(request, "portal/ask_text.html", {"form": add_kernel_errors(form, errors)}, status=422)
    content = {"description": text, **_told(request.POST.get("told", ""))}
    draft = actions.save_draft(ANONYMOUS, content, step="text")
    return _remember(_next(draft, content, ""), request, draft)


def _told(raw: str) -> dict[str, Any]:
    """What the rights page had learnt, to be kept with the appeal; {} where nothing came along."""
    try:
        told = json.loads(raw) if 0 < len(raw) <= TOLD_LONGEST else None
    except ValueError:
        return {}
    return {"told": told} if isinstance(told, dict) else {}


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
        # What was typed into the page just now is not lost with the draft.
        typed = request.POST.get("description", "")
        form = questions.TextForm(initial={"description": typed}) if typed else None
        response = render(request, "portal/ask_expired.html", {"text": str(error), "form": form}, status=410)
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
            actions.save_draft(ANONYMOUS, content, token=token, step=name)
            if request.POST.get("back_to") == "check":
                return redirect("portal:ask_step", token, "check")
            return _next(draft, content, name)
        if name == "place" and "work_region" in errors:
            # Several places have this name: ask which.
            written = form.cleaned_data["place"]
            options = questions.place_options(questions.find_regions(written))
            form = questions.PlaceForm({**request.POST.dict(), "asked": written}, options=options, asked=written)
        form = add_kernel_errors(form, errors)
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
        "heading": next((field.label for field in form if not field.is_hidden), ""),
        "number": place,
        "total": len(names),
        "bars": [index < place for index in range(len(names))],
        "previous": names[place - 2] if place > 1 else "",
        "back_to": request.GET.get("back_to", request.POST.get("back_to", "")),
        "emergency": emergency(meaning),
        "draft_days": int(limit("draft_days")),
        "optional": name not in ("contact", "check", "text", "category"),
    }
    if name == "check":
        context.update(_summary(content, meaning), words=appeal_words())
    template = "portal/ask_check.html" if name == "check" else "portal/ask_step.html"
    return render(request, template, context, status=422 if form.errors else 200)


def emergency(meaning: brain.Understanding) -> bool:
    return meaning.urgency.level == "P0"


def _form(request: Request, question: questions.Question, content: dict[str, Any]) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    initial = dict(content)
    if question.name == "contact" and request.actor.kind == "worker":
        initial = {"how": "phone", "phone": request.user.phone, "reporter_name": own_name(request.user), **content}
    if question.name == "place":
        return _place_form(data, content, questions.understood(content))
    if question.name == "category":
        likely = questions.categories_of(questions.understood(content))
        return questions.CategoryForm(data, likely=likely, initial=initial)
    if question.name == "demand" and "demand_amount" not in content:
        initial["demand_amount"] = questions.amount_of(questions.understood(content))
    return question.form(data, initial=initial)


def _place_form(data: Any, content: dict[str, Any], meaning: brain.Understanding) -> questions.PlaceForm:
    """The place: with the counties of the city that was written or understood, or the places of one name."""
    if data is not None:
        asked = data.get("asked", "")
        return questions.PlaceForm(data, options=questions.place_options(questions.find_regions(asked)))
    code = content.get("work_region") or questions.likely_place_of(meaning)
    region = Region.objects.select_related("parent").filter(pk=code).first() if code else None
    if region is None:
        return questions.PlaceForm(initial={"place": content.get("place", "")})
    city = region.parent if region.level > CITY and region.parent else region
    initial = {"place": content.get("place") or region.full_name, "work_region": content.get("work_region", "")}
    options = questions.place_options([city])
    if region.pk not in {row.pk for row in options}:
        options = []
    return questions.PlaceForm(options=options, initial=initial)


def _take(form: forms.Form, name: str, content: dict[str, Any]) -> dict[str, list[str]]:
    """Move a question's answers into the content; return errors by field."""
    data = form.cleaned_data
    if name == "place":
        chosen, written = data.get("work_region", ""), data["place"].strip()
        if written and not (chosen and written == data.get("asked", "")):
            found = questions.find_regions(written)
            if not found:
                return {
                    "place": [_("没有找到“%(place)s”。请写市或区县的名称；不清楚可以空着。") % {"place": written[:20]}]
                }
            if len(found) > 1:
                return {"work_region": [_("有几个地方叫这个名字，请选择一个。")]}
            if questions.place_options(found) and written != data.get("asked", ""):
                return {"work_region": [_("请再选一下区县；不清楚就选最后一项。")]}
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
    form: forms.Form = questions.TextForm(request.POST if request.method == "POST" else None, initial=content)
    if request.method == "POST":
        text = request.POST.get("description", "")
        errors = _text_errors(text)
        if not errors:
            content["description"] = text
            actions.save_draft(ANONYMOUS, content, token=draft.token, step="text")
            if request.POST.get("back_to") == "check":
                return redirect("portal:ask_step", draft.token, "check")
            return _next(draft, content, "text")
        form = add_kernel_errors(form, errors)
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
            # Who stays anonymous is not tied to the account they are signed in with either.
            ANONYMOUS if data.anonymous else request.actor,
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
        return _page(request, draft, content, meaning, "check", add_kernel_errors(form, errors))
    if received.created and content.get("told"):
        actor = ANONYMOUS if data.anonymous else request.actor
        answers.keep_for(actor, received.matter, content["told"], text=data.description, way=answers.Way.WORKER)
    actions.finish_draft(draft, received.appeal)
    open_matter_for(request, received.matter.pk)
    return redirect("portal:ask_done", draft.token)


def _summary(content: dict[str, Any], meaning: brain.Understanding) -> dict[str, Any]:
    """What was written, answered and understood, in words, each with the page to correct it on."""
    data = questions.intake(content, meaning)
    region = Region.objects.filter(pk=data["work_region"]).first() if data["work_region"] else None
    tried = [item.label for item in tables.intake().tried if item.code in data["tried"]]
    chosen = categories.label(data["category"]) if data["category"] else ""
    guessed = "、".join(categories.label(code) for code in questions.categories_of(meaning))
    sum_ = data["demand_amount"]
    contact = _("匿名") if data["anonymous"] else f"{data['reporter_name']} {data['phone']}".strip()
    rows = [
        (_("事情"), data["description"], "text"),
        (_("类别"), chosen or (_("我们的理解：%(names)s") % {"names": guessed} if guessed else ""), "category"),
        (_("上班的地方"), region.full_name if region else "", "place"),
        (_("单位"), data["employer_name"], "employer"),
        (_("职工类别"), tables.label(tables.intake().worker_types, data["worker_type"]), "worker"),
        (_("人数"), str(data["people_count"]), "people"),
        (_("希望怎样解决"), data["demand"], "demand"),
        (_("涉及金额"), _("%(sum)s 元") % {"sum": sum_} if sum_ else "", "demand"),
        (_("已经做过"), "、".join(tried), "demand"),
        (_("联系方式"), contact, "contact"),
    ]
    if not data["anonymous"]:
        rows.append((_("是否公开身份"), _("可以公开") if data["disclose_ok"] else _("为我保密"), "contact"))
    empty = {"category": _("由工会判断")}
    return {
        "rows": [
            {"label": label, "value": value or empty.get(step_, _("没有填")), "given": bool(value), "step": step_}
            for label, value, step_ in rows
        ]
    }


def reasons(hit: law.Hit) -> list[str]:
    """Why the article was found, one sentence a kind of reason."""
    kinds: dict[str, list[law.Reason]] = {}
    for reason in hit.why:
        kinds.setdefault(reason.kind, []).append(reason)
    return [
        law.explain(replace(same[0], label="、".join(dict.fromkeys(reason.label for reason in same))))
        for same in kinds.values()
    ]


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
            "articles": [{"hit": hit, "why": reasons(hit), "notes": law.notes(hit)} for hit in hits],
            "disclaimer": law.disclaimer,
            # An appeal has just been sent: that service need not be offered.
            "offers": match.offers(meaning, matcher(), today(), without=("M06",)),
        },
    )
    response.delete_cookie(COOKIE)
    return response
