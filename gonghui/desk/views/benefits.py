"""普惠 at the desk: merchants on the list, what was redeemed, monthly settlements, paid by the files of 资金与发放."""

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

from gonghui.desk.context import reads_cases
from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.times import today
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.wellbeing.benefits import settling


class MonthForm(forms.Form):
    month = forms.CharField(
        label=gettext_lazy("哪个月"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"}),
    )


@role_required(*settling.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """On POST: draw up the settlements of a month that is over."""
    day = today()
    last = f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02d}"
    form = MonthForm(request.POST or None, initial={"month": last})
    status, reasons = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = settling.draw_up(request.actor, form.cleaned_data["month"])
                messages.success(request, _("出了 %(n)d 份月结单。") % {"n": len(made)})
                return redirect("desk:benefits")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except KernelError as error:
                status, reasons = 403, [str(error)]
    context: dict[str, Any] = {
        "form": form,
        "reasons": reasons,
        "merchants": settling.merchants(request.actor),
        "settlements": settling.settlements(request.actor),
        "figures": settling.figures(request.actor),
        "may_draw": request.actor.has_role(*settling.CHECKERS),
        "links": reads_cases(request.actor),
    }
    return render(request, "desk/benefits.html", context, status=status)


@role_required(*settling.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def settlement(request: Request, settlement_id: int) -> HttpResponse:
    """One month of one merchant; on POST the first or second confirmation, or what the bank returned once more."""
    try:
        row = settling.one(request.actor, settlement_id)
    except NotFound as error:
        raise Http404 from error
    status, reasons = 200, []
    if request.method == "POST":
        try:
            if request.POST.get("step") == "again":
                settling.send_again(request.actor, settlement_id)
            else:
                settling.confirm(request.actor, settlement_id)
            messages.success(request, _("已确认。"))
            return redirect("desk:settlement", settlement_id)
        except GuardRefused as error:
            status, reasons = 409, error.reasons
        except KernelError as error:
            status, reasons = 403, [str(error)]
    context = {
        "row": row,
        "claims": settling.claims_of(row),
        "reasons": reasons,
        "account": row.merchant.bank_account[-4:],
        "acts": row.merchant.organisation.path in request.actor.paths_as(*settling.CHECKERS, *settling.CONFIRMERS),
    }
    return render(request, "desk/settlement.html", context, status=status)
