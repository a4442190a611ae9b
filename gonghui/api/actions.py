"""Tokens of other programs: made, revoked, found, and what each may do."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.api.models import ApiToken
from gonghui.api.rules import scopes
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import now
from gonghui.kernel.vault import hash_of_secret
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account

TOKEN_START = "gh_"  # noqa: S105 - a mark by which leaked keys are recognised
SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(
    name: str, organisation: str, wanted: Iterable[str], *, days: int = 365, actor: Actor = SYSTEM
) -> tuple[ApiToken, str]:
    """A token and its secret (shown once). InvalidData for an unknown organisation or scope."""
    wanted = list(dict.fromkeys(wanted))
    unknown = [scope for scope in wanted if scope not in scopes()]
    if unknown or not wanted:
        known = "、".join(scopes())
        raise InvalidData(
            {"scope": [_("没有权限“%(scope)s”，可用：%(known)s。") % {"scope": ",".join(unknown), "known": known}]}
        )
    if not name.strip():
        raise InvalidData({"name": [_("请写明密钥的用途。")]})
    if not Organisation.objects.filter(path=organisation, active=True).exists():
        raise InvalidData({"organisation": [_("没有这个单位：%(path)s。") % {"path": organisation}]})
    prefix = TOKEN_START + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    account = Account(username=f"api-{prefix}", display_name=name[:60], kind=Account.Kind.SERVICE)
    account.set_unusable_password()
    account.save()
    token = ApiToken.objects.create(
        name=name[:80],
        prefix=prefix,
        secret_hash=hash_of_secret(secret),
        account=account,
        path=organisation,
        scopes=wanted,
        created_at=now(),
        expires_at=now() + timedelta(days=days),
    )
    trail.record(
        f"token:{token.pk}", "create", actor=actor, after={"prefix": prefix, "scopes": wanted}, org_path=organisation
    )
    return token, secret


@transaction.atomic
def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token and its web hooks at once. Revoking twice changes nothing."""
    if token.revoked_at is not None:
        return
    token.revoked_at = now()
    token.save(update_fields=["revoked_at"])
    token.webhooks.update(active=False, disabled_reason="token revoked")
    trail.record(f"token:{token.pk}", "revoke", actor=actor, after={"prefix": token.prefix}, org_path=token.path)


def find_token(secret: str) -> ApiToken | None:
    """The valid token of a secret, or None."""
    prefix = secret[: len(TOKEN_START) + 8]
    # Every request asks this: the account is looked at where it lies instead of being read with all its columns.
    found = ApiToken.objects.order_by().filter(prefix=prefix, account__is_active=True, revoked_at=None)
    token = next(iter(found[:1]), None)
    if token is None or not hmac.compare_digest(token.secret_hash, hash_of_secret(secret)) or token.expires_at < now():
        return None
    at = now()
    if token.last_used_at is None or at - token.last_used_at > SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def actor_of(token: ApiToken, used: Iterable[str]) -> Actor:
    """Who a token acts as in one call: only the duties of the scopes that this call is about, at its organisation.

    So a token that may read matters (as a supervisor would) and handle them cannot supervise its own handling.
    """
    roles = dict.fromkeys(scopes()[scope]["role"] for scope in used if scope in scopes())
    return Actor(
        kind="api",
        account_id=token.account_id,
        name=token.name,
        duties=tuple(Duty(role, token.path) for role in roles if role),
        via="api",
    )
