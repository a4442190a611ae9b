"""本单位: of which units a worker is, by the register of members or by the confirmation of the unit's union."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.voice.models import Delegate, UnitWorker


def units_of(actor: Actor) -> list[Organisation]:
    """The unions of the worker's units, by path. Nobody else has any."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("one's own units"):
        own = Q(account_id=actor.account_id)
        # Who was registered before they first signed in stands there with the phone they sign in with.
        if phone := Account.objects.filter(pk=actor.account_id).values_list("phone_index", flat=True).first():
            own |= Q(phone_index=phone)
        ids = set(Membership.objects.filter(own, state__in=Membership.CURRENT).values_list("organisation", flat=True))
        if phone:
            # Whom the unit's union has put on its list of delegates works there.
            ids |= set(Delegate.objects.filter(phone_index=phone).values_list("congress__organisation", flat=True))
        ids |= set(UnitWorker.objects.filter(account_id=actor.account_id).values_list("organisation", flat=True))
        return list(Organisation.objects.filter(pk__in=ids, active=True).order_by("path"))


def belongs(actor: Actor, organisation: Organisation) -> bool:
    return any(unit.pk == organisation.pk for unit in units_of(actor))


def owner_belongs(account_id: int | None, organisation: Organisation) -> bool:
    """`belongs` for the account that owns a matter."""
    return belongs(Actor("worker", account_id), organisation)


def confirm(organisation: Organisation, account_id: int | None, by: int | None, at: datetime | None = None) -> None:
    """The unit's union says that this worker is one of theirs. Twice is once. A county's union, which acts for units
    without one, is no unit: its word opens no board."""
    if account_id is not None and organisation.level == Organisation.Level.GRASSROOTS:
        UnitWorker.objects.get_or_create(
            organisation=organisation, account_id=account_id, defaults={"by_id": by, "at": at or now()}
        )


def accounts_of(organisation: Organisation) -> set[int]:
    """The accounts of a unit's workers, as far as they have one: who is told."""
    with as_system("who is told of the unit's own matters"):
        known = set(UnitWorker.objects.filter(organisation=organisation).values_list("account_id", flat=True))
        members = Membership.objects.filter(organisation=organisation, state__in=Membership.CURRENT)
        known |= set(members.exclude(account=None).values_list("account_id", flat=True))
    return {pk for pk in known if pk is not None}
