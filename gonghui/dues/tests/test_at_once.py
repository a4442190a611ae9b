"""Two clerks at once: the same list stands and is posted once. On PostgreSQL, where it can happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from gonghui.appeals.tests.support import House
from gonghui.dues import lists, proving, queries
from gonghui.dues.lists import Wanted
from gonghui.dues.models import DuesList, Posting
from gonghui.dues.tests.support import ENTERPRISE, MONTH, book, long_member
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.scope import as_system

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
assert connection


def outcome(deed: Any) -> bool:
    try:
        deed()
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_two_clerks_with_the_same_list_get_one() -> None:
    with as_system("test"):
        house = House.build()
        rows = [Wanted(long_member(number=number), due=Decimal(20), paid=Decimal(20)) for number in range(2)]
        clerks = [house.person("treasurer", ENTERPRISE, which) for which in range(1, 5)]
        posters = [house.person("handler", ENTERPRISE, which) for which in range(1, 5)]
        books = book()

    def enter(who: Any) -> None:
        lists.enter(who, books, MONTH, "wages", rows)

    with ThreadPoolExecutor(4) as pool:
        entered = list(pool.map(lambda who: outcome(lambda: enter(who)), clerks))
    with as_system("test"):
        assert sum(entered) == DuesList.objects.count() == 1
        kept = DuesList.objects.get().pk
    with ThreadPoolExecutor(4) as pool:
        posted = list(pool.map(lambda who: outcome(lambda: lists.post(who, kept)), posters))
    with as_system("test"):
        assert sum(posted) == Posting.objects.count() == 1
        (month,) = queries.months(books)
        assert (month.due, month.paid) == (40, 40) and not proving.verify().problems
