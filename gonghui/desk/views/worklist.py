"""The one worklist: filters, clock colours, keyset paging, bulk steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gonghui.appeals import categories, queries
from gonghui.kernel import clocks
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import all_flows, get_flow
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, now
from gonghui.kernel.worklist import Filters
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

PAGE_SIZE = 50
BULK_MOST = 200
LIGHTS = (("red", _("红灯：已超期")), ("yellow", _("黄灯：快到期")), ("green", _("绿灯")))


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


def described(matters: Iterable[Matter], at: datetime) -> list[dict[str, Any]]:
    """Matters with what a row shows: state in words, the light, what is left."""
    rows = []
    for matter in matters:
        flow = get_flow(matter.kind)
        rows.append(
            {
                "matter": matter,
                "state": flow.states[matter.state].label,
                "flow": str(flow.title),
                "light": clocks.light(matter, at),
                "late": bool(matter.due_at and at > matter.due_at),
            }
        )
    return rows


@staff_required
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
            "rows": described(page.rows, at),
            "page": page,
            "query": query.urlencode(),
            "filters": filters,
            "q": words,
            "states": states.items(),
            "kinds": [(flow.name, str(flow.title)) for flow in flows],
            "lights": LIGHTS,
            "categories": categories.pairs(),
            "children": _children(request),
            "bulk_steps": _bulk_steps(),
            "narrowed": bool(query),
        },
    )


def _children(request: Request) -> list[tuple[str, str]]:
    """Organisations to narrow the list to: the person's own and those directly below."""
    own = Organisation.objects.filter(path__in=request.actor.paths)
    below = Organisation.objects.filter(parent__path__in=request.actor.paths, active=True)
    return list((own | below).order_by("path").values_list("path", "name").distinct()[:300])


def _bulk_steps() -> list[tuple[str, str]]:
    """Steps that may be taken on many matters at once: those a flow marks and that ask for nothing."""
    steps = {
        transition.name: transition.label
        for flow in all_flows()
        for transition in flow.transitions
        if transition.bulk and not any(spec.required for spec in transition.fields)
    }
    return list(steps.items())


@staff_required
@require_POST
def bulk(request: Request) -> HttpResponse:
    """Take one step on each chosen matter; each succeeds or fails by itself and the failures are named."""
    chosen = [int(pk) for pk in request.POST.getlist("matter") if pk.isdigit()][:BULK_MOST]
    name = request.POST.get("step", "")
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("desk:worklist")
    if not chosen:
        messages.error(request, _("请先勾选事项，再选择操作。"))
        return HttpResponseRedirect(back)
    if name not in dict(_bulk_steps()):
        messages.error(request, _("请选择要做的操作。"))
        return HttpResponseRedirect(back)
    done, refused = 0, []
    for matter_id in chosen:
        try:
            act(matter_id, name, request.actor, {})
            done += 1
        except KernelError as error:
            number = Matter.objects.filter(pk=matter_id).values_list("number", flat=True).first()
            refused.append(f"{number or matter_id}：{error}")
    if done:
        messages.success(request, ngettext("已办理 %(n)d 件。", "已办理 %(n)d 件。", done) % {"n": done})
    for text in refused[:10]:
        messages.error(request, text)
    if len(refused) > 10:
        messages.error(request, _("另有 %(n)d 件没有办成。") % {"n": len(refused) - 10})
    return HttpResponseRedirect(back)
