"""Small helpers the rules share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.services.actions import Values, load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Taken


def application_of(ctx: Context) -> Application:
    """The application of the matter that is being changed, read once for each transition."""
    return ctx.once(_application_for)


def _application_for(matter: Matter) -> Application:
    return Application.objects.get(matter_id=matter.pk)


def in_a_list(row: Taken) -> str:
    """What is said of somebody in a list of who had it before, and what may be done."""
    return _("%(union)s导入的以前的领取名单里有这个人：领过的请选“不通过”；记错了的，请那里先从名单里取出。") % {
        "union": row.brought_by.name if row.brought_by is not None else ""
    }


def values_of(ctx: Context) -> Values:
    """What was filled in."""
    return load(service_of(ctx.matter), application_of(ctx).values_json)
