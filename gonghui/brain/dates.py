"""Dates as people say them (日期): 2024年3月, 去年底, 上个月15号, 昨天, 3月份, relative to the day of writing."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from gonghui.brain.moments import SHANGHAI
from gonghui.brain.numerals import parse_number
from gonghui.brain.types import Entity

_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3}|元)"
_Y = r"(?:19\d\d|20\d\d|[一二][零〇○九][零〇○一二三四五六七八九]{2})"
_TENS = {"初": "初", "中旬": "中", "上旬": "初", "下旬": "底", "中": "中", "底": "底", "末": "底"}

_FULL = re.compile(
    rf"(?<!\d)(?P<year>{_Y}|(?<![\d.])\d\d(?=年[\d元一二三四五六七八九十])) ?年 ?(?:的)?(?P<month>{_N}) ?月(?:份)?"
    rf"(?: ?(?P<day>{_N}) ?(?:日|号)|(?P<ten>初|中旬|上旬|下旬|底|末))?"
)
_NUMERIC = re.compile(
    r"(?<![\d.])(?P<year>19\d\d|20\d\d)(?P<sign>[-./])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?!\d)(?P<ten>)"
)
_YEAR = re.compile(
    rf"(?<![\d第.])(?P<year>{_Y})年(?P<part>年?底|年?末|年?初|上半年|下半年|春节)?(?!级)(?!(?:的)?{_N}月)"
)
_RELATIVE_YEAR = re.compile(
    rf"(?P<which>大前年|前年|去年|上一年|今年|本年|明年)(?:的)?"
    rf"(?:(?P<month>{_N})月(?:份)?(?:(?P<day>{_N})(?:日|号)|(?P<ten>初|中旬|上旬|下旬|底|末))?|(?P<part>年?底|年?末|年?初|上半年|下半年))?"
)
_RELATIVE_MONTH = re.compile(
    rf"(?P<which>上上个月|上个月|上月|这个月|本月|下个月|下月)(?:的)?(?:(?P<day>{_N})(?:日|号)|(?P<ten>初|中旬|上旬|下旬|底|末))?"
)
_DAY_WORDS = {"大前天": -3, "前天": -2, "前晚": -2, "昨天": -1, "昨晚": -1, "昨日": -1, "今天": 0, "今日": 0, "今早": 0}
_DAY_WORDS |= {"今晚": 0, "今晨": 0, "明天": 1, "明日": 1, "后天": 2}
_DAY = re.compile("|".join(_DAY_WORDS))
_WEEK = re.compile(r"(?P<which>上上个?|上个?|这个?|本|下个?)(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_AGO = re.compile(
    r"(?<![\d第])(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)(?P<unit>天|个星期|周|个月|年)(?:以|之)?前(?!后)"
)
_MONTH_DAY = re.compile(
    rf"(?<![\d年个第./-])(?P<month>{_N}) ?月 ?(?P<day>{_N}) ?(?:日|号|(?<=\d)(?=[在去来到我被,。;]))"
)
# 11号 alone takes the month of the date before it; 11号楼 is none.
_BARE_DAY = re.compile(
    r"(?<![\d月年第./\-\])〕起])(?P<day>\d{1,2})(?:号|日)(?![内后回之楼线院店文厂房车井门机令仓馆栋桥路站台矿地公元])"
)
# 98年毕业: a year of two digits, from the century that fits.
_SHORT_YEAR = re.compile(
    r"(?<![\d第.满近约共有了])(?P<year>[5-9]\d)年(?=[^\d代]|$)(?!多|工龄|以上|来|的?工龄)"
    r"|(?:(?<=从)|(?<=于)|(?<=自)|(?<=在)|(?<=和))(?P<late>[012]\d)年(?=毕业|招|入职|参加|进|开始|起|下岗|改制)"
)
_MONTH = re.compile(
    rf"(?<![\d年个第./-])(?P<month>{_N})月(?:份(?!额)|(?P<ten>初|中旬|上旬|下旬|底|末)|(?=到\d{{1,2}}月|至\d{{1,2}}月|的?工资|开始|入职|进厂|从|来到|我))"
)
_AGE_AFTER = re.compile(
    r"(?:已经?|都|才|刚|刚满|快|虚)?(?:满|有)?(?:\d{2}|[一二三四五六七八九十]{1,3})(?:多|余)?(?:周)?岁?"
)
_AHEAD_DAYS = 62
_YEAR_STEP = {"大前年": -3, "前年": -2, "去年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1}
_MONTH_STEP = {"上上个月": -2, "上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "下个月": 1, "下月": 1}


def day_of(time: datetime | None) -> date | None:
    """The day of writing in China; a naive time is taken as Chinese."""
    if time is None:
        return None
    return (time.astimezone(SHANGHAI) if time.tzinfo is not None else time).date()


def find_dates(text: str, today: date | None) -> list[Entity]:
    """Dates in order; spans do not overlap. Relative ones need `today` and are left out without it.

    value = ISO 8601, reduced to year or month when the text says no more; qualifier says the grain, `approx` for
    底, 初, 中旬. Impossible days (2月30日) are left out.
    """
    found: list[Entity] = []
    taken: list[tuple[int, int]] = []
    for entity in _all(text, today):
        if not any(entity.start < right and left < entity.end for left, right in taken):
            taken.append((entity.start, entity.end))
            found.append(entity)
    found.sort(key=lambda entity: entity.start)
    return _yearless(text, today, found, taken)


def _all(text: str, today: date | None) -> Iterator[Entity]:
    finders: list[tuple[re.Pattern[str], Callable[[re.Match[str], date | None], tuple[str, str, float] | None]]] = [
        (_FULL, _full),
        (_NUMERIC, _full),
        (_YEAR, _year),
        (_SHORT_YEAR, _short_year),
    ]
    if today is not None:
        finders += [
            (_RELATIVE_YEAR, _relative_year),
            (_RELATIVE_MONTH, _relative_month),
            (_DAY, _day_word),
            (_WEEK, _week),
            (_AGO, _ago),
        ]
    for pattern, read in finders:
        for match in pattern.finditer(text):
            try:
                result = read(match, today)
            except (ValueError, OverflowError):
                continue
            if result is not None:
                value, grain, confidence = result
                yield Entity("date", match.group(0), *match.span(), value, confidence, grain)


def _number(text: str | None) -> int | None:
    if text == "元":
        return 1
    value = parse_number(text) if text else None
    return int(value) if value is not None else None


def _year_of(text: str, today: date | None) -> int:
    year = _number(text) or 0
    if year >= 100:
        return year
    pivot = (today.year if today else 2099) % 100
    return 2000 + year if year <= pivot + 1 else 1900 + year


def _build(year: int, month: int | None, day: int | None, ten: str | None) -> tuple[str, str, float] | None:
    """ISO text for the parts, or None when no such day is."""
    if not 1900 <= year <= 2200 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return f"{year:04d}", "year", 0.9
    if day is None:
        return f"{year:04d}-{month:02d}", "approx" if ten else "month", 0.9
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}", "day", 0.95


def _full(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    return _build(_year_of(match["year"], today), _number(match["month"]), _number(match["day"]), match["ten"])


def _part(year: int, part: str | None) -> tuple[str, str, float] | None:
    if not part:
        return _build(year, None, None, None)
    if "底" in part or "末" in part:
        return f"{year:04d}-12", "approx", 0.75
    if "初" in part:
        return f"{year:04d}-01", "approx", 0.7
    return f"{year:04d}", "approx", 0.7


def _year(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    return _part(_year_of(match["year"], today), match["part"])


def _short_year(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    year = _year_of(match["year"] or match["late"], today)
    return None if today is not None and year > today.year else _build(year, None, None, None)


def _relative_year(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    assert today is not None
    year = today.year + _YEAR_STEP[match["which"]]
    if match["month"]:
        return _build(year, _number(match["month"]), _number(match["day"]), match["ten"])
    # 今年53岁 tells an age, no date.
    if match["which"] in ("今年", "本年") and not match["part"] and _AGE_AFTER.match(match.string, match.end()):
        return None
    return _part(year, match["part"])


def _relative_month(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    assert today is not None
    months = today.year * 12 + today.month - 1 + _MONTH_STEP[match["which"]]
    return _build(months // 12, months % 12 + 1, _number(match["day"]), match["ten"])


def _day_word(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    assert today is not None
    return (today + timedelta(days=_DAY_WORDS[match.group(0)])).isoformat(), "day", 0.9


def _week(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    assert today is not None
    which = match["which"]
    step = -2 if which.startswith("上上") else -1 if which.startswith("上") else 1 if which.startswith("下") else 0
    weekday = "一二三四五六日".find(match["day"].replace("天", "日"))
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
    return (monday + timedelta(days=weekday)).isoformat(), "day", 0.85


def _ago(match: re.Match[str], today: date | None) -> tuple[str, str, float] | None:
    assert today is not None
    unit = match["unit"]
    if match["number"] == "半":
        if unit != "年":
            return None
        months = today.year * 12 + today.month - 1 - 6
        return f"{months // 12:04d}-{months % 12 + 1:02d}", "approx", 0.6
    number = _number(match["number"])
    if number is None:
        return None
    if unit == "天":
        return (today - timedelta(days=number)).isoformat(), "day", 0.8
    if unit in ("周", "个星期"):
        return (today - timedelta(weeks=number)).isoformat(), "approx", 0.7
    if unit == "年":
        # 95年以前 means before 1995.
        if number > 50:
            return None
        return f"{today.year - number:04d}", "approx", 0.7
    months = today.year * 12 + today.month - 1 - number
    return f"{months // 12:04d}-{months % 12 + 1:02d}", "approx", 0.7


def _yearless(text: str, today: date | None, found: list[Entity], taken: list[tuple[int, int]]) -> list[Entity]:
    """3月15日, 3月份: the year named before in the same sentence, else the latest such day not after `today`."""
    extra: list[Entity] = []
    for pattern in (_MONTH_DAY, _MONTH, _BARE_DAY):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < right and left < end for left, right in taken):
                continue
            groups = match.groupdict()
            day = _number(groups.get("day"))
            if "month" not in groups:
                near = _month_before(text, start, found + extra)
                month = None if near is None or day is None else near[1] + (day < near[2])
                year = near[0] if near is not None else None
            else:
                month = _number(groups["month"])
                wages = text.startswith(("工资", "的工资"), end)
                year = _year_for(month or 0, day, _date_before(text, start, found), today, earlier_too=wages)
            if month is None or not 1 <= month <= 12:
                continue
            result = _build(year, month, day, groups.get("ten")) if year is not None else None
            if result is not None:
                taken.append((start, end))
                extra.append(Entity("date", match.group(0), start, end, result[0], 0.65, result[1]))
    return sorted(found + extra, key=lambda entity: entity.start)


def _date_before(text: str, start: int, found: list[Entity]) -> str | None:
    """The latest of the dates before `start` in the same sentence: an older one among them is a look back."""
    before = [
        str(entity.value)
        for entity in found
        if entity.end <= start and not any(mark in text[entity.end : start] for mark in "。!?;\n")
    ]
    return max(before, default=None)


def _month_before(text: str, start: int, found: list[Entity]) -> tuple[int, int, int] | None:
    """Year, month and day of the nearest day named before `start` in the same sentence."""
    near = max((e for e in found if e.end <= start and e.qualifier == "day"), key=lambda e: e.end, default=None)
    if near is None or any(mark in text[near.end : start] for mark in "。!?;\n"):
        return None
    year, month, day = map(int, str(near.value).split("-"))
    return year, month, day


def _year_for(
    month: int, day: int | None, before: str | None, today: date | None, *, earlier_too: bool = False
) -> int | None:
    """The year of a day named without one: the first such day after the date before it, else the latest one.

    A day up to two months ahead of the day of writing is taken as still to come. `earlier_too`: the month may lie
    before the date named first, as the month that wages are owed for does.
    """
    if before is not None:
        year = int(before[:4])
        earlier = before[5:7] != "" and (month, day or 31) < (int(before[5:7]), int(before[8:10] or 1))
        year += earlier and not earlier_too
        if today is None or (year, month) <= (today.year, today.month):
            return year
        return year - 1 if earlier else year
    if today is None:
        return None
    horizon = today + timedelta(days=_AHEAD_DAYS)
    for year in (today.year + 1, today.year):
        if (year, month, day or 1) <= (horizon.year, horizon.month, horizon.day):
            return year
    return today.year - 1
