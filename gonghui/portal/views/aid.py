"""困难帮扶, 托管, 疗休养 in the worker's front: what stands beside an application, the public page of a lottery."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gonghui.aid import lotteries, own
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


@require_GET
def lottery(request: Request, offer_id: int) -> HttpResponse:
    """The sealed seed, and after the draw the seed itself and the order: for anybody to draw again."""
    found = lotteries.public(offer_id)
    if found is None:
        raise Http404
    return render(request, "portal/lottery.html", {"lottery": found, "offer": found.offer})
