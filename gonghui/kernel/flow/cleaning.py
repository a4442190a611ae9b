"""Turn what a person typed into a transition's fields into values, or into errors beside the fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from gonghui.kernel import trail, vault
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import registry
from gonghui.kernel.flow.schema import FieldSpec, Transition
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI

MAX_TEXT, MAX_LONG_TEXT = 500, 4000
MAX_MONEY = Decimal("1000000000")


def options(spec: FieldSpec, matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The (code, label) pairs a choice field offers for this matter and actor."""
    if spec.choices_from:
        return list(registry.function("choices", spec.choices_from)(matter, actor))
    return [(choice.code, str(choice)) for choice in spec.choices]


def clean(
    transition: Transition, data: dict[str, Any], matter: Matter, actor: Actor
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """(values, errors). Values has every field of the transition, None when empty; unknown keys are dropped,
    except `reason` from the platform itself."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for spec in transition.fields:
        raw = data.get(spec.name)
        if isinstance(raw, str):
            raw = raw.replace("\x00", "").strip()
        if raw in (None, "", [], ()):
            values[spec.name] = None
            if spec.required:
                errors[spec.name] = [_("请填写“%(label)s”。") % {"label": spec.label}]
            continue
        try:
            values[spec.name] = _value(spec, raw, matter, actor)
        except ValueError as error:
            errors[spec.name] = [str(error)]
    if actor.is_system and "reason" not in values:
        values["reason"] = data.get("reason")
    return values, errors


def _value(spec: FieldSpec, raw: Any, matter: Matter, actor: Actor) -> Any:
    if registry.has("field_type", spec.type):
        return registry.function("field_type", spec.type)(raw, spec, matter)
    if spec.type in ("choice", "multi"):
        return _chosen(spec, raw, matter, actor)
    return _CLEANERS[spec.type](raw, spec)


def _chosen(spec: FieldSpec, raw: Any, matter: Matter, actor: Actor) -> Any:
    known = {code for code, _label in options(spec, matter, actor)}
    wanted = [str(raw)] if spec.type == "choice" else [str(item) for item in (raw if isinstance(raw, list) else [raw])]
    for code in wanted:
        if code not in known:
            raise ValueError(_("“%(label)s”里没有这个选项，请重新选择。") % {"label": spec.label})
    return wanted[0] if spec.type == "choice" else wanted


def as_seen(text: str) -> str:
    """The text with a line break as one character, as its writer sees and counts it; browsers send two."""
    return text.replace("\r\n", "\n")


def _text(raw: Any, spec: FieldSpec) -> str:
    text, most = as_seen(str(raw)), spec.max or (MAX_LONG_TEXT if spec.type == "long_text" else MAX_TEXT)
    if len(text) > most:
        raise ValueError(
            _("最多 %(most)d 个字，现在有 %(count)d 个，请精简后再提交。") % {"most": most, "count": len(text)}
        )
    # Short texts (reasons, notes) are kept in clear and shown to many: a number typed there belongs in its own field.
    # Where that is a sensitive one, an identity or card number, the step needs it whole.
    return vault.mask_in_text(text) if spec.type == "text" and not spec.sensitive else text


def _date(raw: Any, spec: FieldSpec) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        value = parse_date(str(raw))
    except ValueError:
        value = None
    if value is None:
        raise ValueError(_("日期写法不对，请写成 2026-01-31 这样。"))
    return value


def _datetime(raw: Any, spec: FieldSpec) -> datetime:
    if isinstance(raw, datetime):
        value: datetime | None = raw
    else:
        try:
            value = parse_datetime(str(raw))
        except ValueError:
            value = None
    if value is None:
        raise ValueError(_("时间写法不对，请写成 2026-01-31 17:00 这样。"))
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def _bool(raw: Any, spec: FieldSpec) -> bool:
    return str(raw).lower() in ("1", "true", "on", "yes", "是")


def _int(raw: Any, spec: FieldSpec) -> int:
    try:
        value = int(str(raw))
    except ValueError:
        raise ValueError(_("请填写一个整数。")) from None
    if value < 0 or (spec.max is not None and value > spec.max):
        raise ValueError(_("这个数不在允许的范围内。"))
    return value


def _decimal(raw: Any, spec: FieldSpec) -> Decimal:
    try:
        value = Decimal(str(raw).replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise ValueError(_("请只填写数字，例如 5200.50。")) from None
    if not value.is_finite() or value < 0 or value > MAX_MONEY:
        raise ValueError(_("这个数不在允许的范围内。"))
    return value


def _money(raw: Any, spec: FieldSpec) -> Decimal:
    value = _decimal(raw, spec)
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(_("金额最多写到分（两位小数）。"))
    return value


def _paths(raw: Any, spec: FieldSpec) -> list[str]:
    items = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    return [str(item).strip() for item in items if str(item).strip()]


_CLEANERS: dict[str, Callable[[Any, FieldSpec], Any]] = {
    "text": _text,
    "long_text": _text,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "int": _int,
    "decimal": _decimal,
    "money": _money,
    "paths": _paths,
}


def for_trail(transition: Transition, values: dict[str, Any]) -> dict[str, Any]:
    """What the trail keeps of the fields: free text and sensitive values only as a fingerprint with their length.

    The text itself is kept, encrypted, by the room that owns it; the fingerprint proves it was not changed.
    """
    kept: dict[str, Any] = {}
    for spec in transition.fields:
        value = values.get(spec.name)
        if value is None:
            continue
        if spec.sensitive or spec.type == "long_text":
            kept[spec.name] = f"{trail.fingerprint(value)} ({len(str(value))})"
        else:
            kept[spec.name] = value if isinstance(value, str | int | bool | list) else str(value)
    return kept
