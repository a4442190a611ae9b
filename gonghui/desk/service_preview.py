"""预览: the worker's pages of a proposed service, drawn by the portal's own templates; nothing of it is kept."""

from __future__ import annotations

import copy
import re
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.services import actions, facts, forms, holding, refusals, showing
from gonghui.services.catalogue import tried
from gonghui.services.trial import world
from gonghui.services.trial.filling import Filler, NothingFits, people
from gonghui.services.trial.proposing import Proposal

# For finding values to fill the check with.
SECONDS_MOST = 8.0
# The frame would refuse to run them, and say so for each.
_SCRIPT = re.compile(r"<script\b[^>]*></script>")


@dataclass(frozen=True)
class Frame:
    """One page, whole, to be shown in a frame of its own that runs nothing and leads nowhere."""

    title: str
    html: str


def frames(
    request: Request, proposal: Proposal, region: str, day: date, known: dict[str, Any], language: str
) -> list[Frame]:
    """The list's card, the page of the service, each page of the form, the check before handing in, and how it stands
    for somebody of whom `known` holds."""
    with tried(proposal.catalogue), world.rolled_back(), translation.override(language):
        return _frames(_of_a_visitor(request), proposal, region, day, known)


def _frames(request: Request, proposal: Proposal, region: str, day: date, known: dict[str, Any]) -> list[Frame]:
    service = proposal.service
    holder = holding.holder_of(service, region)
    if holder is not None:
        with as_system("the preview's own rows"):
            shelf = world.provide(service, holder, day)
    standing = actions.Standing(facts.judge(service, {}))
    listed: dict[str, Any] = {"asked": "", "found": [], "policies": []}
    listed["groups"] = showing.grouped([service] if service.kind == "service" else [])
    if service.kind == "policy":
        listed["policies"] = [service]
    found = [
        _frame(request, _("列表里的样子"), "portal/services.html", listed),
        _frame(request, _("服务页"), "portal/service.html", _page(service, standing, region, known=False)),
    ]
    if known:
        judged = actions.Standing(facts.judge(service, known))
        title = _("服务页：按填的情况")
        found.append(_frame(request, title, "portal/service.html", _page(service, judged, region, known=True)))
        if judged.outcome.against and service.takes_applications:
            reasons = [refusals.of_condition(condition) for condition in judged.outcome.against]
            refused = {"service": service, "pages": [], "reasons": reasons, "wrong": False, "draft": None}
            found.append(_frame(request, _("提交时的拒绝"), "portal/service_check.html", refused))
    for section in service.form:
        form = forms.SectionForm(service=service, section=section, known={}, region=region, initial={})
        context = showing.form_page(service, section, form)
        found.append(_frame(request, _("表单：%(page)s") % {"page": section}, "portal/service_step.html", context))
    if service.takes_applications and holder is not None:
        values = _filled(proposal, region, list(shelf.offers))
        context = {"service": service, "pages": showing.check_pages(service, values, {}), "reasons": [], "wrong": False}
        found.append(_frame(request, _("核对页"), "portal/service_check.html", {**context, "draft": None}))
    return found


def _page(service: Any, standing: actions.Standing, region: str, *, known: bool) -> dict[str, Any]:
    return {**showing.service_page(service, standing, region, known=known), "draft": None, "doors": ()}


def _filled(proposal: Proposal, region: str, offers: list[int]) -> dict[str, Any]:
    worker = world.a_worker(proposal.service, region, world.free_phone())
    until = time.monotonic() + SECONDS_MOST
    filler = Filler(
        proposal.service, worker.actor, offers, numbers=people(world.NOBODY), regions=(region,), until=until
    )
    try:
        values, _errors = forms.whole(proposal.service, filler.right(), worker.account.pk)
    except (NothingFits, ValueError, TypeError, KeyError, ArithmeticError):
        return {}
    return values


def _frame(request: Request, title: str, template: str, context: dict[str, Any]) -> Frame:
    return Frame(title, _SCRIPT.sub("", render_to_string(template, context, request=request)))


def _of_a_visitor(request: Request) -> Request:
    """The request as of somebody who only looks: no messages of the desk, nothing of the account."""
    shown = copy.copy(request)
    shown.actor = Actor(kind="anonymous")
    shown._messages = []  # type: ignore[attr-defined]
    shown.method = "GET"
    return shown
