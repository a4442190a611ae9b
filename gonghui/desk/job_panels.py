"""What the matter page shows of a posting, of somebody who looks for work, of an application for a job."""

from __future__ import annotations

from typing import Any

from gonghui.desk.panels import panel
from gonghui.jobs import applying, desk_queries
from gonghui.kernel.models import Matter
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue

POSTINGS = tuple(kind for kind in catalogue().by_kind if kind.startswith("services.J01."))
SEEKERS = tuple(kind for kind in catalogue().by_kind if kind.startswith("services.M07."))


@panel(*POSTINGS)
def posting(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/job_posting.html", {"page": desk_queries.seen_posting(matter)})]


@panel(*SEEKERS)
def seeker(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found, fits = desk_queries.seen_seeker(matter)
    return [("desk/panels/job_seeker.html", {"seeker": found, "fits": fits})]


@panel(applying.KIND)
def application(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    return [("desk/panels/job_application.html", {"page": desk_queries.seen_application(request.actor, matter)})]
