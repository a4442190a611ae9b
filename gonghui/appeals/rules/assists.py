"""协办: orders of the organisations that help, each a matter of its own under the lead's (handbook 0.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gonghui.appeals.models import Message, WorkOrder
from gonghui.appeals.rules.common import ASSIST_KIND, order_of
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.flow import effect
from gonghui.kernel.matters import Context, act, open_matter


def open_assists(ctx: Context, paths: Iterable[str], instruction: str) -> None:
    """An assisting order for each path that has none open."""
    lead = order_of(ctx)
    running = set(lead.assists.filter(matter__is_open=True).values_list("organisation_path", flat=True))
    for path in dict.fromkeys(paths):
        if path in running:
            continue
        number = f"{ctx.matter.number}-X{lead.assists.count() + 1}"
        matter = open_matter(
            ASSIST_KIND,
            actor=ctx.actor,
            title=ctx.matter.title,
            holder_path=path,
            number=number,
            priority=ctx.matter.priority,
            category=ctx.matter.category,
            region=ctx.matter.region,
            restricted=ctx.matter.restricted,
            data={key: ctx.matter.data.get(key) for key in ("nature", "difficulty")},
            receive=ctx.matter.holder_path,
            at=ctx.now,
        )
        WorkOrder.objects.create(
            matter=matter,
            appeal_id=lead.appeal_id,
            role=WorkOrder.Role.ASSIST,
            parent=lead,
            organisation_path=path,
            dispatched_by_path=ctx.org_path,
            dispatched_at=ctx.now,
            nature=lead.nature,
            difficulty=lead.difficulty,
            type=lead.type,
        )
        if instruction:
            Message.objects.create(
                appeal_id=lead.appeal_id,
                matter=matter,
                kind=Message.Kind.NOTE,
                text=instruction,
                account_id=ctx.actor.account_id,
                org_path=ctx.org_path,
                at=ctx.now,
                internal=True,
            )


def cancel_assists(ctx: Context, keep: Iterable[str] = ()) -> None:
    """End the helpers' open orders when the lead's goes elsewhere or ends."""
    for assist in order_of(ctx).assists.filter(matter__is_open=True).exclude(organisation_path__in=list(keep)):
        act(assist.matter_id, "cancel", SYSTEM, {"reason": ctx.transition.name}, at=ctx.now)


@effect("appeals.assist_report")
def assist_report(ctx: Context, args: Any) -> None:
    order = order_of(ctx)
    order.findings, order.submitted_at = ctx.data["findings"], ctx.now
    order.save(update_fields=["findings", "submitted_at"])
    _tell_lead(ctx, ctx.data["findings"])


@effect("appeals.assist_return")
def assist_return(ctx: Context, args: Any) -> None:
    _tell_lead(ctx, ctx.data["note"])


def _tell_lead(ctx: Context, text: str) -> None:
    order = order_of(ctx)
    if order.parent is not None:
        Message.objects.create(
            appeal_id=order.appeal_id,
            matter_id=order.parent.matter_id,
            kind=Message.Kind.NOTE,
            text=text,
            account_id=ctx.actor.account_id,
            org_path=ctx.org_path,
            at=ctx.now,
            internal=True,
        )
