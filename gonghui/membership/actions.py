"""What changes a membership: joining, claiming what the union registered, moving, leaving, the card's state.

Who may is asked by the caller (a flow's step, a page's door); here the register keeps its own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, day_of, now
from gonghui.kernel.vault import blind_index
from gonghui.membership import photos, queries, tables
from gonghui.membership.models import Membership, MembershipChange, MembershipProposal
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, Person

Kind = MembershipChange.Kind
REASON_MOST = 200


@dataclass(frozen=True)
class Told:
    """What a member may tell: post, skill, how the dues are to be paid. What is no known choice is left out."""

    post: str = ""
    skill: str = ""
    dues_way: str = ""

    def columns(self) -> dict[str, str]:
        return {
            "post": self.post.strip()[:60],
            "skill": self.skill if self.skill in Membership.Skill.values else "",
            "dues_way": self.dues_way if self.dues_way in Membership.DuesWay.values else "",
        }


@dataclass(frozen=True)
class Member:
    """Who joins: 🔒 name, identity number and phone, employer or platform, account if any, and what is told freely."""

    name: str
    id_no: str
    phone: str = ""
    unit: str = ""
    account_id: int | None = None
    told: Told = Told()


def join(
    actor: Actor,
    organisation: Organisation,
    member: Member,
    *,
    kind: str = Kind.JOINED,
    at: datetime | None = None,
    since: datetime | None = None,
    matter: Matter | None = None,
) -> Membership:
    """入会: write the membership. Rights begin at `since`, else now. GuardRefused when the person has one already.

    The constraint decides between two at the same instant; the refusal leaves the caller's transaction whole.
    """
    at = at or now()
    with as_system("the register asks the whole country"), transaction.atomic():
        if queries.current_by_id(member.id_no) is not None:
            raise _already()
        try:
            with transaction.atomic():
                row = Membership.objects.create(
                    account_id=member.account_id,
                    name=member.name,
                    id_no=member.id_no,
                    phone=member.phone,
                    organisation=organisation,
                    path=organisation.path,
                    unit=member.unit,
                    number=f"{at.astimezone(SHANGHAI):%Y}{next_number('membership'):09d}",
                    since=day_of(since or at),
                    **member.told.columns(),
                )
        except IntegrityError:
            raise _already() from None
        _write_down(row, actor, kind, at=at, to_path=organisation.path, matter=matter)
        _tell_profile(row)
    return row


def _already() -> GuardRefused:
    return GuardRefused([_("登记里已有这个人的会籍，每人只有一个会籍。换单位请办转会。")])


def claim(actor: Actor, id_no: str) -> Membership:
    """认领: a signed-in worker takes over the membership the union registered under the same phone and number.

    The phone was checked by a code at sign-in. What does not fit both looks like what is not there.
    """
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录。"))
    with as_system("the phone of the account and the number decide"), transaction.atomic():
        phone = Account.objects.values_list("phone_index", flat=True).get(pk=actor.account_id)
        row = (
            Membership.objects.select_for_update()
            .filter(
                account=None,
                state__in=Membership.CURRENT,
                phone_index=phone,
                person_index=blind_index("id_no", id_no),
            )
            .exclude(phone_index="")
            .first()
        )
        if row is None or queries.current_of(actor.account_id) is not None:
            raise NotFound(
                _(
                    "没有查到用您这个手机号和身份证号登记的会籍。登记的手机号不对或者换了号的，请带身份证请您的工会更正；"
                    "没有入过会的，请申请入会。"
                )
            )
        row.account_id = actor.account_id
        if _frozen_by_erasure(row):
            row.card = Membership.Card.ACTIVE
        row.save(update_fields=["account", "card"])
        lapse(row)
        _write_down(row, actor, Kind.CLAIMED)
        _tell_profile(row)
    return row


def _frozen_by_erasure(row: Membership) -> bool:
    """The card stopped with the account that was erased; what staff froze, they wrote down."""
    if row.card != Membership.Card.FROZEN:
        return False
    last = row.changes.filter(kind=Kind.CARD).order_by("-at", "-pk").first()
    return last is None or last.value != Membership.Card.FROZEN


def move(
    actor: Actor, membership_id: int, organisation: Organisation, unit: str, *, matter: Matter | None = None
) -> Membership:
    """转会: the membership goes to another union, with its number and years."""
    with as_system("both unions have consented"), transaction.atomic():
        row = locked(membership_id)
        before, row.organisation, row.path, row.unit = row.path, organisation, organisation.path, unit
        # Kept while out of work, taken up again with the new job.
        row.state = Membership.State.ACTIVE if row.state == Membership.State.DORMANT else row.state
        row.save(update_fields=["organisation", "path", "unit", "state"])
        # What the old union's people had in mind is no matter of the new one's.
        lapse(row)
        _write_down(row, actor, Kind.MOVED, from_path=before, to_path=organisation.path, matter=matter)
        _tell_profile(row)
    return row


def set_state(actor: Actor, membership_id: int, state: str, reason: str, *, matter: Matter | None = None) -> Membership:
    """Dormant, retired, active again; ended by a matter's step, with a second person or by the member's wish.

    InvalidData without a reason; GuardRefused where one clerk alone would end it (`proposing`), and for what has ended.
    """
    reason = checked_reason(reason)
    checked_state(state)
    if state not in Membership.CURRENT and actor.kind == "staff" and matter is None:
        raise GuardRefused([_("终止会籍要由一人提出、另一人确认。")])
    with as_system("the caller has asked who may"), transaction.atomic():
        row = locked(membership_id)
        if row.state == state:
            raise InvalidData({"state": [_("现在已经是这个状态。")]})
        put_state(row, actor, state, reason, matter=matter)
    return row


def checked_state(state: str) -> None:
    if state not in Membership.State.values:
        raise InvalidData({"state": [_("没有这种状态。")]})


def put_state(row: Membership, actor: Actor, state: str, reason: str, *, matter: Matter | None = None) -> None:
    """Write a state that was asked for rightly. The caller holds the row, as the system and in a transaction."""
    before, row.state = row.state, state
    row.save(update_fields=["state"])
    change = _write_down(row, actor, Kind.STATE, value=state, reason=reason, matter=matter, before=before)
    if not row.current:
        photos.forget(row)
        lapse(row)
        Membership.objects.filter(pk=row.pk).update(**Told().columns())
    if not row.current and row.account_id is not None:
        Person.objects.filter(account_id=row.account_id, member_no=row.number).update(union=None, member_no="")
    if actor.kind == "staff" and matter is None:
        _tell_member(row, change)


def put_back(row: Membership, actor: Actor, state: str, reason: str) -> None:
    """恢复会籍: a membership that staff ended stands again. GuardRefused where the person has another one by now."""
    if queries.current_by_id(row.id_no) is not None or queries.current_of(row.account_id) is not None:
        raise _already()
    before, row.state = row.state, state
    try:
        with transaction.atomic():
            row.save(update_fields=["state"])
    except IntegrityError:
        raise _already() from None
    _tell_member(row, _write_down(row, actor, Kind.STATE, value=state, reason=reason, before=before))
    _tell_profile(row)


def put_phone(row: Membership, actor: Actor, phone: str, reason: str) -> None:
    """更正手机号: only while nobody has claimed the membership. The number itself stands in no history."""
    before, row.phone = row.phone, phone
    row.save(update_fields=["phone", "phone_index"])
    _write_down(row, actor, Kind.PHONE, reason=reason)
    proofs = ({"phone": trail.fingerprint(number)} for number in (before, phone))
    trail.record(f"membership:{row.pk}", "correct_phone", actor=actor, before=next(proofs), after=next(proofs))


def lapse(row: Membership) -> None:
    """What waits for a second person has no ground any more."""
    waiting = MembershipProposal.objects.filter(membership=row, outcome=MembershipProposal.Outcome.WAITING)
    waiting.update(outcome=MembershipProposal.Outcome.LAPSED, phone="", decided_at=now())


def tell(actor: Actor, membership_id: int, told: Told) -> None:
    """A member adds, changes or deletes what they need not tell. NotFound for another's membership."""
    with as_system("one's own membership"), transaction.atomic():
        row = locked(membership_id)
        if actor.kind != "worker" or row.account_id is None or row.account_id != actor.account_id:
            raise NotFound
        for name, value in told.columns().items():
            setattr(row, name, value)
        row.save(update_fields=[*told.columns()])


def set_card(actor: Actor, membership_id: int, card: str, reason: str = "") -> Membership:
    """挂失、冻结、恢复. A worker may lose and find their own card; what staff froze only staff give free."""
    if card not in Membership.Card.values:
        raise InvalidData({"card": [_("没有这种状态。")]})
    own = actor.kind == "worker"
    if not own:
        reason = checked_reason(reason)
    with as_system("the caller has asked who may"), transaction.atomic():
        row = locked(membership_id)
        if own and row.account_id != actor.account_id:
            raise NotFound
        if own and Membership.Card.FROZEN in (row.card, card):
            raise GuardRefused([_("会员证由工会冻结，请联系您的工会。")])
        if row.card != card:
            before, row.card = row.card, card
            row.save(update_fields=["card"])
            change = _write_down(row, actor, Kind.CARD, value=card, reason=reason, before=before)
            if not own:
                _tell_member(row, change)
    return row


def checked_reason(text: str) -> str:
    text = (text or "").strip()
    if not text:
        raise InvalidData({"reason": [_("请写明理由。")]})
    if len(text) > REASON_MOST:
        raise InvalidData({"reason": [_("最多 %(most)d 个字。") % {"most": REASON_MOST}]})
    return text


def locked(membership_id: int) -> Membership:
    row = Membership.objects.select_for_update(of=("self",)).filter(pk=membership_id).first()
    if row is None:
        raise NotFound
    if not row.current:
        raise GuardRefused([_("这个会籍已经终止，不能再改。重新入会请另行申请。")])
    return row


def _write_down(
    row: Membership,
    actor: Actor,
    kind: str,
    *,
    at: datetime | None = None,
    from_path: str = "",
    to_path: str = "",
    value: str = "",
    reason: str = "",
    matter: Matter | None = None,
    before: str = "",
) -> MembershipChange:
    change = MembershipChange.objects.create(
        membership=row, kind=kind, at=at or now(), from_path=from_path, to_path=to_path, value=value, reason=reason,
        matter=matter, by_id=actor.account_id,
    )  # fmt: skip
    after = {"kind": kind, "to": to_path or value}
    trail.record(f"membership:{row.pk}", "membership", actor=actor, before={"was": from_path or before}, after=after)
    return change


def _tell_member(row: Membership, change: MembershipChange) -> None:
    """The member reads what staff changed, and why; of an end also by SMS, which goes to the register's phone where
    there is no account."""
    days = tables.numbers().undo_days
    if change.kind == Kind.CARD:
        text = f"工会把您的会员证改为“{Membership.Card(change.value).label}”：{change.reason}。有疑问请联系您的工会。"
    else:
        text = f"工会把您的会籍改为“{Membership.State(change.value).label}”：{change.reason}。"
        text += "有疑问请联系您的工会。" if row.current else f"不同意的请在{days}天内联系您的工会，可以恢复。"
    key = f"membership-change:{change.pk}"
    if row.account_id is not None:
        outbox.enqueue("notice.app", key, {"text": text}, account_id=row.account_id)
    if change.kind == Kind.STATE and not row.current and row.state != Membership.State.DECEASED:
        outbox.enqueue("notice.member_sms", f"{key}:sms", {"change": change.pk}, account_id=row.account_id)


def _tell_profile(row: Membership) -> None:
    """The worker's profile shows the union and the number."""
    if row.account_id is not None:
        Person.objects.update_or_create(
            account_id=row.account_id, defaults={"union": row.organisation, "member_no": row.number}
        )
