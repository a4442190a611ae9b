"""One matter on one screen, and the steps that may be taken with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk import panels
from gonghui.desk.forms import add_kernel_errors, submitted, transition_form
from gonghui.kernel import clocks
from gonghui.kernel import trail as kernel_trail
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import act, allowed
from gonghui.kernel.models import Clock, Matter, TrailEntry
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.people.roles import roles

# What is in the trail without being a step of a flow.
OTHER_VERBS = {
    "open": gettext_lazy("收到"),
    "understood": gettext_lazy("智脑已读"),
    "material": gettext_lazy("补充材料"),
    "ask": gettext_lazy("问职工"),
    "answer": gettext_lazy("职工回答"),
    "note": gettext_lazy("内部备注"),
    "speed_up": gettext_lazy("请求加快"),
    "link": gettext_lazy("关联"),
    "confirm_link": gettext_lazy("确认关联"),
    "reject_link": gettext_lazy("否认关联"),
    "unmask": gettext_lazy("查看个人信息"),
    "repeat": gettext_lazy("再次诉求"),
}


def seen(request: Request, matter_id: int) -> Matter:
    """The matter, or 404 when there is none or this person may not know of it."""
    return get_object_or_404(visible_to(request.actor).select_related("assignee"), pk=matter_id)


def trail_rows(matter: Matter, most: int = 200) -> list[dict[str, Any]]:
    """The trail in words, newest first."""
    flow = get_flow(matter.kind)
    labels = {transition.name: transition.label for transition in flow.transitions}
    rows = []
    for entry in TrailEntry.objects.filter(matter=matter).order_by("-pk")[:most]:
        kind, _dot, clock = entry.verb.partition(".")
        label = labels.get(entry.verb, "")
        if kind == "clock" and clock.split(".")[0] in flow.clocks:
            label = _("时限：%(clock)s") % {"clock": flow.clocks[clock.split(".")[0]].title}
        label = label or str(OTHER_VERBS.get(entry.verb, ""))
        after = flow.states.get(str(entry.after.get("state", "")))
        role = roles().get(entry.role)
        rows.append(
            {
                "entry": entry,
                "label": label or entry.verb,
                "state": after.label if after else "",
                "role": role.label if role else "",
            }
        )
    return rows


@staff_required
@require_GET
def page(request: Request, matter_id: int) -> HttpResponse:
    matter = seen(request, matter_id)
    at = now()
    flow = get_flow(matter.kind)
    return render(
        request,
        "desk/matter.html",
        {
            "matter": matter,
            "flow": flow,
            "state": flow.states[matter.state],
            "light": clocks.light(matter, at),
            "clocks": clock_rows(matter),
            "offers": allowed(matter, request.actor, at),
            "trail": trail_rows(matter, 40),
            "panels": panels.for_matter(request, matter),
            "now": at,
        },
    )


def clock_rows(matter: Matter) -> list[dict[str, Any]]:
    """Clocks with their title and whether each is late, the running ones first."""
    flow, at = get_flow(matter.kind), now()
    order = {Clock.Status.RUNNING: 0, Clock.Status.SUSPENDED: 1, Clock.Status.STOPPED: 2}
    rows = [
        {
            "clock": clock,
            "title": str(flow.clocks[clock.name].title) if clock.name in flow.clocks else clock.name,
            "late": clock.overdue or (clock.status == Clock.Status.RUNNING and clock.due_at < at),
        }
        for clock in matter.clocks.all()
    ]
    return sorted(rows, key=lambda row: (order[row["clock"].status], row["clock"].due_at))


@staff_required
@require_http_methods(["GET", "POST"])
def transition(request: Request, matter_id: int, name: str) -> HttpResponse:
    """The form of one step and, on POST, the step itself. Whatever goes wrong, what was typed stays."""
    matter = seen(request, matter_id)
    spec = get_flow(matter.kind).by_name.get(name)
    if spec is None or spec.hidden:
        raise Http404
    offer = next((offer for offer in allowed(matter, request.actor) if offer.name == name), None)
    context: dict[str, Any] = {"matter": matter, "step": spec, "offer": offer}
    status = 200
    if request.method == "POST":
        form = transition_form(spec, matter, request.actor, request.POST)
        version = request.POST.get("version", "")
        try:
            act(
                matter_id,
                name,
                request.actor,
                submitted(spec, request.POST),
                int(version) if version.isdigit() else matter.version,
            )
        except NotFound as error:
            raise Http404 from error
        except Conflict as error:
            status, context["conflict"] = 409, {"text": str(error), "rows": error.changes}
        except InvalidData as error:
            status = 422
            add_kernel_errors(form, error.errors)
        except GuardRefused as error:
            status, context["refused"] = 422, error.reasons
        except KernelError as error:
            status, context["refused"] = 403, [str(error)]
        else:
            messages.success(request, _("“%(step)s”已完成。") % {"step": spec.label})
            if visible_to(request.actor).filter(pk=matter_id).exists():
                return redirect("desk:matter", matter_id)
            return redirect("desk:worklist")
    else:
        form = transition_form(spec, matter, request.actor)
        if offer is None:
            status, context["refused"] = 403, [_("现在不能进行这一步：状态或岗位不符。请返回查看可以做的操作。")]
        else:
            context["refused"] = offer.refused
    context["form"] = form
    return render(request, "desk/transition.html", context, status=status)


@staff_required
@require_GET
def trail(request: Request, matter_id: int) -> HttpResponse:
    """The whole trail of a matter, with the result of checking its chain."""
    matter = seen(request, matter_id)
    report = kernel_trail.verify(f"matter:{matter.pk}")
    return render(request, "desk/trail.html", {"matter": matter, "trail": trail_rows(matter, 2000), "report": report})
