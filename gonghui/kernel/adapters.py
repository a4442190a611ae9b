"""How notices leave the house: one adapter a channel, chosen in settings.OUTBOX_ADAPTERS; `file` by default.

An adapter is `f(channel, to, text, key, subject)`; it raises on failure, `Undeliverable` when trying again cannot help.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import IO, Any

import httpx
import pika
import pika.exceptions
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.outbox import Undeliverable, handler, text_of
from gonghui.kernel.times import now

logger = logging.getLogger(__name__)
EXCHANGE = "gonghui"
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


class _Sent:
    """The keys that stand in a file already; each look reads only what was added since the last one."""

    def __init__(self) -> None:
        self.read_to = 0
        self.keys: set[bytes] = set()

    def look(self, file: IO[bytes]) -> None:
        size = file.seek(0, os.SEEK_END)
        if size < self.read_to:
            # Somebody emptied or replaced the file.
            self.read_to, self.keys = 0, set()
        file.seek(self.read_to)
        for line in file:
            try:
                self.keys.add(_short(str(json.loads(line)["key"])))
            except (ValueError, KeyError, TypeError):
                continue
        self.read_to = file.tell()


_sent: dict[Path, _Sent] = {}


def _short(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()[:12]


def to_file(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """Append one JSON line to OUTBOX_DIR/<channel>.jsonl and wait until the disk has it. A key is written once.

    A disk that is full leaves no half line behind.
    """
    settings.OUTBOX_DIR.mkdir(parents=True, exist_ok=True)
    letter = {"at": now().isoformat(), "to": to, "text": text, "subject": subject, "key": key}
    line = (json.dumps(letter, ensure_ascii=False) + "\n").encode()
    path = settings.OUTBOX_DIR / f"{channel}.jsonl"
    with open(path, "a+b", buffering=0, opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        sent = _sent.setdefault(path, _Sent())
        with open(file.fileno(), "rb", closefd=False) as reader:
            sent.look(reader)
        if _short(key) in sent.keys:
            return
        before = file.seek(0, os.SEEK_END)
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def _private(path: str, flags: int) -> int:
    """Messages hold phone numbers: only the owner of the process may read the file."""
    return os.open(path, flags, 0o600)


def to_console(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """Print the message, for a look at it while developing."""
    sys.stderr.write(f"[{channel}] {to}: {subject} {text}\n")


def to_smtp(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """Send by e-mail through the server of EMAIL_URL. The Message-ID is made of the key, so a repeat is seen as one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    message = EmailMessage(
        " ".join((subject or _("工会通知")).split()),
        text,
        to=[to],
        headers={"Message-ID": f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"},
    )
    try:
        message.send(fail_silently=False)
    except SMTPRecipientsRefused as error:
        if all(500 <= code < 600 for code, _reply in error.recipients.values()):
            raise Undeliverable("the mail server refuses the receiver's address") from error
        raise


def to_http(channel: str, to: str, text: str, key: str, subject: str) -> None:
    """A province's own gateway: POST JSON to the channel's URL with a bearer token (settings.OUTBOX_GATEWAYS)."""
    url, token = settings.OUTBOX_GATEWAYS.get(channel, ("", ""))
    if not url:
        raise RuntimeError(f"GONGHUI_{channel.upper()}_URL is not set")
    response = httpx.post(
        url,
        json={"to": to, "text": text, "subject": subject, "key": key},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest()},
        timeout=10,
    )
    if response.status_code in (400, 404, 410, 413, 422):
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
    text = text_of(message)
    if channel == "sms" and not sms_text_ok(text):
        # Sent all the same: a message in two pieces is better than none. Whoever wrote the template can see it here.
        logger.warning("sms %s has %s characters, more than %s", message.key, len(text), SMS_MOST)
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


class _Broker:
    """One connection a thread to the broker, made anew when it broke."""

    def __init__(self) -> None:
        self.local = threading.local()

    def channel(self, url: str) -> Any:
        found = getattr(self.local, "channel", None)
        if found is not None and self.local.url == url and found.is_open:
            return found
        parameters = pika.URLParameters(url)
        parameters.socket_timeout = parameters.blocked_connection_timeout = 10
        # Without heartbeats an idle connection between two events stays good; TCP tells when the broker is gone.
        parameters.heartbeat = 0
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
        self.local.url, self.local.connection, self.local.channel = url, connection, channel
        return channel

    def drop(self) -> None:
        connection = getattr(self.local, "connection", None)
        self.local.channel = self.local.connection = None
        if connection is not None:
            with suppress(pika.exceptions.AMQPError, OSError):
                connection.close()


_broker = _Broker()


def publish(url: str, message: OutboxMessage) -> None:
    """Publish to the durable topic exchange `gonghui`, persistent, and wait for the broker's confirmation.

    Receivers drop repeats by `message_id`, which is the outbox key.
    """
    try:
        _broker.channel(url).basic_publish(
            exchange=EXCHANGE,
            routing_key=str(message.payload.get("type", "event")),
            body=json.dumps(message.payload, ensure_ascii=False).encode(),
            properties=pika.BasicProperties(
                message_id=message.key,
                content_type="application/json",
                delivery_mode=2,
                timestamp=int(message.created_at.timestamp()),
            ),
        )
    except (pika.exceptions.AMQPError, OSError):
        # The message stays in the outbox and is tried again on a fresh connection.
        _broker.drop()
        raise
