"""报名一场: the waiting list in its order, moved and called off, the sign sheet and the own code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import SHANGHAI, now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.learning.tests.support import session
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Offer, Seat
from gonghui.services.tests.support import worker

pytestmark = pytest.mark.django_db


def apply(actor: Any, row: Offer, **changes: Any) -> Any:
    values = {"offer": row.pk, "name": "王小明", "phone": "13800138000", **changes}
    return actions.apply(actor, actions.service_for("M08"), values).matter


def counts(row: Offer) -> tuple[int, int]:
    row.refresh_from_db()
    return row.taken, row.waiting


def told(matter: Any) -> str:
    return "".join(m.payload["text"] for m in OutboxMessage.objects.filter(matter=matter, topic="notice.app"))


def test_who_waits_moves_up_in_order_and_nobody_gets_past(house: House) -> None:
    row = session(capacity=1)
    people = [worker(n) for n in range(4)]
    matters = [apply(person, row) for person in people[:3]]
    assert [matter.state for matter in matters] == ["confirmed", "waiting", "waiting"] and counts(row) == (1, 2)
    with pytest.raises(GuardRefused, match="已经报过名"):
        apply(people[0], row)
    act(matters[0].pk, "withdraw", people[0])
    # The seat is free, but two wait: who comes now stands behind them.
    assert apply(people[3], row).state == "waiting"
    run_once()
    for matter in matters:
        matter.refresh_from_db()
    assert [matter.state for matter in matters] == ["withdrawn", "confirmed", "waiting"] and counts(row) == (1, 2)
    assert "有名额了" in told(matters[1]) and not told(matters[2])
    apply(people[0], row)
    with time_shifted(timedelta(hours=47)), pytest.raises(GuardRefused, match="2 小时"):
        act(matters[1].pk, "withdraw", people[1])
    with time_shifted(timedelta(hours=48, minutes=1)):
        run_once()
    matters[2].refresh_from_db()
    assert matters[2].state == "unseated" and row.seats.filter(state="waiting").count() == 0


def test_called_off_everybody_is_told_and_a_moved_day_moves_the_limits(house: House) -> None:
    row = session(capacity=1)
    one, two = apply(worker(1), row), apply(worker(2), row)
    leader = house.person("leader", COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=leader.account_id or 0))
    assert row.starts is not None
    later = (row.starts + timedelta(days=5)).astimezone(SHANGHAI)
    typed = {
        "title": row.title, "starts": f"{later:%Y-%m-%dT%H:%M}", "ends": f"{later + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "place": "学校礼堂", "capacity": "1", "data_course": row.data["course"], "data_mode": "site",
    }  # fmt: skip
    desk.post(reverse("desk:offer_change", args=[row.pk]), typed)
    run_once()
    one.refresh_from_db()
    assert "学校礼堂" in told(one) and one.due_at is not None and one.due_at > row.starts + timedelta(days=7)
    desk.post(reverse("desk:offer", args=[row.pk]), {"verb": "cancel"})
    run_once()
    for matter in (one, two):
        matter.refresh_from_db()
        assert matter.state == "called_off" and "取消" in told(matter)
    with pytest.raises(InvalidData):
        apply(worker(3), row)


def test_the_host_enters_the_sign_sheet_and_the_rest_were_absent(house: House) -> None:
    row = session(hours=-1, capacity=None, closes=now() + timedelta(minutes=30))
    one, two = apply(worker(1), row), apply(worker(2), row)
    handler = house.person("handler", COUNTY)
    desk = sign_in(Client(), Account.objects.get(pk=handler.account_id or 0))
    seat = Seat.objects.get(application__matter=one)
    assert desk.post(reverse("desk:offers"), {"code": "00000000"}).status_code == 422
    assert desk.post(reverse("desk:offers"), {"code": seat.ticket_code}).status_code == 302
    seat.refresh_from_db()
    assert seat.minutes == 120 and seat.entered_by_id == handler.account_id
    with time_shifted(timedelta(days=4)):
        run_once()
    two.refresh_from_db()
    one.refresh_from_db()
    assert (one.state, two.state) == ("attended", "absent")


def test_the_lecturer_gets_the_questions_and_not_who_asks(house: House) -> None:
    row = session()
    apply(worker(1), row, question="怎样带徒弟？")
    apply(worker(2), row)
    host = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    page = host.get(reverse("desk:offer", args=[row.pk])).content.decode()
    told = page[page.index("大家想问的问题") :]
    assert "怎样带徒弟？" in told and "王小明" not in told
