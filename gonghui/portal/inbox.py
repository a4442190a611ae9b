"""消息: what the platform has sent one worker, newest first, and how much of it is unread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from gonghui.appeals.queries.cases import staff_text
from gonghui.content.queries import still_published
from gonghui.kernel.actor import Actor
from gonghui.kernel.front import route_of
from gonghui.kernel.language import in_english
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.outbox import NOTICE, text_of
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now


@dataclass(frozen=True)
class Message:
    at: datetime
    text: str
    address: str
    unread: bool


def unread(actor: Actor) -> int:
    """How many messages the worker has not seen yet."""
    if actor.kind != "worker" or actor.account_id is None:
        return 0
    with as_system("one's own messages"):
        return OutboxMessage.objects.filter(topic=NOTICE, account_id=actor.account_id, read_at=None).count()


def page(actor: Actor, start: int, most: int) -> tuple[list[Message], bool]:
    """Messages from `start` on, each said to be unread if it was; and whether there are more. They are read now."""
    if actor.kind != "worker" or actor.account_id is None:
        return [], False
    with as_system("one's own messages"):
        mine = OutboxMessage.objects.filter(topic=NOTICE, account_id=actor.account_id).select_related("matter")
        rows = list(mine.order_by("-created_at", "-pk")[start : start + most + 1])
        shown = rows[:most]
        fresh = [row.pk for row in shown if row.read_at is None]
        OutboxMessage.objects.filter(pk__in=fresh, read_at=None).update(read_at=now())
    news = still_published(row.payload["news"] for row in shown if row.payload.get("news"))
    found = [Message(row.created_at, _words(row), _address(row, actor, news), row.read_at is None) for row in shown]
    return found, len(rows) > most


def _words(row: OutboxMessage) -> str:
    """What it says, in English where it was written in English too and that is the reader's language."""
    english = row.payload.get("text_en") if in_english() else ""
    return str(english or text_of(row) or staff_text(row.payload))


def _address(row: OutboxMessage, actor: Actor, published: set[int]) -> str:
    """Where it leads; empty where there is nothing to see, as for a text that was taken down."""
    if news := row.payload.get("news"):
        return reverse("portal:news_item", args=[news]) if news in published else ""
    matter = row.matter
    if matter is None or matter.owner_id != actor.account_id:
        return ""
    return reverse(route_of(matter.kind), args=[matter.pk])
