"""The one worklist (待办): what an organisation has to do, whatever kind of matter it is.

One page is one index range of `MatterScope`, however many matters there are: keyset paging, no counting of all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet

from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, MatterScope
from gonghui.kernel.scope import scope_rows
from gonghui.kernel.times import now as present

ORDERS = ("due", "recent")
COUNT_CAP = 1000


@dataclass(frozen=True)
class Filters:
    """What to show. Empty values do not narrow. `path` looks at one organisation at or below the actor's."""

    path: str = ""
    kind: str = ""
    state: str = ""
    category: str = ""
    priority: str = ""
    light: str = ""
    open: bool = True
    mine: bool = False
    unassigned: bool = False
    since: datetime | None = None
    until: datetime | None = None
    matter_ids: tuple[int, ...] | None = None
    order: str = "due"


@dataclass(frozen=True)
class Page:
    """Some matters in order, with cursors to go on and back (empty at the ends)."""

    rows: list[Matter]
    next: str
    previous: str


def rows(actor: Actor, filters: Filters, at: datetime | None = None) -> QuerySet[MatterScope]:
    """The scope rows that match, unordered."""
    at = at or present()
    found = scope_rows(actor, [filters.path] if filters.path else None)
    if filters.order == "due" or filters.open:
        # A list of one: a plain boolean test stands in SQL without "= 1", and SQLite then uses no index for it.
        found = found.filter(is_open__in=[filters.open])
    exact = {"kind": filters.kind, "state": filters.state, "priority": filters.priority}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if filters.category:
        found = found.filter(category__startswith=filters.category)
    if filters.light == "red":
        found = found.filter(due_at__lt=at)
    elif filters.light == "yellow":
        found = found.filter(due_at__gte=at, matter__warn_at__lte=at)
    elif filters.light == "green":
        found = found.filter(due_at__gte=at).exclude(matter__warn_at__lte=at)
    if filters.mine:
        found = found.filter(matter__assignee_id=actor.account_id)
    elif filters.unassigned:
        found = found.filter(matter__assignee__isnull=True)
    if filters.since:
        found = found.filter(opened_at__gte=filters.since)
    if filters.until:
        found = found.filter(opened_at__lt=filters.until + timedelta(days=1))
    if filters.matter_ids is not None:
        found = found.filter(matter_id__in=filters.matter_ids)
    return found


def page(actor: Actor, filters: Filters, cursor: str = "", size: int = 50, at: datetime | None = None) -> Page:
    """One page of matters. A cursor that was tampered with starts from the beginning."""
    field, descending = ("due_at", False) if filters.order == "due" else ("opened_at", True)
    position = _read(cursor, filters.order)
    backward = bool(position and position["back"])
    found = rows(actor, filters, at)
    if position:
        value = datetime.fromisoformat(position["value"])
        forward_less = descending
        less = forward_less != backward
        operator = "lt" if less else "gt"
        found = found.filter(
            Q(**{f"{field}__{operator}": value}) | Q(**{field: value, f"matter_id__{operator}": position["id"]}),
            # The same bound alone, so that the planner can start the index range at it.
            **{f"{field}__{operator}e": value},
        )
    sign = "-" if descending != backward else ""
    keys = list(found.order_by(f"{sign}{field}", f"{sign}matter_id").values_list("matter_id", field)[: size + 1])
    more = len(keys) > size
    keys = keys[:size]
    if backward:
        keys.reverse()
    unique = list(dict.fromkeys(key for key, _value in keys))
    matters = Matter.objects.select_related("assignee").in_bulk(unique)
    # A row may vanish between the two reads; then the page is one shorter.
    listed = [matters[key] for key in unique if key in matters]
    has_next = more if not backward else True
    has_previous = bool(position) if not backward else more
    return Page(
        rows=listed,
        next=_write(keys[-1], filters.order, back=False) if keys and has_next else "",
        previous=_write(keys[0], filters.order, back=True) if keys and has_previous else "",
    )


def count(actor: Actor, filters: Filters, cap: int = COUNT_CAP, at: datetime | None = None) -> int:
    """How many match, counted no further than `cap` (then `cap` is returned): show it as "1000+"."""
    return rows(actor, filters, at).order_by()[:cap].count()


def readable(cursor: str, order: str) -> bool:
    """Is this a cursor of ours for that order? For callers who would rather refuse a wrong one than begin anew."""
    return _read(cursor, order) is not None


def _write(key: tuple[int, datetime], order: str, *, back: bool) -> str:
    return signing.dumps({"id": key[0], "value": key[1].isoformat(), "order": order, "back": back}, compress=True)


def _read(cursor: str, order: str) -> dict[str, Any] | None:
    if not cursor:
        return None
    try:
        position = signing.loads(cursor)
    except signing.BadSignature:
        return None
    return position if position.get("order") == order else None
