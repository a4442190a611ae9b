"""报名活动 at the desk: what one's own unions put up to take part in, who comes, and the code at the door."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.services import hosting, offers, queries
from gonghui.services.catalogue import catalogue, service_of
from gonghui.services.fields import form_field
from gonghui.services.models import Offer
from gonghui.services.rules.attending import door_codes
from gonghui.services.spec import Offers, Service

MOST, TRAIL_MOST = 200, 20
VERBS = {
    "create": gettext_lazy("登记"),
    "change": gettext_lazy("修改"),
    "publish": gettext_lazy("发布"),
    "close": gettext_lazy("停止报名"),
    "cancel": gettext_lazy("取消"),
    "record": gettext_lazy("场次记录"),
}


def services() -> list[Service]:
    """The open services that have offers."""
    return [one for one in catalogue().services.values() if one.offers is not None and one.state == "open"]


ROLES = tuple(
    sorted({role for one in services() for role in offers.of(one).roles} | set(Offers(one=Text(zh="场次")).roles))
)


class TicketForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("入场码"),
        max_length=20,
        help_text=gettext_lazy("扫职工手机上的二维码，或输入八位数字。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, help_text=help_text, widget=widget)


class OfferForm(forms.Form):
    """What every offer has, and what the service's file asks of each."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    starts = _moment(gettext_lazy("开始"))
    ends = _moment(gettext_lazy("结束"))
    place = forms.CharField(label=gettext_lazy("地点"), max_length=200, required=False)
    capacity = forms.IntegerField(
        label=gettext_lazy("名额"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("不限就空着。"),
    )
    opens = _moment(gettext_lazy("开始报名"), gettext_lazy("空着：一发布就可以报名。"))
    closes = _moment(gettext_lazy("截止报名"), gettext_lazy("空着：开始时截止。"))

    def __init__(self, data: Any, *, service: Service, offer: Offer, actor: Actor) -> None:
        own = offers.of(service)
        initial = {name: getattr(offer, name) for name in offers.OWN if name != "data"}
        initial |= {f"data_{name}": value for name, value in offer.data.items()}
        super().__init__(data, initial=initial)
        self.own = own
        if own.capacity == "none":
            del self.fields["capacity"]
        if not own.dated:
            del self.fields["starts"], self.fields["ends"]
        for spec in own.fields:
            self.fields[f"data_{spec.name}"] = form_field(spec, today(), actor)

    def values(self, service: Service) -> dict[str, Any]:
        """As `offers.save` takes them."""
        data = dict(self.cleaned_data)
        told = {spec.name: data.pop(f"data_{spec.name}") for spec in self.own.fields}
        return {**data, "data": offers.kept(service, told)}


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """The offers of one's own unions by service; enter somebody as present by their code."""
    form = TicketForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                seat = offers.by_ticket(request.actor, form.cleaned_data["code"])
                service = service_of(seat.application)
                done, reasons = hosting.enter_present(request.actor, service, seat.offer, [seat.pk])
                if done:
                    messages.success(request, _("已登记到场：%(offer)s。") % {"offer": seat.offer.title})
                    return redirect("desk:offer", seat.offer_id)
                form.add_error("code", "；".join(reasons) or _("这个码现在不能登记到场。"))
            except NotFound as error:
                form.add_error("code", str(error))
    at = now()
    groups = []
    for service in services():
        rows = list(offers.own(request.actor, service).order_by("-starts", "-pk")[:MOST])
        listed = [
            {"offer": row, "when": offers.when(row), "past": row.ends is not None and row.ends < at} for row in rows
        ]
        groups.append({"service": service, "rows": listed, "may": request.actor.has_role(*offers.of(service).roles)})
    return render(request, "desk/offers.html", {"form": form, "groups": groups}, status=status)


def own_offer(request: Request, offer_id: int) -> tuple[Service, Offer]:
    """An offer of one's own union. 404 for anybody else's."""
    service_id = Offer.objects.filter(pk=offer_id).values_list("service", flat=True).first()
    service = catalogue().services.get(service_id or "")
    if service is None or service.offers is None:
        raise Http404
    row = offers.own(request.actor, service).filter(pk=offer_id).first()
    if row is None:
        raise Http404
    return service, row


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: Request, service_id: str) -> HttpResponse:
    """Put one up: a draft at first."""
    service = next((one for one in services() if one.id == service_id), None)
    paths = request.actor.paths_as(*offers.of(service).roles) if service is not None else ()
    if service is None or not paths:
        raise Http404
    union = Organisation.objects.get(path=paths[0])
    return _edit(request, service, Offer(organisation=union, region=union.region_id or ""))


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: Request, offer_id: int) -> HttpResponse:
    return _edit(request, *own_offer(request, offer_id))


def _edit(request: Request, service: Service, offer: Offer) -> HttpResponse:
    form = OfferForm(request.POST or None, service=service, offer=offer, actor=request.actor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = offers.save(request.actor, service, offer, form.values(service))
                messages.success(request, _("已保存。"))
                return redirect("desk:offer", saved.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                form.add_error(None, error.reasons[0])
            except NotAllowed as error:
                raise Http404 from error
    return render(request, "desk/offer_edit.html", {"form": form, "service": service, "offer": offer}, status=status)


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, offer_id: int) -> HttpResponse:
    """One offer: what is told of it, who takes part; publish, close, call off, enter who was there."""
    service, offer = own_offer(request, offer_id)
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        try:
            if verb == "present":
                seats = [int(pk) for pk in request.POST.getlist("seat") if pk.isdigit()]
                done, reasons = hosting.enter_present(request.actor, service, offer, seats)
                messages.success(request, _("已登记 %(n)d 人到场。") % {"n": done})
                for reason in reasons:
                    messages.error(request, reason)
            elif verb in offers.VERBS:
                offers.turn(request.actor, service, offer, verb)
                messages.success(request, _("已完成：%(verb)s。") % {"verb": VERBS[verb]})
            else:
                raise Http404
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:offer", offer.pk)
    with as_system("whoever puts it up reads what was done with it"):
        trail = list(TrailEntry.objects.filter(stream=f"offer:{offer.pk}").order_by("-seq")[:TRAIL_MOST])
    people = hosting.participants(request.actor, service, offer)
    context = {
        "service": service,
        "offer": offer,
        "past": offer.ends is not None and offer.ends < now(),
        "when": offers.when(offer),
        "rows": queries.told(service, offer),
        "people": people,
        "questions": [row.question for row in people if row.question],
        "may_enter": any(row.may_enter for row in people),
        "figures": hosting.figures(offer),
        "door": offers.of(service).attendance is not None,
        "verbs": [(verb, VERBS[verb]) for verb, (froms, _to) in offers.VERBS.items() if offer.status in froms],
        "trail": [(entry, VERBS.get(entry.verb, entry.verb)) for entry in trail],
        "coming": "mark_present" in get_flow(service.kind_of_matter).by_name,
    }
    return render(request, "desk/offer.html", context)


@role_required(*ROLES)
@never_cache
@require_GET
def door(request: Request, offer_id: int) -> HttpResponse:
    """The code at the door, for a screen (it changes every minute) or to print."""
    service, offer = own_offer(request, offer_id)
    attendance = offers.of(service).attendance
    if attendance is None:
        raise Http404
    code = door_codes(offer, attendance.printed, now())[0]
    address = request.build_absolute_uri(reverse("portal:offer_here", args=[offer.pk, code]))
    context = {
        "offer": offer,
        "when": offers.when(offer),
        "code": code,
        "printed": attendance.printed,
        "check_out": attendance.check_out,
        "qr": segno.make(address, error="m").svg_inline(scale=8, border=4),
    }
    return render(request, "desk/offer_door.html", context)
