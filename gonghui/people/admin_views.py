"""Administration of staff within the administrator's own organisation and below."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.times import today
from gonghui.people import actions, forms
from gonghui.people.actions.accounts import administers
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.roles import roles

MOST = 300


def _within(actor: Actor, field: str) -> Q:
    """Rows whose organisation path lies at or below one where this actor administers."""
    reach = Q(pk__in=[])
    for path in actor.paths_as("admin"):
        reach |= Q(**{field: path}) | Q(**{f"{field}__gte": path + ".", f"{field}__lt": path + "/"})
    return reach


def _role_label(code: str) -> str:
    return roles()[code].label if code in roles() else code


def _current() -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gte=today())


@role_required("admin")
@require_GET
def index(request: Request) -> HttpResponse:
    """Who works at this organisation and below: duties now and to come, or those that have ended."""
    words = request.GET.get("q", "").strip()[:60]
    ended = request.GET.get("ended") == "1"
    duties = (
        DutyAssignment.objects.filter(_within(request.actor, "organisation__path"))
        .filter(~_current() if ended else _current())
        .select_related("account", "organisation")
        .order_by("organisation__path", "account__username", "pk")
    )
    if words:
        duties = duties.filter(Q(account__username__icontains=words) | Q(account__display_name__icontains=words))
    found = list(duties[: MOST + 1])
    rows = [{"duty": duty, "role": _role_label(duty.role)} for duty in found[:MOST]]
    context = {"rows": rows, "q": words, "ended": ended, "most": MOST, "more": len(found) > MOST}
    return render(request, "people/staff.html", context)


@never_cache
@role_required("admin")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    form = forms.NewStaff(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        organisation = forms.find_organisation(data["organisation"])
        if organisation is None:
            form.add_error("organisation", _("没有找到这个单位，或有同名单位，请改用单位路径。"))
        else:
            try:
                made, password = actions.create_staff(
                    request.actor, data["username"], data["display_name"], data["role"], organisation
                )
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except KernelError as error:
                form.add_error("organisation", str(error))
            else:
                return render(request, "people/staff_made.html", {"account": made, "password": password})
    return render(request, "people/staff_new.html", context, status=422 if form.errors else 200)


def _reachable(request: Request, account_id: int) -> Account:
    """The account, if this administrator may know it: one of its duties lies within their reach, or they made it."""
    reach = _within(request.actor, "duties__organisation__path") | Q(duties__granted_by_id=request.actor.account_id)
    return get_object_or_404(Account.objects.filter(reach, kind=Account.Kind.STAFF).distinct(), pk=account_id)


@never_cache
@role_required("admin")
@require_http_methods(["GET", "POST"])
def account(request: Request, account_id: int) -> HttpResponse:
    """One account: duties, disable, new password."""
    found = _reachable(request, account_id)
    step = request.POST.get("step", "")
    form = forms.NewDuty(request.POST if step == "grant" else None)
    own = found.pk == request.actor.account_id
    context: dict[str, Any] = {
        "account": found,
        "form": form,
        "own": own,
        "administers": not own and administers(request.actor, found),
    }
    if request.method == "POST":
        try:
            if step == "grant" and form.is_valid():
                organisation = forms.find_organisation(form.cleaned_data["organisation"])
                if organisation is None:
                    raise InvalidData({"organisation": [_("没有找到这个单位，或有同名单位，请改用单位路径。")]})
                actions.grant_duty(
                    request.actor,
                    found,
                    form.cleaned_data["role"],
                    organisation,
                    valid_to=form.cleaned_data["valid_to"],
                )
                messages.success(request, _("已增加岗位。"))
                return redirect("people:staff_account", found.pk)
            if step in ("enable", "disable"):
                actions.set_active(request.actor, found, step == "enable")
                messages.success(request, _("已保存。"))
                return redirect("people:staff_account", found.pk)
            if step == "password":
                context["password"] = actions.reset_password(request.actor, found)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except KernelError as error:
            context["refused"] = str(error)
    context["duties"] = [
        {"duty": duty, "role": _role_label(duty.role), "ended": duty.valid_to is not None and duty.valid_to < today()}
        for duty in found.duties.select_related("organisation").order_by("pk")
    ]
    wrong = bool(form.errors or context.get("refused"))
    return render(request, "people/staff_account.html", context, status=422 if wrong else 200)


@role_required("admin")
@require_POST
def revoke(request: Request, account_id: int, duty_id: int) -> HttpResponse:
    """End one duty of an account."""
    found = _reachable(request, account_id)
    duty = get_object_or_404(found.duties.select_related("organisation"), pk=duty_id)
    try:
        actions.revoke_duty(request.actor, duty)
        messages.success(request, _("已撤销岗位。"))
    except KernelError as error:
        messages.error(request, str(error))
    return redirect("people:staff_account", found.pk)
