"""帮扶 at the desk: the files of hardship by level, what monthly aid is due, the subsistence lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.aid import lines, monthly, queries
from gonghui.aid.models import HardshipFile
from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.services import actions, banking
from gonghui.services.catalogue import service_of


class LineForm(forms.Form):
    """低保标准 as it was published."""

    since = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    amount = forms.DecimalField(
        label=gettext_lazy("每人每月（元）"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2
    )
    source = forms.CharField(
        label=gettext_lazy("出处"),
        max_length=200,
        help_text=gettext_lazy("文件名、文号或公布的网页；没有出处的不能登记。"),
    )


@role_required(*queries.READERS, *banking.PAYERS)
@never_cache
@require_http_methods(["GET", "POST"])
def files(request: Request) -> HttpResponse:
    """The files of one's own unions; a treasurer's page tells of the payments alone. POST sets the payments of the
    monthly aid aside that are due."""
    payer = Organisation.objects.filter(path__in=request.actor.paths_as(*banking.PAYERS)).first()
    watched = payer or Organisation.objects.filter(path__in=request.actor.paths_as(*monthly.REMINDED)).first()
    if request.method == "POST":
        if payer is None:
            raise Http404
        try:
            done = monthly.pay_due(request.actor, payer)
            if done.made:
                said = _("已生成 %(n)d 笔，进入下一个发放文件。")
                messages.success(request, said % {"n": done.made})
            if done.short:
                said = _("资金不够，没有生成：%(numbers)s。请先追加预算。")
                messages.error(request, said % {"numbers": "、".join(done.short)})
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:aid")
    level, state = request.GET.get("level", ""), request.GET.get("state", "active")
    level = level if level in HardshipFile.Level.values else ""
    state = state if state in HardshipFile.State.values else HardshipFile.State.ACTIVE
    with as_system("one's own unions' files"):
        rows = list(queries.own_files(request.actor, level, state)[: queries.SHOWN_MOST])
        due = monthly.due(watched, today()) if watched is not None else []
    shown = [{"file": row, "name": _name(row), "due": queries.review_due(row)} for row in rows]
    context = {
        "rows": shown, "figures": queries.figures(request.actor), "level": level, "state": state,
        "levels": HardshipFile.Level.choices, "states": HardshipFile.State.choices, "due": due,
        "may_pay": payer is not None, "watches": watched is not None, "reads": request.actor.has_role(*queries.READERS),
        "late": sum(row.late for row in due), "year": today().year, "most": queries.SHOWN_MOST,
    }  # fmt: skip
    return render(request, "desk/aid_files.html", context)


def _name(file: HardshipFile) -> str:
    service = service_of(file.application)
    return mask_name(str(actions.load(service, file.application.values_json).get("name") or ""))


@role_required(*queries.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def subsistence(request: Request) -> HttpResponse:
    """低保标准 of one's own place: as confirmed, with where each stands; what was entered waits for another person."""
    organisation = Organisation.objects.filter(path__in=request.actor.paths_as(*queries.READERS)).first()
    verb, status = request.POST.get("verb", ""), 200
    form = LineForm(request.POST if request.method == "POST" and not verb else None)
    if request.method == "POST" and verb:
        _judge(request, verb)
        return redirect("desk:aid_lines")
    if request.method == "POST":
        status = 422
        if form.is_valid() and organisation is not None:
            try:
                lines.enter(request.actor, organisation, **form.cleaned_data)
                messages.success(request, _("已登记，由另一位同事确认以后使用。"))
                return redirect("desk:aid_lines")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    region = (organisation.region_id if organisation is not None else "") or ""
    context: dict[str, Any] = {
        "form": form, "rows": lines.history(region), "proposed": lines.proposed(region), "organisation": organisation,
    }  # fmt: skip
    return render(request, "desk/aid_lines.html", context, status=status)


def _judge(request: Request, verb: str) -> None:
    """确认 or 不采用 of a line that somebody else entered."""
    number = request.POST.get("line", "")
    if verb not in ("confirm", "reject") or not number.isdecimal():
        raise Http404
    try:
        if verb == "confirm":
            lines.confirm(request.actor, int(number))
            messages.success(request, _("已确认，从它的日期起使用。"))
        else:
            lines.reject(request.actor, int(number))
            messages.success(request, _("没有采用，已删去；流程记录里留有登记的内容。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, str(error))
