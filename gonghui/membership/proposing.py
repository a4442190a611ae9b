"""由两人办的变更: what locks a member out, or ends a membership, one person of the union proposes and another confirms.

更正手机号 while nobody has claimed the membership (the phone is what claiming goes by), 终止会籍, and 恢复会籍 within
`undo_days` of an end that staff brought about.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.membership import actions, queries, tables
from gonghui.membership.models import Membership, MembershipChange, MembershipProposal
from gonghui.people.actions.codes import clean_phone

Kind, Outcome = MembershipProposal.Kind, MembershipProposal.Outcome


def may_correct_phone(row: Membership) -> bool:
    """Unclaimed, or the account is gone: whoever has claimed it has the account's own phone."""
    return row.current and row.account_id is None


def state_before(row: Membership) -> str:
    """The state that can be restored; empty where nothing can: it stands, the days are over, or the member left by a
    step of their own application."""
    if row.current:
        return ""
    changes = list(row.changes.filter(kind=MembershipChange.Kind.STATE).order_by("-at", "-pk")[:2])
    if not changes or changes[0].matter_id is not None or changes[0].by_id is None:
        return ""
    if now() > changes[0].at + timedelta(days=tables.numbers().undo_days):
        return ""
    earlier = changes[1].value if len(changes) > 1 else Membership.State.ACTIVE
    return earlier if earlier in Membership.CURRENT else Membership.State.ACTIVE


def propose_phone(actor: Actor, membership_id: int, phone: str, reason: str) -> MembershipProposal:
    """更正手机号. InvalidData beside `phone` and `reason`; NotFound where the actor does not keep the register."""
    phone = clean_phone(phone)
    row = queries.kept(actor, membership_id)
    if row.phone == phone:
        raise InvalidData({"phone": [_("登记的就是这个手机号。")]})
    return _propose(actor, row, Kind.PHONE, reason, phone=phone)


def propose_end(actor: Actor, membership_id: int, state: str, reason: str) -> MembershipProposal:
    """终止会籍: 退会、开除、去世."""
    actions.checked_state(state)
    if state in Membership.CURRENT:
        raise InvalidData({"state": [_("没有这种状态。")]})
    return _propose(actor, queries.kept(actor, membership_id), Kind.STATE, reason, state=state)


def propose_restore(actor: Actor, membership_id: int, reason: str) -> MembershipProposal:
    """恢复会籍, to the state it had."""
    row = queries.kept(actor, membership_id)
    return _propose(actor, row, Kind.RESTORE, reason, state=state_before(row))


def waiting(actor: Actor) -> list[MembershipProposal]:
    """What waits at the unions where the actor keeps the register, the longest waiting first."""
    with as_system("changes at the actor's own unions"):
        rows = MembershipProposal.objects.filter(
            outcome=Outcome.WAITING, membership__path__in=actor.paths_as(*queries.KEEPERS)
        ).select_related("membership")
        return list(rows.order_by("at", "pk")[: queries.SHOWN_MOST])


def of(row: Membership) -> MembershipProposal | None:
    """What waits for this membership. The caller keeps the register."""
    return row.proposals.select_related("by").filter(outcome=Outcome.WAITING).first()


def decide(actor: Actor, membership_id: int, proposal_id: int, agreed: bool) -> MembershipProposal:
    """Another person confirms it or does not agree; who proposed it may take it back.

    NotFound where it waits no more; GuardRefused for one's own confirmation, and where it has no ground any more.
    """
    row = queries.kept(actor, membership_id)
    with as_system("the register's keeper decides"), transaction.atomic():
        row = Membership.objects.select_for_update(of=("self",)).get(pk=row.pk)
        found = row.proposals.filter(pk=proposal_id, outcome=Outcome.WAITING).first()
        if found is None:
            raise NotFound(_("这项变更已经处理过。"))
        own = found.by_id is not None and found.by_id == actor.account_id
        if agreed and own:
            raise GuardRefused([_("提出的人不能自己确认，请另一位同事来确认。")])
        if agreed:
            _has_ground(row, found.kind)
        phone = found.phone
        found.outcome = Outcome.CONFIRMED if agreed else Outcome.TAKEN_BACK if own else Outcome.REFUSED
        # Before the change itself: what ends a membership lets everything that waits lapse.
        found.phone, found.decided_at, found.decided_by_id = "", now(), actor.account_id
        found.save()
        trail.record(
            f"membership:{row.pk}", "decide_change", actor=actor, org_path=row.path,
            after={"kind": found.kind, "outcome": found.outcome},
        )  # fmt: skip
        if agreed:
            _carry_out(actor, row, found, phone)
    return found


def _propose(
    actor: Actor, row: Membership, kind: str, reason: str, *, state: str = "", phone: str = ""
) -> MembershipProposal:
    reason = actions.checked_reason(reason)
    try:
        with as_system("the caller keeps the register"), transaction.atomic():
            row = Membership.objects.select_for_update(of=("self",)).get(pk=row.pk)
            _has_ground(row, kind)
            made = MembershipProposal.objects.create(
                membership=row, kind=kind, state=state, phone=phone, reason=reason, at=now(), by_id=actor.account_id
            )
            trail.record(
                f"membership:{row.pk}", "propose_change", actor=actor, org_path=row.path,
                after={"kind": kind, "to": state},
            )  # fmt: skip
    except IntegrityError:
        raise GuardRefused([_("这个会籍已有一项变更等待确认，请先处理那一项。")]) from None
    return made


def _has_ground(row: Membership, kind: str) -> None:
    """Asked when it is proposed and again when it is confirmed."""
    if kind == Kind.PHONE and not may_correct_phone(row):
        raise GuardRefused([_("会籍已由本人认领，登记的手机号不能再由工会更正。")])
    if kind == Kind.STATE and not row.current:
        raise GuardRefused([_("这个会籍已经终止。")])
    if kind == Kind.RESTORE and not state_before(row):
        days = tables.numbers().undo_days
        raise GuardRefused([_("不能恢复：只有工会终止的会籍，在 %(days)d 天以内可以恢复。") % {"days": days}])


def _carry_out(actor: Actor, row: Membership, found: MembershipProposal, phone: str) -> None:
    if found.kind == Kind.PHONE:
        actions.put_phone(row, actor, phone, found.reason)
    elif found.kind == Kind.STATE:
        actions.put_state(row, actor, found.state, found.reason)
    else:
        actions.put_back(row, actor, found.state, found.reason)
