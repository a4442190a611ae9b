"""Numbers as people write them (数字): 1万2, 3.5万, 一万二千, 二百五, 5k, 两.

The package cn2an reads standard numerals and is the oracle of the tests; it takes 0.3 s to load and cannot read
mixed lay forms inside a sentence, so a small parser stands here.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

DIGITS = {"零": 0, "〇": 0, "○": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "三": 3, "叁": 3, "四": 4, "肆": 4}
DIGITS |= {"五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_LATIN_UNITS = {"k": "千", "w": "万"}

HAN_NUMBER = "零〇○一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟"
# Arabic with optional lay units, or Chinese. One group, for use inside larger patterns.
NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?!\d)|\d+(?:\.\d+)?)"
    r"(?:[多余几]?[万千百亿]\d?(?:\.\d+)?(?:[千百]\d?)?|[kKwW](?![A-Za-z]))?"
    rf"|[{HAN_NUMBER}]+"
)
# Longer runs of digits are no amount that anybody means.
_LONGEST = 24
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_TOKEN = re.compile(rf"\d+(?:\.\d+)?|[{HAN_NUMBER}]")


def parse_number(text: str) -> Decimal | None:
    """The value of a lay numeral, or None when it is not one. 一万二 = 12000, 1万2 = 12000, 二百零五 = 205.

    Chinese digits in a row are read one by one (二〇二四 = 2024). Never raises.
    """
    cleaned = text.replace(",", "").replace(" ", "").lower()
    for latin, han in _LATIN_UNITS.items():
        cleaned = cleaned.replace(latin, han)
    cleaned = cleaned.replace("多", "").replace("余", "").replace("几", "")
    if not cleaned or len(cleaned) > _LONGEST:
        return None
    if _PLAIN.fullmatch(cleaned):
        return _decimal(cleaned)
    if all(character in DIGITS for character in cleaned):
        return Decimal(int("".join(str(DIGITS[character]) for character in cleaned)))
    tokens = _TOKEN.findall(cleaned)
    if "".join(tokens) != cleaned:
        return None
    return _combine(tokens)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _combine(tokens: list[str]) -> Decimal | None:
    """Add up digit-unit groups: each 万/亿 closes what stands before it."""
    total = section = Decimal(0)
    pending: Decimal | None = None
    last_unit = 1
    after_zero = False
    for token in tokens:
        if token in UNITS:
            unit = UNITS[token]
            if unit >= 10_000:
                section += pending or 0
                if section == 0 and total == 0:
                    return None
                if unit > 10_000 and total:
                    # 一万亿: the 万 before belongs to the 亿.
                    total, section = (total + section) * unit, Decimal(0)
                else:
                    total, section = total + section * unit, Decimal(0)
            else:
                if pending is None and unit != 10:
                    return None
                section += (Decimal(1) if pending is None else pending) * unit
            pending, last_unit, after_zero = None, unit, False
        elif token in DIGITS and DIGITS[token] == 0:
            after_zero = True
        else:
            if pending is not None:
                return None
            pending = Decimal(DIGITS[token]) if token in DIGITS else _decimal(token)
            if pending is None:
                return None
    if pending is not None:
        # 一万二 is 12,000 and 1万2 too, but 一万零二 is 10,002 and 1万2000 is 12,000.
        shorthand = last_unit >= 100 and not after_zero and pending < 10
        section += pending * (last_unit // 10) if shorthand else pending
    return total + section
