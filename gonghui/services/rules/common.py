"""Small helpers the rules share."""

from __future__ import annotations

from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.services.actions import Values, load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application


def application_of(ctx: Context) -> Application:
    """The application of the matter that is being changed, read once for each transition."""
    return ctx.once(_application_for)


def _application_for(matter: Matter) -> Application:
    return Application.objects.get(matter_id=matter.pk)


def values_of(ctx: Context) -> Values:
    """What was filled in."""
    return load(service_of(ctx.matter), application_of(ctx).values_json)
