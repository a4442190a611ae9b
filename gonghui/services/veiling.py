"""号码不整个显示: numbers of identity and bank cards never come back whole to a page of the worker, who may have lent
the phone. An input shows `5201**********1234`; sent back as it is, it means the number that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gonghui.services.spec import FormField

NUMBERS = ("id_no", "bank_card")
LEFT = 4
STAR = "*"


def veiled_number(number: str) -> str:
    """The first and the last four of a number, stars between: enough to tell one's own from another."""
    if STAR in number or not number:
        return number
    hidden = len(number) - 2 * LEFT
    return number[:LEFT] + STAR * hidden + number[-LEFT:] if hidden >= LEFT else STAR * len(number)


def veiled(spec: FormField, value: Any) -> Any:
    """A kept value of a field as a page may show it: numbers veiled, also those in rows; all else as it is."""
    if spec.type in NUMBERS and value:
        return veiled_number(str(value))
    if spec.type == "rows" and isinstance(value, list):
        columns = {column.name: column for column in spec.columns}
        return [
            {name: veiled(columns[name], one) if name in columns else one for name, one in row.items()}
            for row in value
            if isinstance(row, Mapping)
        ]
    return value


class NumberField(forms.CharField):
    """A number that is kept already (`held`) is shown veiled; sent back veiled it is that number again."""

    held: tuple[str, ...] = ()

    def hold(self, numbers: Iterable[Any]) -> None:
        self.held = tuple(dict.fromkeys(str(number) for number in numbers if number))

    def clean(self, value: Any) -> Any:
        if STAR in str(value or ""):
            meant = [number for number in self.held if veiled_number(number) == value.strip()]
            if len(meant) != 1:
                raise ValidationError(_("请把号码完整填一遍。"))
            value = meant[0]
        return super().clean(value)
