"""Wage slips (工资条): labels and the values beside or below them, and whether the sums agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cache

from rapidfuzz import fuzz

from gonghui.brain.lexicon import load_yaml
from gonghui.brain.papers.ocr import Line

_MARKS = re.compile(r"[\s::：;；,，、()()（）【】\[\]*_—\-]+")
_AMOUNT = re.compile(r"[¥￥]?\s*(-?\d{1,3}(?:[,，]\d{3})+(?:\.\d{1,2})?|-?\d+(?:\.\d{1,2})?)\s*元?")
# Letters and marks that are read for digits; a value put right so is never sure by itself.
_LOOKALIKES = str.maketrans("OoQlIi|SsBZz", "000111155822")
_POINT = re.compile(r"^(.*\d)[,，](\d{2})$")
_MONTH = re.compile(r"(20\d{2})\s*[年./-]\s*(1[0-2]|0?[1-9])\s*月?")
_EMPLOYER = re.compile(
    r"[\u4e00-\u9fff()（）]{2,30}?(?:公司|工厂|厂|集团|中心|学校|医院|商行|店|部)(?=\d{4}|工资|薪|$|员工|职工)"
)
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")
MONEY = (
    "basic", "overtime", "bonus", "allowance", "gross", "pension", "medical", "unemployment", "social", "housing",
    "tax", "deduction", "deducted", "net",
)  # fmt: skip


# What a person should look at, in Chinese and English.
Problem = tuple[str, str]
SEVERAL: Problem = (
    "这张表有好几个人的工资，请只拍自己的一行。",
    "This table has the pay of several people; take a photo of your own line.",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A label of the slip with its value: field, the label as read, the value, how sure, where it stands."""

    field: str
    label: str
    value: str
    confidence: float
    line: Line


@cache
def _labels() -> list[tuple[str, str]]:
    """(label, field), longest first, so that 基本工资 is not taken for 工资."""
    pairs = [(label, field) for field, labels in load_yaml("papers.yaml")["labels"].items() for label in labels]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def field_of(text: str) -> tuple[str, str, str] | None:
    """(field, label, rest) of a text that begins with a known label; the rest may hold the value."""
    head = _MARKS.sub("", text)
    for label, field in _labels():
        if head.startswith(label):
            rest = head[len(label) :]
            # 加班费用说明 is another thing than 加班费.
            if not rest or not ("\u4e00" <= rest[0] <= "\u9fff") or field in ("worker", "employer", "month"):
                return field, label, _after(text, label)
    likeness = load_yaml("papers.yaml")["likeness"]
    if 3 <= len(head) <= 8:
        score, label, field = max((fuzz.ratio(head, label) / 100, label, field) for label, field in _labels())
        if score >= likeness and len(label) >= 3:
            return field, label, ""
    return None


def _after(text: str, label: str) -> str:
    seen = 0
    for at, letter in enumerate(text, start=1):
        seen += not _MARKS.fullmatch(letter)
        if seen == len(label):
            return text[at:].strip(" :：;；")
    return ""


def amount(text: str) -> tuple[Decimal, bool] | None:
    """The sum a text is, and whether letters had to be read as digits; None when it is none."""
    cleaned = text.replace(" ", "").strip(":：.。")
    for put_right in (False, True):
        # 3700,00 is a point that was read as a comma.
        tried = _POINT.sub(r"\1.\2", cleaned.translate(_LOOKALIKES)) if put_right else cleaned
        if put_right and not any(letter.isdigit() for letter in cleaned):
            return None
        if match := _AMOUNT.fullmatch(tried):
            try:
                return Decimal(match.group(1).replace(",", "").replace("，", "")), put_right
            except InvalidOperation:
                return None
    return None


def read_slip(lines: Sequence[Line]) -> tuple[list[Cell], list[Problem]]:
    """Cells of a wage slip and what contradicts itself. A sum that agrees is sure, one that does not is not used."""
    labels = [(line, found) for line in lines if (found := field_of(line.text))]
    taken = {id(line) for line, _ in labels}
    values = [line for line in lines if id(line) not in taken]
    beside = sum(_right_of(line, values, labels) is not None for line, (field, _, rest) in labels if field in MONEY)
    below = sum(_below(line, values) is not None for line, (field, _, rest) in labels if field in MONEY)
    cells: list[Cell] = []
    for line, (field, label, rest) in labels:
        if field in MONEY:
            cell = _money(line, field, label, rest, values, labels, below > beside)
        else:
            cell = _plain(line, field, label, rest, values, labels, below > beside)
        if cell is not None:
            cells.append(cell)
    cells += _from_title(lines, {cell.field for cell in cells})
    if _several_people(cells):
        return [], [SEVERAL]
    return _checked(cells)


def _money(
    line: Line, field: str, label: str, rest: str, values: Sequence[Line], labels: Sequence[tuple[Line, object]],
    downwards: bool,
) -> Cell | None:  # fmt: skip
    if rest and (found := amount(rest)):
        return Cell(field, label, str(found[0]), line.score * (0.7 if found[1] else 1.0), line)
    order = (_below(line, values), _right_of(line, values, labels))
    for value in order if downwards else reversed(order):
        if value is not None and (found := amount(value.text)):
            sure = min(line.score, value.score) * (0.7 if found[1] else 1.0)
            return Cell(field, label, str(found[0]), sure, value)
    return None


def _plain(
    line: Line, field: str, label: str, rest: str, values: Sequence[Line], labels: Sequence[tuple[Line, object]],
    downwards: bool,
) -> Cell | None:  # fmt: skip
    candidates = [(rest, line)] if rest else []
    near = (_below(line, values, money=False), _right_of(line, values, labels, money=False))
    candidates += [(value.text, value) for value in (near if downwards else reversed(near)) if value is not None]
    for text, value in candidates:
        read = text.strip()
        if field == "month":
            if match := _MONTH.search(read):
                return Cell(field, label, f"{match[1]}-{int(match[2]):02d}", min(line.score, value.score), value)
            continue
        if field == "worker" and not _NAME.fullmatch(read):
            continue
        if amount(read) is None and 2 <= len(read) <= 40:
            return Cell(field, label, read, min(line.score, value.score), value)
    return None


def _right_of(
    line: Line, values: Sequence[Line], labels: Sequence[tuple[Line, object]], *, money: bool = True
) -> Line | None:
    """The nearest value to the right on the same line, before the next label."""
    same = [v for v in values if v.left >= line.right - line.height and _overlap_y(line, v) > 0.5]
    same = [v for v in same if (amount(v.text) is not None) is money]
    stops = [other.left for other, _ in labels if other.left > line.right - 1 and _overlap_y(line, other) > 0.5]
    nearest = min(same, key=lambda v: v.left, default=None)
    if nearest is None or nearest.left > min(stops, default=float("inf")):
        return None
    return nearest


def _below(line: Line, values: Sequence[Line], *, money: bool = True) -> Line | None:
    """The nearest value below in the same column, at most four line heights away."""
    under = [v for v in values if v.top >= line.middle and v.top - line.bottom < 4 * line.height]
    under = [v for v in under if _overlap_x(line, v) > 0.3 and (amount(v.text) is not None) is money]
    return min(under, key=lambda v: v.top, default=None)


def _overlap_y(one: Line, other: Line) -> float:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared / max(min(one.height, other.height), 1.0)


def _overlap_x(one: Line, other: Line) -> float:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared / max(min(one.right - one.left, other.right - other.left), 1.0)


def _from_title(lines: Sequence[Line], known: set[str]) -> list[Cell]:
    """Employer and month where only the heading tells them."""
    found = []
    for line in sorted(lines, key=lambda line: line.top)[:4]:
        text = line.text.replace(" ", "")
        if "employer" not in known and (match := _EMPLOYER.search(text)):
            found.append(Cell("employer", "", match.group(0), line.score, line))
            known.add("employer")
        if "month" not in known and (date := _MONTH.search(text)):
            found.append(Cell("month", "", f"{date[1]}-{int(date[2]):02d}", line.score, line))
            known.add("month")
    return found


def _several_people(cells: Sequence[Cell]) -> bool:
    """The same field of one person with different values, such as two net sums."""
    net = {cell.value for cell in cells if cell.field == "net"}
    names = {cell.value for cell in cells if cell.field == "worker"}
    return len(net) > 1 or len(names) > 1


def _checked(cells: list[Cell]) -> tuple[list[Cell], list[Problem]]:
    rules = load_yaml("papers.yaml")

    def total(fields: Sequence[str]) -> Decimal:
        return sum((abs(Decimal(cell.value)) for cell in cells if cell.field in fields), Decimal(0))

    def one(field: str) -> Decimal | None:
        return next((Decimal(cell.value) for cell in cells if cell.field == field), None)

    gross, net, deducted = one("gross"), one("net"), one("deducted")
    taken = total(rules["deductions"])
    agreed: set[str] = set()
    wrong: set[str] = set()
    problems: list[Problem] = []
    if gross is not None and total(rules["earnings"]):
        ok = abs(total(rules["earnings"]) - gross) <= Decimal("0.01")
        (agreed if ok else wrong).update([*rules["earnings"], "gross"])
        if not ok:
            earned = total(rules["earnings"])
            problems.append(
                (
                    f"各项收入加起来是{earned}元，与应发{gross}元不符。",
                    f"The items add up to {earned}, not to the gross {gross}.",
                )
            )
    if deducted is not None and taken and abs(taken - deducted) > Decimal("0.01"):
        wrong.update([*rules["deductions"], "deducted"])
        problems.append(
            (
                f"各项扣款加起来是{taken}元，与扣款合计{deducted}元不符。",
                f"The deductions add up to {taken}, not to {deducted}.",
            )
        )
    if gross is not None and net is not None:
        less = taken or deducted or Decimal(0)
        ok = abs(gross - less - net) <= Decimal("0.01")
        (agreed if ok else wrong).update([*rules["deductions"], "deducted", "gross", "net"])
        if not ok:
            problems.append(
                (
                    f"应发{gross}元减去扣款{less}元，与实发{net}元不符。",
                    f"Gross {gross} less {less} is not the net {net}.",
                )
            )
    changed = []
    for cell in cells:
        if cell.field in agreed and cell.field not in wrong:
            changed.append(replace(cell, confidence=max(cell.confidence, 0.98)))
        elif cell.field in wrong and cell.field not in agreed:
            changed.append(replace(cell, confidence=min(cell.confidence, 0.5)))
        else:
            changed.append(cell)
    return changed, problems
