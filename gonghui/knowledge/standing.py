"""Which published changes hold on a day (现行修改): a pure function of the rows, looked up by one small query.

Every process asks with each answer for the last change and the day; only when one of them is new are the rows read.
So a change is told from its day on everywhere, without a restart.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Count, Max

from gonghui.kernel.times import today
from gonghui.knowledge.models import KnowledgeChange
from gonghui.law.published import NOTHING, Published
from gonghui.law.topics.library import packaged

State = KnowledgeChange.State
Kind = KnowledgeChange.Kind
_Key = tuple[date, int, datetime | None]
_lock = threading.Lock()
_kept: tuple[_Key, Published] | None = None
_made: dict[tuple[tuple[int, str], ...], Published] = {}
MOST_KEPT = 16


def published_now() -> Published:
    """What holds today. One query over the few decided rows while nothing changed."""
    global _kept
    decided = KnowledgeChange.objects.filter(state__in=(State.APPROVED, State.ROLLED_BACK))
    seen = decided.aggregate(number=Count("pk"), last=Max("decided_at"))
    key = (today(), seen["number"], seen["last"])
    kept = _kept
    if kept is not None and kept[0] == key:
        return kept[1]
    made = published_on(key[0])
    with _lock:
        _kept = (key, made)
    return made


def published_on(day: date, but: KnowledgeChange | None = None) -> Published:
    """What holds on a day; with `but` over it, as if that change were published (a trial)."""
    return as_published([*in_force(day), *([but] if but is not None else [])])


def in_force(day: date) -> list[KnowledgeChange]:
    """The changes that hold on a day: of each code the one whose first day came last, in the order of publishing."""
    rows = KnowledgeChange.objects.filter(state=State.APPROVED, valid_from__lte=day).order_by("valid_from", "pk")
    newest = {(row.kind, row.code): row for row in rows}
    # A parameter is a series: an earlier row of another year still stands beside the newest one.
    return [row for row in rows if row.kind == Kind.PARAMETER or newest[row.kind, row.code] is row]


def as_published(rows: Iterable[KnowledgeChange]) -> Published:
    """The rows as the law reads them. The same rows give the same object, so that nothing is read twice."""
    rows = list(rows)
    if not rows:
        return NOTHING
    key = tuple((row.pk, fingerprint(row.content)) for row in rows)
    with _lock:
        if key not in _made:
            if len(_made) >= MOST_KEPT:
                _made.clear()
            _made[key] = Published(
                {row.code: row.content for row in rows if row.kind == Kind.SITUATION and row.content},
                tuple(row.content for row in rows if row.kind == Kind.PARAMETER and row.content),
                tuple(row.pk for row in rows),
            )
        return _made[key]


def standing(kind: str, code: str) -> KnowledgeChange | None:
    """The change of this code that holds or will hold last: what a new one begins from and is published over."""
    rows = KnowledgeChange.objects.filter(kind=kind, code=code, state=State.APPROVED)
    return rows.order_by("valid_from", "pk").last()


def content_of(kind: str, code: str) -> str:
    """The text that a new change of this code begins from; "" for a parameter series without a published row."""
    return _content(standing(kind, code), kind, code)


def _content(row: KnowledgeChange | None, kind: str, code: str) -> str:
    if row is not None and row.content:
        return row.content
    return packaged().packaged(code) if kind == Kind.SITUATION else ""


def fingerprint(text: str) -> str:
    """Name of a text (64 hex digits)."""
    return hashlib.sha256(text.encode()).hexdigest()


def base_of(kind: str, code: str) -> str:
    """Fingerprint of what stands: of the text, and of which change it came with."""
    row = standing(kind, code)
    return fingerprint(f"{row.pk if row else ''}\0{_content(row, kind, code)}")
