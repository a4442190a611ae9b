"""How notices leave the house: one adapter a channel, chosen in settings.OUTBOX_ADAPTERS; `file` by default.

An adapter is `f(channel, to, text, key, subject)`; it raises on failure, `Undeliverable` when trying again cannot help.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import httpx
import pika
from django.conf import settings
from django.core.mail import EmailMessage

from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.outbox import Undeliverable, handler
from gonghui.kernel.times import now

SMS_MOST = 70
Adapter = Callable[[str, str, str, str, str], None]
Resolver = Callable[[OutboxMessage], str]
_resolvers: list[Resolver] = []


def sms_text_ok(text: str) -> bool:
    """One SMS holds 70 characters; a longer text costs twice and may arrive in pieces (handbook 1.14)."""
    return 0 < len(text) <= SMS_MOST


def address_resolver(function: Resolver) -> Resolver:
    """Register a function that finds the receiver's address of a message (a phone is never stored in the outbox).

    It returns the address, or an empty text when it does not know this message.
    """
    if function not in _resolvers:
        _resolvers.append(function)
    return function


def to_file(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """Append one JSON line to OUTBOX_DIR/<channel>.jsonl and wait until the disk has it."""
    settings.OUTBOX_DIR.mkdir(parents=True, exist_ok=True)
    line = json.dumps(
        {"at": now().isoformat(), "to": to, "text": text, "subject": subject, "key": key}, ensure_ascii=False
    )
    path = settings.OUTBOX_DIR / f"{channel}.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, (line + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_console(channel: str, to: str, text: str, key: str, subject: str) -> None:
    sys.stderr.write(f"[{channel}] {to}: {subject} {text}\n")


def to_smtp(channel: str, to: str, text: str, key: str, subject: str) -> None:
    message = EmailMessage(
        subject or settings.DEFAULT_FROM_EMAIL, text, to=[to], headers={"Message-ID": f"<{key}@gonghui>"}
    )
    message.send(fail_silently=False)


def to_http(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """A province's own gateway: POST JSON to GONGHUI_<CHANNEL>_URL with a bearer token."""
    url = settings.env.str(f"GONGHUI_{channel.upper()}_URL", "")
    if not url:
        raise RuntimeError(f"GONGHUI_{channel.upper()}_URL is not set")
    token = settings.env.str(f"GONGHUI_{channel.upper()}_TOKEN", "")
    response = httpx.post(
        url,
        json={"to": to, "text": text, "subject": subject, "key": key},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        timeout=10,
    )
    if response.status_code in (400, 404, 410, 422):
        raise Undeliverable(f"the gateway refuses it: {response.status_code} {response.text[:200]}")
    response.raise_for_status()


ADAPTERS: dict[str, Adapter] = {"file": to_file, "console": to_console, "smtp": to_smtp, "http": to_http}


@handler("notice.*")
def send_notice(message: OutboxMessage) -> None:
    """Send one notice through its channel. In-app notices are the row itself: there is nothing to send."""
    channel = message.topic.partition(".")[2]
    if channel == "app":
        return
    name = settings.OUTBOX_ADAPTERS.get(channel, "")
    if name not in ADAPTERS:
        raise Undeliverable(f"no adapter {name!r} for the channel {channel!r}")
    to = next((address for resolve in _resolvers if (address := resolve(message))), "")
    if not to:
        raise Undeliverable("the receiver has no address for this channel")
    text = str(message.payload.get("text", ""))
    ADAPTERS[name](channel, to, text, message.key, str(message.payload.get("subject", "")))


Listener = Callable[[OutboxMessage], None]
_listeners: list[Listener] = []


def on_event(function: Listener) -> Listener:
    """Register a function that gets every event in the worker, e.g. to fan it out to web hooks. Must be repeatable."""
    if function not in _listeners:
        _listeners.append(function)
    return function


@handler("event")
def publish_event(message: OutboxMessage) -> None:
    """Tell the listeners, then the broker when one is configured."""
    for listener in _listeners:
        listener(message)
    if settings.AMQP_URL:
        publish(settings.AMQP_URL, message)


def publish(url: str, message: OutboxMessage) -> None:
    """Publish to the durable topic exchange `gonghui`, persistent, and wait for the broker's confirmation.

    Receivers drop repeats by `message_id`, which is the outbox key.
    """
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.blocked_connection_timeout = 10
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare("gonghui", exchange_type="topic", durable=True)
        channel.basic_publish(
            exchange="gonghui",
            routing_key=str(message.payload.get("type", "event")),
            body=json.dumps(message.payload, ensure_ascii=False).encode(),
            properties=pika.BasicProperties(
                message_id=message.key,
                content_type="application/json",
                delivery_mode=2,
                timestamp=int(message.created_at.timestamp()),
            ),
        )
