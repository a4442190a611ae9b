"""A union with members, three people who keep its books, and files of dues."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, House
from gonghui.dues import ledger, lists
from gonghui.dues.lists import Wanted
from gonghui.dues.models import Book
from gonghui.kernel.actor import Actor
from gonghui.kernel.tests.support import xlsx
from gonghui.membership.models import Membership
from gonghui.membership.tests.support import member
from gonghui.organisations.models import Organisation

MONTH, NEXT = date(2026, 9, 1), date(2026, 10, 1)
HEAD = ("会员号", "姓名", "计缴基数", "应缴", "实缴")


def book(path: str = ENTERPRISE) -> Book:
    return ledger.book_of(Organisation.objects.get(path=path))


def keepers(house: House, path: str = ENTERPRISE) -> tuple[Actor, Actor]:
    """Who enters and who posts."""
    return house.person("treasurer", path), house.person("handler", path)


def long_member(path: str = ENTERPRISE, number: int = 0, **fields: Any) -> Membership:
    """A member since 2020."""
    row = member(path, number, **fields)
    row.since = date(2020, 1, 1)
    row.save(update_fields=["since"])
    return row


def posted(house: House, row: Membership, due: str, paid: str, month: date = MONTH, path: str = ENTERPRISE) -> Any:
    """A list of one member, entered by one and posted by another; its voucher."""
    enters, posts = keepers(house, path)
    wanted = [Wanted(row, due=Decimal(due), paid=Decimal(paid))]
    return lists.post(posts, lists.enter(enters, book(path), month, "counter", wanted).pk)


def sheet(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD) -> io.BytesIO:
    return io.BytesIO(xlsx(head, *rows))


__all__ = ["COUNTY", "ENTERPRISE"]
