"""Two at once: 200 who want one of 50, and one person from two telephones. On PostgreSQL, where it can happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House, run_outbox
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.scope import as_system
from gonghui.membership.models import Membership
from gonghui.membership.tests.support import member
from gonghui.people.identity import with_check
from gonghui.services import actions
from gonghui.services.models import Application, Stock, Voucher
from gonghui.services.tests.support import KIT, contested, goods, offer, win_at_once, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
TAKERS, PIECES = 200, 50
assert connection


def id_number(count: int) -> str:
    """A made-up identity number with a right check digit."""
    return with_check(f"520102199001{1 + count % 28:02d}{count % 1000:03d}")


def take(actor: Any, **changes: Any) -> bool:
    try:
        actions.apply(actor, actions.service_for("M04", "520102"), {**KIT, **changes})
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_of_200_who_want_one_of_50_exactly_50_get_it() -> None:
    with as_system("test"):
        House.build()
        goods(PIECES)
        takers = [worker(count) for count in range(TAKERS)]
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda n: take(takers[n], id_no=id_number(n)), range(TAKERS)))
    assert sum(got) == PIECES
    row = Stock.objects.get()
    assert (row.promised, row.handed) == (PIECES, 0)
    assert Application.objects.count() == Voucher.objects.count() == PIECES


def enrol(path: str) -> bool:
    try:
        member(path)
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_one_person_joined_by_many_unions_at_once_is_a_member_once() -> None:
    with as_system("test"):
        House.build()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(enrol, [COUNTY, OTHER_COUNTY] * 4))
    assert sum(got) == 1
    with as_system("test"):
        assert Membership.objects.count() == 1


def test_one_person_twice_at_once_gets_one() -> None:
    with as_system("test"):
        House.build()
        goods(PIECES)
        takers = [worker(count) for count in range(8)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: take(takers[n]), range(8)))
    assert sum(got) == 1
    assert Stock.objects.get().promised == 1


def test_reviews_won_at_once_make_nobody_sit_beyond_the_seats() -> None:
    with as_system("test"):
        house = House.build()
        row = offer("M08", capacity=3)
        forms = [{"offer": row.pk, "name": "王小明", "phone": "13800138000"}] * 10
        found = contested(house, "M08", forms)
    assert win_at_once(house, found) == 10
    with as_system("test"):
        run_outbox()
        states = list(row.seats.values_list("state", flat=True))
    row.refresh_from_db()
    assert (row.taken, row.waiting) == (states.count("taken"), states.count("waiting")) == (3, 7)


def test_of_200_who_want_one_of_10_seats_exactly_10_get_it() -> None:
    with as_system("test"):
        House.build()
        row = offer("M08", capacity=10)
        takers = [worker(count) for count in range(TAKERS)]

    def sit(number: int) -> str:
        try:
            values = {"offer": row.pk, "name": "王小明", "phone": "13800138000"}
            return actions.apply(takers[number], actions.service_for("M08"), values).matter.state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(sit, range(TAKERS)))
    row.refresh_from_db()
    assert (got.count("confirmed"), got.count("waiting")) == (10, TAKERS - 10)
    assert (row.taken, row.waiting) == (10, TAKERS - 10)
    with as_system("test"):
        assert row.seats.filter(state="taken").count() == 10
