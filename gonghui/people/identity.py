"""公民身份号码 (GB 11643): whether a number is right, and what it tells of age.

Not `stdnum.cn.ric.is_valid`: that asks whether the place's code was in use in the year of birth. Numbers were given out
from 1984 on, by the place of registration then, so it refuses people who were born before their county had its code.
"""

from __future__ import annotations

from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from gonghui.kernel.times import today


def born_on(number: str) -> date | None:
    """The day of birth; None for a number that is wrong: length, check digit, or no day that has been."""
    text = "".join(number.split()).upper()
    if len(text) != 18 or not (text[:-1].isascii() and text[:-1].isdigit()) or text[-1] != ric.calc_check_digit(text):
        return None
    try:
        born: date = ric.get_birth_date(text)
    except ValidationError:
        return None
    return born if date(1900, 1, 1) <= born <= today() else None


def with_check(number: str) -> str:
    """The first 17 digits with the right last one, for made-up people."""
    return f"{number[:17]}{ric.calc_check_digit(number[:17] + '0')}"


def age_on(number: str, day: date) -> int | None:
    """Full years on a day; None for a wrong number."""
    born = born_on(number)
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
