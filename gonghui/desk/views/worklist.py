"""The one worklist: filters, clock colours, keyset paging, bulk steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from gonghui.appeals import categories, queries
from gonghui.desk.context import CASE_ROLES
from gonghui.desk.forms import add_kernel_errors, submitted, transition_form
from gonghui.desk.rows import described, titled
from gonghui.desk.tiles import tiles_for
from gonghui.desk.widgets import OPTIONS_ID
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import all_flows, cleaning, flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors, visible_to, within
from gonghui.kernel.times import SHANGHAI, now
from gonghui.kernel.worklist import Filters
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.people.roles import can

PAGE_SIZE = 50
BULK_MOST = 200
CHILDREN_MOST = 300
LIGHTS = (("red", gettext_lazy("已超期")), ("yellow", gettext_lazy("快到期")), ("green", gettext_lazy("正常")))


def filters_from(query: Any) -> Filters:
    """The filters in an address. Values that make no sense are ignored, not an error: links are shared and age."""

    def moment(name: str) -> datetime | None:
        try:
            day = parse_date(query.get(name, ""))
        except ValueError:
            day = None
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) if day else None

    order = query.get("order", "due")
    return Filters(
        path=query.get("path", "")[:120],
        kind=query.get("kind", "")[:40],
        state=query.get("state", "")[:40],
        category=query.get("category", "")[:12],
        priority=query.get("priority", "") if query.get("priority", "") in ("0", "1", "2", "3") else "",
        light=query.get("light", "") if query.get("light", "") in ("red", "yellow", "green") else "",
        open=query.get("closed", "") != "1",
        mine=query.get("who", "") == "mine",
        unassigned=query.get("who", "") == "unassigned",
        since=moment("since"),
        until=moment("until"),
        order=order if order in kernel_worklist.ORDERS else "due",
    )


@role_required(*CASE_ROLES)
@require_GET
def worklist(request: Request) -> HttpResponse:
    at = now()
    filters = filters_from(request.GET)
    words = request.GET.get("q", "").strip()[:60]
    if words:
        filters = replace(filters, matter_ids=tuple(queries.search_ids(request.actor, words)))
    page = kernel_worklist.page(request.actor, filters, request.GET.get("cursor", ""), PAGE_SIZE, at)
    query = request.GET.copy()
    query.pop("cursor", None)
    flows = all_flows()
    states = {name: state.label for flow in flows for name, state in flow.states.items()}
    return render(
        request,
        "desk/worklist.html",
        {
            "rows": described(titled(request.actor, page.rows), at),
            "page": page,
            "query": query.urlencode(),
            "filters": filters,
            "q": words,
            "states": states.items(),
            "kinds": [(flow.name, str(flow.title)) for flow in flows],
            "lights": LIGHTS,
            "categories": categories.pairs(),
            "children": _children(request, filters.path),
            "bulk_steps": _bulk_steps().items(),
            "saved": tiles_for(request.actor),
            "here": request.get_full_path(),
            "narrowed": bool(query),
            "may_export": can(request.actor, "export"),
        },
    )


def _children(request: Request, path: str) -> list[tuple[str, str]]:
    """Organisations to narrow the list to: the person's own, the way down to the chosen one, and those below it."""
    own = request.actor.paths
    chosen = path if any(within(path, above) for above in own) else ""
    way = {step for step in ancestors(chosen) if any(within(step, above) for above in own)} | set(own)
    rows = Organisation.objects.filter(Q(path__in=way) | Q(parent__path__in=[chosen] if chosen else own, active=True))
    return list(rows.order_by("path").values_list("path", "name").distinct()[:CHILDREN_MOST])


def _bulk_steps() -> dict[str, str]:
    """Steps that a flow lets one take on many matters at once, by name."""
    return {
        transition.name: transition.label for flow in all_flows() for transition in flow.transitions if transition.bulk
    }


@role_required(*CASE_ROLES)
@require_POST
def bulk(request: Request) -> HttpResponse:
    """Take one step on each chosen matter; each succeeds or fails by itself and the failures are named.

    A step that asks for something shows its form once, for all of them.
    """
    chosen = [int(pk) for pk in request.POST.getlist("matter") if pk.isdigit()][:BULK_MOST]
    name = request.POST.get("step", "")
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("desk:worklist")
    if not chosen:
        messages.error(request, _("请先勾选事项，再选择操作。"))
        return HttpResponseRedirect(back)
    if name not in _bulk_steps():
        messages.error(request, _("请选择要做的操作。"))
        return HttpResponseRedirect(back)
    matters = list(visible_to(request.actor).filter(pk__in=chosen).select_related("assignee").order_by("due_at"))
    first = next((matter for matter in matters if name in flow_of(matter).by_name), None)
    if first is None:
        messages.error(request, _("勾选的事项都不能进行这一步。"))
        return HttpResponseRedirect(back)
    step = flow_of(first).by_name[name]
    data: dict[str, Any] = {}
    if step.fields:
        confirmed = "confirmed" in request.POST
        form = transition_form(step, first, request.actor, request.POST if confirmed else None)
        errors: dict[str, list[str]] = {}
        if confirmed:
            data = submitted(step, request.POST)
            _cleaned, errors = cleaning.clean(step, data, first, request.actor)
            add_kernel_errors(form, errors)
        if not confirmed or errors:
            context = {
                "step": step,
                "form": form,
                "rows": described(titled(request.actor, matters)),
                "back": back,
                "options_id": OPTIONS_ID,
            }
            return render(request, "desk/bulk.html", context, status=422 if errors else 200)
    _report(request, *_each(request, matters, name, data))
    return HttpResponseRedirect(back)


def _each(request: Request, matters: list[Matter], name: str, data: dict[str, Any]) -> tuple[int, list[str]]:
    """How many were done, and why the others were not."""
    done, refused = 0, []
    for matter in matters:
        try:
            act(matter.pk, name, request.actor, dict(data), matter.version)
            done += 1
        except KernelError as error:
            refused.append(f"{matter.number}：{error}")
    return done, refused


def _report(request: Request, done: int, refused: list[str]) -> None:
    if done:
        messages.success(request, ngettext("已办理 %(n)d 件。", "已办理 %(n)d 件。", done) % {"n": done})
    for text in refused[:10]:
        messages.error(request, text)
    if len(refused) > 10:
        messages.error(request, _("另有 %(n)d 件没有办成。") % {"n": len(refused) - 10})
