"""困难帮扶, 托管, 疗休养, 大病互助 in the worker's front: beside an application, a lottery's page, one's own covers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gonghui.aid import lotteries, own
from gonghui.aid.mutual import seen as mutual
from gonghui.people.http import Request
from gonghui.portal.beside import beside
from gonghui.services.queries import Own


@beside("M15", "A01")
def file(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """The file: number, level, plan, what was given."""
    found = own.file_of(page.application)
    return [("portal/beside/aid_file.html", {"file": found, "plan": own.plan_of(found)})] if found is not None else []


@beside("M26")
def care(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """The code of the day, the lottery, complaints and their answers."""
    return [("portal/beside/aid_care.html", {"care": own.care_of(page.application)})]


@beside("M21")
def trip(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """In which group one stands, and why."""
    return [("portal/beside/aid_trip.html", {"trip": own.trip_of(page.application)})]


@beside("M17")
def claim(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """The plan and period that the claim counts against."""
    found = mutual.cover_of(page.application)
    return [("portal/beside/aid_mutual.html", {"cover": found})] if found is not None else []


@never_cache
@require_GET
def mutual_covers(request: Request) -> HttpResponse:
    """我参加的互助计划: which plan covers the reader, from when until when, until when one waits, what was paid."""
    if request.actor.kind != "worker":
        return redirect_to_login(resolve_url("portal:mutual"), login_url=resolve_url("people:worker_sign_in"))
    return render(request, "portal/mutual.html", {"covers": mutual.own(request.actor)})


@require_GET
def lottery(request: Request, offer_id: int) -> HttpResponse:
    """The sealed seed, and after the draw the seed itself and the order: for anybody to draw again."""
    found = lotteries.public(offer_id)
    if found is None:
        raise Http404
    return render(request, "portal/lottery.html", {"lottery": found, "offer": found.offer})
