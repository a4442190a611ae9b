"""Goods: promise one, give the promise back, hand over. Each is one conditional statement, so two at once cannot have
the last piece."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.scope import ancestors
from gonghui.services.models import Fund, Stock

M = TypeVar("M", Stock, Fund)


def nearest_first(kind: type[M], service_id: str, holder_path: str, year: int) -> list[M]:
    """What the holder has for a service in a year, then what the unions above have, the nearest first."""
    rows = kind._default_manager.select_related("organisation").filter(
        service=service_id, year=year, organisation__path__in=ancestors(holder_path)
    )
    return sorted(rows, key=lambda row: (-len(row.organisation.path), row.pk))


def promise(service_id: str, holder_path: str, year: int) -> Stock:
    """Take one piece of the holder's stock, else of the nearest union's above. GuardRefused when nothing is left."""
    for row in nearest_first(Stock, service_id, holder_path, year):
        free = Stock.objects.filter(pk=row.pk, total__gt=F("promised") + F("handed"))
        if free.update(promised=F("promised") + 1):
            return row
    raise GuardRefused([_("今年的已经领完了。工会补货后会在这里放出，您可以过些天再来看。")])


def give_back(stock_id: int) -> None:
    """A promise that came to nothing."""
    Stock.objects.filter(pk=stock_id, promised__gt=0).update(promised=F("promised") - 1)


def hand_over(stock_id: int) -> None:
    """A promised piece was signed for."""
    Stock.objects.filter(pk=stock_id, promised__gt=0).update(promised=F("promised") - 1, handed=F("handed") + 1)


def left(service_id: str, holder_path: str, year: int) -> int:
    """How many pieces are still free for the people of this union."""
    rows = Stock.objects.filter(service=service_id, year=year, organisation__path__in=ancestors(holder_path))
    return sum(row.left for row in rows)


def set_total(stock: Stock, total: int) -> None:
    """Change how many there are; not below what is promised and handed over. InvalidData says how many that is."""
    changed = Stock.objects.filter(pk=stock.pk, promised__lte=total - F("handed")).update(total=total)
    if not changed:
        stock.refresh_from_db()
        used = stock.promised + stock.handed
        raise InvalidData({"total": [_("已经答应和发出 %(used)d 份，总数不能少于它。") % {"used": used}]})
