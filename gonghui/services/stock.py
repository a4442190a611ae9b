"""Goods: promise one, give the promise back, hand over. Each is one conditional statement, so two at once cannot have
the last piece. A union may keep them apart by pick-up point and by size (handbook 4.1 M04)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.scope import ancestors
from gonghui.services.models import Fund, Stock, Voucher
from gonghui.services.spec import Service

M = TypeVar("M", Stock, Fund)


@dataclass(frozen=True)
class Wanted:
    """What a form asks of the stock: at which point (None: wherever there is some) and in which size, each with the
    field that says so. `names`: the words for the sizes."""

    point: int | None = None
    variant: str = ""
    point_field: str = ""
    variant_field: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def here(self, row: Stock) -> bool:
        return self.point is None or row.venue_number == self.point

    def suits(self, row: Stock) -> bool:
        return not self.variant or row.variant in ("", self.variant)


ANYTHING = Wanted()


def wanted(service: Service, values: Mapping[str, Any]) -> Wanted:
    result = service.result
    point, variant = values.get(result.pick_up), values.get(result.variant)
    number = int(point) if point not in (None, "") else None
    return Wanted(number, str(variant or ""), result.pick_up, result.variant, variant_names(service))


def wanted_anywhere(service: Service, values: Mapping[str, Any]) -> Wanted:
    """As `wanted`, at whatever point: for a union that has no such point, or none left there."""
    return replace(wanted(service, values), point=None)


@contextmanager
def without_the_form() -> Iterator[None]:
    """What is beside a field of the worker's form is a reason against the step for staff, who have no such field."""
    try:
        yield
    except InvalidData as error:
        raise GuardRefused(error.texts) from error


def nearest_first(kind: type[M], service_id: str, holder_path: str, year: int) -> list[M]:
    """What the holder has for a service in a year, then what the unions above have, the nearest first."""
    rows = kind._default_manager.select_related("organisation").filter(
        service=service_id, year=year, organisation__path__in=ancestors(holder_path)
    )
    return sorted(rows, key=lambda row: (-len(row.organisation.path), row.pk))


def promise(service_id: str, holder_path: str, year: int, asked: Wanted = ANYTHING, prefer: int = 0) -> Stock:
    """Take one piece of the holder's stock, else of the nearest union's above: `prefer` first, then those of the very
    size. GuardRefused when nothing is left; InvalidData beside what to choose otherwise when only other ones are."""
    rows = nearest_first(Stock, service_id, holder_path, year)
    fitting = [row for row in rows if asked.here(row) and asked.suits(row)]
    # Sorting keeps the order of the unions among equals.
    for row in sorted(fitting, key=lambda row: (row.pk != prefer, -len(row.organisation.path), row.variant == "")):
        free = Stock.objects.filter(pk=row.pk, total__gt=F("promised") + F("handed"))
        if free.update(promised=F("promised") + 1):
            return row
    left = [row for row in rows if row.left > 0 and row not in fitting]
    if others := [row for row in left if asked.suits(row)]:
        said = _("这里的刚领完。现在还有的：%(places)s。请改选。") % {"places": "、".join(_places(others))}
        raise InvalidData({asked.point_field: [said]})
    if left and asked.variant_field:
        sizes = [name for code, name in asked.names.items() if any(row.variant == code for row in left)]
        said = _("这个尺码的领完了。现在还有的：%(sizes)s。请改选。") % {"sizes": "、".join(sizes)}
        raise InvalidData({asked.variant_field: [said]})
    raise GuardRefused([_("今年的已经领完了。工会补货后会在这里放出，您可以过些天再来看。")])


def _places(rows: list[Stock]) -> list[str]:
    return list(dict.fromkeys(row.place or row.organisation.name for row in rows))


def points(service: Service, holder_path: str, year: int, kept: Any = None) -> list[tuple[str, str]]:
    """(code, label) of the pick-up points that have some for these people, with the sizes left; `kept`: one chosen
    earlier, shown too. None where the union keeps no points apart."""
    rows = nearest_first(Stock, service.id, holder_path, year)
    if not any(row.venue_number for row in rows):
        return []
    found: dict[int, list[Stock]] = {}
    for row in rows:
        if row.left > 0 or str(row.venue_number) == str(kept):
            found.setdefault(row.venue_number, []).append(row)
    names = variant_names(service)
    return [(str(number), _label(at, names)) for number, at in found.items()]


def _label(rows: list[Stock], names: Mapping[str, str]) -> str:
    place, left = _places(rows)[0], [row for row in rows if row.left > 0]
    if not left or any(not row.variant for row in left):
        return place
    sizes = [name for code, name in names.items() if any(row.variant == code for row in left)]
    return _("%(place)s（还有 %(sizes)s）") % {"place": place, "sizes": "、".join(sizes)}


def variant_names(service: Service) -> dict[str, str]:
    """(code → word) of the sizes, in the order of the form."""
    if not service.result.variant:
        return {}
    return {choice.code: str(choice) for choice in service.field(service.result.variant).choices}


def all_points() -> list[tuple[str, str]]:
    """(code, label) of every point that any union has or had: what an application's choice is read by. 0 is the union
    itself, where it keeps some at no point."""
    rows = Stock.objects.filter(venue_number__gt=0).order_by("venue_number").values_list("venue_number", "place")
    found = [(str(number), place) for number, place in rows.distinct()]
    return [("0", _("办理的工会")), *found] if found else []


def exchange(voucher: Voucher, service_id: str, asked: Wanted) -> None:
    """The promised piece is at another point or of another size now: another is taken and this one given back."""
    old = voucher.stock
    if asked.here(old) and asked.suits(old):
        return
    voucher.stock = promise(service_id, voucher.holder_path, old.year, asked)
    voucher.save(update_fields=["stock"])
    give_back(old.pk)


def give_back(stock_id: int) -> None:
    """A promise that came to nothing."""
    Stock.objects.filter(pk=stock_id, promised__gt=0).update(promised=F("promised") - 1)


def hand_over(stock_id: int) -> None:
    """A promised piece was signed for."""
    Stock.objects.filter(pk=stock_id, promised__gt=0).update(promised=F("promised") - 1, handed=F("handed") + 1)


def take_back(stock_id: int) -> None:
    """What counted as signed for is not with its receiver after all: promised again."""
    Stock.objects.filter(pk=stock_id, handed__gt=0).update(promised=F("promised") + 1, handed=F("handed") - 1)


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
