"""What has to be looked at again (复核清单): rules not rechecked for long, citations that a newer text touches,
parameters missing for the coming year, and published changes that fit no longer.

Plain Python over the data at hand. `data/checked.yaml` says when what was checked, `data/cited.txt` how each cited
article read then: one line an article with law, number, id and a fingerprint of its text.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from gonghui import yamls
from gonghui.brain.gazetteer import Gazetteer
from gonghui.kernel.calendar import months_later
from gonghui.law.articles import Article, today
from gonghui.law.build import DATA_DIR
from gonghui.law.calculators import calculators
from gonghui.law.calculators.registry import Calculator
from gonghui.law.checks import ids_in
from gonghui.law.history import counterpart
from gonghui.law.parameters import NATION, Parameter, ParameterStore
from gonghui.law.parameters.dated_rules import dated_rules
from gonghui.law.shelf import Shelf, Standing
from gonghui.law.store import LawStore
from gonghui.law.topics import Library, topics

CHECKED = DATA_DIR / "checked.yaml"
STAMP = DATA_DIR / "cited.txt"
Group = Literal["stale", "touched", "missing", "unfit"]
GROUPS: Mapping[Group, tuple[str, str]] = {
    "unfit": ("发布的修改已不能用", "Published changes that fit no longer"),
    "touched": ("引用的条文有变动", "Citations touched by a newer text"),
    "missing": ("来年缺少的参数", "Parameters missing for the coming year"),
    "stale": ("久未核对的规则", "Rules not rechecked for long"),
}
# The provinces, by the first two digits of GB/T 2260, without Taiwan, Hong Kong and Macao: their law is their own.
PROVINCES = (
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: what it is (`R01`, `min_wage_month`), why, and what to do. `places`: where it is used."""

    group: Group
    code: str
    name: str
    why: str
    todo: str
    places: tuple[str, ...] = ()
    path: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "group": self.group, "code": self.code, "name": self.name, "why": self.why, "todo": self.todo,
            "places": list(self.places), "path": self.path,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Review:
    """All items, sorted within their group. `unstamped`: cited articles of which nothing says how they read when the
    rule was checked."""

    on: date
    months: int
    year: int
    items: tuple[Item, ...]
    unstamped: int = 0

    def of(self, group: Group) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.group == group)

    @property
    def counts(self) -> dict[Group, int]:
        return {group: len(self.of(group)) for group in GROUPS}

    def as_dict(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(), "months": self.months, "year": self.year, "unstamped": self.unstamped,
            "counts": self.counts, "items": [item.as_dict() for item in self.items],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stamped:
    """How a cited article read when the rules were checked against it."""

    law: str
    number: str
    id: str
    fingerprint: str


@dataclass(slots=True)
class _Cited:
    """An article that rules stand on, and the places that cite it. `id`: of a fixed version, else the newest counts."""

    law: str
    number: int
    suffix: str
    id: str
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return (self.law, f"{self.number}{self.suffix}")


def review(
    *,
    on: date | None = None,
    months: int | None = None,
    year: int | None = None,
    rechecked: Mapping[str, date] | None = None,
    unfit: Sequence[Item] = (),
    library: Library | None = None,
    parameters: ParameterStore | None = None,
    shelf: Shelf | None = None,
    stamp: Mapping[tuple[str, str], Stamped] | None = None,
) -> Review:
    """The list as of a day (today), for checks that last `months` and the values of `year` (the next one).

    `rechecked`: the day on which a published change of a code (`R01`, `min_wage_month@52`) was approved. `unfit`: what
    the caller knows of published changes that fit no longer.
    """
    day = on or today()
    rules = _rules()
    lasts = int(rules["months"]) if months is None else months
    wanted = day.year + 1 if year is None else year
    library, parameters, shelf = library or topics(), parameters or ParameterStore.default(), shelf or Shelf.default()
    stamps = read_stamp() if stamp is None else stamp
    cited = _all_cited(library, parameters, shelf)
    touched = [item for one in cited if (item := _touched(one, stamps, shelf))]
    items = [
        *unfit,
        *sorted(touched, key=lambda item: item.code),
        *_missing(parameters, wanted, rules),
        *_stale(library, parameters, rules, day, lasts, rechecked or {}),
    ]
    return Review(day, lasts, wanted, tuple(items), sum(one.key not in stamps for one in cited))


@cache
def _rules() -> dict[str, Any]:
    loaded: dict[str, Any] = yamls.read(CHECKED.read_bytes())
    return loaded


# ---- not rechecked for long


def _stale(
    library: Library,
    parameters: ParameterStore,
    rules: Mapping[str, Any],
    day: date,
    months: int,
    rechecked: Mapping[str, date],
) -> Iterator[Item]:
    before = months_later(day, -months)

    def why(checked: date, by: str) -> str:
        who = "，写稿人自查，没有律师看过" if by == "unreviewed" else f"，{by}"
        return f"上次核对 {checked.isoformat()}{who}"

    for topic in library.topics.values():
        checked = max(topic.source.checked, rechecked.get(topic.id, topic.source.checked))
        if checked <= before:
            todo = f"对照 {len(topic.citations())} 处引用的原文和手册 {topic.source.handbook}，改好日期。"
            yield Item("stale", topic.id, topic.zh, why(checked, rules["situations"]["by"]), todo)
    for key, rows in _by_key(parameters).items():
        unread = [row for row in rows if row.status == "U" and row.valid_to is None]
        name = parameters.keys[key].name
        clock = key.startswith("limit.")
        if unread:
            where = _regions(unread)
            yield Item(
                "stale", key, name, f"从未核对原文：{where}", "找到发布机关的文件，核对数值和起始日期后改标记。"
            )  # fmt: skip
        row_of = rules["exceptions"].get(key, rules["parameters"])
        days = [max(row_of["checked"], rechecked.get(f"{key}@{row.region}", row_of["checked"])) for row in rows]
        if len(unread) < len(rows) and (oldest := min(days)) <= before:
            sources = "；".join(dict.fromkeys(row.source for row in rows if row.status != "U"))
            todo = f"核对{'时效' if clock else '数值'}：{sources[:80]}"
            yield Item("stale", key, name, why(oldest, row_of["by"]), todo)
    for number, calculator in calculators().items():
        row_of = rules["exceptions"].get(number, rules["calculators"])
        if row_of["checked"] <= before:
            yield Item(
                "stale", number, calculator.name, why(row_of["checked"], row_of["by"]), "对照引用的条文，重算例题。"
            )
    row_of = rules["dated_rules"]
    if row_of["checked"] <= before:
        text = f"核对 {len(dated_rules())} 条新旧规定的起始日期。"
        yield Item("stale", "dated_rules", "什么时候变了什么", why(row_of["checked"], row_of["by"]), text)


def _by_key(parameters: ParameterStore) -> dict[str, list[Parameter]]:
    found: dict[str, list[Parameter]] = {}
    for row in parameters:
        found.setdefault(row.key, []).append(row)
    return dict(sorted(found.items()))


def _regions(rows: Iterable[Parameter]) -> str:
    names = list(dict.fromkeys(_name(row.region) for row in rows))
    return "、".join(names[:6]) + (f" 等 {len(names)} 个地区" if len(names) > 6 else "")


def _name(region: str) -> str:
    return "全国" if region == NATION else Gazetteer.default().full_name(region.ljust(6, "0")) or region


# ---- the coming year


def _missing(parameters: ParameterStore, year: int, rules: Mapping[str, Any]) -> Iterator[Item]:
    """Series that end before the year is over, values that go on from long ago, and provinces without any."""
    by_key = _by_key(parameters)
    for key, rows in by_key.items():
        meaning = parameters.keys[key]
        series: dict[str, list[Parameter]] = {}
        for row in rows:
            series.setdefault(row.region, []).append(row)
        ended: dict[date, list[Parameter]] = {}
        old: dict[date, list[Parameter]] = {}
        for history in series.values():
            history.sort(key=lambda row: row.valid_from)
            gap = _first_gap(history, year)
            if gap is not None:
                ended.setdefault(gap, []).append(history[-1])
            elif key in rules["yearly"] and history[-1].valid_from.year < year - 1:
                old.setdefault(history[-1].valid_from, []).append(history[-1])
        for gap, found in sorted(ended.items()):
            yield Item(
                "missing", key, meaning.name, f"{year} 年从 {gap.isoformat()} 起没有数值：{_regions(found)}",
                f"查新标准后补一行。{meaning.where}",
            )  # fmt: skip
        for since, found in sorted(old.items()):
            why = f"自 {since.isoformat()} 起没有更新，{year} 年可能已调整：{_regions(found)}"
            yield Item(
                "missing", key, meaning.name, why,
                f"查有没有新标准。{meaning.where}",
            )  # fmt: skip
        if meaning.where and NATION not in series:
            none = [code for code in PROVINCES if not any(region.startswith(code) for region in series)]
            if none:
                names = "、".join(_name(code) for code in none[:6])
                more = f" 等 {len(none)} 个地区" if len(none) > 6 else ""
                yield Item("missing", key, meaning.name, f"没有任何数值：{names}{more}", f"查后补上。{meaning.where}")
    for key, meaning in sorted(parameters.keys.items()):
        if meaning.where and key not in by_key:
            yield Item("missing", key, meaning.name, "全国都没有数值，计算时只能问职工", f"查后补上。{meaning.where}")


def _first_gap(history: Sequence[Parameter], year: int) -> date | None:
    """The first day of the year on which no row of the series holds, or None."""
    day = date(year, 1, 1)
    while day.year == year:
        row = next((row for row in history if row.in_force(day)), None)
        if row is None:
            return day
        if row.valid_to is None:
            return None
        day = row.valid_to
    return None


# ---- citations touched by a newer text


def _all_cited(library: Library, parameters: ParameterStore, shelf: Shelf) -> list[_Cited]:
    """Every article that situations, calculators and parameters stand on, each once, with its places."""
    found: dict[tuple[str, str, str], _Cited] = {}

    def add(article: Article | None, place: str, fixed: str = "") -> None:
        if article is None:
            return
        one = _Cited(article.law, article.number, article.suffix, fixed)
        kept = found.setdefault((*one.key, fixed), one)
        if place not in kept.places:
            kept.places.append(place)

    for topic in library.topics.values():
        for _place, cite in topic.citations():
            add(library.cited(cite), topic.id)
    for numbers, path in _calculator_files():
        for _line, article_id in ids_in(ast.parse(path.read_bytes())):
            standing = shelf.get(article_id)
            add(standing.article if standing else None, "、".join(numbers) or path.stem, article_id)
    laws = LawStore.default()
    for row in parameters:
        for citation in laws.citations.find(row.source):
            article = laws.by_number(citation.law, citation.number, citation.suffix)
            add(article, row.key if row.region == NATION else f"{row.key}@{row.region}")
    return list(found.values())


def _calculator_files() -> list[tuple[list[str], Path]]:
    folder = Path(inspect.getfile(Calculator)).parent
    by_file: dict[Path, list[str]] = {}
    for number, calculator in calculators().items():
        by_file.setdefault(Path(inspect.getfile(calculator.function)), []).append(number)
    return [(by_file.get(path, []), path) for path in sorted(folder.glob("*.py"))]


def _touched(one: _Cited, stamps: Mapping[tuple[str, str], Stamped], shelf: Shelf) -> Item | None:
    """What a newer text did to an article, or None where it reads as when it was checked."""
    newest = _newest(one, shelf)
    stamped = stamps.get(one.key)
    was = one.id or (stamped.id if stamped else "")
    before = shelf.get(was) if was else None
    if newest is None:
        code = f"{one.law.removeprefix('中华人民共和国')} {one.number}{one.suffix}"
        moved = _moved(before, one, shelf) if before else ""
        return Item("touched", code, "", f"新的文本里没有这一条{moved}", "改引用，重读这些规则。", tuple(one.places))
    code = f"{newest.short_law} {one.number}{one.suffix}"
    path = newest.path
    if was and newest.id != was:
        when = f"（{newest.adopted.isoformat()} 通过）" if newest.adopted else ""
        if before is not None and before.article.text == newest.text:
            why, todo = f"有新文本{when}，这一条没有变", "确认没有变后用 gonghui law review --accept 记下。"
        else:
            moved = _moved(before, one, shelf) if before else ""
            why, todo = f"有新文本{when}，这一条变了{moved}", "对照新旧条文，改好下列规则。"
        return Item("touched", code, "", why, todo, tuple(one.places), path)
    if stamped is not None and stamped.id == newest.id and stamped.fingerprint != fingerprint(newest.text):
        why, todo = "同一文本的文字和核对时不同（重新导入时改正过）", "重读这一条和下列规则。"
        return Item("touched", code, "", why, todo, tuple(one.places), path)
    if newest.ended_by(today()):
        return Item("touched", code, "", "这一条已经失效", "改引用，重读这些规则。", tuple(one.places), path)
    return None


def _newest(one: _Cited, shelf: Shelf) -> Article | None:
    return shelf.by_number(one.law, one.number, one.suffix)


def _moved(before: Standing, one: _Cited, shelf: Shelf) -> str:
    """Where the words stand now, in words."""
    volume = shelf.newest(one.law)
    if volume is None:
        return ""
    now, moved = counterpart(shelf.open(volume), before)
    return f"，原来的内容现在是{now.article.article}" if now is not None and moved else ""


# ---- the stamp


def fingerprint(text: str) -> str:
    """Name of an article's text (12 hex digits)."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_stamp(path: Path = STAMP) -> dict[tuple[str, str], Stamped]:
    """How each cited article read when it was checked, by law and number."""
    if not path.exists():
        return {}
    rows = [Stamped(*line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {(row.law, row.number): row for row in rows}


def stamp(accepted: Sequence[str] = (), path: Path = STAMP, shelf: Shelf | None = None) -> tuple[int, int]:
    """Note how articles read that are cited for the first time, and those of `accepted` laws or ids anew (somebody has
    read them); forget those no longer cited. How many lines were added or changed, and how many there are."""
    shelf = shelf or Shelf.default()
    known = read_stamp(path)
    kept: dict[tuple[str, str], Stamped] = {}
    changed = 0
    for one in _all_cited(topics(), ParameterStore.packaged(), shelf):
        newest = _newest(one, shelf)
        if newest is None or one.key in kept:
            continue
        row = known.get(one.key)
        again = newest.law in accepted or newest.short_law in accepted or newest.id in accepted
        if row is None or again:
            row = Stamped(one.law, one.key[1], newest.id, fingerprint(newest.text))
        changed += row != known.get(one.key)
        kept[one.key] = row
    lines = ["\t".join((row.law, row.number, row.id, row.fingerprint)) for _key, row in sorted(kept.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return changed, len(kept)
