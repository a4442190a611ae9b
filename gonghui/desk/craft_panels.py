"""What the matter page shows of a craftsmen's matter besides the application."""

from __future__ import annotations

from typing import Any

from gonghui.craft import actions, contests, experts, innovations, nominations, queries, tables
from gonghui.craft.models import TalkLine
from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue


def kinds_of(service_id: str) -> tuple[str, ...]:
    """The flows of every version and variant of a service."""
    return tuple(kind for kind, service in catalogue().by_kind.items() if service.id == service_id)


@panel(*kinds_of(queries.HELP))
def need(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/craft_need.html", {"page": queries.desk_page(request.actor, matter, actions.HANDS)})]


@panel(*kinds_of(nominations.NOMINATION))
def nomination(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    page = nominations.desk_page(request.actor, matter, actions.HANDS)
    hands_out = matter.state == experts.SCORING and matter.holder_path in request.actor.paths_as(*experts.KEEPERS)
    return [("desk/panels/craft_nomination.html", {"page": page, "hands_out": matter.pk if hands_out else 0})]


@panel(*kinds_of(innovations.INNOVATION))
def innovation(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    row, minutes = innovations.of_matter(request.actor, matter, actions.HANDS)
    return [("desk/panels/craft_innovation.html", {"row": row, "minutes": minutes})]


@panel(contests.KIND)
def contest(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = contests.of_matter(matter)
    with as_system("the actor sees this matter"):
        people = found.contestants.count()
    trade = "".join(tables.names(tables.trades(), [found.trade]))
    return [("desk/panels/craft_contest.html", {"contest": found, "trade": trade, "people": people})]


@panel(*kinds_of(contests.SERVICE))
def contestant(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    clear = matter.holder_path in request.actor.paths_as(*actions.HANDS, "supervisor")
    with as_system("the actor sees this matter"):
        minutes = list(TalkLine.objects.filter(matter=matter).order_by("at", "pk")) if clear else []
    return [("desk/panels/craft_result.html", {"own": contests.own_result(matter.pk), "minutes": minutes})]
