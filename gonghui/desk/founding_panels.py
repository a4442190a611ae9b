"""What the matter page shows of a founding: how many signed, who (to who handles it), the election and the union."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from gonghui.desk.panels import Help, helper, panel
from gonghui.founding import planning, renewals, signing
from gonghui.founding.models import Term
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue
from gonghui.services.queries import reads_clear

KINDS = tuple(kind for kind, service in catalogue().by_kind.items() if service.id == "M03")


@panel(*KINDS)
def founding(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    reads = reads_clear(request.actor, matter)
    page = signing.page_of(matter, names=reads)
    planned = str(matter.data.get("basis", "")) if planning.PLANNED in matter.data else ""
    if page is None and not planned:
        return []
    # Who has nobody at the workplace yet passes the address on themselves.
    token = page.row.token if page is not None and reads else ""
    address = request.build_absolute_uri(reverse("portal:founding_sign", args=[token])) if token else ""
    context = {"founding": page, "reads": reads, "planned": planned, "sign_url": address}
    return [("desk/panels/founding.html", context)]


@helper(*KINDS)
def help_with(request: Request, matter: Matter, step: Transition) -> Help:
    """The usual name of the union, and how many are entitled."""
    if step.name == "approve":
        unit = signing.unit_of(matter)
        return Help({"union_name": f"{unit}工会"})
    if step.name == "elect":
        page = signing.page_of(matter)
        return Help({"entitled": str(page.signed)}) if page is not None else Help()
    return Help()


@panel(renewals.KIND)
def renewal(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    with as_system("the actor sees this matter"):
        term = Term.objects.select_related("union").filter(renewal=matter).order_by("since").first()
    return [("desk/panels/renewal.html", {"term": term})] if term is not None else []
