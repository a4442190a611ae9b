"""Consent, the own profile and the right to take the own data along (个人信息保护法 15, 45, 46)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.models import Account, Consent, Person

# What a worker may have agreed to, in words for the worker.
PURPOSES = {"sign_in": _("用手机号码登录，并为办理诉求与我联系")}
PROFILE_FIELDS = ("name", "gender", "birth_year", "worker_type", "region_id", "member_no")
Part = Callable[[Account], Any]
_parts: dict[str, Part] = {}
_titles: dict[str, Any] = {}


@dataclass(frozen=True)
class Family:
    """Consents of one sort that another room asks for, one for each of its objects: `name:object`.

    `label` says one in words for the worker; `withdrawn` does what the withdrawal asks of that room.
    """

    label: Callable[[str], str]
    withdrawn: Callable[[Actor, Account, str], None]


_families: dict[str, Family] = {}


def consent_family(name: str, label: Callable[[str], str], withdrawn: Callable[[Actor, Account, str], None]) -> None:
    """Register a family of consents: they are listed and can be withdrawn where the worker's others are."""
    _families[name] = Family(label, withdrawn)


def _family(purpose: str) -> tuple[Family | None, str]:
    name, _colon, rest = purpose.partition(":")
    return _families.get(name), rest


def known_purpose(purpose: str) -> bool:
    """May a consent of this name be withdrawn?"""
    return purpose in PURPOSES or _family(purpose)[0] is not None


def label_of(purpose: str) -> str:
    """What was agreed to, in words for the worker."""
    family, rest = _family(purpose)
    return family.label(rest) if family is not None else str(PURPOSES.get(purpose, purpose))


def own_data_part(name: str, title: Any = "") -> Callable[[Part], Part]:
    """Register what another room keeps about a worker, as JSON-able data in clear: it goes into the worker's file.
    `title` says in the worker's words what it is: their page lists it."""

    def keep(function: Part) -> Part:
        _parts[name] = function
        if title:
            _titles[name] = title
        return function

    return keep


def kept_kinds() -> list[str]:
    """What is kept about a worker, in their words."""
    return [str(title) for title in _titles.values()]


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
        family, rest = _family(purpose)
        if family is not None:
            family.withdrawn(actor, account, rest)
    return count


@transaction.atomic
def update_profile(actor: Actor, account: Account, values: dict[str, Any]) -> Person:
    """Write the worker's own profile (PROFILE_FIELDS). The trail says which fields changed, never what they hold."""
    person, _created = Person.objects.get_or_create(account=account)
    changed = sorted(name for name in PROFILE_FIELDS if name in values and getattr(person, name) != values[name])
    if changed:
        for name in changed:
            setattr(person, name, values[name])
        person.save(update_fields=changed)
        trail.record(f"account:{account.pk}", "update_profile", actor=actor, after={"fields": changed})
    return person


def own_data(account: Account) -> dict[str, Any]:
    """Everything kept about a worker, in clear, for the worker (PIPL 45): this room's, and what others registered."""
    person = Person.objects.filter(account=account).first()
    data: dict[str, Any] = {
        "account": {
            "phone": account.phone,
            "display_name": account.display_name,
            "created_at": account.created_at,
            "language": account.language,
            "large_text": account.large_text,
        },
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
        "consents": list(account.consents.order_by("pk").values("purpose", "version", "given_at", "withdrawn_at")),
    }
    for name, part in _parts.items():
        data[name] = part(account)
    return data
