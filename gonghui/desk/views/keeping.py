"""Keeping the house's data: employers and the working-day calendar."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.calendar_days import enter_days, read_days, remove_day
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.models import CalendarDay
from gonghui.kernel.times import today
from gonghui.organisations import actions
from gonghui.organisations.models import Employer, EmployerMerge
from gonghui.organisations.queries import find_employer
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

EMPLOYER_ROLES = ("agent", "dispatcher", "supervisor", "admin")
CALENDAR_ROLES = ("admin", "supervisor")


@role_required(*EMPLOYER_ROLES)
@require_http_methods(["GET", "POST"])
def employers(request: Request) -> HttpResponse:
    """Find employers by any of their names; merge two rows that are one, and take a merge back."""
    words = request.GET.get("q", "").strip()[:120]
    if request.method == "POST":
        try:
            _change(request)
        except KernelError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已保存。"))
        return redirect(request.get_full_path())
    context = {
        "q": words,
        "matches": find_employer(words, most=20) if words else [],
        "merges": EmployerMerge.objects.select_related("kept", "gone").order_by("-at")[:20],
        "may_merge": request.actor.has_role("dispatcher", "supervisor", "admin"),
    }
    return render(request, "desk/employers.html", context)


def _change(request: Request) -> None:
    if not request.actor.has_role("dispatcher", "supervisor", "admin"):
        raise KernelError(_("您的岗位不能合并单位。"))
    if request.POST.get("undo", "").isdigit():
        actions.undo_merge(request.actor, get_object_or_404(EmployerMerge, pk=request.POST["undo"]))
        return
    chosen = [pk for pk in request.POST.getlist("employer") if pk.isdigit()]
    keep = request.POST.get("keep", "")
    if len(chosen) != 2 or keep not in chosen:
        raise KernelError(_("请勾选两个单位，并选择保留哪一个。"))
    rows = {str(row.pk): row for row in Employer.objects.filter(pk__in=chosen)}
    if len(rows) != 2:
        raise Http404
    gone = next(row for pk, row in rows.items() if pk != keep)
    actions.merge_employers(request.actor, rows[keep], gone)


@role_required(*CALENDAR_ROLES)
@require_http_methods(["GET", "POST"])
def calendar(request: Request) -> HttpResponse:
    """The days people entered, years that are not complete yet, and a box for the yearly notice."""
    error, text = "", ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            if request.POST.get("remove"):
                remove_day(request.actor, date.fromisoformat(request.POST["remove"]))
            else:
                enter_days(request.actor, read_days(text))
        except InvalidData as wrong:
            error = "；".join(wrong.texts)
        except ValueError:
            error = _("日期写法不对，请写成 2026-01-31 这样。")
        else:
            messages.success(request, _("日历已更新。正在计时的时限不变，新的时限按新日历计算。"))
            return redirect("desk:calendar")
    year = today().year
    context = {
        "rows": CalendarDay.objects.order_by("-date")[:400],
        "incomplete": default_calendar().years_incomplete([year, year + 1]),
        "error": error,
        "text": text,
    }
    return render(request, "desk/calendar.html", context, status=422 if error else 200)
