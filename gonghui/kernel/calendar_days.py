"""Entering the days of coming years (handbook 0.3): the State Council's yearly notice, a province's own day off."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import calendar, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import CalendarDay

STREAM = "calendar"
COLUMNS = ("date", "kind", "name", "source")


@dataclass(frozen=True)
class EnteredDay:
    """One day of a notice; `kind` is one of CalendarDay.Kind, `source` the notice's number or name."""

    day: date
    kind: str
    name: str
    source: str


def read_days(text: str) -> list[EnteredDay]:
    """Days from CSV text with the columns date (2027-01-01), kind, name, source.

    `kind` may be written by its code or its Chinese label (法定节假日, 调休上班 …). Raises InvalidData that names every
    wrong line; nothing is taken from a text with a wrong line.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff").strip()))
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise InvalidData({"text": [_("第一行应为：date,kind,name,source。")]})
    labels = {label: value for value, label in CalendarDay.Kind.choices}
    days: dict[date, EnteredDay] = {}
    problems: list[str] = []
    for row in reader:
        cells = {column: (row[column] or "").strip() for column in COLUMNS}
        try:
            day = date.fromisoformat(cells["date"])
        except ValueError:
            problems.append(_("第 %(line)d 行：日期应写成 2027-01-01。") % {"line": reader.line_num})
            continue
        kind = labels.get(cells["kind"], cells["kind"])
        if kind not in CalendarDay.Kind.values:
            problems.append(
                _("第 %(line)d 行：不认识的类型“%(kind)s”。") % {"line": reader.line_num, "kind": kind[:20]}
            )
        elif not cells["source"]:
            problems.append(_("第 %(line)d 行：请写明依据（如通知文号）。") % {"line": reader.line_num})
        elif day in days:
            problems.append(_("第 %(line)d 行：这一天写了两次。") % {"line": reader.line_num})
        else:
            days[day] = EnteredDay(day, kind, cells["name"][:40], cells["source"][:120])
    if problems:
        raise InvalidData({"text": problems})
    if not days:
        raise InvalidData({"text": [_("没有可录入的日期。")]})
    return list(days.values())


@transaction.atomic
def enter_days(actor: Actor, days: Iterable[EnteredDay]) -> int:
    """Enter or correct days; return how many changed. Limits already running keep their due moment.

    This process reads the calendar anew once the change is committed, the others within a minute. Whether the actor may
    do this is for the caller to decide.
    """
    changed = 0
    for item in days:
        values = {"kind": item.kind, "name": item.name, "source": item.source}
        old = CalendarDay.objects.filter(pk=item.day).first()
        before = {"kind": old.kind, "title": old.name, "source": old.source} if old else {}
        after = {"kind": item.kind, "title": item.name, "source": item.source}
        if before == after:
            continue
        CalendarDay.objects.update_or_create(date=item.day, defaults=values)
        trail.record(STREAM, "enter", actor=actor, before=before, after=after, note=item.day.isoformat())
        changed += 1
    if changed:
        transaction.on_commit(_read_anew)
    return changed


@transaction.atomic
def remove_day(actor: Actor, day: date) -> bool:
    """Take an entered day back; the packaged calendar holds for it again. False when none was entered."""
    row = CalendarDay.objects.filter(pk=day).first()
    if row is None:
        return False
    before = {"kind": row.kind, "title": row.name, "source": row.source}
    row.delete()
    trail.record(STREAM, "remove", actor=actor, before=before, note=day.isoformat())
    transaction.on_commit(_read_anew)
    return True


def _read_anew() -> None:
    calendar.reload()
