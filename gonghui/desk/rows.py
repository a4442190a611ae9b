"""Matters as lines of a list: state, colour, time left, holder, in words. Nothing personal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gonghui.appeals import categories
from gonghui.appeals.queries.lists import rows_of
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now
from gonghui.people.roles import shared_only_roles


def described(matters: Iterable[Matter], at: datetime | None = None) -> list[dict[str, Any]]:
    """Lines for matters the caller has found in the actor's scope; the number of queries does not grow with them."""
    at = at or now()
    return [
        {
            "matter": row.matter,
            "state": row.state,
            "category": row.category,
            "holder": row.holder,
            "people": row.people,
            "supervised": row.supervised,
            "tags": row.tags,
            "light": row.light,
            "left": time_left(row.matter.due_at, at) if row.matter.is_open and not row.matter.suspended else "",
        }
        for row in rows_of(matters, at)
    ]


def titled(actor: Actor, matters: Iterable[Matter]) -> list[Matter]:
    """The matters as this person may read them in a heading: a title begins with the worker's own words, which a
    partner body is not shown (1.12). Never save what comes from here."""
    found = list(matters)
    if actor.roles and actor.roles <= shared_only_roles():
        for matter in found:
            matter.title = categories.label(matter.category) if matter.category else _("协作事项")
    return found


def time_left(due: datetime | None, at: datetime) -> str:
    """How far away a due moment is, in the two largest units that matter to a person; empty without one."""
    if due is None:
        return ""
    gap = due - at
    words = _span(abs(gap))
    return (_("还有%(time)s") if gap > timedelta(0) else _("已过%(time)s")) % {"time": words}


def _span(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 3:
        return ngettext("%(n)d天", "%(n)d天", days) % {"n": days}
    if days:
        return _("%(days)d天%(hours)d小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d小时%(minutes)d分") % {"hours": hours, "minutes": minutes % 60}
    return ngettext("%(n)d分钟", "%(n)d分钟", minutes) % {"n": minutes}
