"""What the matter page shows of a proposal, a topic and a bargaining beside the application itself."""

from __future__ import annotations

from typing import Any

from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue
from gonghui.voice import bargaining, proposals

PROPOSALS = tuple(kind for kind, service in catalogue().by_kind.items() if service.id == "V01")
TOPICS = tuple(kind for kind, service in catalogue().by_kind.items() if service.id in ("M28", "V03"))


@panel(*PROPOSALS)
def proposal(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/voice_proposal.html", {"page": proposals.of_matter(request.actor, matter)})]


@panel(*TOPICS)
def topic(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = proposals.topic_of(matter)
    return [("desk/panels/voice_topic.html", {"topic": found})] if found is not None else []


@panel(*bargaining.KINDS)
def talks(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/voice_bargaining.html", {"page": bargaining.of_matter(matter)})]
