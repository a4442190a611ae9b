"""领取点 at the desk: who keeps which, and the keeper's own page, where goods are handed over by code."""

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

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.services import CodeForm
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.services import points
from gonghui.venues import queries
from gonghui.venues.models import Venue


class KeeperForm(forms.Form):
    venue = forms.ModelChoiceField(
        label=gettext_lazy("领取点"), queryset=Venue.objects.none(), empty_label=gettext_lazy("请选择")
    )
    account = forms.ChoiceField(label=gettext_lazy("站点管理员"))

    def __init__(self, *args: Any, venues: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = venues  # type: ignore[attr-defined]
        people: Any = self.fields["account"]
        people.choices = [("", _("请选择")), *((account.pk, account.display_name) for account in accounts)]


def own_venues(request: Request) -> Any:
    """The places of the unions where this person fills the shelves."""
    return queries.own_in_use(request.actor, *points.NAMERS)


@role_required(points.ROLE)
@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: Request) -> HttpResponse:
    """The keeper's page: scan or type the code, look at what it is, hand it over."""
    form, found, status = CodeForm(request.POST or None), None, 200
    form.fields["code"].widget.attrs["data-scan"] = ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = points.find(request.actor, form.cleaned_data["code"])
                status = 200
                if request.POST.get("step") == "hand_over":
                    points.hand_over(request.actor, form.cleaned_data["code"])
                    messages.success(
                        request, _("已交付：%(item)s %(size)s") % {"item": found.item, "size": found.variant}
                    )
                    return redirect("desk:hand_over")
            except KernelError as error:
                status, found = 422, None
                form.add_error("code", str(error))
    context = {"form": form, "found": found, "rows": points.shelves(request.actor)}
    return render(request, "desk/hand_over.html", context, status=status)


@role_required(*points.NAMERS)
@never_cache
@require_http_methods(["GET", "POST"])
def keepers(request: Request) -> HttpResponse:
    """Who hands over at which of the union's own places."""
    venues = own_venues(request)
    form = KeeperForm(
        request.POST if request.POST.get("verb") == "name" else None,
        venues=venues,
        accounts=points.candidates(request.actor),
    )
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if request.POST.get("verb") == "release":
                number = request.POST.get("keeper", "")
                points.release(request.actor, int(number) if number.isdecimal() else 0)
                messages.success(request, _("已保存。"))
                return redirect("desk:point_keepers")
            if form.is_valid():
                venue = form.cleaned_data["venue"]
                points.name(request.actor, venue.organisation, int(form.cleaned_data["account"]), venue.pk)
                messages.success(request, _("已保存。"))
                return redirect("desk:point_keepers")
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except NotAllowed as error:
            raise Http404 from error
    names = {venue.pk: venue.name for venue in queries.own(request.actor, *points.NAMERS)}
    rows = [(row, names.get(row.venue_number, "")) for row in points.keepers(request.actor)]
    return render(request, "desk/point_keepers.html", {"form": form, "rows": rows}, status=status)
