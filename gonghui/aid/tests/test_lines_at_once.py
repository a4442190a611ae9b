"""Two lines of one place and day confirmed at the same instant. On PostgreSQL."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from gonghui.aid import lines
from gonghui.aid.models import SubsistenceLine
from gonghui.aid.tests.support import waits
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.scope import as_system, bind
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
assert connection


def confirm(leader: Actor, number: int) -> str:
    """What the leader is told instead of that it was confirmed."""
    try:
        with bind(leader):
            lines.confirm(leader, number)
    except GuardRefused as error:
        return str(error)
    finally:
        connections.close_all()
    return ""


@pytest.mark.parametrize("same", [False, True])
def test_of_two_who_confirm_at_once_the_later_is_told(same: bool) -> None:
    with as_system("test"):
        house = House.build()
        county, handler = Organisation.objects.get(path=COUNTY), house.person("handler", COUNTY)
        first, second = (lines.enter(handler, county, today(), Decimal(sum), "民政局公布") for sum in (700, 710))
        leaders = [house.person("leader", COUNTY, which) for which in (1, 2)]
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            with bind(leaders[0]):
                lines.confirm(leaders[0], first.pk)
            late = pool.submit(confirm, leaders[1], first.pk if same else second.pk)
            while not late.done() and not waits():
                time.sleep(0.05)
        assert "请刷新再看" in late.result()
    with as_system("test"):
        assert SubsistenceLine.objects.exclude(confirmed_at=None).get().amount == Decimal(700)
        assert SubsistenceLine.objects.get(confirmed_at=None).amount == Decimal(710), "it waits as before"
