"""The special lists: callbacks, quality, mass alerts, messages that could not be sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import actions, queries
from gonghui.desk.rows import described
from gonghui.kernel import outbox
from gonghui.kernel.errors import KernelError, NotFound
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.times import now
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


def _list(request: Request, rows: list[Any], title: str, empty: str, note: str) -> HttpResponse:
    context = {"rows": described([row.matter for row in rows], now()), "title": title, "empty": empty, "note": note}
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
        _("特急、紧急、重办、不满意和直接答复的全部质检，其余按比例抽查。"),
    )


ALERT_ROLES = ("dispatcher", "supervisor", "leader", "analyst")


@role_required(*ALERT_ROLES)
@require_GET
def alerts(request: Request) -> HttpResponse:
    """Cards of mass appeals, open ones first."""
    cleared = request.GET.get("cleared") == "1"
    cards = queries.mass_alerts(request.actor, cleared=cleared)
    return render(request, "desk/alerts.html", {"cards": cards, "cleared": cleared})


@role_required(*ALERT_ROLES)
@require_http_methods(["GET", "POST"])
def alert(request: Request, alert_id: int) -> HttpResponse:
    """One card: take charge, add what was done, clear it with a reason."""
    cards = [*queries.mass_alerts(request.actor), *queries.mass_alerts(request.actor, cleared=True)]
    card = next((card for card in cards if card.pk == alert_id), None)
    if card is None:
        raise Http404
    error = ""
    if request.method == "POST":
        step, text = request.POST.get("step", ""), request.POST.get("text", "").strip()
        try:
            if step == "charge":
                actions.update_alert(request.actor, alert_id, in_charge=request.actor.account_id)
            elif step == "clear":
                actions.clear_alert(request.actor, alert_id, text)
            elif text:
                actions.update_alert(request.actor, alert_id, action={"text": text[:500]})
            else:
                error = _("请写下采取的措施。")
        except NotFound as missing:
            raise Http404 from missing
        except KernelError as refusal:
            error = str(refusal)
        if not error:
            messages.success(request, _("已保存。"))
            return redirect("desk:alert", alert_id)
    context = {"card": card, "error": error, "text": request.POST.get("text", "") if error else ""}
    return render(request, "desk/alert.html", context, status=422 if error else 200)


DEAD_ROLES = ("admin", "supervisor")


def _dead(request: Request) -> list[OutboxMessage]:
    """Dead messages of matters this person sees; those of no matter only for the whole country's administrators."""

    with as_system("narrowed to visible matters below"):
        rows = outbox.dead_messages(500)
    seen = set(visible_to(request.actor).filter(pk__in={row.matter_id for row in rows}).values_list("pk", flat=True))
    national = "cn" in request.actor.paths_as("admin")
    return [row for row in rows if row.matter_id in seen or (row.matter_id is None and national)]


@role_required(*DEAD_ROLES)
@require_http_methods(["GET", "POST"])
def dead_letters(request: Request) -> HttpResponse:
    """Messages given up on: try again, or give up for good with a reason."""
    rows = _dead(request)
    error, wrong = "", 0
    if request.method == "POST":
        pk = request.POST.get("message", "")
        message = next((row for row in rows if str(row.pk) == pk), None)
        if message is None:
            raise Http404
        try:
            if request.POST.get("step") == "cancel":
                outbox.cancel(message, request.actor, request.POST.get("reason", ""))
            else:
                outbox.retry(message, request.actor)
        except KernelError as refusal:
            error, wrong = str(refusal), message.pk
        else:
            messages.success(request, _("已保存。"))
            return redirect("desk:dead_letters")
    context = {"rows": rows, "error": error, "wrong": wrong}
    return render(request, "desk/dead_letters.html", context, status=422 if error else 200)
