"""托管 and 疗休养 at the desk: the lottery and today's children of a class, the quotas of a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.aid import days, lotteries, trips
from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.services import offers
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Offer

MOST = 100


class QuotaForm(forms.Form):
    organisation = forms.ModelChoiceField(label=gettext_lazy("下级工会"), queryset=Organisation.objects.none())
    places = forms.IntegerField(label=gettext_lazy("名额"), min_value=0, max_value=2000)

    def __init__(self, *args: Any, path: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = Organisation.objects.filter(at_or_below("path", [path]), active=True)
        self.fields["organisation"].queryset = below.order_by("path")  # type: ignore[attr-defined]


def _own(request: Request, service_id: str, offer_id: int = 0) -> Any:
    rows = offers.own(request.actor, catalogue().services[service_id])
    if not offer_id:
        return list(rows.order_by("-starts", "-pk")[:MOST])
    row = rows.filter(pk=offer_id).first()
    if row is None:
        raise Http404
    return row


@role_required(*trips.GIVERS)
@never_cache
@require_http_methods(["GET"])
def classes(request: Request) -> HttpResponse:
    """The classes of one's own unions."""
    rows = [{"offer": row, "when": offers.when(row), **_count(row)} for row in _own(request, lotteries.SERVICE)]
    return render(request, "desk/care_classes.html", {"rows": rows, "service": lotteries.SERVICE})


def _count(offer: Offer) -> dict[str, int]:
    with as_system("counted, no child is named"):
        return {"places": lotteries.places(offer), "held": lotteries.held(offer), "signed": offer.taken}


@role_required(*trips.GIVERS)
@never_cache
@require_http_methods(["GET", "POST"])
def care_class(request: Request, offer_id: int) -> HttpResponse:
    """One class. POST draws the lots, or checks a child in."""
    offer = _own(request, lotteries.SERVICE, offer_id)
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        try:
            if verb == "draw":
                drawn = lotteries.draw(request.actor, offer)
                said = _("已抽签：%(n)d 人报名，%(places)d 个名额。种子和顺序已经公布。")
                messages.success(request, said % {"n": len(drawn.order), "places": drawn.places})
            elif verb == "arrive" and request.POST.get("matter", "").isdigit():
                act(int(request.POST["matter"]), "arrive", request.actor)
                messages.success(request, _("已签到，接送码已发给监护人。"))
            else:
                raise Http404
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:care_class", offer.pk)
    context = {
        "offer": offer, "when": offers.when(offer), **_count(offer), "lottery": lotteries.public(offer.pk),
        "sign_up_open": lotteries.sign_up_open(offer), "figures": days.figures(offer),
        "children": days.children(request.actor, offer),
        "may": offer.organisation.path in request.actor.paths_as(*lotteries.DRAWERS),
    }  # fmt: skip
    return render(request, "desk/care_class.html", context)


@role_required(*trips.GIVERS)
@never_cache
@require_http_methods(["GET"])
def lines(request: Request) -> HttpResponse:
    """The lines of one's own unions."""
    rows = [
        {"offer": row, "when": offers.when(row), "places": trips.total(row)} for row in _own(request, trips.SERVICE)
    ]
    return render(request, "desk/trip_lines.html", {"rows": rows, "service": trips.SERVICE})


@role_required(*trips.GIVERS)
@never_cache
@require_http_methods(["GET", "POST"])
def line(request: Request, offer_id: int) -> HttpResponse:
    """名额下达: how many of each unit may go, and how many were recommended."""
    offer = _own(request, trips.SERVICE, offer_id)
    form = QuotaForm(request.POST or None, path=offer.organisation.path)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                trips.give(request.actor, offer, form.cleaned_data["organisation"], form.cleaned_data["places"])
                messages.success(request, _("已保存。"))
                return redirect("desk:trip_line", offer.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    quotas = list(offer.quotas.select_related("organisation").order_by("organisation__path"))
    context = {
        "offer": offer, "when": offers.when(offer), "form": form, "quotas": quotas, "places": trips.total(offer),
        "given": sum(row.places for row in quotas), "figures": trips.figures(offer),
    }  # fmt: skip
    return render(request, "desk/trip_line.html", context, status=status)
