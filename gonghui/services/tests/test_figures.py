"""服务统计: counted by end, time, rating and what was told; for one's own unions alone, without a name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, figures
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, worker

pytestmark = pytest.mark.django_db


def kit(number: int, **changes: Any) -> tuple[Actor, Matter]:
    person = worker(number)
    raw = {**KIT, "id_no": ID_NUMBERS[number], **changes}
    return person, actions.apply(person, actions.service_for("M04", "520102"), raw).matter


def three_kits(house: House) -> None:
    """One refused, one withdrawn, one under way; a second claim of the same person was blocked."""
    goods(5)
    _one, refused = kit(0)
    other, withdrawn = kit(1, worker_type="courier")
    _third, _open = kit(2)
    with time_shifted(timedelta(days=2)):
        act(refused.pk, "refuse", house.person("handler", COUNTY), {"text": "平台查不到这位骑手。"})
        act(withdrawn.pk, "withdraw", other)
    again = worker(7)
    with pytest.raises(GuardRefused):
        actions.apply(again, actions.service_for("M04", "520102"), {**KIT, "id_no": ID_NUMBERS[2]})


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def test_each_end_is_counted_and_the_double_claim(house: House) -> None:
    three_kits(house)
    since, until = today() - timedelta(days=1), today() + timedelta(days=1)
    (row,) = figures.overview(house.person("leader", COUNTY), since, until)
    assert (row.applied, row.open, row.done, row.refused, row.given_up, row.blocked) == (3, 1, 0, 1, 1, 1)
    assert row.days is not None and 1.9 <= row.days <= 2.1
    assert [one.applied for one in figures.overview(house.person("leader", CITY), since, until)] == [3]
    assert figures.overview(house.person("leader", OTHER_COUNTY), since, until) == []
    assert figures.overview(house.person("leader", COUNTY), since - timedelta(days=9), since - timedelta(days=8)) == []


def test_what_was_told_and_why_it_was_refused(house: House) -> None:
    three_kits(house)
    page = desk(house.person("leader", COUNTY)).get(reverse("desk:service_figures"), {"service": "M04"})
    text = page.content.decode()
    assert "外卖骑手" in text and "快递员" in text and "平台查不到这位骑手" in text
    above = desk(house.person("leader", CITY)).get(reverse("desk:service_figures"), {"service": "M04"})
    assert "外卖骑手" in above.content.decode() and "平台查不到" not in above.content.decode()
    told = dict(page.context["detail"].told)
    assert dict(next(iter(told.values()))) == {"外卖骑手": 2, "快递员": 1}


def test_the_pages_for_who_counts(house: House) -> None:
    counting = desk(house.person("analyst", CITY))
    empty = counting.get(reverse("desk:service_figures"))
    assert "没有人申请" in empty.content.decode()
    three_kits(house)
    page = counting.get(reverse("desk:service_figures"), {"since": "2099-01-01", "until": "不是日期"})
    assert page.status_code == 200
    assert "暖新礼包" in counting.get(reverse("desk:service_figures")).content.decode()
    file = counting.get(reverse("desk:service_figures_file"))
    assert "M04 暖新礼包" in file.getvalue().decode("utf-8-sig")
    assert counting.get(reverse("desk:service_figures"), {"service": "X99"}).status_code == 404
    assert desk(house.person("agent", CITY)).get(reverse("desk:service_figures")).status_code == 403
