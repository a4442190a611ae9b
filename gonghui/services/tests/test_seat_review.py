"""复核 where a refusal freed a seat: first on the waiting list, or a free seat; never more than there are."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, House, clock, run_outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import now, time_shifted
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Offer, Seat
from gonghui.services.tests.support import offer, worker

WHY = {"contest_told": "我符合条件，有单位证明。"}
RIGHT = {"text": "符合条件，原决定不对。"}
pytestmark = pytest.mark.django_db


def sign_up(person: Actor, row: Offer, service: str = "M08") -> Matter:
    values = {"offer": row.pk, "name": "王小明", "phone": "13800138000"}
    return actions.apply(person, actions.service_for(service), values).matter


def refused(house: House, person: Actor, row: Offer, service: str = "M08") -> Matter:
    matter = sign_up(person, row, service)
    matter = act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "人数太多。"})
    run_outbox()
    act(matter.pk, "contest", person, WHY)
    return matter


def overturn(house: House, matter: Matter, step: str = "overturn") -> Matter:
    act(matter.pk, step, house.person("leader", CITY), RIGHT)
    run_outbox()
    matter.refresh_from_db()
    return matter


def held(row: Offer) -> tuple[int, int]:
    """(seats taken, places on the list) as counted and as they stand."""
    row.refresh_from_db()
    states = list(Seat.objects.filter(offer=row).values_list("state", flat=True))
    assert (row.taken, row.waiting) == (states.count("taken"), states.count("waiting"))
    return row.taken, row.waiting


def test_a_free_seat_is_theirs_at_once_and_they_are_told(house: House) -> None:
    row, person = offer("M08", capacity=2), worker(1)
    matter = refused(house, person, row)
    assert held(row) == (0, 0)
    matter = overturn(house, matter)
    assert (matter.state, matter.holder_path) == ("confirmed", COUNTY) and held(row) == (1, 0)
    assert Seat.objects.get().ticket_code
    told = list(OutboxMessage.objects.filter(topic="notice.app").values_list("payload__text", flat=True))
    assert any("候补最前面" in text for text in told) and any("有名额了" in text for text in told)
    page = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    assert RIGHT["text"] in page.get(reverse("portal:application", args=[matter.pk])).content.decode()


def test_full_means_first_on_the_waiting_list(house: House) -> None:
    row, person = offer("M08", capacity=1), worker(1)
    matter = refused(house, person, row)
    has, waits = sign_up(worker(2), row), sign_up(worker(3), row)
    assert overturn(house, matter).state == "waiting" and held(row) == (1, 2)
    act(has.pk, "refuse", house.person("handler", COUNTY), {"text": "来不了。"})
    run_outbox()
    matter.refresh_from_db()
    waits.refresh_from_db()
    assert (matter.state, waits.state) == ("confirmed", "waiting") and held(row) == (1, 1)


def test_the_answer_comes_before_it_begins_or_in_ten_working_days(house: House) -> None:
    near, far = offer("M08", hours=30), offer("M08", hours=24 * 60)
    soon, later = refused(house, worker(1), near), refused(house, worker(2), far)
    assert near.starts is not None and far.starts is not None
    due = clock(soon, "contested").due_at
    assert due is not None and near.starts - timedelta(minutes=2) <= due <= near.starts
    due = clock(later, "contested").due_at
    assert due is not None and now() + timedelta(days=9) < due < far.starts


def test_what_has_begun_or_was_called_off_is_said_and_nothing_is_given(house: House) -> None:
    row, person = offer("M08", capacity=2), worker(1)
    matter = refused(house, person, row)
    with pytest.raises(GuardRefused, match="还可以办理"):
        act(matter.pk, "acknowledge", house.person("leader", CITY), RIGHT)
    with time_shifted(timedelta(hours=49)):
        with pytest.raises(GuardRefused, match="已经开始"):
            act(matter.pk, "overturn", house.person("leader", CITY), RIGHT)
        matter = overturn(house, matter, "acknowledge")
        assert matter.state == "refused" and held(row) == (0, 0)
        page = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
        shown = page.get(reverse("portal:application", args=[matter.pk])).content.decode()
        assert RIGHT["text"] in shown and 'value="contest"' not in shown


def test_who_signed_up_anew_keeps_that_one(house: House) -> None:
    row, person = offer("M08", capacity=3), worker(1)
    matter = refused(house, person, row)
    sign_up(person, row)
    with pytest.raises(GuardRefused, match="另有一份申请"):
        act(matter.pk, "overturn", house.person("leader", CITY), RIGHT)
    assert held(row) == (1, 0)
    assert overturn(house, matter, "acknowledge").state == "refused"


def test_upheld_nothing_changes(house: House) -> None:
    row = offer("M08", capacity=1)
    matter = overturn(house, refused(house, worker(1), row), "uphold")
    assert matter.state == "refused" and held(row) == (0, 0)


STEPS = ["sign_up", "refuse", "contest", "overturn", "uphold"]
MOVES = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=25)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(capacity=st.integers(1, 3), moves=MOVES)
def test_in_whatever_order_never_more_than_there_are(house: House, capacity: int, moves: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        row = offer("M08", capacity=capacity)
        people: list[Actor] = []
        matters: list[Matter] = []
        handler, leader = house.person("handler", COUNTY), house.person("leader", CITY)
        for move, place in moves:
            if move == "sign_up" or not matters:
                person = Account.objects.create_worker(f"1377{Account.objects.count():07d}")
                people.append(actor_for(person))
                matters.append(sign_up(people[-1], row))
            else:
                place %= len(matters)
                who: Any = {"contest": people[place], "refuse": handler}.get(move, leader)
                data = WHY if move == "contest" else RIGHT
                with suppress(NotAllowed, NotFound, GuardRefused):
                    act(matters[place].pk, move, who, data)
            run_outbox()
            taken, waiting = held(row)
            assert taken <= capacity and (waiting == 0 or taken == capacity)
        transaction.set_rollback(True)
