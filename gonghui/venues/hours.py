"""开放时间: hours by weekday with exceptions, as typed at the desk, as kept, as shown, and whether it is open now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel.calendar import parse_hours
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.hours import within
from gonghui.venues.models import Venue

WEEKDAYS = (
    gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四"), gettext_lazy("周五"),
    gettext_lazy("周六"), gettext_lazy("周日"),
)  # fmt: skip
CLOSED = ("休息", "closed")
# What a Chinese keyboard gives for the signs.
PLAIN: dict[str, str | int | None] = {
    "，": ",",
    "、": ",",
    "；": ",",
    ";": ",",
    "：": ":",
    "—": "-",
    "–": "-",
    "～": "-",
    "~": "-",
    " ": "",
}


def week_of(texts: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """Hours by weekday ("0" Monday … "6" Sunday) from `09:00-12:00,14:00-18:00`; an empty text: closed on that day.

    InvalidData beside `day0` … `day6`.
    """
    week, errors = {}, {}
    for day, text in texts.items():
        try:
            if spans := _spans(text):
                week[day] = spans
        except ValueError:
            errors[f"day{day}"] = [_("请这样写：09:00-12:00,14:00-18:00，时间由早到晚；不开放的留空。")]
    if errors:
        raise InvalidData(errors)
    return week


def exceptions_of(text: str) -> dict[str, list[list[str]]]:
    """One line a day: `2026-10-01 休息` or `2026-10-02 09:00-12:00`. InvalidData names the line."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        day, _space, rest = line.strip().partition(" ")
        try:
            spans = [] if rest.strip().lower() in CLOSED else _spans(rest)
            if not spans and rest.strip().lower() not in CLOSED:
                raise ValueError(line)
            found[date.fromisoformat(day).isoformat()] = spans
        except ValueError as error:
            said = _("第 %(n)d 行请写成“2026-10-01 休息”或“2026-10-02 09:00-12:00”。") % {"n": number}
            raise InvalidData({"exceptions": [said]}) from error
    return found


def _spans(text: str) -> list[list[str]]:
    plain = text.translate(str.maketrans(PLAIN)).strip(",")
    return [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in parse_hours(plain)] if plain else []


def spans_on(venue: Venue, day: date) -> list[list[str]]:
    """When it is open on a day: an exception goes before the weekday."""
    if day.isoformat() in venue.exceptions:
        return venue.exceptions[day.isoformat()]
    return venue.hours.get(str(day.weekday()), [])


def open_at(venue: Venue, at: datetime) -> bool | None:
    """Whether one can go in at a moment. None: nobody has entered hours."""
    if venue.state != Venue.State.OPEN:
        return False
    local = at.astimezone(SHANGHAI)
    if not venue.hours and local.date().isoformat() not in venue.exceptions:
        return None
    return within(spans_on(venue, local.date()), local.time())


def words(spans: list[list[str]]) -> str:
    return "、".join(f"{a}–{b}" for a, b in spans) if spans else _("不开放")


def week_rows(venue: Venue) -> list[tuple[Any, str]]:
    """(weekdays, hours) for the page: neighbouring days with the same hours in one row."""
    rows: list[tuple[int, int, str]] = []
    for day in range(7):
        said = words(venue.hours.get(str(day), []))
        if rows and rows[-1][2] == said:
            rows[-1] = (rows[-1][0], day, said)
        else:
            rows.append((day, day, said))
    return [
        (WEEKDAYS[a] if a == b else _("%(a)s至%(b)s") % {"a": WEEKDAYS[a], "b": WEEKDAYS[b]}, said)
        for a, b, said in rows
    ]


def exception_rows(venue: Venue, since: date) -> list[tuple[str, str]]:
    return [(day, words(spans)) for day, spans in sorted(venue.exceptions.items()) if day >= since.isoformat()]
