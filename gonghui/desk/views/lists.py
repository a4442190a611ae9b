"""The special lists: mass alerts, supervised and disputed orders, messages that could not be sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.appeals import actions, categories, queries, tables
from gonghui.appeals.models import MassAlert
from gonghui.desk.context import reads_cases
from gonghui.desk.rows import described
from gonghui.kernel import outbox
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.language import in_english
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation, Region
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

ALERT_ACTORS = ("dispatcher", "supervisor", "leader")
ALERT_ROLES = ("dispatcher", "supervisor", "leader", "analyst")


@role_required(*ALERT_ROLES)
@require_GET
def alerts(request: Request) -> HttpResponse:
    """Cards of mass appeals, open ones first."""
    cleared = request.GET.get("cleared") == "1"
    kind, level = request.GET.get("kind", ""), request.GET.get("level", "")
    kind, level = kind if kind in MassAlert.Kind.values else "", level if level in MassAlert.Level.values else ""
    cards = queries.mass_alerts(request.actor, cleared=cleared, kind=kind, level=level)
    done, wrong = queries.watch_precision(request.actor)
    context = {
        "cards": cards,
        "cleared": cleared,
        "kind": kind,
        "level": level,
        "kinds": MassAlert.Kind.choices,
        "levels": MassAlert.Level.choices,
        "done": done,
        "wrong": wrong,
    }
    return render(request, "desk/alerts.html", context)


def _note_signal(request: Request, card: MassAlert) -> None:
    """Write down what somebody knows of the card's employer."""
    if not request.actor.has_role(*ALERT_ACTORS):
        raise NotAllowed
    try:
        day = parse_date(request.POST.get("day", ""))
    except ValueError:
        day = None
    if day is None:
        raise InvalidData({"day": [_("请选择日期。")]})
    actions.note_signal(
        request.actor,
        kind=request.POST.get("kind", ""),
        day=day,
        source=request.POST.get("source", "") or request.actor.name,
        name=card.employer_name,
        uscc=card.employer.uscc if card.employer is not None else "",
        note=request.POST.get("text", ""),
    )


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
            elif step == "acknowledge":
                actions.acknowledge_alert(request.actor, alert_id)
            elif step == "escalate":
                actions.escalate_alert(request.actor, alert_id, text)
            elif step == "group":
                actions.group_alert(request.actor, alert_id)
            elif step in ("clear", "false"):
                actions.clear_alert(request.actor, alert_id, text, false_alarm=step == "false")
            elif step == "signal":
                _note_signal(request, card)
            elif text:
                actions.update_alert(request.actor, alert_id, action={"text": text[:500]})
            else:
                error = _("请写下采取的措施。")
        except NotFound as missing:
            raise Http404 from missing
        except KernelError as refusal:
            error = " ".join(refusal.texts)
        if not error:
            messages.success(request, _("已保存。"))
            return redirect("desk:alert", alert_id)
    kinds = tables.mass().signal_kinds
    region = Region.objects.filter(pk=card.region).first() if card.region else None
    may_open = reads_cases(request.actor)
    cases, hidden = queries.alert_cases(request.actor, card) if may_open else ([], len(card.cases))
    above = Organisation.objects.filter(path=card.escalated_to).first() if card.escalated_to else None
    watched = card.kind != MassAlert.Kind.EMPLOYER
    advice = tables.mass().watch_suggested if watched else tables.mass().actions_suggested
    english = in_english()
    context = {
        "watched": watched,
        "why": card.signals.get("why_en" if english else "why", ""),
        "cases": cases,
        "hidden": hidden,
        "above": above.name if above else card.escalated_to,
        "card": card,
        "error": error,
        "text": request.POST.get("text", "") if error else "",
        "region": region.full_name if region else "",
        "amount": card.amount / 10000,
        "kinds": tables.pairs(kinds),
        "typed": request.POST if error else {},
        "known": [{**row, "label": tables.label(kinds, row["kind"])} for row in card.signals.get("known", [])],
        "groups": [categories.label(code) for code in card.signals.get("categories", [])],
        "advice": [str(text) for text in advice],
        "charts": {
            "days": {
                "labels": [str(row["day"])[5:] for row in card.trend],
                "values": [row["people"] for row in card.trend],
            }
        },
        "may_act": request.actor.has_role(*ALERT_ACTORS),
        "may_open": may_open,
    }
    return render(request, "desk/alert.html", context, status=422 if error else 200)


SUPERVISION_ROLES = ("dispatcher", "supervisor", "leader")


@role_required(*SUPERVISION_ROLES)
@require_GET
def supervision(request: Request) -> HttpResponse:
    """Orders under supervision or escalated, and closed ones whose worker disputes the result."""
    at = now()
    context = {
        "rows": described([row.matter for row in queries.supervised_list(request.actor)], at),
        "disputed": described([row.matter for row in queries.disputed_list(request.actor)], at),
    }
    return render(request, "desk/supervision.html", context)


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
