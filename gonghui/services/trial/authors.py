"""Who may try service files: whoever administers a province's platform, or the country's; and for which places."""

from __future__ import annotations

from gonghui.kernel.actor import Actor
from gonghui.organisations.models import Organisation
from gonghui.people.roles import ROLES, role_permissions

TRY = "try_services"
AUTHORS = tuple(role for role in ROLES if TRY in role_permissions(role))


def places(actor: Actor) -> tuple[str, ...]:
    """The first digits of the places in which the actor may try services: `52`, or an empty text for all. A county's
    administrator has none."""
    paths = [duty.path for duty in actor.duties if TRY in role_permissions(duty.role)]
    rows = Organisation.objects.filter(path__in=paths, active=True)
    found = [
        "" if row.level == Organisation.Level.NATIONAL else str(row.region_id)[:2]
        for row in rows
        if row.level == Organisation.Level.NATIONAL
        or (row.level == Organisation.Level.PROVINCE and row.region_id is not None)
    ]
    return tuple(dict.fromkeys(found))


def may(actor: Actor, region: str) -> bool:
    """Whether the actor may try what holds in a place."""
    return bool(region) and region.startswith(places(actor) or ("-",))
