"""One field of a service's form as Django asks and checks it: the kinds of values a service file may ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum import luhn
from stdnum.cn import uscc

from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.flow import registry
from gonghui.organisations.region_field import RegionField
from gonghui.people.identity import born_on
from gonghui.services import offers
from gonghui.services.models import Offer
from gonghui.services.rounds import Round
from gonghui.services.rounds import on as round_on
from gonghui.services.spec import FormField, Service
from gonghui.services.veiling import NUMBERS, NumberField

PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][A-Z0-9]{4,6}[A-Z0-9挂学警港澳]"
)
PHONE = re.compile(r"1[3-9]\d{9}")
_MOVED = re.compile(r"(today|offer)((?:[+-]\d+[dmy])*)")
_STEP = re.compile(r"([+-])(\d+)([dmy])")
LONG, SHORT = 2000, 120


def bound(raw: Decimal | str | None, day: date, offer_day: date | None = None) -> Any:
    """A limit of a field: a number, or the day that `2026-01-31`, `today`, `today-16y`, `today+30d` means. `offer_day`:
    the first day of the chosen offer, from which `offer-6y` counts; from today where it has none."""
    if not isinstance(raw, str):
        return raw
    moved = _MOVED.fullmatch(raw)
    if moved is None:
        return Decimal(raw) if re.fullmatch(r"-?\d+(\.\d+)?", raw) else date.fromisoformat(raw)
    if moved[1] == "offer" and offer_day is not None:
        day = offer_day
    for sign, number, unit in _STEP.findall(moved[2]):
        count = int(number) * (1 if sign == "+" else -1)
        day = day + timedelta(days=count) if unit == "d" else months_later(day, count * (12 if unit == "y" else 1))
    return day


def _checked(test: Callable[[str], bool], text: Any) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not test(value):
            raise ValidationError(text)

    return check


def _squeezed(value: str) -> str:
    return re.sub(r"[\s\-]", "", value).upper()


def is_bank_card(number: str) -> bool:
    """Whether digits without spaces can be a card number: their count and the check digit (Luhn)."""
    return number.isdigit() and 12 <= len(number) <= 19 and luhn.is_valid(number)


# Numbers with which somebody could act in another's name: a phone never keeps them (static/js/drafts.js).
NOT_KEPT = {"data-not-kept": ""}
_CHECKS: dict[str, tuple[Callable[[str], bool], Any, dict[str, str]]] = {
    "phone": (
        lambda value: bool(PHONE.fullmatch(_squeezed(value).removeprefix("+86"))),
        gettext_lazy("请填写 11 位手机号码。"),
        {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    ),
    "id_no": (
        lambda value: born_on(_squeezed(value)) is not None,
        gettext_lazy("身份证号不对：应是 18 位，最后一位可以是 X，请对照证件核对。"),
        {"autocomplete": "off", "autocapitalize": "characters", **NOT_KEPT},
    ),
    "bank_card": (
        lambda value: is_bank_card(_squeezed(value)),
        gettext_lazy("银行卡号不对，请对照卡面核对。"),
        {"inputmode": "numeric", "autocomplete": "off", **NOT_KEPT},
    ),
    "uscc": (
        lambda value: uscc.is_valid(_squeezed(value)),
        gettext_lazy("统一社会信用代码不对：应是 18 位，请对照营业执照核对。"),
        {"autocomplete": "off", "autocapitalize": "characters"},
    ),
    "plate": (
        lambda value: bool(PLATE.fullmatch(_squeezed(value))),
        gettext_lazy("车牌号不对，请写成“贵A12345”这样。"),
        {"autocomplete": "off"},
    ),
}
SQUEEZED = frozenset(_CHECKS)


class OfferField(forms.ChoiceField):
    """One of the offers that are open now: the nearest are listed, and whichever else is named by its number.
    `held`: the one in which the application has its seat already; then it is the only one."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("这一场已报满、停止报名或取消了，请另选。"),
    }

    def __init__(self, *, service: Service, region: str = "", held: Offer | None = None, **kwargs: Any) -> None:
        self.service = service
        rows = [held] if held is not None else offers.choosable(service, region)
        self.fixed = held is not None
        pairs = [(str(row.pk), offers.label(service, row)) for row in rows]
        super().__init__(choices=pairs, widget=forms.RadioSelect if len(pairs) <= 12 else forms.Select, **kwargs)

    def name_one(self, number: Any) -> None:
        """Put one that is not among the nearest at the head of the list."""
        listed: Any = self.choices
        pairs = list(listed)
        if number and str(number) not in {str(pk) for pk, _label in pairs} and not self.fixed:
            row = offers.open_one(self.service, number)
            if row is not None:
                self.choices = [(str(row.pk), offers.label(self.service, row)), *pairs]

    def clean(self, value: Any) -> Any:
        self.name_one(value)
        text = super().clean(value)
        return int(text) if text else None


def choices_of(spec: FormField, actor: Actor | None = None) -> list[tuple[str, str]]:
    """(code, label): of the file, or of the function it names, for this actor (nobody in particular: all there are)."""
    if spec.choices_from:
        return list(registry.function("choices", spec.choices_from)(None, actor))
    return [(choice.code, str(choice)) for choice in spec.choices]


def limits(
    spec: FormField, day: date, offer_day: date | None = None, rounds: Sequence[Round] = (), begun: date | None = None
) -> tuple[Any, Any]:
    """The least and the most of a field on a day. `begun`: the day by which a round is taken, where that is another."""
    least, most = bound(spec.least, day, offer_day), bound(spec.most, day, offer_day)
    within = round_on(rounds, begun or day) if spec.in_round else None
    if within is not None:
        least, most = max(within.least, least or date.min), min(within.most, most or date.max)
    return least, most


def form_field(
    spec: FormField,
    day: date,
    actor: Actor | None = None,
    offer_day: date | None = None,
    rounds: Sequence[Round] = (),
    begun: date | None = None,
) -> forms.Field:
    """The field as Django asks and checks it. A hidden one (`show_when`) is judged by the form, so none is required."""
    kwargs: dict[str, Any] = {
        "label": str(spec),
        "help_text": str(spec.help or ""),
        "required": spec.required and spec.show_when is None,
    }
    least, most = limits(spec, day, offer_day, rounds, begun)
    if spec.in_round and least is not None and most is not None:
        said = _("%(least)s 到 %(most)s 之间的。") % {"least": least, "most": most}
        kwargs["help_text"] = kwargs["help_text"] or said
    if spec.type in ("bool", "promise"):
        return forms.BooleanField(**{**kwargs, "required": spec.type == "promise"})
    if spec.type == "choice":
        pairs = choices_of(spec, actor)
        if len(pairs) > 6 or spec.choices_from:
            return forms.ChoiceField(choices=[("", _("请选择")), *pairs], **kwargs)
        return forms.ChoiceField(choices=pairs, widget=forms.RadioSelect, **kwargs)
    if spec.type == "multi":
        return forms.MultipleChoiceField(
            choices=choices_of(spec, actor),
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )
    if spec.type == "int":
        return forms.IntegerField(min_value=whole_number(least, 0), max_value=whole_number(most, 10**9), **kwargs)
    if spec.type == "money":
        return forms.DecimalField(
            min_value=least if least is not None else Decimal(0),
            max_value=most or Decimal(10**9),
            decimal_places=2,
            **kwargs,
        )
    if spec.type == "date":
        return forms.DateField(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            validators=[_between(least, most)],
            **kwargs,
        )
    if spec.type == "region":
        kwargs["help_text"] = kwargs["help_text"] or _("写到区县，例如：南明区。")
        return RegionField(max_length=60, widget=forms.TextInput(attrs={"autocomplete": "address-level2"}), **kwargs)
    if spec.type == "long_text":
        most_letters = spec.max or LONG
        widget = forms.Textarea(attrs={"rows": 5, "maxlength": most_letters})
        return forms.CharField(max_length=most_letters, widget=widget, validators=_pattern(spec), **kwargs)
    if spec.type in _CHECKS:
        test, text, attrs = _CHECKS[spec.type]
        kind = NumberField if spec.type in NUMBERS else forms.CharField
        return kind(max_length=40, widget=forms.TextInput(attrs=attrs), validators=[_checked(test, text)], **kwargs)
    return forms.CharField(max_length=spec.max or SHORT, validators=_pattern(spec), **kwargs)


def whole_number(value: Any, otherwise: int) -> int:
    """A limit as a whole number, or what stands for none."""
    return int(value) if value is not None else otherwise


def _pattern(spec: FormField) -> list[Callable[[str], None]]:
    if not spec.pattern:
        return []
    pattern = re.compile(spec.pattern)
    return [_checked(lambda value: bool(pattern.fullmatch(value)), str(spec.pattern_says))]


def _between(least: date | None, most: date | None) -> Callable[[date], None]:
    def check(value: date) -> None:
        if least is not None and value < least:
            raise ValidationError(_("不能早于 %(day)s。") % {"day": least.isoformat()})
        if most is not None and value > most:
            raise ValidationError(_("不能晚于 %(day)s。") % {"day": most.isoformat()})

    return check


def tidy(spec: FormField, value: Any) -> Any:
    """A cleaned value as it is kept: numbers without spaces, nothing for what is empty."""
    if spec.type in SQUEEZED and value:
        return _squeezed(value).removeprefix("+86")
    return None if value in ("", []) else value
