"""What the matter page shows of an application for a service."""

from __future__ import annotations

from typing import Any

from gonghui.desk.panels import Help, helper, panel
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.people.http import Request
from gonghui.services import queries
from gonghui.services.catalogue import catalogue
from gonghui.services.rules.handing import LOOKUP

KINDS = tuple(catalogue().by_kind)


@panel(*KINDS)
def application(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    context = {"page": queries.seen_page(request.actor, matter), "lookup": matter.data.get(LOOKUP)}
    return [("desk/panels/service_application.html", context)]


@helper(*KINDS)
def help_with(request: Request, matter: Matter, step: Transition) -> Help:
    """The sum by the rule, where a step asks for one."""
    if not any(field.name == "amount" for field in step.fields):
        return Help()
    found = queries.sum_by_rule(matter)
    return Help({"amount": str(found.value)}, {"amount": found.working}) if found is not None else Help()
