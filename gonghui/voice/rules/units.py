"""Whether who asks is of the unit (会员登记 or the union's own word), and keeping that word."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.organisations.models import Organisation
from gonghui.voice import units


def holder(matter: Matter) -> Organisation:
    return Organisation.objects.get(path=matter.holder_path)


@guard("voice.of_the_unit")
def of_the_unit(ctx: Context, args: Any) -> str | None:
    """Known by the register, or said so now by who handles it."""
    if ctx.preview or ctx.data.get("ours") or units.owner_belongs(ctx.matter.owner_id, holder(ctx.matter)):
        return None
    return _("登记里查不到这位职工是本单位的。请核实后勾选，不是本单位的请写明理由退回。")


@effect("voice.confirm_worker")
def confirm_worker(ctx: Context, args: Any) -> None:
    """The union's word is kept, so that it is asked once. `always`: this step is the confirmation itself."""
    if args == "always" or ctx.data.get("ours"):
        units.confirm(holder(ctx.matter), ctx.matter.owner_id, ctx.actor.account_id, ctx.now)


@guard("voice.unit_has_union")
def unit_has_union(ctx: Context, args: Any) -> str | None:
    """A county's union, which handles for units without one, cannot say who works there."""
    if holder(ctx.matter).level == Organisation.Level.GRASSROOTS:
        return None
    return _("这个单位还没有登记工会，没有公开栏可看；请引导职工先入会或者建会，写明理由退回。")
