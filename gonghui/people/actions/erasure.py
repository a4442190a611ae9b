"""删除个人资料: a worker's right to have the account and profile erased (个人信息保护法 47)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import KernelError
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.people.models import Account, Person

BATCH = 100
Part = Callable[[Account], None]
_parts: list[Part] = []
_kept: list[tuple[Any, Any]] = []


def erasure_part(function: Part) -> Part:
    """Register what another room erases with a worker's account; it runs in the same transaction."""
    _parts.append(function)
    return function


def stays(what: Any, why: Any) -> None:
    """Register what is kept after an erasure and why (个人信息保护法 47: a law asks for it, or it is proof). The worker
    reads it before asking."""
    _kept.append((what, why))


def staying() -> list[tuple[str, str]]:
    return [(str(what), str(why)) for what, why in _kept]


@transaction.atomic
def request_erasure(actor: Actor, account: Account) -> None:
    """Note that the worker asks for erasure; the worker process does it once nothing of theirs is open any more."""
    person, _created = Person.objects.get_or_create(account=account)
    if person.erase_requested_at is None:
        person.erase_requested_at = now()
        person.save(update_fields=["erase_requested_at"])
        trail.record(f"account:{account.pk}", "request_erasure", actor=actor)


@transaction.atomic
def keep_account(actor: Actor, account: Account) -> None:
    """Take the request back while it has not been carried out."""
    if Person.objects.filter(account=account, erase_requested_at__isnull=False).update(erase_requested_at=None):
        trail.record(f"account:{account.pk}", "keep_account", actor=actor)


def holding(account_id: int) -> list[Matter]:
    """The account's open matters, for which its erasure waits: some only their owner ends (a search for work, a profile
    for meeting others), so they must be told. The oldest first."""
    with as_system("one's own matters"):
        return list(Matter.objects.filter(owner_id=account_id, is_open=True).order_by("opened_at"))


def erase_requested() -> int:
    """Erase those who asked and have no open matter left; return how many."""
    still_open = Matter.objects.filter(owner_id=OuterRef("account_id"), is_open=True)
    waiting = Person.objects.filter(erase_requested_at__isnull=False).exclude(Exists(still_open))
    done = 0
    for account_id in list(waiting.order_by("pk").values_list("account_id", flat=True)[:BATCH]):
        erase(SYSTEM, account_id)
        done += 1
    return done


@transaction.atomic
def erase(actor: Actor, account_id: int) -> None:
    """Erase a worker's profile and whatever tells who the account belongs to.

    The bare account stays, so that closed appeals keep a reference for their archive period (handbook 1.10), but nobody
    can sign in to it. Consents stay as proof of what was lawful. Raises KernelError for an account that is no worker's.
    """
    account = Account.objects.select_for_update().get(pk=account_id)
    if account.kind != Account.Kind.WORKER:
        raise KernelError("only a worker's account is erased")
    Person.objects.filter(account=account).delete()
    for part in _parts:
        part(account)
    account.consents.filter(withdrawn_at__isnull=True).update(withdrawn_at=now())
    account.phone = account.display_name = account.email = account.language = ""
    account.large_text = None
    account.is_active = False
    account.save()
    trail.record(f"account:{account.pk}", "erase", actor=actor)
