"""Consent, and a person's rights over their data (个人信息保护法 15, 45, 47)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.models import Account, Consent, Person


@transaction.atomic
def give_consent(actor: Actor, account: Account, purpose: str, version: str) -> Consent:
    """Record a consent once for each purpose and version."""
    consent, created = Consent.objects.get_or_create(
        account=account, purpose=purpose, version=version, withdrawn_at=None, defaults={"given_at": now()}
    )
    if created:
        trail.record(
            f"account:{account.pk}", "consent", actor=actor, after={"purpose": purpose, "consent_version": version}
        )
    return consent


@transaction.atomic
def withdraw_consent(actor: Actor, account: Account, purpose: str) -> int:
    """Withdraw every standing consent to a purpose; what was done before stays lawful (PIPL 15)."""
    count = Consent.objects.filter(account=account, purpose=purpose, withdrawn_at=None).update(withdrawn_at=now())
    if count:
        trail.record(f"account:{account.pk}", "withdraw_consent", actor=actor, after={"purpose": purpose})
    return count


def own_data(account: Account) -> dict[str, Any]:
    """Everything this room keeps about a worker, in clear, for the worker (PIPL 45). Other rooms add theirs."""
    person = Person.objects.filter(account=account).first()
    return {
        "account": {"phone": account.phone, "display_name": account.display_name, "created_at": account.created_at},
        "profile": {
            "name": person.name,
            "id_no": person.id_no,
            "gender": person.gender,
            "birth_year": person.birth_year,
            "worker_type": person.worker_type,
            "region": person.region_id,
            "member_no": person.member_no,
        }
        if person
        else None,
        "consents": list(account.consents.values("purpose", "version", "given_at", "withdrawn_at")),
    }


@transaction.atomic
def request_erasure(actor: Actor, account: Account) -> None:
    """Note that the worker asks for erasure. Appeals are kept for their archive period (handbook 1.10); the rest goes
    when an administrator has checked that nothing is open."""
    person, _created = Person.objects.get_or_create(account=account)
    if person.erase_requested_at is None:
        person.erase_requested_at = now()
        person.save(update_fields=["erase_requested_at"])
        trail.record(f"account:{account.pk}", "request_erasure", actor=actor)
