"""资金: a union's money for a service in a year. More is never promised than there is, however many decide at once."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.services.models import Fund
from gonghui.services.stock import nearest_first


def promise(service_id: str, holder_path: str, year: int, value: Decimal, *, own: bool = False) -> Fund:
    """Set the sum aside from the holder's fund, else the nearest union's above. GuardRefused when none has enough.

    `own`: from the holder's own funds and no other union's.
    """
    for row in nearest_first(Fund, service_id, holder_path, year):
        if own and row.organisation.path != holder_path:
            continue
        enough = Fund.objects.filter(pk=row.pk, total__gte=F("promised") + F("paid") + value)
        if enough.update(promised=F("promised") + value):
            return row
    raise GuardRefused([_("今年的资金不够这一笔，请先由领导追加预算。")])


def give_back(fund_id: int, value: Decimal) -> None:
    """A promise that came to nothing."""
    Fund.objects.filter(pk=fund_id, promised__gte=value).update(promised=F("promised") - value)


def pay(fund_id: int, value: Decimal) -> None:
    """A promised sum has reached the worker."""
    Fund.objects.filter(pk=fund_id, promised__gte=value).update(promised=F("promised") - value, paid=F("paid") + value)


def set_total(fund: Fund, total: Decimal) -> None:
    """Change the budget; not below what is promised and paid. InvalidData says how much that is."""
    changed = Fund.objects.filter(pk=fund.pk, promised__lte=total - F("paid")).update(total=total)
    if not changed:
        fund.refresh_from_db()
        used = fund.promised + fund.paid
        raise InvalidData({"total": [_("已经答应和发放 %(used)s 元，预算不能少于它。") % {"used": f"{used:,.2f}"}]})
