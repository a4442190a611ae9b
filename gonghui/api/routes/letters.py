"""Figures of the union's supervision letters (一函两书)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from ninja import Router, Schema

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.appeals.queries import Measure
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.scope import within
from gonghui.resolution import queries

router = Router()


class Share(Schema):
    """A share with what it is of; `value` 0..1, null where nothing was counted."""

    code: str
    label: str
    numerator: int
    denominator: int
    value: str | None
    basis: str


class Sums(Schema):
    """发函数 by kind, 送达率, 按期回复率, 整改率, 追回金额 (yuan)."""

    path: str
    organisation: str
    issued: int
    by_kind: dict[str, int]
    measures: list[Share]
    recovered: Decimal


class LetterFigures(Sums):
    since: date
    until: date
    by_month: dict[str, int]
    by_organisation: list[Sums]


@router.get("/letters/statistics", response=LetterFigures, summary="监督文书统计 / figures of supervision letters")
@operation("statistics:read")
def statistics(request: Request, since: date, until: date, path: str = "") -> dict[str, Any]:
    """Letters signed from `since` to `until`, both included, of one organisation and those below it."""
    if until < since:
        raise InvalidData({"until": [_("结束日期不能早于开始日期。")]})
    if path and not within(path, request.auth.path):
        raise NotFound(_("没有这个单位，或者不在您的范围内。"))
    found = queries.statistics(request.actor, since, until, path)
    return {
        **_sums(found),
        "since": since,
        "until": until,
        "by_month": {row["month"]: row["count"] for row in found["by_month"]},
        "by_organisation": [_sums({**row, "organisation": row["name"]}) for row in found["by_organisation"]],
    }


def _sums(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": found["path"],
        "organisation": found["organisation"],
        "issued": found["issued"],
        "by_kind": {row["code"]: row["count"] for row in found["by_kind"]},
        "measures": [_share(one) for one in found["measures"]],
        "recovered": found["recovered"],
    }


def _share(one: Measure) -> dict[str, Any]:
    return {
        "code": one.code,
        "label": one.label,
        "numerator": int(one.numerator),
        "denominator": one.denominator,
        "value": None if one.value is None else f"{one.value:.4f}",
        "basis": one.basis,
    }
