"""Web hooks: who is told of an event, and the telling, signed as the Standard Webhooks specification says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.api.models import ApiToken, WebhookEndpoint
from gonghui.api.rules import rules, scopes
from gonghui.kernel import outbox, reaching, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.adapters import on_event
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import MatterScope, OutboxMessage
from gonghui.kernel.times import now

SECRET_MARK = "whsec_"  # noqa: S105 - the mark by which such secrets are recognised
# In scopes.yaml: what such a token is told does not follow from its organisation.
NARROW = "narrow"


def check_url(url: str) -> None:
    """InvalidData unless the address is one we may send to: in production https, and no private or local host."""
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidData({"url": [_("推送地址不对，请检查。")]}) from None
    if parts.scheme != "https" and (settings.PRODUCTION or parts.scheme != "http"):
        raise InvalidData({"url": [_("推送地址必须以 https:// 开头。")]})
    plain = url.isascii() and not any(letter.isspace() or ord(letter) < 32 for letter in url)
    if not parts.hostname or parts.username or parts.password or not port_ok or not plain or len(url) > 500:
        raise InvalidData({"url": [_("推送地址不对，请检查。")]})
    if settings.PRODUCTION:
        try:
            reaching.public_addresses(parts.hostname)
        except outbox.Undeliverable as error:
            raise InvalidData({"url": [_("推送地址不能指向内部网络。")]}) from error
        except (OSError, UnicodeError) as error:
            raise InvalidData({"url": [_("找不到这个域名，请检查。")]}) from error


@transaction.atomic
def create(actor: Actor, token: ApiToken, url: str, events: list[str]) -> WebhookEndpoint:
    """A new end point of the token; its `secret` is shown to the caller this once."""
    check_url(url)
    most = rules()["webhooks"]["most"]
    if token.webhooks.count() >= most:
        raise InvalidData({"url": [_("一个密钥最多%(most)d个推送地址。") % {"most": most}]})
    endpoint = WebhookEndpoint.objects.create(
        token=token,
        url=url,
        events=events,
        secret=SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode(),
        path=token.path,
        created_at=now(),
    )
    trail.record(f"token:{token.pk}", "webhook", actor=actor, after={"id": endpoint.pk, "url": url})
    return endpoint


@transaction.atomic
def set_active(actor: Actor, endpoint: WebhookEndpoint, active: bool) -> None:
    """Switch an end point on (its failures are forgotten) or off."""
    endpoint.active, endpoint.failures, endpoint.failing_since = active, 0, None
    endpoint.disabled_reason = "" if active else "switched off by its owner"
    endpoint.save()
    trail.record(f"token:{endpoint.token_id}", "webhook_changed", actor=actor, after={"id": endpoint.pk, "on": active})


@transaction.atomic
def delete(actor: Actor, endpoint: WebhookEndpoint) -> None:
    """Remove an end point; messages still waiting for it end undelivered."""
    trail.record(
        f"token:{endpoint.token_id}", "webhook_deleted", actor=actor, after={"id": endpoint.pk, "url": endpoint.url}
    )
    endpoint.delete()


def signature(secret: str, message_id: str, timestamp: str, body: str) -> str:
    """`v1,` + base64 HMAC-SHA256 of `id.timestamp.body` (Standard Webhooks)."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _wants(endpoint: WebhookEndpoint, event: str) -> bool:
    return not endpoint.events or any(
        event == wanted or (wanted.endswith("*") and event.startswith(wanted[:-1])) for wanted in endpoint.events
    )


def _sees(path: str, matter_id: int | None) -> bool:
    """Does the organisation see the matter now? No token sees a restricted one."""
    if matter_id is None:
        return False
    return MatterScope.objects.filter(matter_id=matter_id, path=path, restricted=False).exists()


Narrow = Callable[[ApiToken, OutboxMessage], dict[str, Any] | None]
_narrow: dict[str, Narrow] = {}


def narrowed(scope: str) -> Callable[[Narrow], Narrow]:
    """Register who judges the events of tokens with this scope, in place of what their organisation sees: the function
    returns what is told of the event, None for nothing. It is asked again just before sending."""

    def keep(function: Narrow) -> Narrow:
        _narrow[scope] = function
        return function

    return keep


def _nothing(token: ApiToken, message: OutboxMessage) -> None:
    """Of a narrow scope that no room judges."""


def _judge(token: ApiToken) -> Narrow | None:
    """Who judges this token's events; None where its organisation's sight decides."""
    narrow = (scope for scope in token.scopes if NARROW in scopes().get(scope, {}))
    return next((_narrow.get(scope, _nothing) for scope in narrow), None)


def _told(endpoint: WebhookEndpoint, message: OutboxMessage) -> dict[str, Any] | None:
    """What this end point may be told of the event: all, what its token's narrow scope leaves of it, or nothing."""
    judge = _judge(endpoint.token)
    if judge is None:
        return message.payload if _sees(endpoint.path, message.matter_id) else None
    return judge(endpoint.token, message) if message.matter_id is not None else None


@on_event
def fan_out(message: OutboxMessage) -> None:
    """One message for each end point that wants this event and whose organisation sees the matter."""
    event = str(message.payload.get("type", ""))
    for endpoint in WebhookEndpoint.objects.filter(active=True).select_related("token__account"):
        # What it wants is known at once; what it may know is asked of the database. Narrow ones have their own events.
        wants = _judge(endpoint.token) is not None or _wants(endpoint, event)
        if not wants or not endpoint.token.is_valid():
            continue
        told = _told(endpoint, message)
        if told is not None and _wants(endpoint, str(told.get("type", ""))):
            outbox.enqueue(
                "webhook",
                f"webhook:{endpoint.pk}:{message.key}",
                {"endpoint": endpoint.pk, "event": told, "at": message.created_at.isoformat()},
                matter=message.matter,
            )


def send_test(endpoint: WebhookEndpoint) -> str:
    """Queue an event of type `test` for this end point; return its id."""
    at = now()
    key = f"webhook:{endpoint.pk}:test:{at.timestamp()}"
    outbox.enqueue("webhook", key, {"endpoint": endpoint.pk, "event": {"type": "test"}, "at": at.isoformat()})
    return key


@outbox.handler("webhook")
def send_webhook(message: OutboxMessage) -> None:
    """POST the event, signed. Anything but a 2xx answer is tried again later by the outbox; 410 ends the end point."""
    endpoint = (
        WebhookEndpoint.objects.select_related("token__account")
        .filter(pk=message.payload["endpoint"], active=True)
        .first()
    )
    if endpoint is None or not endpoint.token.is_valid():
        raise outbox.Undeliverable("the endpoint is gone or disabled")
    if message.matter_id is not None and _told(endpoint, message) is None:
        raise outbox.Undeliverable("the endpoint does not see the matter any more")
    try:
        status = _post(endpoint, message)
    except (reaching.NotSent, outbox.Undeliverable) as error:
        _note_failure(endpoint, str(error))
        raise
    if status == 410:
        _note_failure(endpoint, "410", gone=True)
        raise outbox.Undeliverable("the receiver says it is gone (410)")
    if not 200 <= status < 300:
        _note_failure(endpoint, str(status))
        raise reaching.NotSent(f"answered {status}")
    if endpoint.failures:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None)


def _post(endpoint: WebhookEndpoint, message: OutboxMessage) -> int:
    event = message.payload["event"]
    body = json.dumps(
        {"type": event.get("type", ""), "timestamp": message.payload["at"], "data": event}, ensure_ascii=False
    )
    stamp = str(int(now().timestamp()))
    limits = rules()["webhooks"]
    return reaching.post(
        endpoint.url,
        {
            "Host": urlsplit(endpoint.url).netloc,
            "User-Agent": "gonghui-webhooks",
            "Content-Type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(endpoint.secret, message.key, stamp, body),
        },
        body.encode(),
        reaching.Limits(limits["whole"], limits["connect"], limits["answer_bytes"], settings.PRODUCTION),
    )


def _note_failure(endpoint: WebhookEndpoint, what: str, *, gone: bool = False) -> None:
    """Count; an end point that only ever fails for days is switched off, and its owner finds the reason there."""
    limits, at = rules()["webhooks"], now()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
        if row is None:
            return
        row.failures += 1
        row.failing_since = row.failing_since or at
        long = at - row.failing_since >= timedelta(days=limits["give_up_days"])
        if gone or (long and row.failures >= limits["give_up_failures"]):
            row.active = False
            row.disabled_reason = (
                "410 Gone" if gone else f"{row.failures} failures since {row.failing_since:%Y-%m-%d}: {what}"
            )[:200]
        row.save()


def describe(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An end point as the API shows it, without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "events": endpoint.events,
        "active": endpoint.active,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "disabled_reason": endpoint.disabled_reason,
        "created_at": endpoint.created_at,
    }
