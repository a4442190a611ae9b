"""复核: whoever is refused may have another person of the union above look again, once and in time (handbook 4.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import FlowError, GuardRefused, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.catalogue import catalogue
from gonghui.services.checking import built
from gonghui.services.layers import Layer
from gonghui.services.models import Application, Stock
from gonghui.services.tests.support import ID_NUMBERS, KIT, SEEN, goods, study, worker

FORM = {"id": "a", "zh": "一", "fields": [{"name": "a", "type": "text", "zh": "甲"}]}
WHY = {"contest_told": "合同签了两年，社保记录可以证明。"}
pytestmark = pytest.mark.django_db


def refused(house: House, person: Actor, service: str = "M10", **changes: Any) -> Matter:
    form = {**KIT, **changes} if service == "M04" else study(person, **changes)
    matter = actions.apply(person, actions.service_for(service, "520102"), form).matter
    return act(matter.pk, "refuse", house.person("handler", COUNTY), {"text": "合同不满一年。"})


def own_page(person: Actor, matter: Matter) -> str:
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    return phone.get(reverse("portal:application", args=[matter.pk])).content.decode()


def test_the_union_above_overturns_a_refusal_and_it_begins_anew(house: House) -> None:
    person = worker(1)
    matter = refused(house, person)
    page = own_page(person, matter)
    assert "申请复核" in page and "重新申请" in page
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    address = reverse("portal:application", args=[matter.pk])
    empty = phone.post(address, {"step": "contest", "contest_told": ""})
    assert empty.status_code == 422 and "申请复核" in empty.content.decode()
    assert phone.post(address, {"step": "contest", **WHY}).status_code == 302
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path, matter.is_open) == ("contested", CITY, True)

    with pytest.raises(NotAllowed):
        act(matter.pk, "overturn", house.person("leader", COUNTY), {"text": "x"})
    reviewer = house.person("leader", CITY)
    desk = sign_in(Client(), Account.objects.get(pk=reviewer.account_id or 0))
    seen = desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert WHY["contest_told"] in seen and "合同不满一年" in seen
    matter = act(matter.pk, "overturn", reviewer, {"text": "合同两年，符合条件。"})
    assert (matter.state, matter.holder_path, matter.is_open, matter.closed_at) == ("applied", COUNTY, True, None)
    assert "合同两年" in own_page(person, matter)
    with pytest.raises(GuardRefused, match="每人只领一次"):
        actions.apply(person, actions.service_for("M10", "520102"), study(person))


def test_a_refusal_that_is_upheld_is_final(house: House) -> None:
    person = worker(1)
    matter = refused(house, person)
    act(matter.pk, "contest", person, WHY)
    act(matter.pk, "uphold", house.person("supervisor", CITY), {"text": "社保记录对不上。"})
    matter.refresh_from_db()
    assert (matter.state, matter.holder_path, matter.is_open) == ("refused", COUNTY, False)
    page = own_page(person, matter)
    assert "社保记录对不上" in page and 'value="contest"' not in page
    with pytest.raises(GuardRefused, match="复核过一次"):
        act(matter.pk, "contest", person, WHY)


def test_too_late_is_told_with_the_last_day(house: House) -> None:
    person = worker(1)
    matter = refused(house, person)
    with time_shifted(timedelta(days=16)):
        assert 'value="contest"' not in own_page(person, matter)
        with pytest.raises(GuardRefused, match=r"到 \d{4}-\d\d-\d\d 为止"):
            act(matter.pk, "contest", person, WHY)
    with time_shifted(timedelta(days=14)):
        assert act(matter.pk, "contest", person, WHY).state == "contested"


def test_nobody_else_asks_for_it(house: House) -> None:
    matter = refused(house, worker(1))
    for other in (worker(2), house.person("leader", COUNTY)):
        with pytest.raises((NotFound, NotAllowed)):
            act(matter.pk, "contest", other, WHY)


def test_whoever_refused_does_not_judge_it(house: House) -> None:
    """In the union at the top there is none above: then it is another person."""
    person = worker(1)
    matter = actions.apply(person, actions.service_for("M10", "520102"), study(person)).matter
    leader = house.person("leader", COUNTY)
    act(matter.pk, "refuse", leader, {"text": "不符合。"})
    act(matter.pk, "contest", person, WHY)
    Matter.objects.filter(pk=matter.pk).update(holder_path=COUNTY)
    with pytest.raises(GuardRefused, match="另一位同事"):
        act(matter.pk, "uphold", leader, {"text": "不符合。"})


def test_goods_are_kept_again_and_none_is_counted_twice(house: House) -> None:
    goods(1)
    person = worker(1)
    matter = refused(house, person, "M04")
    assert Stock.objects.get().promised == 0
    act(matter.pk, "contest", person, WHY)
    taker = worker(2)
    other = actions.apply(taker, actions.service_for("M04", "520102"), {**KIT, "id_no": ID_NUMBERS[1]}).matter
    with pytest.raises(GuardRefused, match="领完"):
        act(matter.pk, "overturn", house.person("leader", CITY), {"text": "可以领。"})
    matter.refresh_from_db()
    assert matter.state == "contested" and matter.holder_path == CITY
    act(other.pk, "withdraw", taker)
    act(matter.pk, "overturn", house.person("leader", CITY), {"text": "可以领。"})
    assert Stock.objects.get().promised == 1
    act(matter.pk, "approve", house.person("handler", COUNTY), SEEN)
    act(matter.pk, "prepare", house.person("handler", COUNTY))
    assert Application.objects.get(matter=matter).voucher.pickup_code


def test_who_applied_anew_meanwhile_goes_on_there(house: House) -> None:
    person = worker(1)
    matter = refused(house, person)
    act(matter.pk, "contest", person, WHY)
    actions.apply(person, actions.service_for("M10", "520102"), study(person))
    with pytest.raises(GuardRefused, match="另有一份申请"):
        act(matter.pk, "overturn", house.person("leader", CITY), {"text": "可以。"})


def test_every_service_that_refuses_for_good_can_be_contested() -> None:
    """But for what is no decision on a right: a selection with its own objections (M13), where nothing is left to look
    at (M24), and what a unit asks the union to arrange (C02, L04)."""
    without = {
        flow.name.split(".")[1]
        for flow in catalogue().flows
        if "refused" in flow.states and "contest" not in flow.by_name
    }
    assert without == {"C02", "L04", "M13", "M24"}


def test_a_file_cannot_drop_the_step(tmp_path: Any) -> None:
    path = tmp_path / "X01.yaml"
    data = {
        "id": "X01", "version": 1, "zh": "试", "valid_from": "2026-01-01", "source": "t", "part_of": "M01",
        "purpose": {"zh": "试"}, "form": [FORM],
        "flow": {"pattern": "membership", "transitions": [{"name": "contest", "drop": True}]},
    }  # fmt: skip
    with pytest.raises(FlowError, match="reviewed"):
        built([Layer("X01", "", path.name, str(path), data, {})], {"X01"})
