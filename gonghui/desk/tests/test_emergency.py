"""The page of a case where a life may be at stake says first what to do, and what still has to be reported."""

from __future__ import annotations

from django.urls import reverse

from gonghui.appeals.tests.support import PROVINCE, House
from gonghui.desk.tests.conftest import SignedIn
from gonghui.kernel.matters import act

THREAT = "老板不给工资，我要从楼上跳下去，不想活了。"


def test_an_emergency_begins_with_what_to_do(house: House, at_desk: SignedIn) -> None:
    urgent, ordinary = house.receive(description=THREAT).matter, house.receive(phone="13900139000").matter
    client = at_desk("dispatcher", PROVINCE)
    page = client.get(reverse("desk:matter", args=[urgent.pk])).content.decode()
    assert page.index("特急处置") < page.index("诉求内容")
    assert 'href="tel:110"' in page
    assert "信访工作联席会议办公室。报告后请用" in page
    told = {"receivers": ["party_government", "joint_conference"], "way": "phone", "person": "值班室", "gist": "已报警"}
    act(urgent.pk, "report_major", house.person("dispatcher", PROVINCE), told)
    page = client.get(reverse("desk:matter", args=[urgent.pk])).content.decode()
    assert "还没有报告" not in page
    assert "值班室：已报警" in page
    assert "特急处置" not in client.get(reverse("desk:matter", args=[ordinary.pk])).content.decode()
