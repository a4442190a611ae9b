"""归档期满: an appeal is kept for the years of its kind, then nobody can read who asked and what about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from gonghui.appeals import actions, archiving
from gonghui.appeals.models import Appeal, NamedWorker
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in


def test_an_appeal_over_its_years_tells_nobody_who_asked(house: House) -> None:
    worker = house.worker("13800138000")
    told = "老板张三拖欠我三个月工资，我叫王小明。"
    received = house.receive(worker, phone="13800138000", reporter_name="王小明", description=told)
    NamedWorker.objects.create(appeal=received.appeal, name="李小红", phone="13900000000")
    matter = house.closed(received.matter)
    actions.note(house.person("handler", COUNTY), matter, "王小明来电致谢")
    until = Appeal.objects.get().archive_until
    assert until is not None and until.year == today().year + 10
    with time_shifted(until - today() - timedelta(days=1)):
        assert archiving.blank_due() == 0 and Appeal.objects.get().description == told
    with time_shifted(until - today()):
        assert archiving.blank_due() == 1 and archiving.blank_due() == 0
    appeal = Appeal.objects.get()
    assert not (appeal.description or appeal.reporter_name or appeal.phone or appeal.phone_index or appeal.id_no)
    assert not NamedWorker.objects.exists() and not any(row.text for row in appeal.conversation.all())
    assert TrailEntry.objects.get(stream="retention:appeals").after == {"appeals": 1}
    desk = sign_in(Client(), Account.objects.get(pk=house.person("handler", COUNTY).account_id or 0))
    page: Any = desk.get(reverse("desk:matter", args=[matter.pk]))
    assert page.status_code == 200
    shown = page.content.decode()
    assert appeal.number in shown and not [one for one in ("王小明", "张三", "13800138000") if one in shown]
    assert Matter.objects.get(pk=matter.pk).work_order.result_code == "solved", "what is counted stays"


def test_one_that_was_withdrawn_has_an_end_too_and_one_under_way_has_none(house: House) -> None:
    worker = house.worker("13800138000")
    gone = house.receive(worker, phone="13800138000", description="想问一下工资怎么算，谢谢。")
    act(gone.matter.pk, "withdraw", worker)
    house.receive(worker, phone="13800138000", description="公司三个月没有给我发工资。")
    joined = house.receive(worker, phone="13800138000", description="食堂的饭总是凉的，能不能改一改。")
    act(joined.matter.pk, "withdraw", worker)
    # As one that ended with another: its end was never written down.
    Appeal.objects.filter(pk=joined.appeal.pk).update(archive_until=None)
    with time_shifted(timedelta(days=366 * 11)):
        assert archiving.blank_due() == 2
    assert sorted(bool(row.description) for row in Appeal.objects.all()) == [False, False, True]
