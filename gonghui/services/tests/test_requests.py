"""A unit asks the union for something: a lecture at the workplace (of M08), a contest of its own (of M11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.times import today
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.tests.support import worker

pytestmark = pytest.mark.django_db
WHO = {"unit": "星河建筑", "region": "520102", "people": 40, "name": "王小明", "phone": "13800138000"}
ASKED: dict[str, dict[str, Any]] = {
    "L04": {**WHO, "topic": "请焊工劳模讲安全", "place": "项目部会议室"},
    "C02": {**WHO, "trade": "焊工", "wants": "请评委、出题"},
}


@pytest.mark.parametrize(("whole", "part"), [("M08", "L04"), ("M11", "C02")])
def test_a_unit_asks_and_reads_what_the_union_arranges(house: House, whole: str, part: str) -> None:
    page = Client().get(reverse("portal:service", args=[whole])).content.decode()
    assert reverse("portal:service", args=[part]) in page
    person, handler = worker(1), house.person("handler", COUNTY)
    values = {**ASKED[part], "day": (today() + timedelta(days=60)).isoformat()}
    with pytest.raises(InvalidData):
        actions.apply(person, actions.service_for(part), {**values, "day": today().isoformat()})
    matter = actions.apply(person, actions.service_for(part), values).matter
    assert matter.holder_path == COUNTY
    with pytest.raises(GuardRefused, match="正在办理"):
        actions.apply(person, actions.service_for(part), values)
    act(matter.pk, "arrange", handler, {"text": "下月八日下午，劳模陈师傅来。"})
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    address = reverse("portal:application", args=[matter.pk])
    assert "劳模陈师傅来" in phone.get(address).content.decode()
    phone.post(address, {"step": "rate", "stars": "5"})
    matter.refresh_from_db()
    assert matter.state == "closed"
    # Nothing is under way any more: the unit may ask for the next one.
    assert actions.apply(person, actions.service_for(part), values).matter.state == "applied"


def test_what_is_not_arranged_has_its_reason_and_can_be_asked_anew(house: House) -> None:
    person, handler = worker(1), house.person("handler", COUNTY)
    values = {**ASKED["L04"], "day": (today() + timedelta(days=60)).isoformat()}
    matter = actions.apply(person, actions.service_for("L04"), values).matter
    act(matter.pk, "refuse", handler, {"text": "那天的劳模都有安排。"})
    assert "都有安排" in actions.application_of(person, matter.pk)[0].told_text
    actions.apply(person, actions.service_for("L04"), values)
