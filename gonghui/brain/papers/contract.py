"""Labour contracts (劳动合同): parties, term, trial period, pay, post, place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gonghui.brain.papers.ocr import Line
from gonghui.brain.papers.slip import Cell, Problem

_DAY = r"(20\d{2}|19\d{2})\s*年\s*(1[0-2]|0?[1-9])\s*月\s*(3[01]|[12]\d|0?[1-9])\s*日"
_END = r"(?=[,，。;；、°(（\s]|乙方|甲方|法定|地址|身份证|$)"
_NOTE = r"(?:[(（][^)）]{1,10}[)）])?"
_FIELDS = {
    "employer": rf"(?:甲方|用人单位){_NOTE}[:：]?(?:名称[:：])?([\u4e00-\u9fff()（）]{{4,30}}?){_END}",
    "worker": rf"(?:乙方|劳动者){_NOTE}[:：]?(?:姓名[:：])?([\u4e00-\u9fff·]{{2,4}}){_END}",
    "trial": r"试用期(?:为|自)?[^。;；]{0,12}?(\d{1,2}|[一二三四五六])个?月",
    "pay": r"(?:月工资|工资标准|基本工资|每月工资|劳动报酬)[^。;；\d]{0,14}?(?:人民币)?[¥￥]?(\d{3,6}(?:\.\d{1,2})?)元",
    "post": rf"(?:岗位|工种|从事){_NOTE}(?:为|是)?[:：]?([\u4e00-\u9fff]{{2,10}}?)(?:岗位|工作|工种|{_END})",
    "place": rf"工作地点(?:为|在|是)?[:：]?([\u4e00-\u9fff\d]{{2,30}}?){_END}",
}
_RULES = {field: re.compile(rule) for field, rule in _FIELDS.items()}
# Where a line surely begins something new; elsewhere a sentence goes on in the next line.
_NEW = re.compile(r"[一二三四五六七八九十]+[、.]|第[一二三四五六七八九十\d]+条|甲方|乙方|签订|签字|日期|地址")
_FULL = 0.8
_TERM = re.compile(rf"(?:自|从)?\s*{_DAY}\s*(?:起)?\s*(?:至|到|—|-|起至)+\s*{_DAY}")
_SIGNED = re.compile(rf"(?:签订日期|签订时间|签字日期|日期)[:：]?\s*{_DAY}")
_FOREVER = re.compile(r"无固定期限")


def read_contract(lines: Sequence[Line]) -> tuple[list[Cell], list[Problem]]:
    """Fields of a contract. A field whose line was read with doubt keeps that doubt."""
    cells: list[Cell] = []
    text, owner = _joined(lines)

    def add(field: str, value: str, start: int, end: int) -> None:
        parts = {owner[at] for at in range(start, end)}
        sure = min((lines[n].score for n in parts), default=0.0)
        cells.append(Cell(field, "", value, sure, lines[min(parts)]))

    for field, rule in _RULES.items():
        if match := rule.search(text):
            add(field, match.group(1), *match.span(1))
    if match := _TERM.search(text):
        first, last = match.groups()[:3], match.groups()[3:]
        add("start", _day(first), *match.span())
        add("end", _day(last), *match.span())
    elif match := _FOREVER.search(text):
        add("end", "open", *match.span())
    if match := _SIGNED.search(text):
        add("signed", _day(match.groups()), *match.span())
    found = {cell.field: cell.value for cell in cells}
    problems: list[Problem] = []
    if "start" in found and "end" in found and found["end"] != "open" and found["end"] < found["start"]:
        problems.append(
            ("合同终止日期早于开始日期，请核对原件。", "The end is before the beginning; look at the original.")
        )
    if {"employer", "start", "pay"} - set(found):
        problems.append(
            (
                "甲方、期限、工资没有都看清：可能没有填写（空白合同要当心），也可能没拍清楚。",
                "Employer, term and pay are not all clear: left blank (beware of blank contracts) or not sharp.",
            )
        )
    return cells, problems


def _joined(lines: Sequence[Line]) -> tuple[str, list[int]]:
    """All text without spaces, and the line of each character: a sentence goes on in the next line."""
    text: list[str] = []
    owner: list[int] = []
    edge = max((line.right for line in lines), default=0.0)
    for number, line in enumerate(lines):
        words = line.text.replace(" ", "")
        # A line that does not reach the edge has said all.
        short = number > 0 and lines[number - 1].right < _FULL * edge
        if text and (short or _NEW.match(words) or text[-1] in "。;；:："):
            words = "\n" + words
        for letter in words:
            text.append(letter)
            owner.append(number)
    return "".join(text), owner


def _day(parts: Sequence[str]) -> str:
    year, month, day = (int(part) for part in parts)
    return f"{year:04d}-{month:02d}-{day:02d}"
