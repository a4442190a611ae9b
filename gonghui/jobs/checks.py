"""防骗检查: what is doubtful about a posting, with the words it was seen in and the article behind it.

The wording is judged clause by clause: what the clause itself denies (不收押金, 男女不限) does not count, unless the
denial is itself denied (不交押金不能上岗). What depends on other rows (the list of wage defaulters, repeated texts) is
looked up by `postings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from gonghui.brain.text import normalise
from gonghui.jobs.models import MONTH_HOURS
from gonghui.jobs.tables import DATA, trades
from gonghui.kernel.tables import Words, read_table
from gonghui.law.parameters import ParameterStore

MOST_SEEN, WIDE = 3, 3
# Just below a minimum that nobody has verified, or just above: the union compares with the notice of its province.
NEAR = Decimal("1.1")
_CLAUSE = re.compile(r"[,。;!?\n、]")
_DENIED = re.compile(
    r"(?:不(?:用|必|需|再|会|得|准|许)?|无(?:需|须)?|没有?|免|勿|禁止|严禁|杜绝|拒绝|谢绝)[^,。;\n、]{0,6}$"
)
_DENIED_AFTER = re.compile(
    r"^[^,。;\n、]{0,4}(?:不限|不收|不交|不扣|不要求|不需要|皆可|均可|都可以|都要|全免|免费|:?无(?!故)|[由全]?[^,。;\n、]{0,2}(?:单位|公司|企业|我们)(?:全部|全额)?(?:出|付|承担|报销|负责))"
)
_BUT = re.compile(r"^[^。;\n]{0,10}(?:不能|不得|不予|不办|不给|别来|不录|勿来)")


class Check(Words):
    """One kind of doubt. `serious`: published only with a written finding."""

    code: str
    serious: bool
    basis: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """What was found: the check, and what was seen of it."""

    code: str
    seen: tuple[str, ...] = ()

    @property
    def check(self) -> Check:
        return checks()[self.code]

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "seen": list(self.seen)}


@cache
def checks() -> dict[str, Check]:
    return {row.code: row for row in read_table(DATA / "checks.yaml", tuple[Check, ...])}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row.code, re.compile("|".join(row.words))) for row in checks().values() if row.words)


def by_words(text: str) -> list[Hit]:
    """What the wording shows. Pure."""
    clean = normalise(text).lower()
    found: dict[str, list[str]] = {}
    for code, pattern in _patterns():
        for match in pattern.finditer(clean):
            seen = found.setdefault(code, [])
            # An address is an address whatever stands before it.
            if len(seen) < MOST_SEEN and (code == "contact" or not _is_denied(clean, match.start(), match.end())):
                seen.append(_around(clean, match.start(), match.end()))
    return [Hit(code, tuple(dict.fromkeys(seen))) for code, seen in found.items() if seen]


def _is_denied(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 12) : start]
    denied = _DENIED.search(before) is not None
    if denied and _BUT.search(text[end:]):
        return False
    return denied or _DENIED_AFTER.search(text[end : end + 12]) is not None


def _around(text: str, start: int, end: int) -> str:
    """The words with a little of what stands beside them, within the clause."""
    left = max((m.end() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    after = _CLAUSE.search(text, end)
    right = after.start() if after else len(text)
    return text[max(left, start - 8) : min(right, end + 8)].strip()


@dataclass(frozen=True)
class Minimum:
    """The minimum wage on record for a place: `sure` when it may be used, else only a reason to ask."""

    value: Decimal
    sure: bool
    source: str


def minimum_wage(region: str, day: date, pay_by: str) -> Minimum | None:
    """最低工资 of the law's parameters. Of a table of bands the lowest, to ask about."""
    key = "min_wage_hour" if pay_by == "hour" else "min_wage_month"
    row = ParameterStore.default().find(key, day, region)
    if row is None:
        return None
    if isinstance(row.value, Decimal):
        return Minimum(row.value, row.usable, row.source)
    return Minimum(min(row.table.values()), False, row.source)


def by_pay(values: Mapping[str, Any], day: date) -> list[Hit]:
    """Pay that is too low, hard to believe, or says nothing. `values` by the names of the posting's form."""
    low, high, pay_by = Decimal(values["pay_min"]), Decimal(values["pay_max"]), str(values["pay_by"])
    hits = []
    least = minimum_wage(str(values["region"]), day, pay_by)
    if least is not None and low < least.value * (1 if least.sure else NEAR):
        hits.append(Hit("pay_low" if least.sure else "pay_ask", (f"{low:f} < {least.value:f} {least.source}",)))
    trade = trades()[str(values["trade"])]
    month = high * MONTH_HOURS if pay_by == "hour" else high
    if month > trade.most:
        hits.append(Hit("pay_high", (f"{month:.0f} > {trade.most:.0f}",)))
    if low > 0 and high >= low * WIDE:
        hits.append(Hit("pay_wide", (f"{low:f}–{high:f}",)))
    if values["form"] == "full" and not values["insured"]:
        hits.append(Hit("insurance"))
    return hits


def told(rows: Iterable[Mapping[str, Any]]) -> list[Hit]:
    """Stored hits; one whose check is no more is left out."""
    return [Hit(row["code"], tuple(row["seen"])) for row in rows if row["code"] in checks()]


def serious(hits: Iterable[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.check.serious]
