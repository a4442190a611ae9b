"""我的: everything a worker has under way with the union, of every room, in one list.

A matter of any flow appears by itself: its title, its state in plain words, whether it is the worker's turn
(`Flow.awaits_owner`). What is no matter (a booking) is registered with `kernel.front`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of
from gonghui.kernel.front import Group, Row, numbers_of, route_of, rows_of, turns_of
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now

GROUPS: tuple[Group, ...] = ("mine", "working", "done")
MOST = 1000
SOON = timedelta(days=3)
SHOWN = ("kind", "flow_digest", "number", "title", "state", "state_since", "opened_at", "due_at", "pk")


@dataclass(frozen=True)
class Mine:
    """The rows in their order, and how many there are of each group."""

    rows: list[Row]
    counts: dict[Group, int]


def everything(actor: Actor, only: Sequence[str] = GROUPS) -> Mine:
    """The worker's rows: whose turn it is first, by what is due; then what is being worked on; then what is done."""
    if actor.kind != "worker" or actor.account_id is None:
        return Mine([], {})
    with bind(actor):
        owned = visible_to(actor).filter(owner_id=actor.account_id).order_by("-opened_at")
        matters = list(owned.only(*SHOWN)[:MOST])
    with as_system("the worker's own"):
        turns = turns_of(actor)
        numbers = numbers_of((matter.pk, matter.kind) for matter in matters)
        rows = [*(_row(matter, turns, numbers) for matter in matters), *rows_of(actor)]
    counts = Counter(row.group for row in rows)
    rows = [row for row in rows if row.group in only]
    rows.sort(key=lambda row: -row.at.timestamp())
    rows.sort(key=lambda row: (GROUPS.index(row.group), row.due.timestamp() if row.due else float("inf")))
    return Mine(rows, dict(counts))


def _row(matter: Matter, turns: set[int], numbers: dict[int, str]) -> Row:
    flow = flow_of(matter)
    state = flow.state_of(matter.state)
    group: Group = "working"
    if state.final:
        group = "done"
    elif matter.pk in turns or flow.awaits_owner(matter.state):
        group = "mine"
    return Row(
        key=f"matter-{matter.pk}",
        title=matter.title,
        state=state.worker_text,
        address=reverse(route_of(matter.kind), args=[matter.pk]),
        at=matter.opened_at,
        group=group,
        number=numbers.get(matter.pk, matter.number),
        # A limit of the union's is the union's to keep; the worker's own is what they must know.
        due=matter.due_at if group == "mine" and flow.awaits_owner(matter.state) else None,
    )


def due_soon(row: Row) -> bool:
    """Whether the worker's own limit ends within days."""
    return row.due is not None and row.due - now() <= SOON
