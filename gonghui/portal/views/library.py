"""书屋与社团 for workers: find a book and ask for it, read a text, look at the clubs, lead one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.portal.beside import beside
from gonghui.services import actions, offers
from gonghui.services.facts import profile_of
from gonghui.services.queries import Own
from gonghui.wellbeing.books import clubs as led
from gonghui.wellbeing.books import library
from gonghui.wellbeing.models import Loan


def _region(request: Request) -> str:
    person = profile_of(request.actor) if request.actor.kind == "worker" else None
    return (person.region_id or "") if person is not None else ""


@require_GET
def books(request: Request) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:60]
    return render(request, "portal/books.html", {"asked": asked, "books": library.found(asked, _region(request))})


def _begin(request: Request, service_id: str, field: str, number: int) -> HttpResponse:
    """Into the form, with the number filled in."""
    if request.actor.kind != "worker":
        return redirect_to_login(request.path, login_url=resolve_url("people:worker_sign_in"))
    service = actions.service_for(service_id)
    actions.keep(request.actor, service, {field: number})
    return redirect("portal:service_step", service_id, service.form[0].id)


@never_cache
@require_http_methods(["GET", "POST"])
def book(request: Request, book_id: int) -> HttpResponse:
    """One book: how many are free, how many wait; ask for it."""
    try:
        row = library.book(book_id)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST":
        return _begin(request, "M25", "book_no", row.pk)
    return render(request, "portal/book.html", {"book": row, "queue": library.queue_of(row)})


@require_GET
def reads(request: Request) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:60]
    return render(request, "portal/reads.html", {"asked": asked, "texts": library.texts(asked)})


@require_GET
def read(request: Request, text_id: int) -> HttpResponse:
    """One page of a text."""
    try:
        row = library.text(text_id)
    except NotFound as error:
        raise Http404 from error
    pages = library.pages_of(row)
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), len(pages)) if asked.isdigit() and len(asked) < 7 else 1
    context = {"text": row, "body": pages[number - 1], "number": number, "count": len(pages)}
    return render(request, "portal/read.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def clubs(request: Request) -> HttpResponse:
    """The clubs nearby; on POST into the form of joining one."""
    rows = library.clubs(_region(request))
    if request.method == "POST":
        wanted = request.POST.get("club", "")
        if wanted not in {str(row.pk) for row in rows}:
            raise Http404
        return _begin(request, "W04", "club_no", int(wanted))
    return render(request, "portal/clubs.html", {"clubs": rows, "led": led.led_by(request.actor)})


@never_cache
@require_http_methods(["GET", "POST"])
def club(request: Request, club_id: int) -> HttpResponse:
    """For its leader: the members, who asks to join, the events; on POST an answer to who asks."""
    try:
        row = led.led(request.actor, club_id)
        status, reasons = 200, []
        if request.method == "POST":
            asked, step = request.POST.get("person", ""), request.POST.get("step", "")
            if not asked.isdigit() or len(asked) > 15 or step not in ("accept", "refuse"):
                raise NotFound
            try:
                led.answer(request.actor, row, int(asked), step == "accept", request.POST.get("text", "").strip())
                messages.success(request, _("已答复，申请人会收到通知。"))
                return redirect("portal:club", club_id)
            except InvalidData as error:
                status, reasons = 422, error.texts
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except NotAllowed:
                status, reasons = 403, [_("这一件由工会答复。")]
    except NotFound as error:
        raise Http404 from error
    context = {
        "club": row, "members": led.members(row), "waiting": led.waiting(row), "reasons": reasons,
        "events": [(one, offers.when(one)) for one in led.events(row)],
    }  # fmt: skip
    return render(request, "portal/club.html", context, status=status)


@beside("W03")
def own_club(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """From the founding to the leader's page."""
    found = [row for row in led.led_by(request.actor) if row.matter_id == page.application.matter_id]
    return [("portal/beside/club.html", {"club": found[0]})] if found else []


@beside("M25")
def loan(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    with as_system("the worker's own application"):
        row = Loan.objects.select_related("book__organisation").filter(application=page.application).first()
        waiting = Loan.objects.filter(book=row.book, state=Loan.State.WAITING, at__lt=row.at).count() if row else 0
    return [("portal/beside/loan.html", {"loan": row, "before": waiting})] if row is not None else []
