"""供报名的一场: what it is, how many seats are left, the way in; and coming to it, by the code at the door."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now
from gonghui.learning import study
from gonghui.people.http import Request
from gonghui.services import offers, queries
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Offer, Seat
from gonghui.services.spec import Service


def _offer(offer_id: int) -> tuple[Service, Offer]:
    row = Offer.objects.filter(pk=offer_id).values_list("service", flat=True).first()
    service = catalogue().services.get(row or "")
    if service is None or service.offers is None:
        raise Http404
    try:
        return service, offers.visible(service.id, offer_id)
    except NotFound as error:
        raise Http404 from error


@never_cache
@require_GET
def page(request: Request, offer_id: int) -> HttpResponse:
    """One offer, open to all."""
    service, offer = _offer(offer_id)
    course = study.course_of_offer(offer)
    context = {
        "service": service,
        "offer": offer,
        "when": offers.when(offer),
        "seats": offers.seats_words(service, offer),
        "rows": queries.told(service, offer),
        "open": offers.open_one(service, offer.pk) is not None,
        "soon": offer.opens is not None and offer.opens > now() and offer.status == Offer.Status.PUBLISHED,
        "own": own_seat(request, offer),
        "section": service.form[0].id,
        "course": course if course is not None and course.status == course.Status.PUBLISHED else None,
    }
    return render(request, "portal/offer.html", context)


def own_seat(request: Request, offer: Offer) -> Matter | None:
    """The visitor's own application for this offer."""
    if request.actor.kind != "worker" or request.actor.account_id is None:
        return None
    row = queries.own_seat(request.actor, offer)
    return row.application.matter if row is not None else None


@never_cache
@require_http_methods(["GET", "POST"])
def here(request: Request, offer_id: int, door_code: str) -> HttpResponse:
    """签到、签退: what the code at the door leads to. Asks once, then does it."""
    _service, offer = _offer(offer_id)
    if request.actor.kind != "worker":
        return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))
    matter = own_seat(request, offer)
    step = door_step(matter) if matter is not None else ""
    error = ""
    status = 200
    if request.method == "POST" and matter is not None and step:
        try:
            act(matter.pk, step, request.actor, {"code": door_code})
            messages.success(request, _("签到成功。") if step == "check_in" else _("签退成功，谢谢参加。"))
            return redirect("portal:application", matter.pk)
        except KernelError as refusal:
            status, error = 409, "；".join(getattr(refusal, "reasons", None) or [str(refusal)])
    context = {"offer": offer, "when": offers.when(offer), "matter": matter, "step": step, "error": error}
    return render(request, "portal/offer_here.html", context, status=status)


def door_step(matter: Matter) -> str:
    """What the code at the door does now: check in, check out, or nothing."""
    names = {step.name for step in flow_of(matter).leaving(matter.state)}
    return next((name for name in ("check_in", "check_out") if name in names), "")


def seat_context(seat: Seat | None) -> dict[str, Any]:
    """What the page of one's own application shows of its seat."""
    if seat is None:
        return {}
    matter = seat.application.matter
    return {
        "seat": seat,
        "when": offers.when(seat.offer),
        "door": door_step(matter),
        "learn": matter.pk if seat.state == Seat.State.TAKEN and study.course_of_offer(seat.offer) else 0,
        "address": reverse("portal:offer", args=[seat.offer_id]),
        "ticket": segno.make(seat.ticket_code, error="m").svg_inline(scale=5, border=2) if seat.ticket_code else "",
    }
