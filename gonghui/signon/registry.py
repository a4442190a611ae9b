"""接入应用的登记: by a cadre of the organisation or above it; the secret is shown once and kept as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.times import now
from gonghui.kernel.vault import hash_of_secret
from gonghui.organisations.models import Organisation
from gonghui.people.roles import ROLES, can, role_permissions
from gonghui.signon import consents
from gonghui.signon.models import Accounts, Client, Grant
from gonghui.signon.rules import numbers, scopes

RIGHT = "apps"
KEEPERS = tuple(role for role in ROLES if RIGHT in role_permissions(role))


def keeper_paths(actor: Actor) -> tuple[str, ...]:
    """The organisations whose apps, and those below, this actor may register."""
    return tuple(duty.path for duty in actor.duties if RIGHT in role_permissions(duty.role))


def in_reach(actor: Actor) -> Q:
    """Rows whose organisation lies at or below one where this actor registers apps."""
    if actor.is_system:
        return Q()
    reach = Q(pk__in=[])
    for path in keeper_paths(actor):
        reach |= Q(organisation__path=path) | Q(organisation__path__startswith=path + ".")
    return reach


def clients_of(actor: Actor) -> QuerySet[Client]:
    """The apps this actor keeps, those in use first."""
    return Client.objects.filter(in_reach(actor)).select_related("organisation").order_by("-active", "name", "pk")


def organisation_at(actor: Actor, path: str) -> Organisation:
    """InvalidData for no such organisation, NotAllowed outside the actor's reach."""
    found = Organisation.objects.filter(path=path.strip(), active=True).first()
    if found is None:
        raise InvalidData({"organisation": [_("没有这个单位：%(path)s。") % {"path": path}]})
    if not can(actor, RIGHT, found.path):
        raise NotAllowed(_("您只能登记本单位和下级单位的应用。"))
    return found


def check_return(url: str) -> str:
    """What is wrong with a return address, "" when nothing is: whole, https, without a fragment (RFC 6749, 3.1.2)."""
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return _("地址不对：%(url)s") % {"url": url}
    plain = url.isascii() and url.isprintable() and not any(letter in url for letter in ' "\\<>')
    if not parts.hostname or parts.username or parts.password or parts.fragment or not port_ok or not plain:
        return _("地址不对：%(url)s") % {"url": url}
    if "*" in url or len(url) > numbers()["uri_most"]:
        return _("地址要写完整，不能用通配符：%(url)s") % {"url": url}
    own_machine = not settings.PRODUCTION and parts.scheme == "http"
    if parts.scheme != "https" and not own_machine:
        return _("地址必须以 https:// 开头：%(url)s") % {"url": url}
    return ""


def _checked(
    name: str, accounts: str, redirect_uris: Iterable[str], goodbye_uris: Iterable[str], wanted: Iterable[str]
) -> tuple[str, list[str], list[str], list[str]]:
    errors: dict[str, list[str]] = {}
    name = name.strip()
    if not 2 <= len(name) <= 60:
        errors["name"] = [_("应用名称 2–60 个字，职工登录时会看到。")]
    if accounts not in Accounts.values:
        errors["accounts"] = [_("请选择谁用这个应用。")]
    lists = {}
    for field, given in (("redirect_uris", redirect_uris), ("goodbye_uris", goodbye_uris)):
        lists[field] = list(dict.fromkeys(line.strip() for line in given if line.strip()))
        wrong = [text for url in lists[field] if (text := check_return(url))]
        if len(lists[field]) > numbers()["uris_most"]:
            wrong.append(_("最多 %(most)d 个地址。") % {"most": numbers()["uris_most"]})
        if wrong:
            errors[field] = wrong
    if not lists["redirect_uris"]:
        errors["redirect_uris"] = [_("至少写一个登录后返回的地址。")]
    allowed = [scope.name for scope in scopes().values() if accounts in scope.accounts]
    chosen = [scope for scope in scopes() if scope in {*wanted, "openid"}]
    if unknown := sorted({*wanted} - set(allowed)):
        errors["scopes"] = [_("这类账号没有这项内容：%(scopes)s。") % {"scopes": "、".join(unknown)}]
    if errors:
        raise InvalidData(errors)
    return name, lists["redirect_uris"], lists["goodbye_uris"], chosen


@transaction.atomic
def register(
    actor: Actor,
    organisation: str,
    name: str,
    accounts: str,
    redirect_uris: Iterable[str],
    goodbye_uris: Iterable[str],
    wanted: Iterable[str],
) -> tuple[Client, str]:
    """A new app and its secret, which is shown this once. InvalidData beside the fields, NotAllowed out of reach."""
    found = organisation_at(actor, organisation)
    name, returns, goodbyes, chosen = _checked(name, accounts, redirect_uris, goodbye_uris, wanted)
    secret = secrets.token_urlsafe(32)
    client = Client.objects.create(
        client_id=f"app-{secrets.token_hex(8)}",
        name=name,
        organisation=found,
        secret_hash=hash_of_secret(secret),
        accounts=accounts,
        redirect_uris=returns,
        goodbye_uris=goodbyes,
        scopes=chosen,
        created_at=now(),
    )
    _record(actor, client, "create", told(client))
    return client, secret


@transaction.atomic
def change(
    actor: Actor,
    client: Client,
    name: str,
    redirect_uris: Iterable[str],
    goodbye_uris: Iterable[str],
    wanted: Iterable[str],
) -> None:
    """Change what an app is called, where it is answered and what it may ask. Whose accounts stays."""
    organisation_at(actor, client.organisation.path)
    before = told(client)
    client.name, client.redirect_uris, client.goodbye_uris, client.scopes = _checked(
        name, client.accounts, redirect_uris, goodbye_uris, wanted
    )
    client.save()
    _record(actor, client, "change", told(client), before)


@transaction.atomic
def new_secret(actor: Actor, client: Client) -> str:
    """Another secret, shown this once; the old one ends at once, and with it nobody's consent."""
    organisation_at(actor, client.organisation.path)
    secret = secrets.token_urlsafe(32)
    client.secret_hash = hash_of_secret(secret)
    client.save(update_fields=["secret_hash"])
    _record(actor, client, "new_secret", {})
    return secret


@transaction.atomic
def set_active(actor: Actor, client: Client, active: bool) -> None:
    """Stop an app: nobody signs in to it any more, and what it holds ends at once. Or let it go on."""
    organisation_at(actor, client.organisation.path)
    if client.active == active:
        return
    client.active = active
    client.save(update_fields=["active"])
    if not active:
        for grant in Grant.objects.filter(client=client, withdrawn_at=None):
            consents.end_tokens(grant)
    _record(actor, client, "resume" if active else "stop", {})


def told(client: Client) -> dict[str, object]:
    """An app as the trail and the command line show it."""
    return {
        "client_id": client.client_id,
        "app": client.name,
        "accounts": client.accounts,
        "redirect_uris": client.redirect_uris,
        "goodbye_uris": client.goodbye_uris,
        "scopes": client.scopes,
    }


def _record(
    actor: Actor, client: Client, verb: str, after: dict[str, object], before: dict[str, object] | None = None
) -> None:
    trail.record(
        f"app:{client.pk}", verb, actor=actor, role="" if actor.is_system else "admin", before=before, after=after,
        org_path=client.organisation.path,
    )  # fmt: skip
