"""关联: a partner's account leads to an account here only after its owner was signed in on both sides.

Never by what the partner says of a phone, a name or a number: who controls a partner would otherwise be anybody here.
A worker who is new here gets an account; a staff member never gets one, or a duty, by a foreign word.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import KernelError, NotAllowed
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.people.actions import give_consent, withdraw_consent
from gonghui.people.actions.consents import consent_family
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.ways import Way, sign_in_way
from gonghui.signon.models import ForeignIdentity, Partner

PARTNER, VERSION = "partner", "2026-11"


def account_of(partner: Partner, subject_hash: str) -> Account | None:
    """The linked account that may sign in."""
    row = (
        ForeignIdentity.objects.select_related("account")
        .filter(partner=partner, subject_hash=subject_hash, account__is_active=True, account__kind=partner.accounts)
        .first()
    )
    return row.account if row is not None else None


@transaction.atomic
def used(partner: Partner, account: Account) -> None:
    """Write down that somebody signed in from there."""
    ForeignIdentity.objects.filter(partner=partner, account=account).update(last_used_at=now())
    trail.record(
        f"account:{account.pk}", "sign_in_by_partner", actor=actor_for(account), after={"partner": partner.slug}
    )


@transaction.atomic
def link(actor: Actor, account: Account, partner: Partner, subject_hash: str) -> ForeignIdentity:
    """Let the partner's account sign in as this one. Refused when either is linked otherwise already."""
    if account.kind != partner.accounts or actor.account_id != account.pk:
        raise NotAllowed(_("这个账号不能和它关联。"))
    taken = ForeignIdentity.objects.filter(partner=partner, subject_hash=subject_hash).first()
    if taken is not None and taken.account_id != account.pk:
        raise KernelError(_("那边的账号已经关联了这里的另一个账号。"))
    mine = ForeignIdentity.objects.filter(partner=partner, account=account).first()
    if mine is not None and mine.subject_hash != subject_hash:
        raise KernelError(
            _("您的账号已经关联了“%(partner)s”的另一个账号，请先在“登录过的应用”里解除。") % {"partner": partner.name}
        )
    if mine is not None:
        return mine
    row = ForeignIdentity.objects.create(partner=partner, subject_hash=subject_hash, account=account, linked_at=now())
    give_consent(actor, account, f"{PARTNER}:{partner.pk}", VERSION)
    trail.record(f"account:{account.pk}", "link_partner", actor=actor, after={"partner": partner.slug})
    return row


@transaction.atomic
def newcomer(partner: Partner, subject_hash: str) -> Account:
    """An account for a worker who has none here, linked from the beginning. It has no phone: a foreign word about one
    is not taken."""
    if partner.accounts != Account.Kind.WORKER:
        raise NotAllowed(_("工作人员的账号由本单位管理员开通，不能从别处带来。"))
    account = Account.objects.create_worker("")
    actor = actor_for(account)
    trail.record(f"account:{account.pk}", "create", actor=actor, after={"partner": partner.slug})
    link(actor, account, partner, subject_hash)
    return account


def unlink(actor: Actor, account: Account, partner: Partner) -> int:
    """Take the link away: from then on the partner signs nobody in as this account."""
    return withdraw_consent(actor, account, f"{PARTNER}:{partner.pk}")


def _withdrawn(actor: Actor, account: Account, rest: str) -> None:
    ForeignIdentity.objects.filter(account=account, partner_id=int(rest) if rest.isdigit() else 0).delete()


def _label(rest: str) -> str:
    partner = Partner.objects.filter(pk=int(rest) if rest.isdigit() else 0).first()
    return _("用“%(partner)s”的账号登录这里，并为办理诉求与我联系") % {
        "partner": partner.name if partner is not None else _("外部平台")
    }


consent_family(PARTNER, _label, _withdrawn)


@sign_in_way
def ways(kind: str, wanted: str) -> list[Way]:
    """The partners on the sign-in page for such accounts."""
    with as_system("the sign-in page offers them to everybody"):
        rows = list(Partner.objects.filter(accounts=kind, shown=True, active=True).order_by("name", "pk"))
    query: dict[str, Any] = {"next": wanted} if wanted else {}
    return [
        Way(
            _("用%(partner)s账号登录") % {"partner": row.name},
            f"{reverse('signon:with', args=[row.slug])}{'?' + urlencode(query) if query else ''}",
        )
        for row in rows
    ]
