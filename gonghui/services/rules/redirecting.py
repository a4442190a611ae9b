"""转交: an application passed on to the union responsible, by the one that got it (redirect.yaml)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import lies_in
from gonghui.services import hooks, stock
from gonghui.services.actions import dump
from gonghui.services.catalogue import service_of
from gonghui.services.holding import give_over, holder_of
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service

# In the matter's data: the unions that have passed it on.
PASSED_BY = "passed_on_by"


def _target(ctx: Context) -> Organisation:
    return Organisation.objects.get(path=ctx.data["union"])


@guard("services.can_redirect")
def can_redirect(ctx: Context, args: Any) -> str | None:
    """To a union that handles such applications, and not back and forth: whom two unions disagree on, the union above
    decides."""
    if ctx.preview:
        return None
    here, there, service = ctx.matter.holder_path, _target(ctx), service_of(ctx.matter)
    if there.path == here:
        return _("这份申请就在%(union)s，不用转。") % {"union": there.name}
    if there.path in ctx.matter.data.get(PASSED_BY, ()) and not there.path.startswith(f"{here}."):
        return _("%(union)s已经转出过这份申请。意见不一致的，请转给双方的上级工会，由上级确定。") % {
            "union": there.name
        }
    return _not_theirs(service, there)


def _not_theirs(service: Service, union: Organisation) -> str | None:
    """Why a union handles no such applications; where a unit may decide, the union of any unit may."""
    if service.handled_by.unit or hooks.names_holder(service):
        return None
    found = holder_of(service, union.region_id or "")
    if found is not None and found.path == union.path:
        return None
    usual = found.name if found is not None else _("区县总工会")
    return _("%(union)s不办这项服务，那里由%(usual)s办理。") % {"union": union.name, "usual": usual}


@effect("services.redirect")
def redirect(ctx: Context, args: Any) -> None:
    """The place goes with it where the union is of another one: what follows from the place is reckoned there."""
    matter, application, service, there = ctx.matter, application_of(ctx), service_of(ctx.matter), _target(ctx)
    passed = [*ctx.matter.data.get(PASSED_BY, ()), matter.holder_path]
    region = _new_region(application.region, there)
    place = service.handled_by.place
    if region is not None and any(spec.name == place for spec in service.fields):
        application.values_json = dump({**values_of(ctx), place: region})
        ctx.record(region=[application.region, region])
    with stock.without_the_form():
        give_over(service, application, matter, there.path, region, stock.wanted_anywhere(service, values_of(ctx)))
    matter.data = {**matter.data, PASSED_BY: list(dict.fromkeys(passed))}
    application.save(update_fields=["values_json", "region"])


def _new_region(region: str, union: Organisation) -> str | None:
    """The union's own place, where the application's does not lie in it."""
    own = union.region_id or ""
    return own if own and not lies_in(region, own) else None
