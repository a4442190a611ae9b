"""The flows as diagrams and tables, so that everybody can see how a matter moves."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gonghui.kernel.flow import all_flows, get_flow
from gonghui.kernel.flow.diagram import mermaid
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request
from gonghui.people.roles import roles


@staff_required
@require_GET
def index(request: Request) -> HttpResponse:
    return render(request, "desk/flows.html", {"flows": all_flows()})


def _who(role: str) -> str:
    plain = {"owner": _("职工本人"), "system": _("系统")}
    return plain.get(role) or (roles()[role].label if role in roles() else role)


@staff_required
@require_GET
def flow(request: Request, name: str) -> HttpResponse:
    try:
        found = get_flow(name)
    except KeyError as error:
        raise Http404 from error
    return render(
        request,
        "desk/flow.html",
        {
            "flow": found,
            "diagram": mermaid(found, request.GET.get("state")),
            "steps": [
                {
                    "step": step,
                    "sources": [found.states[name].label for name in found.sources_of(step)],
                    "who": [_who(grant.role) for grant in step.roles],
                    "target": found.states[step.to].label if step.to in found.states else "",
                }
                for step in found.transitions
            ],
        },
    )
