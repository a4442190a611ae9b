"""What the matter page shows of hardship, campaigns, care and trips; and what a visit's form begins with."""

from __future__ import annotations

from typing import Any

from gonghui.aid import campaigns, days, seen, trips
from gonghui.aid.mutual import seen as mutual
from gonghui.desk import service_panels
from gonghui.desk.panels import Help, helper, panel
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue
from gonghui.services.queries import reads_clear


def _kinds(*services: str) -> tuple[str, ...]:
    """The flows of these services, in all their versions."""
    return tuple(kind for kind, service in catalogue().by_kind.items() if service.id in services)


FILES, AIDS = _kinds("M15"), _kinds("A01")


@panel(*FILES)
def hardship(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/aid_hardship.html", {"beside": seen.hardship(matter, reads_clear(request.actor, matter))})]


@panel(*AIDS)
def aid(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/aid_hardship.html", {"beside": seen.aid(matter, reads_clear(request.actor, matter))})]


@helper(*FILES)
def visit(request: Request, matter: Matter, step: Transition) -> Help:
    if step.name not in ("visit", "renew", "lift") or not reads_clear(request.actor, matter):
        return service_panels.help_with(request, matter, step)
    return Help(seen.step_values(matter, step.name))


@panel(campaigns.KIND)
def campaign(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = campaigns.of_matter(matter)
    if found is None:
        return []
    context = {"campaign": found, "targets": campaigns.targets(found), "figures": campaigns.figures(found)}
    return [("desk/panels/aid_campaign.html", {**context, "whole": True})]


@panel(*_kinds("M16", "A02"))
def gift(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = campaigns.of_matter(matter)
    if found is None:
        return []
    context = {"campaign": found, "targets": campaigns.targets(found), "listed": bool(matter.data.get("listed"))}
    return [("desk/panels/aid_campaign.html", context)]


@panel(*_kinds("M21"))
def trip(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    """The unit's applicants in the order of going first, each with why."""
    ranked = trips.ranked(matter) if matter.state == "applied" else []
    names = seen.names(request.actor, [one.application for one in ranked])
    rows = [{"place": one, "name": name} for one, name in zip(ranked, names, strict=True)]
    return [("desk/panels/aid_trip.html", {"ranked": rows, "quota": trips.quota_of(matter)})]


@panel(*_kinds("M17"))
def claim(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    """A claim beside its plan, for who reads what illness it is about."""
    if not reads_clear(request.actor, matter):
        return []
    return [("desk/panels/aid_mutual.html", {"beside": mutual.beside(matter)})]


@panel(*_kinds("M26"))
def care(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = days.of_matter(request.actor, matter)
    return [("desk/panels/aid_care.html", {"care": found})]
