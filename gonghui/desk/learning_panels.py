"""What the matter page shows of how somebody learns: the share, the quizzes, the certificate."""

from __future__ import annotations

from typing import Any

from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.learning import certificates, honoraria, study, tables
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application

TAUGHT = ("M08", "M09", "L02")
KINDS = tuple(kind for kind, service in catalogue().by_kind.items() if service.id in TAUGHT)


@panel(*KINDS)
def learning(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    found = study.facts(matter)
    if found is None:
        return []
    context = {"learning": found, "certificate": certificates.of_matter(matter)}
    return [("desk/panels/learning.html", context)]


CLAIMS = tuple(kind for kind, service in catalogue().by_kind.items() if service.id == honoraria.SERVICE)


@panel(*CLAIMS)
def honorarium(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    """What the sum follows from: the session, the title with its proof, the hours; and the note on tax."""
    with as_system("the actor sees this matter"):
        found = honoraria.of_application(Application.objects.get(matter=matter))
    if found is None:
        return []
    tax = tables.honoraria().tax_on(honoraria.day_of(found.teaching.offer))
    return [("desk/panels/honorarium.html", {"found": found, "tax": tax})]
