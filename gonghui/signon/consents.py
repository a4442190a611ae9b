"""授权: what a person lets an app be told, taken back whenever they like, in the file of the own data, and erased."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.actions import give_consent, own_data_part, withdraw_consent
from gonghui.people.actions.consents import consent_family
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account, Consent
from gonghui.signon.models import AuthorizationCode, Client, ForeignIdentity, Grant, Token
from gonghui.signon.rules import Scope, scopes

APP, VERSION = "signon", "2026-11"


def offered(client: Client, asked: list[str]) -> list[Scope]:
    """What the consent page lists: of what is asked for, what the app may have and such accounts can grant."""
    return [
        scope
        for name, scope in scopes().items()
        if name in asked and name in client.scopes and client.accounts in scope.accounts
    ]


def standing(account: Account, client: Client) -> Grant | None:
    """What this person lets this app be told now."""
    return (
        Grant.objects.select_related("account", "client")
        .filter(account=account, client=client, withdrawn_at=None)
        .first()
    )


@transaction.atomic
def give(actor: Actor, account: Account, client: Client, asked: list[str], granted: list[str]) -> Grant:
    """Let the app be told `granted`; of what was `asked` the rest was refused. Who the person is to the app stays the
    same for good, also after a withdrawal."""
    listed = [scope.name for scope in offered(client, asked)]
    granted = [name for name in listed if name in granted or not scopes()[name].explicit]
    grant = Grant.objects.select_for_update().filter(account=account, client=client).first()
    if grant is None:
        grant = Grant(account=account, client=client, subject=secrets.token_urlsafe(24))
    earlier = [] if grant.withdrawn_at is not None else grant.scopes
    # Asked anew, this answer counts; what this request was not about stays as it was.
    grant.scopes = [name for name in scopes() if name in granted or (name in earlier and name not in listed)]
    before = [] if grant.withdrawn_at is not None else grant.asked
    grant.asked = [name for name in scopes() if name in listed or name in before]
    grant.given_at, grant.withdrawn_at = now(), None
    grant.save()
    give_consent(actor, account, f"{APP}:{client.pk}", VERSION)
    trail.record(
        f"account:{account.pk}", "signon_grant", actor=actor, after={"app": client.client_id, "scopes": grant.scopes}
    )
    return grant


def withdraw(actor: Actor, account: Account, client: Client) -> int:
    """Take everything back: the app's tokens end at once."""
    return withdraw_consent(actor, account, f"{APP}:{client.pk}")


def _withdrawn(actor: Actor, account: Account, rest: str) -> None:
    grant = Grant.objects.filter(account=account, client_id=int(rest) if rest.isdigit() else 0).first()
    if grant is None:
        return
    grant.withdrawn_at, grant.scopes, grant.asked = now(), [], []
    grant.save()
    end_tokens(grant)


def end_tokens(grant: Grant) -> int:
    """End all that the app holds of this person; return how many tokens were alive."""
    AuthorizationCode.objects.filter(grant=grant, used_at=None).update(used_at=now())
    grant.matters.all().delete()
    return Token.objects.filter(grant=grant, revoked_at=None).update(revoked_at=now())


def _label(rest: str) -> str:
    client = Client.objects.filter(pk=int(rest) if rest.isdigit() else 0).first()
    return _("用工会账号登录“%(app)s”，并让它知道您同意的内容") % {
        "app": client.name if client is not None else _("一个应用")
    }


consent_family(APP, _label, _withdrawn)


@own_data_part("apps", gettext_lazy("用工会账号登录过的应用，和关联的外部账号"))
def own_apps(account: Account) -> dict[str, Any]:
    """The apps the account signed in to with what they may know, and the foreign accounts that sign in here."""
    granted = Grant.objects.filter(account=account).select_related("client").order_by("pk")
    linked = ForeignIdentity.objects.filter(account=account).select_related("partner").order_by("pk")
    return {
        "signed_in_to": [
            {
                "app": grant.client.name,
                "scopes": grant.scopes,
                "known_there_as": grant.subject,
                "given_at": grant.given_at,
                "withdrawn_at": grant.withdrawn_at,
            }
            for grant in granted
        ],
        "signs_in_with": [
            {"partner": row.partner.name, "linked_at": row.linked_at, "last_used_at": row.last_used_at}
            for row in linked
        ],
    }


@erasure_part
def drop(account: Account) -> None:
    """Who the account was to apps, and the foreign accounts that led to it."""
    Grant.objects.filter(account=account).delete()
    ForeignIdentity.objects.filter(account=account).delete()


def given(account: Account) -> list[tuple[Grant, Consent | None]]:
    """The apps that may know something of this person now, for their own page."""
    consents = {row.purpose: row for row in account.consents.filter(withdrawn_at=None)}
    rows = Grant.objects.filter(account=account, withdrawn_at=None).select_related("client").order_by("-given_at")
    return [(grant, consents.get(f"{APP}:{grant.client_id}")) for grant in rows]
