"""What an app is told of a person (handbook 0.5): never more than the scopes the person granted."""

from __future__ import annotations

from typing import Any

from gonghui.kernel.vault import mask_name
from gonghui.membership import queries as members
from gonghui.people.models import Account
from gonghui.people.queries import own_name
from gonghui.signon.models import Grant


def of(grant: Grant, scopes: list[str]) -> dict[str, Any]:
    """The claims of the UserInfo answer (OpenID Connect Core 1.0, 5.3). `sub` is the person to this app alone."""
    account, told = grant.account, {name for name in scopes if name in grant.scopes}
    claims: dict[str, Any] = {"sub": grant.subject}
    if "profile" in told:
        claims["account"] = account.kind
        if name := mask_name(_name(account)):
            claims["name"] = name
    if "membership" in told:
        row = members.current_of(account.pk)
        claims["membership"] = {
            "member": row is not None,
            "union": row.organisation.name if row is not None else None,
        }
    if "phone" in told and account.phone:
        # Who signed in by a code sent to it has shown that it is theirs.
        claims["phone_number"], claims["phone_number_verified"] = f"+86{account.phone}", True
    return claims


def _name(account: Account) -> str:
    if account.kind == Account.Kind.STAFF:
        return account.display_name
    row = members.current_of(account.pk)
    return own_name(account) or (row.name if row is not None else "")
