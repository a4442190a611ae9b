"""What may be asked of the register. Its own pages ask with the actor; the platform's checks ask the whole country."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import blind_index
from gonghui.membership.models import Membership
from gonghui.people.models import Account

KEEPERS = ("handler", "dispatcher", "leader")
# Whoever meets people who show their card.
VERIFIERS = (*KEEPERS, "agent", "supervisor")
SHOWN_MOST = 200


def current_by_id(id_no: str) -> Membership | None:
    """The current membership of whoever has this identity number, in the whole country."""
    index = blind_index("id_no", id_no)
    if not index:
        return None
    with as_system("unique in the whole country"):
        return (
            Membership.objects.select_related("organisation")
            .filter(person_index=index, state__in=Membership.CURRENT)
            .first()
        )


def current_of(account_id: int | None) -> Membership | None:
    """The current membership that belongs to a worker's account."""
    if account_id is None:
        return None
    with as_system("one's own membership"):
        return (
            Membership.objects.select_related("organisation")
            .filter(account_id=account_id, state__in=Membership.CURRENT)
            .first()
        )


def own(account_id: int | None, id_no: str = "") -> Membership | None:
    """The account's membership, or the one registered for this number under the account's own phone.

    A number alone tells nothing: who types somebody else's learns nothing of them.
    """
    found = current_of(account_id)
    if found is not None or not id_no or account_id is None:
        return found
    with as_system("the account's own phone"):
        phone = Account.objects.filter(pk=account_id).values_list("phone_index", flat=True).first()
    other = current_by_id(id_no)
    return other if other is not None and phone and other.phone_index == phone else None


def months(membership: Membership, day: date) -> int:
    """Full months since joining."""
    since = membership.since
    return max(0, (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day))


def months_by_day(membership: Membership, day: date) -> float:
    """Months since joining as a condition weighs them: days beyond the last full month count as half a one, so that
    "within 12 months" ends with the day of the month on which somebody joined."""
    full = months(membership, day)
    return full + 0.5 if months_later(membership.since, full) < day else full


def kept_by(actor: Actor) -> QuerySet[Membership]:
    """The memberships of the unions where this actor keeps the register, newest first."""
    return Membership.objects.select_related("organisation").filter(path__in=actor.paths_as(*KEEPERS)).order_by("-pk")


def find(actor: Actor, text: str) -> list[Membership]:
    """By member number, identity number or phone, exactly; nothing typed: the newest."""
    rows, text = kept_by(actor), text.strip()
    if text:
        by_number = rows.filter(number=text)
        by_index = rows.filter(person_index=blind_index("id_no", text)) | rows.filter(
            phone_index=blind_index("phone", text)
        )
        rows = by_number | by_index
    return list(rows[:SHOWN_MOST])


def kept(actor: Actor, membership_id: int) -> Membership:
    """One membership of the actor's own union. NotFound for any other."""
    row = kept_by(actor).filter(pk=membership_id).first()
    if row is None:
        raise NotFound
    return row
