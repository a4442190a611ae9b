"""Lists of the desk: worklist, callback, quality, disputes. A constant number of queries each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from gonghui.appeals import categories, tables
from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.kernel import clocks
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, scope_rows, visible_to
from gonghui.kernel.times import now as present
from gonghui.kernel.vault import blind_index
from gonghui.kernel.worklist import Filters
from gonghui.organisations.models import Organisation
from gonghui.people.roles import shared_only_roles


@dataclass(frozen=True)
class Row:
    """One line of a list: the matter, what the room adds to it, and its colour. Nothing personal."""

    matter: Matter
    number: str
    state: str
    category: str
    urgency: str
    holder: str
    channel: str
    people: int
    light: str
    role: str
    supervised: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str
    previous: str


def rows_of(matters: Iterable[Matter], at: datetime | None = None) -> list[Row]:
    """List lines for matters that the caller has found in the actor's scope; three queries however many there are."""
    with as_system("the caller has narrowed the matters to the actor's scope"):
        return _rows_of(matters, at or present())


def _rows_of(matters: Iterable[Matter], at: datetime) -> list[Row]:
    listed = list(matters)
    orders = {
        order.matter_id: order
        for order in WorkOrder.objects.filter(matter__in=listed).select_related("appeal").defer(
            "findings", "result_text", "appeal__description", "appeal__demand", "appeal__reporter_name",
            "appeal__phone", "appeal__backup_contact", "appeal__id_no", "appeal__query_code",
        )
    }  # fmt: skip
    names = dict(
        Organisation.objects.filter(path__in={matter.holder_path for matter in listed}).values_list("path", "name")
    )
    return [_row(matter, orders.get(matter.pk), names, at) for matter in listed]


def _row(matter: Matter, order: WorkOrder | None, names: dict[str, str], at: datetime) -> Row:
    flow = flow_of(matter)
    return Row(
        matter=matter,
        number=order.appeal.number if order else matter.number,
        state=flow.state_of(matter.state).label,
        category=categories.label(matter.category),
        urgency=f"P{min(3, matter.priority)}",
        holder=names.get(matter.holder_path, matter.holder_path),
        channel=tables.label(tables.intake().channels, order.appeal.channel) if order else "",
        people=order.appeal.people_count if order else 1,
        light=clocks.light(matter, at),
        role=order.role if order else "",
        supervised=bool(order and order.supervised),
        tags=tuple(order.tags) if order else (),
    )


def worklist(actor: Actor, filters: Filters, cursor: str = "", size: int = 50, query: str = "") -> Page:
    """One page of the worklist (keyset paging). `query` finds by number, phone, ID number, employer or title."""
    if query.strip():
        filters = replace(filters, matter_ids=tuple(search_ids(actor, query)))
    page = kernel_worklist.page(actor, filters, cursor, size)
    return Page(rows_of(page.rows), page.next, page.previous)


def search_ids(actor: Actor, query: str, most: int = 500) -> list[int]:
    """Ids of visible matters for a search, newest first: a number, phone or identity number exactly (an index each);
    only where none fits, words in the title or the employer's name."""
    text = query.strip()[:60]
    if not text:
        return []
    with as_system("narrowed to what the actor sees; the second lock would only slow the joins"):
        # A partner body finds what was shared with it by number; a person's phone would tell whose case it is.
        exact = _exact_ids(text, persons=not actor.roles or not actor.roles <= shared_only_roles())
        seen = visible_to(actor).order_by("-opened_at")
        if exact:
            return list(seen.filter(pk__in=exact).values_list("pk", flat=True)[:most])
        if len(text) < 2:
            return []
        words = Q(title__icontains=text) | Q(work_order__appeal__employer_name__icontains=text)
        return list(dict.fromkeys(seen.filter(words).values_list("pk", flat=True)[:most]))


def _exact_ids(text: str, *, persons: bool) -> set[int]:
    """Matters whose number or appeal number, and for `persons` phone or identity number, is exactly this."""
    upper = text.upper()
    orders = WorkOrder.objects.all()
    found = set(Matter.objects.filter(number=upper).values_list("pk", flat=True))
    found |= set(orders.filter(appeal__number=upper).values_list("matter_id", flat=True))
    digits = upper.replace(" ", "").replace("-", "") if persons else ""
    if digits.isdigit() and 7 <= len(digits) <= 15:
        found |= set(
            orders.filter(appeal__phone_index=blind_index("phone", digits)).values_list("matter_id", flat=True)
        )
    if len(digits) == 18:
        found |= set(
            orders.filter(appeal__id_no_index=blind_index("id_no", digits)).values_list("matter_id", flat=True)
        )
    return found


def _in_state(actor: Actor, *states: str) -> QuerySet[Matter]:
    seen = scope_rows(actor).filter(kind=LEAD_KIND, is_open__in=[True], state__in=states).values("matter_id")
    return Matter.objects.filter(pk__in=seen).select_related("assignee")


def callback_list(actor: Actor, most: int = 200) -> list[Row]:
    """Orders that wait for a callback, the most urgent first. Those the actor handled are left out (1.12)."""
    waiting = _in_state(actor, "callback").exclude(assignee_id=actor.account_id or 0)
    return rows_of(waiting.order_by("due_at", "pk")[:most])


def quality_list(actor: Actor, most: int = 200) -> list[Row]:
    """Orders that wait for a quality check because they were drawn or belong to a kind that always is."""
    return rows_of(
        _in_state(actor, "quality", "answered_directly")
        .filter(Q(work_order__sampled=True) | Q(work_order__sampled__isnull=True))
        .order_by("due_at", "pk")[:most]
    )


def supervised_list(actor: Actor, most: int = 200) -> list[Row]:
    """Open orders under supervision or escalated, the earliest limit first."""
    seen = scope_rows(actor).filter(kind=LEAD_KIND, is_open__in=[True]).values("matter_id")
    watched = Matter.objects.filter(Q(work_order__supervised=True) | Q(state="escalated"), pk__in=seen)
    return rows_of(watched.select_related("assignee").order_by("due_at", "pk")[:most])


def disputed_list(actor: Actor, most: int = 200) -> list[Row]:
    """Closed orders whose worker disputes the result: a dispatcher decides about reopening."""
    seen = scope_rows(actor).filter(kind=LEAD_KIND, is_open=False, state="closed").values("matter_id")
    disputed = Matter.objects.filter(pk__in=seen, data__has_key="disputed").select_related("assignee")
    return rows_of(disputed.order_by("-closed_at")[:most])


def appeal_numbers(matter_ids: Iterable[int]) -> dict[int, str]:
    rows: QuerySet[Any] = Appeal.objects.filter(orders__matter_id__in=list(matter_ids))
    return dict(rows.values_list("orders__matter_id", "number"))


__all__: list[Any] = ["Filters", "Page", "Row", "callback_list", "quality_list", "rows_of", "worklist"]
