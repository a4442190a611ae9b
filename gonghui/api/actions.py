"""Tokens and web hooks: made, revoked, fanned out, sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import secrets
import socket
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.api.models import ApiToken, WebhookEndpoint
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.adapters import on_event
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import MatterScope, OutboxMessage
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account

TOKEN_START = "gh_"  # noqa: S105 - a mark by which leaked keys are recognised
TIMEOUT = 8.0
GIVE_UP_AFTER = timedelta(days=3)
GIVE_UP_FAILURES = 20


@lru_cache(maxsize=1)
def scopes() -> dict[str, dict[str, str]]:
    """All token scopes by name."""
    return yaml.safe_load((Path(__file__).parent / "scopes.yaml").read_text(encoding="utf-8"))


def _hash(secret: str) -> str:
    """Tokens are long and random: a plain hash cannot be guessed and costs nothing on each request."""
    return hashlib.sha256(secret.encode()).hexdigest()


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
        secret_hash=_hash(secret),
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
    """End a token and its web hooks at once."""
    token.revoked_at = now()
    token.save(update_fields=["revoked_at"])
    token.webhooks.update(active=False, disabled_reason="token revoked")
    trail.record(f"token:{token.pk}", "revoke", actor=actor, after={"prefix": token.prefix}, org_path=token.path)


def find_token(secret: str) -> ApiToken | None:
    """The valid token of a secret, or None."""
    prefix = secret[: len(TOKEN_START) + 8]
    token = ApiToken.objects.select_related("account").filter(prefix=prefix, revoked_at__isnull=True).first()
    if token is None or not hmac.compare_digest(token.secret_hash, _hash(secret)):
        return None
    at = now()
    if token.expires_at < at or not token.account.is_active:
        return None
    if token.last_used_at is None or at - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


def actor_of(token: ApiToken) -> Actor:
    """The actor a token acts as: the duties that its scopes stand for, at its organisation."""
    roles = dict.fromkeys(scopes()[scope]["role"] for scope in token.scopes if scope in scopes())
    return Actor(
        kind="api",
        account_id=token.account_id,
        name=token.name,
        duties=tuple(Duty(role, token.path) for role in roles if role),
        via="api",
    )


def new_webhook_secret() -> str:
    """A signing secret in the form the Standard Webhooks specification gives (`whsec_` + base64)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def check_url(url: str) -> None:
    """InvalidData unless the address is one we may send to: https, and no private or local host."""
    private_ok = not settings.PRODUCTION
    parts = urlsplit(url)
    if parts.scheme != "https" and not (private_ok and parts.scheme == "http"):
        raise InvalidData({"url": [_("推送地址必须以 https:// 开头。")]})
    if not parts.hostname or parts.username or parts.password:
        raise InvalidData({"url": [_("推送地址不对，请检查。")]})
    if not private_ok:
        try:
            public_address(parts.hostname)
        except outbox.Undeliverable as error:
            raise InvalidData({"url": [_("推送地址不能指向内部网络。")]}) from error
        except OSError as error:
            raise InvalidData({"url": [_("找不到这个域名，请检查。")]}) from error


def public_address(host: str) -> str:
    """The host's address, resolved once and then used as it is, so that a second look-up cannot lead inside.

    Raises Undeliverable when any address of the host is not a public one.
    """
    found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    for address in found:
        if not ipaddress.ip_address(address).is_global:
            raise outbox.Undeliverable(f"{host} is not a public address")
    return str(sorted(found)[0])


def signature(secret: str, message_id: str, timestamp: str, body: str) -> str:
    """`v1,` + base64 HMAC-SHA256 of `id.timestamp.body` (Standard Webhooks)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _wants(endpoint: WebhookEndpoint, event: str) -> bool:
    return not endpoint.events or any(
        event == wanted or (wanted.endswith("*") and event.startswith(wanted[:-1])) for wanted in endpoint.events
    )


@on_event
def fan_out(message: OutboxMessage) -> None:
    """One message for each endpoint that wants this event and whose organisation sees the matter."""
    endpoints = list(WebhookEndpoint.objects.filter(active=True))
    if not endpoints:
        return
    paths = set(
        MatterScope.objects.filter(matter_id=message.matter_id, restricted=False).values_list("path", flat=True)
    )
    for endpoint in endpoints:
        if endpoint.path in paths and _wants(endpoint, str(message.payload.get("type", ""))):
            outbox.enqueue(
                "webhook",
                f"webhook:{endpoint.pk}:{message.key}"[:120],
                {"endpoint": endpoint.pk, "event": message.payload, "at": message.created_at.isoformat()},
            )


@outbox.handler("webhook")
def send_webhook(message: OutboxMessage) -> None:
    """POST the event, signed. Anything but a 2xx answer is tried again later by the outbox."""
    endpoint = WebhookEndpoint.objects.filter(pk=message.payload["endpoint"], active=True).first()
    if endpoint is None:
        raise outbox.Undeliverable("the endpoint is gone or disabled")
    try:
        _post(endpoint, message)
    except (httpx.HTTPError, OSError, outbox.Undeliverable) as error:
        _note_failure(endpoint)
        raise error
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None)


def _post(endpoint: WebhookEndpoint, message: OutboxMessage) -> None:
    parts = urlsplit(endpoint.url)
    url, headers, extensions = endpoint.url, {}, {}
    if settings.PRODUCTION:
        address = public_address(str(parts.hostname))
        literal = f"[{address}]" if ":" in address else address
        url = parts._replace(netloc=literal + (f":{parts.port}" if parts.port else "")).geturl()
        headers["Host"] = parts.netloc
        extensions["sni_hostname"] = str(parts.hostname)
    body = json.dumps({"data": message.payload["event"], "timestamp": message.payload["at"]}, ensure_ascii=False)
    stamp = str(int(now().timestamp()))
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
        response = client.post(
            url,
            content=body.encode(),
            headers={
                **headers,
                "Content-Type": "application/json",
                "webhook-id": message.key,
                "webhook-timestamp": stamp,
                "webhook-signature": signature(endpoint.secret, message.key, stamp, body),
            },
            extensions=extensions,
        )
    if response.status_code == 410:
        raise outbox.Undeliverable("the receiver says it is gone (410)")
    if not response.is_success:
        raise httpx.HTTPError(f"answered {response.status_code}")


def _note_failure(endpoint: WebhookEndpoint) -> None:
    """Count; an endpoint that only ever fails for days is switched off, and its owner finds the reason there."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        row.failures += 1
        row.failing_since = row.failing_since or now()
        if row.failures >= GIVE_UP_FAILURES and now() - row.failing_since > GIVE_UP_AFTER:
            row.active, row.disabled_reason = False, f"{row.failures} failures since {row.failing_since:%Y-%m-%d}"
        row.save()


def describe(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint as the API shows it, without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "events": endpoint.events,
        "active": endpoint.active,
        "failures": endpoint.failures,
        "disabled_reason": endpoint.disabled_reason,
        "created_at": endpoint.created_at,
    }
