"""Follow a case: by query code or signed in; add, answer, hurry, rate, withdraw, object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import actions, queries, tables
from gonghui.appeals.actions.attachments import open_attachment
from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.models import Matter
from gonghui.legal.queries import linked_cases
from gonghui.people.http import Request, download
from gonghui.portal.limits import allowed
from gonghui.portal.numbers import CODE_RATE
from gonghui.portal.views.ask import open_matter_for
from gonghui.resolution.answering import told_to_worker

DONE = {
    "add": _lazy("材料已补充，承办单位会看到。"),
    "answer": _lazy("回答已送达。"),
    "speed_up": _lazy("已提醒承办单位加快办理。"),
    "rate": _lazy("谢谢您的评价。"),
    "withdraw": _lazy("已撤回。"),
    "dispute": _lazy("已收到您的异议，会有人重新查看。"),
    "review": _lazy("已收到您的复查请求。"),
}
# What a worker may do with a line of text, in the order of the page.
ACTS: tuple[dict[str, Any], ...] = (
    {
        "verb": "add",
        "title": _lazy("补充材料"),
        "label": _lazy("想补充的话"),
        "button": _lazy("提交"),
        "files": True,
    },
    {
        "verb": "speed_up",
        "title": _lazy("请求加快办理"),
        "hint": _lazy("我们会提醒承办单位。每几天只能请求一次。"),
        "button": _lazy("请求加快"),
    },
    {
        "verb": "dispute",
        "title": _lazy("对结果有异议"),
        "label": _lazy("哪里不对、有什么新情况"),
        "button": _lazy("提出异议"),
    },
    {"verb": "review", "title": _lazy("请求复查"), "label": _lazy("理由"), "button": _lazy("请求复查")},
    {
        "verb": "withdraw",
        "title": _lazy("撤回诉求"),
        "hint": _lazy("撤回后不再办理。以后还可以重新提交。"),
        "label": _lazy("原因（可以不填）"),
        "button": _lazy("确认撤回"),
        "rows": 2,
        "quiet": True,
    },
)


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: Request) -> HttpResponse:
    """Enter a query code. A wrong one and an unknown one are answered alike, and not too often."""
    code, error, status = request.POST.get("code", "").strip()[:40], "", 200
    if request.method == "POST":
        if not allowed(request, "track", CODE_RATE):
            error, status = _("查询太频繁，请一小时后再试，或拨打 12351。"), 429
        elif not code:
            error, status = _("请填写查询码。"), 422
        else:
            found = queries.appeal_by_code(code)
            if found is not None:
                open_matter_for(request, found[1].pk)
                return redirect("portal:case", found[1].pk)
            error, status = _("没有找到这个查询码。查询码是 8 位字母和数字，请核对短信或提交成功页。"), 422
    return render(request, "portal/track.html", {"code": code, "error": error}, status=status)


def _case(request: Request, matter_id: int) -> queries.cases.WorkerCase:
    try:
        return queries.worker_case(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error


def _shown(
    request: Request, case: queries.cases.WorkerCase, wrong: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    typed = request.POST if wrong else {}
    return render(
        request,
        "portal/case.html",
        {
            "case": case,
            "wrong": wrong or {},
            "acts": [act for act in ACTS if act["verb"] in case.may],
            "legal": linked_cases(request.actor, case.matter),
            "answers": told_to_worker(case.matter),
            "rating": _rating(typed, (wrong or {}).get("errors", {})),
            "typed": typed,
        },
        status=status,
    )


def _rating(typed: Any, errors: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The questions of the worker's rating (回访 Q1–Q4, handbook 1.8) with what was chosen and what is wrong."""
    handling = tables.handling()
    yes_no = [("yes", _("联系了")), ("no", _("没有联系"))]
    asked = [
        ("contacted", _("承办单位联系您了吗"), yes_no),
        ("resolution", _("事情解决了吗"), [(item.code, item.label) for item in handling.resolution]),
        ("satisfaction", _("对结果满意吗"), [(item.code, item.label) for item in handling.satisfaction]),
        ("attitude", _("对服务态度满意吗"), [(item.code, item.label) for item in handling.satisfaction]),
    ]
    return [
        {
            "name": name,
            "label": label,
            "many": len(options) > 3,
            "errors": errors.get(name, []),
            "options": [{"code": code, "label": text, "chosen": typed.get(name) == code} for code, text in options],
        }
        for name, label, options in asked
    ]


@never_cache
@require_GET
def case(request: Request, matter_id: int) -> HttpResponse:
    return _shown(request, _case(request, matter_id))


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: Request, matter_id: int, verb: str) -> HttpResponse:
    """One thing the worker does. Refused, the page comes back with the reason beside the form and the text kept.

    That page stands at this address: whoever reloads it, or changes the language there, gets the case.
    """
    if request.method == "GET":
        return redirect("portal:case", matter_id)
    shown = _case(request, matter_id)
    if verb not in DONE:
        raise Http404
    question = int(asked) if (asked := request.POST.get("question", "")).isdecimal() else 0
    try:
        _do(request, _speaker(request, shown), shown.matter, verb, question)
    except InvalidData as error:
        return _shown(request, shown, {"verb": verb, "errors": error.errors, "question": question}, 422)
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        return _shown(request, shown, {"verb": verb, "text": str(error), "question": question}, 409)
    messages.success(request, DONE[verb])
    return redirect("portal:case", matter_id)


def _speaker(request: Request, case: queries.cases.WorkerCase) -> Actor:
    """Who stayed anonymous speaks as the holder of the code, even when signed in: nothing ties the account to it."""
    if case.appeal.anonymous and case.matter.pk in request.actor.matter_ids:
        return replace(request.actor, kind="anonymous", account_id=None, name=ANONYMOUS.name, duties=())
    return request.actor


def _do(request: Request, actor: Actor, matter: Matter, verb: str, question: int) -> None:
    post, files = request.POST, request.FILES.getlist("files")
    text = post.get("text", "")
    if verb == "add":
        actions.add_material(actor, matter, text, files)
    elif verb == "answer":
        actions.answer_question(actor, matter, question, text, files)
    elif verb == "speed_up":
        actions.request_speed_up(actor, matter)
    elif verb == "rate":
        names = ("contacted", "resolution", "satisfaction", "attitude", "opinion")
        actions.rate(actor, matter, {name: post.get(name, "") for name in names})
    elif verb == "withdraw":
        actions.withdraw(actor, matter, text)
    elif verb == "dispute":
        actions.dispute(actor, matter, text)
    else:
        actions.request_review(actor, matter, text)


@never_cache
@require_GET
def attachment(request: Request, attachment_id: int) -> HttpResponse:
    """A file, for those who may see it; always as a download, never run by the browser."""
    try:
        found = queries.attachment_for(request.actor, attachment_id)
    except NotFound as error:
        raise Http404 from error
    return download(open_attachment(found), found.original_name, found.mime)
