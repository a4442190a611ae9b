"""Two at once: 200 who want one of 50, and one person from two telephones. On PostgreSQL, where it can happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House, run_outbox
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system
from gonghui.membership.models import Membership
from gonghui.membership.tests.support import member
from gonghui.people.identity import with_check
from gonghui.services import actions
from gonghui.services.models import Application, Draft, Stock, Voucher
from gonghui.services.tests.support import KIT, contested, goods, offer, study, win_at_once, worker

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


def test_of_many_who_want_the_last_of_a_station_and_size_exactly_so_many_get_it() -> None:
    with as_system("test"):
        House.build()
        for place in (1, 2):
            for size in ("L", "M"):
                shelf = goods(5)
                Stock.objects.filter(pk=shelf.pk).update(venue_number=place, variant=size, item=f"{place}{size}")
        takers = [worker(count) for count in range(80)]

    def want(number: int) -> bool:
        told = {"point": str(1 + number % 2), "size": "L" if number % 4 < 2 else "M"}
        try:
            return take(takers[number], id_no=id_number(number), **told)
        except InvalidData:
            return False

    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(want, range(80)))
    assert sum(got) == 20
    assert [(row.promised, row.handed) for row in Stock.objects.all()] == [(5, 0)] * 4


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


def complete(actor: Any, draft: Any, raw: dict[str, Any]) -> str:
    try:
        actions.complete(actor, draft, raw)
    except GuardRefused as error:
        return "；".join(error.reasons)
    finally:
        connections.close_all()
    return ""


def test_two_who_complete_onto_one_diploma_at_once_are_one_and_a_clear_refusal() -> None:
    with as_system("test"):
        house = House.build()
        handler, begun = house.person("handler", COUNTY), []
        for count in range(6):
            person = worker(count)
            raw = study(person, id_no=id_number(count), diploma_no=f"51161202506123456{count}")
            matter = actions.apply(person, actions.service_for("M10", "520102"), raw).matter
            act(matter.pk, "send_back", handler, {"text": "证书编号不对"})
            begun.append((person, actions.reopen(person, matter.pk), {**raw, "diploma_no": "511612025061239999"}))
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda one: complete(*one), begun))
    assert said.count("") == 1
    assert all("毕业证书" in text for text in said if text)
    with as_system("test"):
        states = list(Application.objects.values_list("matter__state", flat=True))
    assert (states.count("applied"), states.count("returned")) == (1, 5)


def test_one_completion_sent_many_times_at_once_is_taken_once_and_the_others_are_told() -> None:
    with as_system("test"):
        house = House.build()
        person = worker(1)
        raw = study(person)
        matter = actions.apply(person, actions.service_for("M10", "520102"), raw).matter
        act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "证书编号不对"})
        actions.reopen(person, matter.pk)
        drafts = [Draft.objects.select_related("completes").get() for _tab in range(6)]
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda draft: complete(person, draft, raw), drafts))
    assert said.count("") == 1
    assert all("已经补正过" in text for text in said if text)
    with as_system("test"):
        application = Application.objects.get()
        assert application.matter.state == "applied" and application.taken.count() == 2


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
