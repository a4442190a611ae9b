"""利益关系 of a counsel on their own page: what they declared, what has ended, which of their cases it stands against.

An engagement that ended still binds (it becomes `acted_for`); a mistake is taken out by who keeps the rota, with a
reason, so that nobody clears themself for a case.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.legal import conflicts, queries
from gonghui.legal.actions import keeps
from gonghui.legal.models import Counsel, Interest, LegalCase

REASON_MOST = 300


def own_counsel(actor: Actor) -> Counsel:
    """The actor as somebody on the rota; NotFound for everybody else."""
    if actor.account_id is None:
        raise NotFound
    with as_system("the actor's own row"):
        found = Counsel.objects.select_related("account", "organisation").filter(account_id=actor.account_id).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Against:
    """A case in hand that the counsel may not act in, and why."""

    case: LegalCase
    why: str


@dataclass(frozen=True)
class Own:
    """The page of a counsel: all interests, newest first, and the open cases they stand against."""

    counsel: Counsel
    interests: list[Interest]
    against: list[Against]


def page(actor: Actor) -> Own:
    """NotFound for who is not on the rota."""
    counsel = own_counsel(actor)
    cases = [case for case in queries.own_cases(actor) if case.matter.is_open]
    with as_system("the counsel's own interests and cases"):
        interests = list(counsel.interests.select_related("by").order_by("-at", "-pk"))
        found = [
            Against(case, why) for case in cases if (why := conflicts.refusal(counsel, case, conflicts.relevant(case)))
        ]
    return Own(counsel, interests, found)


def end(actor: Actor, interest_id: int) -> Interest:
    """代理、任职已结束: the actor's own present engagement becomes a former one, which binds too."""
    counsel = own_counsel(actor)
    with transaction.atomic(), as_system("the counsel's own interest"):
        row = counsel.interests.select_for_update().filter(pk=interest_id).first()
        if row is None:
            raise NotFound
        if row.kind != Interest.Kind.ACTS_FOR:
            raise GuardRefused([_("只有正在代理或任职的可以登记结束。")])
        row.kind = Interest.Kind.ACTED_FOR
        row.save(update_fields=["kind"])
        trail.record(f"counsel:{counsel.pk}", "end_interest", actor=actor, after={"party": row.party_name})
    return row


def drop(actor: Actor, interest_id: int, reason: str) -> None:
    """登记错了: taken out by who keeps the rota, never by the counsel themself. The reason stays in the trail."""
    reason = reason.strip()[:REASON_MOST]
    with transaction.atomic(), as_system("narrowed to the organisations whose rota the actor keeps"):
        row = Interest.objects.select_related("counsel__organisation").filter(pk=interest_id).first()
        if row is None or row.counsel is None or not keeps(actor, row.counsel.organisation.path):
            raise NotFound
        if row.counsel.account_id == actor.account_id:
            raise NotAllowed(_("自己的利益关系要由别人删除。"))
        if not reason:
            raise InvalidData({"reason": [_("请写明为什么删除。")]})
        after = {"party": row.party_name, "kind": row.kind, "reason": reason}
        trail.record(f"counsel:{row.counsel_id}", "drop_interest", actor=actor, after=after)
        row.delete()
