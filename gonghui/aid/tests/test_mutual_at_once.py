"""Two at once: claims that together are more than the cap, and one person entered by two. On PostgreSQL."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import register
from gonghui.aid.tests.mutual_support import a_member, checked, claim, covered
from gonghui.aid.tests.support import waits
from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system, bind
from gonghui.services.models import Payment
from gonghui.services.tests.support import fund, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
assert connection


def grant(number: int, leader: Actor) -> bool:
    try:
        act(number, "grant", leader)
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_claims_decided_at_once_stay_within_the_cap_together() -> None:
    with as_system("test"):
        house = House.build()
        fund("M17", "90000.00", CITY)
        person = worker(1)
        a_member(person)
        covered()
    matters = []
    for place in range(6):
        matter = claim(person, own_paid="6000", hospital_level="2", settlement_no=f"JS-{place}")
        matters.append(checked(house, matter, "4200"))
    leaders = [house.person("leader", CITY, which=place) for place in range(6)]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(grant, [matter.pk for matter in matters], leaders))
    with as_system("test"):
        paid = sum((payment.amount for payment in Payment.objects.all()), Decimal(0))
    assert sum(got) == 2 and paid == Decimal(8400)


def enter(ago: int) -> bool:
    try:
        with as_system("test"):
            covered(ago)
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_one_person_entered_by_many_at_once_stands_once() -> None:
    with as_system("test"):
        House.build()
    with ThreadPoolExecutor(8) as pool:
        # Every one on another first day, over the turn of some year for some: each would overlap all others.
        got = list(pool.map(enter, range(3, 315, 39)))
    with as_system("test"):
        assert sum(got) == 1 and MutualCover.objects.count() == 1


def check(number: int, office: Actor) -> bool:
    try:
        act(number, "check", office, {"amount": "500", "note": "单据已核。"})
    except GuardRefused:
        return False
    finally:
        connections.close_all()
    return True


def test_a_cover_that_is_being_cancelled_pays_no_claim() -> None:
    """The check has seen the cover before it was cancelled, and waits for whoever cancels it."""
    with as_system("test"):
        house = House.build()
        person = worker(1)
        a_member(person)
        row = covered()
    matter = claim(person, own_paid="1000")
    act(matter.pk, "pass_unit", house.person("handler", COUNTY), {"opinion": "属实。"})
    office, keeper = house.person("handler", CITY), house.person("leader", COUNTY)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            with bind(keeper):
                register.cancel(keeper, row.pk, "登错了")
            got = pool.submit(check, matter.pk, office)
            while not got.done() and not waits():
                time.sleep(0.05)
        assert got.result() is False
    with as_system("test"):
        assert not row.claims.exists()
