"""我的: everything under way with the union in one list, and the plain page of a matter no room has a page for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.schema import Flow, Transition
from gonghui.kernel.flow.step_forms import add_kernel_errors, step_form, submitted
from gonghui.kernel.front import Group, Row
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import bind, visible_to
from gonghui.people.http import Request
from gonghui.portal import inbox, mine

A_PAGE = 20
TITLES: dict[Group, Any] = {
    "mine": gettext_lazy("等您办"),
    "working": gettext_lazy("工会在办"),
    "done": gettext_lazy("已办完"),
}


def page_of(request: Request) -> int:
    """The number of the page that is asked for, 1 for anything strange."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1


@never_cache
@require_GET
def my(request: Request) -> HttpResponse:
    """All of a signed-in worker's matters by whose turn it is; `?group=` one group, `?page=`."""
    if request.actor.kind != "worker":
        return redirect("people:worker_sign_in")
    only: Group | None = next((group for group in mine.GROUPS if group == request.GET.get("group")), None)
    found = mine.everything(request.actor, (only,) if only else mine.GROUPS)
    number = page_of(request)
    shown = found.rows[(number - 1) * A_PAGE : number * A_PAGE]
    context = {
        "groups": [
            (group, TITLES[group], [_shown(row) for row in shown if row.group == group]) for group in mine.GROUPS
        ],
        "counts": [(group, TITLES[group], found.counts.get(group, 0)) for group in mine.GROUPS],
        "only": only or "",
        "before": number - 1,
        "after": number + 1 if len(found.rows) > number * A_PAGE else 0,
        "any": bool(found.counts),
        "unread": inbox.unread(request.actor),
    }
    return render(request, "portal/my.html", context)


def _shown(row: Row) -> dict[str, Any]:
    return {"row": row, "soon": mine.due_soon(row)}


def _steps(flow: Flow, state: str) -> list[Transition]:
    """What the worker may do here from the plain page."""
    return [
        step for step in flow.leaving(state) if any(grant.role == "owner" for grant in step.roles) and not step.hidden
    ]


@never_cache
@require_http_methods(["GET", "POST"])
def matter(request: Request, matter_id: int) -> HttpResponse:
    """A matter of one's own, of any kind: where it stands, and the steps that are the worker's to take."""
    if request.actor.kind != "worker":
        return redirect("people:worker_sign_in")
    with bind(request.actor):
        found = visible_to(request.actor, Matter.objects.filter(owner_id=request.actor.account_id)).filter(pk=matter_id)
        row = found.first()
    if row is None:
        raise Http404
    flow = flow_of(row)
    steps = {step.name: step for step in _steps(flow, row.state)}
    step_forms = {name: step_form(step, row, request.actor) for name, step in steps.items()}
    status, errors = 200, []
    if request.method == "POST":
        name = request.POST.get("step", "")
        if name not in steps:
            raise Http404
        step = steps[name]
        try:
            act(row.pk, name, request.actor, submitted(step, request.POST))
            messages.success(request, _("已办：%(step)s") % {"step": step.label})
            return redirect("portal:matter", row.pk)
        except InvalidData as error:
            status = 422
            step_forms[name] = step_form(step, row, request.actor, request.POST)
            add_kernel_errors(step_forms[name], error.errors)
        except KernelError as error:
            status, errors = 409, [str(error)]
    context = {
        "matter": row,
        "kind": str(flow.title),
        "state": flow.state_of(row.state).worker_text,
        "turn": flow.awaits_owner(row.state),
        "steps": [(steps[name], form) for name, form in step_forms.items()],
        "errors": errors,
    }
    return render(request, "portal/matter.html", context, status=status)
