"""待发件: what must happen outside the transaction that decided it — at least once, with a key, never lost.

A message is queued in the deciding transaction and taken by the worker afterwards. Handlers registered as
`transactional` only write our own database: they run in the transaction that crosses the message off (exactly once).
Others (SMS, web hooks) get a lease: marked as tried, sent outside any transaction, then crossed off; a kill between
means a second sending with the same key, which receivers use to drop repeats. Every try is counted before it begins,
so that a message that kills its worker is given up on like any other.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from gonghui import yamls
from gonghui.kernel import trail, worker
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

logger = logging.getLogger(__name__)

_RULES = yamls.read((Path(__file__).parent / "outbox.yaml").read_text("utf-8"))
ATTEMPTS: int = _RULES["attempts"]
FIRST_WAIT = timedelta(seconds=_RULES["first_wait"])
LONGEST_WAIT = timedelta(seconds=_RULES["longest_wait"])
JITTER: float = _RULES["jitter"]
ROUND_SECONDS: float = _RULES["round"]
LEASE = timedelta(seconds=_RULES["lease"])
Status = OutboxMessage.Status


KEEP_DONE = timedelta(days=_RULES["keep_done_days"])
KEEP_NOTICE = timedelta(days=_RULES["keep_notice_days"])
PURGE: int = _RULES["purge"]
NOTICE = "notice.app"


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


Secret = Callable[[OutboxMessage], str]
_secrets: dict[str, Secret] = {}
HERE = "{secret}"


def secret(name: str) -> Callable[[Secret], Secret]:
    """Register what opens something by itself (a signed link, a code) and so is never kept in a payload, which staff
    who look after messages may see: the payload's `text` has `HERE` in its place and its `secret` names this maker.

    The maker gets the message each time it is read or sent, and gives the words that stand there now.
    """

    def keep(function: Secret) -> Secret:
        _secrets[name] = function
        return function

    return keep


def text_of(message: OutboxMessage) -> str:
    """The words of a message as its receiver reads them; empty where the payload has none. For nobody else's eyes."""
    text = str(message.payload.get("text") or "")
    name = message.payload.get("secret")
    return text.replace(HERE, _secrets[name](message)) if name else text


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
    """Queue a message whose key cannot exist yet (it holds a new version or id): one statement instead of two, and
    inside `together` one for all of them."""
    at = now()
    message = OutboxMessage(
        topic=topic, key=key, payload=payload, matter=matter, account_id=account_id, created_at=at, next_at=at
    )
    waiting = _together.get()
    if waiting is not None:
        waiting.append(message)
        return
    with as_system("the outbox belongs to the platform"):
        message.save(force_insert=True)


_together: ContextVar[list[OutboxMessage] | None] = ContextVar("outbox_together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Messages queued with `enqueue_new` in the body go in with one statement at its end, still in the caller's
    transaction; after an error none of them does."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("messages are queued in the transaction that decides them")
    if _together.get() is not None:
        yield
        return
    token = _together.set([])
    try:
        yield
        messages = _together.get() or []
    finally:
        _together.reset(token)
    with as_system("the outbox belongs to the platform"):
        OutboxMessage.objects.bulk_create(messages)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: doubling, with jitter so that a crowd does not come back at once."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(20, max(0, attempts - 1)))
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter, no secret


def purge() -> int:
    """Delete what was sent long ago (a worker duty); return how many. What waits or was given up stays for a person.

    In-app notices stay longer: the row is the notice.
    """
    at = now()
    done = OutboxMessage.objects.filter(status=Status.DONE)
    old = done.filter(done_at__lt=at - KEEP_DONE).exclude(topic=NOTICE) | done.filter(done_at__lt=at - KEEP_NOTICE)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:PURGE])
    OutboxMessage.objects.filter(pk__in=ids).delete()
    return len(ids)


def process_batch(limit: int = 100) -> int:
    """Handle messages that are due; return how many were handled or tried. Any number of processes may run this.

    Ends early when the worker was told to stop, or when receivers are so slow that the worker's other duties (the
    clocks) would wait: what is left is taken in the next round.
    """
    done, until = 0, time.monotonic() + ROUND_SECONDS
    with as_system("the outbox belongs to the platform"):
        ids = list(
            OutboxMessage.objects.filter(status=Status.WAITING, next_at__lte=now())
            .order_by("next_at", "id")
            .values_list("pk", flat=True)[:limit]
        )
        for pk in ids:
            if worker.stopping() or time.monotonic() > until:
                break
            done += _process(pk)
    return done


def _due(pk: int) -> OutboxMessage | None:
    """The message, locked, if it is still due and nobody else has it. Call inside a transaction."""
    return (
        OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, status=Status.WAITING, next_at__lte=now())
        .first()
    )


def _claim(pk: int) -> tuple[OutboxMessage, Handler] | None:
    """Count one try of a due message and say who handles it; None when there is nothing to try.

    A message that leaves the house gets a lease; a transactional one stays due, because the lock of its own
    transaction keeps others off and a kill must not make it wait.
    """
    with transaction.atomic():
        message = _due(pk)
        if message is None:
            return None
        found = handler_for(message.topic)
        if found is None:
            _failed(message, Undeliverable(f"nothing handles the topic {message.topic!r}"))
            return None
        if message.attempts >= ATTEMPTS:
            _failed(message, Undeliverable(message.last_error or "the worker died at every try"))
            return None
        message.attempts += 1
        if not found.transactional:
            message.next_at = now() + LEASE
        message.save(update_fields=["attempts", "next_at"])
    return message, found


def _process(pk: int) -> int:
    claimed = _claim(pk)
    if claimed is None:
        return 0
    message, found = claimed
    if found.transactional:
        return _run_inside(pk, found)
    try:
        found.run(message)
    except Exception as error:
        _failed(message, error)
    else:
        _done(message)
    return 1


def _run_inside(pk: int, found: Handler) -> int:
    """Run a transactional handler and cross its message off in one transaction: both happened, or neither."""
    with transaction.atomic():
        message = _due(pk)
        if message is None:
            return 0
        try:
            with transaction.atomic():
                found.run(message)
        except Exception as error:
            _failed(message, error)
        else:
            _done(message)
    return 1


def _done(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(status=Status.DONE, done_at=now(), last_error="")


def _failed(message: OutboxMessage, error: Exception) -> None:
    """Put the message back for a later try, or give it up."""
    dead = isinstance(error, Undeliverable) or message.attempts >= ATTEMPTS
    logger.warning(
        "outbox %s %s failed (%s/%s): %s", message.topic, message.key, message.attempts, ATTEMPTS, type(error).__name__
    )
    # Only while this try is the latest: when its lease ran out, another worker may have sent the message meanwhile.
    OutboxMessage.objects.filter(pk=message.pk, status=Status.WAITING, attempts=message.attempts).update(
        status=Status.DEAD if dead else Status.WAITING,
        next_at=now() + wait_after(message.attempts),
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )


def dead_messages(most: int = 200) -> list[OutboxMessage]:
    """Messages given up on, newest first, for the dead-letter page. Who may look is the caller's to check."""
    with as_system("checked by the caller"):
        return list(OutboxMessage.objects.filter(status=Status.DEAD).order_by("-created_at")[:most])


def retry(message: OutboxMessage, actor: Actor) -> None:
    """Try a dead message again from the beginning; on record."""
    with transaction.atomic(), as_system("checked by the caller"):
        changed = OutboxMessage.objects.filter(pk=message.pk, status=Status.DEAD).update(
            status=Status.WAITING, attempts=0, next_at=now()
        )
        if changed:
            trail.record(f"outbox:{message.pk}", "retry", actor=actor, after={"topic": message.topic})


def retry_dead(topic: str, actor: Actor) -> int:
    """Try every dead message of a topic again, after its receiver was away for hours; one entry on record."""
    with transaction.atomic(), as_system("checked by the caller"):
        changed = OutboxMessage.objects.filter(topic=topic, status=Status.DEAD).update(
            status=Status.WAITING, attempts=0, next_at=now()
        )
        if changed:
            trail.record("outbox", "retry_all", actor=actor, after={"topic": topic, "messages": changed})
    return changed


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
