"""待发件: what must happen outside the transaction that decided it — at least once, with a key, never lost.

A message is queued in the deciding transaction and taken by the worker afterwards. Handlers registered as
`transactional` only write our own database: they run in the transaction that crosses the message off (exactly once).
Others (SMS, web hooks) get a lease: marked as tried, sent outside any transaction, then crossed off; a kill between
means a second sending with the same key, which receivers use to drop repeats.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

logger = logging.getLogger(__name__)

ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=2)
LEASE = timedelta(minutes=2)
Status = OutboxMessage.Status


class Undeliverable(Exception):
    """Trying again cannot help (a number that does not exist, an endpoint that was deleted)."""


@dataclass(frozen=True)
class Handler:
    name: str
    run: Callable[[OutboxMessage], None]
    transactional: bool


_handlers: dict[str, Handler] = {}


def handler(topic: str, *, transactional: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what is done with a topic. `notice.*` serves every topic that begins so."""

    def keep(function: Callable[..., None]) -> Callable[..., None]:
        _handlers[topic] = Handler(topic, function, transactional)
        return function

    return keep


def handler_for(topic: str) -> Handler | None:
    return _handlers.get(topic) or _handlers.get(topic.partition(".")[0] + ".*")


def enqueue(
    topic: str,
    key: str,
    payload: dict[str, Any],
    *,
    matter: Matter | None = None,
    account_id: int | None = None,
    delay: timedelta | None = None,
) -> OutboxMessage:
    """Queue a message in the caller's transaction. The same key a second time gives back the first message."""
    at = now()
    with as_system("the outbox belongs to the platform"):
        message, _created = OutboxMessage.objects.get_or_create(
            key=key,
            defaults={
                "topic": topic,
                "payload": payload,
                "matter": matter,
                "account_id": account_id,
                "created_at": at,
                "next_at": at + (delay or timedelta()),
            },
        )
    return message


def enqueue_new(
    topic: str, key: str, payload: dict[str, Any], *, matter: Matter | None = None, account_id: int | None = None
) -> None:
    """Queue a message whose key cannot exist yet (it holds a new version or id): one statement instead of two."""
    at = now()
    with as_system("the outbox belongs to the platform"):
        OutboxMessage.objects.create(
            topic=topic, key=key, payload=payload, matter=matter, account_id=account_id, created_at=at, next_at=at
        )


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: doubling, with jitter so that a crowd does not come back at once."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, attempts - 1))
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret


def process_batch(limit: int = 100) -> int:
    """Handle messages that are due; return how many were handled or tried. Any number of processes may run this."""
    with as_system("the outbox belongs to the platform"):
        ids = list(
            OutboxMessage.objects.filter(status=Status.WAITING, next_at__lte=now())
            .order_by("next_at", "id")
            .values_list("pk", flat=True)[:limit]
        )
        return sum(_process(pk) for pk in ids)


def _claim(pk: int) -> OutboxMessage | None:
    """The message, locked, if it is still due and nobody else has it. Call inside a transaction."""
    return (
        OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, status=Status.WAITING, next_at__lte=now())
        .first()
    )


def _process(pk: int) -> int:
    with transaction.atomic():
        message = _claim(pk)
        if message is None:
            return 0
        found = handler_for(message.topic)
        if found is not None and found.transactional:
            try:
                with transaction.atomic():
                    found.run(message)
            except Exception as error:
                _failed(message, error)
            else:
                _done(message)
            return 1
        message.attempts += 1
        message.next_at = now() + LEASE
        message.save(update_fields=["attempts", "next_at"])
    try:
        if found is None:
            raise Undeliverable(f"nothing handles the topic {message.topic!r}")
        found.run(message)
    except Exception as error:
        message.attempts -= 1
        _failed(message, error)
    else:
        _done(message)
    return 1


def _done(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(status=Status.DONE, done_at=now(), last_error="")


def _failed(message: OutboxMessage, error: Exception) -> None:
    attempts = message.attempts + 1
    dead = isinstance(error, Undeliverable) or attempts >= ATTEMPTS
    if not isinstance(error, Undeliverable):
        logger.warning("outbox %s %s failed (%s/%s): %s", message.topic, message.key, attempts, ATTEMPTS, error)
    OutboxMessage.objects.filter(pk=message.pk).update(
        attempts=attempts,
        status=Status.DEAD if dead else Status.WAITING,
        next_at=now() + wait_after(attempts),
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )


def dead_messages(most: int = 200) -> list[OutboxMessage]:
    """Messages given up on, newest first, for the dead-letter page."""
    return list(OutboxMessage.objects.filter(status=Status.DEAD).order_by("-created_at")[:most])


def retry(message: OutboxMessage, actor: Actor) -> None:
    """Try a dead message again from the beginning; on record."""
    with transaction.atomic(), as_system("checked by the caller"):
        changed = OutboxMessage.objects.filter(pk=message.pk, status=Status.DEAD).update(
            status=Status.WAITING, attempts=0, next_at=now()
        )
        if changed:
            trail.record(f"outbox:{message.pk}", "retry", actor=actor, after={"topic": message.topic})


def cancel(message: OutboxMessage, actor: Actor, reason: str) -> None:
    """Give a dead or waiting message up for good; needs a reason, on record."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明不再发送的理由。")]})
    with transaction.atomic(), as_system("checked by the caller"):
        changed = OutboxMessage.objects.filter(pk=message.pk, status__in=(Status.DEAD, Status.WAITING)).update(
            status=Status.CANCELLED, done_at=now()
        )
        if changed:
            trail.record(f"outbox:{message.pk}", "cancel", actor=actor, after={"topic": message.topic}, note=reason)
