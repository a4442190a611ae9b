"""出生日期和身份证号: a birthday and the identity number of the same person in one form say the same day.

The general rule of every form: a date says whose birthday it is (`birth_of`), so that no service forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from gonghui.people.identity import born_on

if TYPE_CHECKING:
    from gonghui.services.spec import FormField


def wrong_naming(specs: Sequence[FormField]) -> str:
    """What is wrong with the `birth_of` of a form's fields, or of the columns of its rows; empty where nothing is.

    A date that is called a birthday beside an identity number must say whether it is that person's: `birth_of: id_no`.
    """
    numbers = {spec.name for spec in specs if spec.type == "id_no"}
    for spec in specs:
        if spec.birth_of and (spec.type != "date" or spec.birth_of not in numbers):
            return f"{spec.name}: birth_of is for a date, and names an identity number: {spec.birth_of!r} is none"
        if spec.type == "date" and spec.name.endswith("birth") and numbers and not spec.birth_of:
            return f"{spec.name}: say whose birthday it is: `birth_of: {sorted(numbers)[0]}`"
    return ""


def disagreeing(specs: Sequence[FormField], values: Mapping[str, Any]) -> dict[str, str]:
    """What to say beside each birthday that is not the one in the identity number; nothing where one is not given."""
    wrong = {}
    for spec in specs:
        day, number = values.get(spec.name), values.get(spec.birth_of) if spec.birth_of else None
        if day and number and (born := born_on(str(number))) is not None and born != day:
            wrong[spec.name] = _("和身份证号对不上：身份证号里的出生日期是 %(day)s，请核对这两项。") % {
                "day": born.isoformat()
            }
    return wrong
