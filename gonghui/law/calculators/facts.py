"""Facts a calculator asks for (事实): records whose fields carry label, unit, the question and why it is asked."""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from gonghui.law.parameters import regions_of

Kind = Literal["date", "money", "number", "count", "yes_no", "choice", "text", "region", "list", "record"]
_FILLING = re.compile(r"[\s,，¥￥元]")
_YES, _NO = {"是", "有", "yes", "true", "1", "on"}, {"否", "无", "没有", "no", "false", "0", "off"}


class FactsError(ValueError):
    """Facts that cannot be so, such as a last day before the first. `errors` maps field to messages in Chinese."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__("；".join(f"{name}：{'、'.join(texts)}" for name, texts in self.errors.items()))


def _number(value: Any) -> Any:
    """A Decimal from an integer, a Decimal or text such as 5,200 元. A float is refused: it may already be inexact."""
    if isinstance(value, bool | float):
        raise ValueError("请用整数或带小数点的文字填写，例如 5200 或 5200.50")
    if isinstance(value, str):
        plain = _FILLING.sub("", unicodedata.normalize("NFKC", value))
        if not re.fullmatch(r"[+-]?\d{1,16}(\.\d{0,8})?", plain, re.ASCII):
            raise ValueError("请填写数字，例如 5200 或 5200.50")
        try:
            return Decimal(plain)
        except InvalidOperation:
            raise ValueError("请填写数字，例如 5200 或 5200.50") from None
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError("请填写整数")
    if isinstance(value, str):
        plain = _FILLING.sub("", unicodedata.normalize("NFKC", value))
        if not re.fullmatch(r"[+-]?\d{1,9}", plain, re.ASCII):
            raise ValueError("请填写整数")
        return int(plain)
    return value


def _day(value: Any) -> Any:
    # A datetime is a date to Python, but which day it means depends on the zone: the caller must decide.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(unicodedata.normalize("NFKC", value).strip())
        except ValueError:
            pass
    raise ValueError("请填写日期，例如 2026-10-31")


def _yes_no(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        plain = value.strip().lower()
        if plain in _YES | _NO:
            return plain in _YES
    raise ValueError("请回答“是”或“否”")


def _region(value: str) -> str:
    regions_of(value)
    return value


Money = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=Decimal(10) ** 11, decimal_places=8)]
"""Yuan (元), not negative. Never a float."""
Quantity = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=Decimal(10) ** 9, decimal_places=8)]
"""A number that may have decimals: hours, days, pieces, a ratio."""
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100_000)]
"""A whole number: months, people."""
Day = Annotated[date, BeforeValidator(_day), Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]
"""A day (YYYY-MM-DD)."""
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
RegionCode = Annotated[str, AfterValidator(_region)]
"""A code of GB/T 2260: province, city, county or town (2, 4, 6 or 9 digits)."""


def fact(
    label: str,
    *,
    ask: str,
    why: str,
    unit: str = "",
    choices: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    default: Any = ...,
) -> Any:
    """A field of a facts record: required unless a default is given.

    `ask` is the question to the worker, `why` the reason in one sentence, `choices` the Chinese label of each value,
    `kind` how to ask where the type does not tell.
    """
    extra: dict[str, Any] = {"ask": ask, "why": why, "unit": unit, "choices": dict(choices or {}), "kind": kind}
    return Field(default, title=label, description=why, json_schema_extra=extra)


REGION = fact(
    "工作地行政区划代码",
    ask="在哪个县（市、区）工作？",
    why="最低工资、社会平均工资等由当地公布，以劳动合同履行地为准（劳动合同法实施条例第十四条）",
    kind="region",
    default=None,
)


def min_wage_fact(why: str) -> Any:
    """The local monthly minimum wage, where a calculator needs it: the same question everywhere, for its own reason."""
    return fact("当地月最低工资标准", unit="元/月", ask="当地月最低工资标准是多少？", why=why, default=None)


class Facts(BaseModel):
    """Base of the records. Unknown facts are None; fields not of the record are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unknown(cls, data: Any) -> Any:
        """A form sends an empty string for what was not filled in."""
        if isinstance(data, Mapping):
            return {name: value for name, value in data.items() if value is not None and value != ""}
        return data


@dataclass(frozen=True, slots=True)
class FactField:
    """One fact as a form or a conversation needs it. `fields` describes the rows of a list."""

    name: str
    label: str
    kind: Kind
    required: bool
    unit: str
    ask: str
    why: str
    choices: Mapping[str, str]
    fields: tuple[FactField, ...] = ()


@cache
def fields_of(record: type[Facts]) -> tuple[FactField, ...]:
    """The facts of a record in order."""
    return tuple(_field(name, info) for name, info in record.model_fields.items())


def _field(name: str, info: FieldInfo) -> FactField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = extra.get("choices")
    inner = _without_none(info.annotation)
    rows: tuple[FactField, ...] = ()
    if get_origin(inner) is tuple:
        row = _without_none(get_args(inner)[0])
        if isinstance(row, type) and issubclass(row, Facts):
            rows = fields_of(row)
    elif isinstance(inner, type) and issubclass(inner, Facts):
        rows = fields_of(inner)
    unit = str(extra.get("unit", ""))
    return FactField(
        name,
        info.title or name,
        "region" if extra.get("kind") == "region" else _kind(inner, unit),
        info.is_required(),
        unit,
        str(extra.get("ask", "")),
        str(extra.get("why", "")),
        {str(k): str(v) for k, v in choices.items()} if isinstance(choices, dict) else {},
        rows,
    )


def _without_none(annotation: Any) -> Any:
    """X behind `X | None` and behind the marks of Annotated."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(arm for arm in get_args(annotation) if arm is not type(None))
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _kind(inner: Any, unit: str) -> Kind:
    if get_origin(inner) is Literal:
        return "choice"
    if get_origin(inner) is tuple:
        return "list"
    if isinstance(inner, type):
        if issubclass(inner, Facts):
            return "record"
        if inner is bool:
            return "yes_no"
        if inner is int:
            return "count"
        if inner is Decimal:
            return "money" if unit.startswith("元") else "number"
        if inner is date:
            return "date"
    return "text"


_MESSAGES = {
    "greater_than_equal": "数值过小，请核对",
    "less_than_equal": "数值过大，请核对",
    "literal_error": "请从给出的选项中选择",
    "extra_forbidden": "没有这一项",
    "missing": "请填写",
    "decimal_max_places": "小数位数过多",
    "too_short": "至少填写一项",
    "too_long": "项数过多",
}


def messages_of(error: ValidationError) -> dict[str, list[str]]:
    """What pydantic found, by field, in words for the person who filled the form in."""
    found: dict[str, list[str]] = {}
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"]) or "facts"
        cause = item.get("ctx", {}).get("error")
        text = str(cause) if isinstance(cause, ValueError) else _MESSAGES.get(item["type"], "填写有误，请核对")
        found.setdefault(place, []).append(text)
    return found


def missing_of(error: ValidationError) -> list[str] | None:
    """The names of required facts left out, if that is all that is wrong; else None."""
    items = error.errors()
    if all(item["type"] == "missing" and len(item["loc"]) == 1 for item in items):
        return [str(item["loc"][0]) for item in items]
    return None
