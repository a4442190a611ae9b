"""Joining, moving, leaving (handbook 5.1): what the flows' steps write into the register of members."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context, move
from gonghui.membership import actions as register
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.services.actions import holder_of
from gonghui.services.catalogue import service_of
from gonghui.services.rules.common import application_of, values_of


@guard("services.not_yet_member")
def not_yet_member(ctx: Context, args: Any) -> str | None:
    """查重: nobody has two memberships in the country."""
    found = members.current_by_id(application_of(ctx).id_no)
    if found is None:
        return None
    return _("查重：登记里已有会籍，会员号 %(number)s，在%(union)s。换单位请引导职工办转会。") % {
        "number": found.number,
        "union": found.organisation.name,
    }


@effect("services.enrol")
def enrol(ctx: Context, args: Any) -> None:
    """批准入会: rights begin at this moment."""
    application, values = application_of(ctx), values_of(ctx)
    union = Organisation.objects.get(path=ctx.matter.holder_path)
    row = register.join(
        ctx.actor,
        union,
        register.Member(
            name=str(values["name"]),
            id_no=application.id_no,
            phone=str(values.get("phone") or ""),
            unit=str(values.get("employer") or values.get("platform") or ""),
            account_id=ctx.matter.owner_id,
        ),
        at=ctx.now,
        matter=ctx.matter,
    )
    ctx.record(member=row.number)


def membership_of(ctx: Context) -> Membership | None:
    return members.current_of(ctx.matter.owner_id)


@guard("services.still_member")
def still_member(ctx: Context, args: Any) -> str | None:
    return None if membership_of(ctx) is not None else _("会籍已经终止，不能转会。")


@effect("services.hand_to_new_union")
def hand_to_new_union(ctx: Context, args: Any) -> None:
    """The old union has confirmed, or let its time pass: the new one is to accept."""
    service, values = service_of(ctx.matter), values_of(ctx)
    new = holder_of(service, application_of(ctx).region, values)
    if new is not None:
        move(ctx.matter, new.path)


@effect("services.transfer")
def transfer(ctx: Context, args: Any) -> None:
    """转入接收: the membership goes over, with its number and years."""
    row = membership_of(ctx)
    assert row is not None, "the guard has seen it"
    new, unit = Organisation.objects.get(path=ctx.matter.holder_path), str(values_of(ctx).get("employer") or "")
    register.move(ctx.actor, row.pk, new, unit, matter=ctx.matter)


@effect("services.leave")
def leave(ctx: Context, args: Any) -> None:
    """退会. A membership that ended meanwhile another way has ended."""
    row = membership_of(ctx)
    if row is not None:
        register.set_state(ctx.actor, row.pk, Membership.State.WITHDRAWN, _("本人申请退会"), matter=ctx.matter)
