"""报修: anybody reports what is broken at a place; the union that keeps it has it repaired (flow `venues.fault`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.flow import effect, flow_of, notifier
from gonghui.kernel.matters import Context, open_matter, state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now
from gonghui.venues.models import Fault, Venue

KIND = "venues.fault"
TEXT_MOST = 300
NOTICES = {
    "assigned": "您报修的问题已派人处理，编号{number}。",
    "repaired": "您报修的问题已处理，请在“我的”里确认是否修好，编号{number}。",
    "declined": "您报修的问题不需维修，说明请在“我的”里查看，编号{number}。",
}


def report(actor: Actor, venue: Venue, text: str) -> Matter:
    """报修. A signed-in worker may follow and confirm it; others report without name. InvalidData beside `text`."""
    text = text.strip()
    if not 2 <= len(text) <= TEXT_MOST:
        raise InvalidData({"text": [_("请写明哪里坏了，最多 %(n)d 字。") % {"n": TEXT_MOST}]})
    at = now()
    with transaction.atomic(), as_system("anybody may report a fault"):
        matter = open_matter(
            KIND,
            actor=actor,
            title=f"{venue.name}报修",
            holder_path=venue.organisation.path,
            number=f"BX-{at:%Y%m%d}-{next_number(f'venues:BX:{at:%Y%m%d}'):05d}",
            region=venue.region_id,
            owner_id=actor.account_id if actor.kind == "worker" else None,
            at=at,
        )
        Fault.objects.create(matter=matter, venue=venue, text=text)
    return matter


@dataclass(frozen=True)
class Own:
    """A reporter's own fault as its page shows it."""

    matter: Matter
    fault: Fault
    state: str
    may_confirm: bool


def own_page(actor: Actor, matter_id: int) -> Own:
    """NotFound for anybody else's."""
    with as_system("whose it is is asked next"):
        fault = Fault.objects.select_related("matter", "venue").filter(matter_id=matter_id).first()
    if fault is None or actor.kind != "worker" or fault.matter.owner_id != actor.account_id:
        raise NotFound
    state = fault.matter.state
    return Own(fault.matter, fault, flow_of(fault.matter).state_of(state).worker_text, state == "repaired")


def own_list(actor: Actor, most: int = 50) -> list[tuple[Matter, str]]:
    """The worker's reported faults, newest first, each with its state in plain words."""
    with bind(actor):
        rows = visible_to(actor).filter(owner_id=actor.account_id, kind=KIND).order_by("-opened_at")[:most]
        return [(matter, state_text(matter, for_worker=True)) for matter in rows]


def of_matter(matter: Matter) -> Fault:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        return Fault.objects.select_related("venue").get(matter=matter)


@effect("venues.assign_fault")
def assign_fault(ctx: Context, args: Any) -> None:
    Fault.objects.filter(matter_id=ctx.matter.pk).update(repairer=ctx.data["repairer"])


@effect("venues.tell_fault")
def tell_fault(ctx: Context, args: Any) -> None:
    """What was done, or why nothing is done."""
    fault = Fault.objects.get(matter_id=ctx.matter.pk)
    fault.told_text = ctx.data["text"]
    fault.save(update_fields=["told_text"])


@notifier(KIND)
def notify(ctx: Context, name: str) -> None:
    if ctx.matter.owner_id is None:
        return
    outbox.enqueue(
        "notice.app",
        f"venues:{ctx.matter.pk}:{name}:{ctx.matter.version}",
        {"text": NOTICES[name].format(number=ctx.matter.number)},
        matter=ctx.matter,
        account_id=ctx.matter.owner_id,
    )
