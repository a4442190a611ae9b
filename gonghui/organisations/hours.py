"""Opening hours as people write them: `1-5 9:00-12:00,14:00-17:30; 6 9:00-12:00` (1 Monday … 7 Sunday)."""

from __future__ import annotations

import re
from datetime import time

from gonghui.kernel.calendar import parse_hours

Hours = dict[str, list[list[str]]]
_DAYS = "一二三四五六日"
_ENTRY = re.compile(r"(?:周|星期)?([1-7一二三四五六日天])")


def read_hours(text: str) -> Hours:
    """Hours by weekday, {"0": [["09:00", "12:00"]]} with 0 Monday; {} for an empty text.

    Days may be written 1-5, 1,3,5, 周一至周五 or 周六; times 9:00-12:00, several joined by commas; entries stand on
    lines of their own or between semicolons. ValueError for anything else, a day named twice, or spans that run
    backward.
    """
    found: Hours = {}
    for entry in re.split(r"[;；\n]", text):
        if not entry.strip():
            continue
        days, _, spans = entry.strip().partition(" ")
        opened = _spans(spans)
        for day in _days(days):
            if str(day) in found:
                raise ValueError(f"day named twice: {entry}")
            found[str(day)] = opened
    return dict(sorted(found.items()))


def _days(text: str) -> list[int]:
    days: list[int] = []
    for part in re.split(r"[,，、]", text):
        ends = [_day(end) for end in re.split(r"[-–—~至到]", part)]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise ValueError(f"not days: {text}")
        days += range(ends[0], ends[-1] + 1)
    return days


def _day(text: str) -> int:
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"no weekday: {text}")
    named = match.group(1).replace("天", "日")
    return int(named) - 1 if named.isascii() else _DAYS.index(named)


def _spans(text: str) -> list[list[str]]:
    plain = re.sub(r"[–—~至到]", "-", text.replace("，", ",").replace("、", ",").replace("：", ":").replace(" ", ""))
    padded = re.sub(r"(?<!\d)(\d):", r"0\1:", plain)
    return [[f"{begins:%H:%M}", f"{ends:%H:%M}"] for begins, ends in parse_hours(padded)]


def within(spans: list[list[str]], clock: time) -> bool:
    """Whether a time lies in one of a day's spans; the end of a span is outside."""
    return any(time.fromisoformat(begins) <= clock < time.fromisoformat(ends) for begins, ends in spans)


def written(hours: Hours) -> str:
    """The hours as `read_hours` takes them, one line for days alike."""
    return "\n".join(f"{days} {','.join('-'.join(span) for span in spans)}" for days, spans in _alike(hours, "{}-{}"))


def in_words(hours: Hours) -> str:
    """The hours as a worker reads them: 周一至周五 09:00–12:00、14:00–17:30；周六 09:00–12:00."""
    said = []
    for days, spans in _alike(hours, "{}至{}"):
        named = re.sub(r"[1-7]", lambda day: f"周{_DAYS[int(day.group()) - 1]}", days).replace(",", "、")
        said.append(f"{named} {'、'.join('–'.join(span) for span in spans)}")
    return "；".join(said)


def _alike(hours: Hours, between: str) -> list[tuple[str, list[list[str]]]]:
    """Days with the same spans together, days in a row as a range."""
    rows: list[tuple[list[int], list[list[str]]]] = []
    for day, spans in sorted(hours.items()):
        same = next((row for row in rows if row[1] == spans), None)
        if same is None:
            rows.append(([int(day) + 1], spans))
        else:
            same[0].append(int(day) + 1)
    return [(_ranges(days, between), spans) for days, spans in rows]


def _ranges(days: list[int], between: str) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(between.format(run[0], run[-1]) if len(run) > 1 else str(run[0]) for run in runs)
