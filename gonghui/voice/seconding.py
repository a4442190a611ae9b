"""附议: delegates of the same session read a proposal and say themselves whether they second it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application
from gonghui.services.queries import rows
from gonghui.voice import congresses, tables
from gonghui.voice.models import Delegate, Proposal, Seconding

# What a seconder reads of the form: the proposal, not who is to be reached how.
HIDDEN = ("name", "phone", "employer", "region", "seconders", "photos", "subject")
LISTED = 100


def needed() -> int:
    return tables.number("seconders")


def count(proposal: Proposal) -> int:
    """How many second it. The one who proposes is none of them."""
    return proposal.secondings.filter(agreed=True).exclude(delegate_id=proposal.delegate_id or 0).count()


def ask(proposal: Proposal, names: str) -> None:
    """Tell the named delegates that they are asked. Names that are not on the list are passed over: any delegate of
    the session finds the proposal on the unit's page anyway."""
    if proposal.congress is None:
        return
    wanted = {name for name in re.split(r"[、，,;；\s]+", names) if name}
    for delegate in proposal.congress.delegates.all():
        if delegate.name not in wanted or delegate.pk == proposal.delegate_id:
            continue
        account = congresses.account_of(delegate)
        if account is not None:
            text = f"有代表请您附议提案“{proposal.headline}”，请到“本单位公开栏”查看。"
            key = f"voice:{proposal.matter_id}:second:{delegate.pk}"
            outbox.enqueue("notice.app", key, {"text": text}, account_id=account)


@dataclass(frozen=True)
class Seen:
    """A proposal as another delegate of its session reads it."""

    proposal: Proposal
    delegate: Delegate
    rows: list[tuple[str, str]]
    state: str
    open: bool
    said: bool | None
    count: int
    told_text: str


def to_second(actor: Actor) -> list[tuple[Proposal, bool | None]]:
    """The proposals of the sessions this worker is a delegate of, without their own; and what they said of each."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("the sessions of a delegate"):
        places = _places(actor)
        found = (
            Proposal.objects.select_related("matter", "congress")
            .filter(congress__in=list(places))
            .exclude(matter__owner_id=actor.account_id)
            .exclude(matter__state="withdrawn")
            .order_by("-matter__opened_at")[:LISTED]
        )
        said = dict(
            Seconding.objects.filter(delegate__in=[d.pk for d in places.values()]).values_list("proposal", "agreed")
        )
        return [(row, said.get(row.pk)) for row in found]


def _places(actor: Actor) -> dict[int, Delegate]:
    """The worker's places on lists of delegates, by session."""
    from gonghui.people.models import Account

    phone = Account.objects.filter(pk=actor.account_id or 0).values_list("phone_index", flat=True).first()
    rows = Delegate.objects.filter(phone_index=phone) if phone else Delegate.objects.none()
    return {row.congress_id: row for row in rows}


def page(actor: Actor, proposal_id: int) -> Seen:
    """NotFound for who is no delegate of the proposal's session, and for its own proposer."""
    with as_system("who may read it is asked next"):
        proposal = Proposal.objects.select_related("matter", "congress").filter(pk=proposal_id).first()
        delegate = congresses.delegate_of(proposal.congress, actor.account_id) if proposal is not None else None
        if proposal is None or delegate is None or actor.kind != "worker":
            raise NotFound
        if proposal.matter.owner_id == actor.account_id:
            raise NotFound
        application = Application.objects.get(matter=proposal.matter)
        service = service_of(application)
        said = proposal.secondings.filter(delegate=delegate).values_list("agreed", flat=True).first()
        values = {name: value for name, value in load(service, application.values_json).items() if name not in HIDDEN}
        return Seen(
            proposal,
            delegate,
            rows(service, values, clear=True),
            state_text(proposal.matter),
            proposal.matter.state == "seconding",
            said,
            count(proposal),
            application.told_text if said else "",
        )


def say(actor: Actor, proposal_id: int, agreed: bool) -> None:
    """附议 or not, by the delegate themselves; as long as it is not handed in they may think again."""
    seen = page(actor, proposal_id)
    with transaction.atomic(), as_system("a delegate's own word"):
        matter = Matter.objects.select_for_update(of=("self",)).get(pk=seen.proposal.matter_id)
        if matter.state != "seconding":
            raise GuardRefused([_("这件提案已经提交，不能再附议。")])
        before = count(seen.proposal)
        Seconding.objects.update_or_create(
            proposal=seen.proposal, delegate=seen.delegate, defaults={"agreed": agreed, "at": now()}
        )
        after = count(seen.proposal)
        trail.record(f"matter:{matter.pk}", "second", actor=actor, matter=matter, after={"seconders": after})
        if before < needed() <= after:
            from gonghui.services.rules.applying import tell

            tell(matter, "seconded", f"voice:{matter.pk}:seconded:{after}")
