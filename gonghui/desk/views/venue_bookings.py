"""预约名单 of a place at the desk: who comes on a day; cancel for somebody who called, excuse who could not come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.venues import _own
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.kernel.vault import mask_phone
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.venues import bookings, for_somebody, queries, tables
from gonghui.venues.models import Booking
from gonghui.venues.queries import HANDS, KEEPERS


def _phone(row: Booking) -> str:
    return mask_phone(row.account.phone) if row.account else ""


def _choice(row: Booking) -> tuple[int, str]:
    starts = row.slot.starts.astimezone(SHANGHAI)
    return row.pk, f"{row.pk} · {starts:%m-%d %H:%M} {row.slot.hall} · {_phone(row)}"


class PersonForm(forms.Form):
    booking = forms.TypedChoiceField(label=gettext_lazy("哪个预约"), coerce=int)
    why = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=for_somebody.WHY_MOST,
        help_text=gettext_lazy("会留痕，本人能看到。不要写病情等个人隐私，写“有特殊情况”就够。"),
    )

    def __init__(self, *args: Any, rows: list[Booking], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booking"].choices = [_choice(row) for row in rows]  # type: ignore[attr-defined]


class CancelForm(PersonForm):
    whole = forms.BooleanField(
        label=gettext_lazy("已付的全部退还"),
        required=False,
        help_text=gettext_lazy("不勾选的按退款规则退。"),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, venue_id: int) -> HttpResponse:
    venue, day = _own(request, venue_id), _day(request.GET.get("day", ""))
    may_keep = queries.own(request.actor, *KEEPERS).filter(pk=venue.pk).exists()
    rows, missed = for_somebody.of_day(venue, day), for_somebody.missed(venue)
    standing = [row for row in rows if row.state in bookings.STANDING and row.slot.ends > now()]
    verb = request.POST.get("verb", "")
    made: dict[str, PersonForm] = {
        "cancel": CancelForm(request.POST if verb == "cancel" else None, rows=standing, prefix="cancel"),
        "excuse": PersonForm(request.POST if verb == "excuse" else None, rows=missed, prefix="excuse"),
    }
    status, reasons, form = 200, [], made.get(verb)
    if request.method == "POST":
        if form is None or not may_keep:
            raise Http404
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                if verb == "cancel":
                    for_somebody.cancel(request.actor, data["booking"], data["why"], data["whole"])
                    messages.success(request, _("已取消，已通知本人。"))
                else:
                    for_somebody.excuse(request.actor, data["booking"], data["why"])
                    messages.success(request, _("已免计，已通知本人。"))
                return redirect(f"{reverse('desk:venue_bookings', args=[venue.pk])}?day={day.isoformat()}")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except NotFound as error:
                raise Http404 from error
    context = {
        "venue": venue,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "rows": [(row, _phone(row), bookings.missed(row)) for row in rows],
        "standing": standing,
        "missed": missed,
        "forms": made,
        "reasons": reasons,
        "may_keep": may_keep,
        "numbers": tables.numbers(),
    }
    return render(request, "desk/venue_bookings.html", context, status=status)
