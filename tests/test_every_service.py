"""Every service of the catalogue, through the pages: filled in wrong and right, handed in, handled, brought to its end.

Made from the catalogue: a new file is walked without a line here. What a walk needs beforehand (goods, money, an offer)
a room makes in `ready_for(service_id, path)` of its tests' support.
"""

from __future__ import annotations

import importlib
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.membership import actions as register
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Application, Offer
from gonghui.services.spec import Service
from gonghui.services.tests.support import fund, goods_of, offer
from tests.support.filling import Filler, people
from tests.support.serving import Walker

OPEN = [service for service in catalogue().services.values() if service.state == "open"]
FORMS = [service for service in OPEN if service.takes_applications]
# Rooms that make ready what a walk through their services needs, or do a part of it on pages of their own.
ROOMS: tuple[str, ...] = (
    "aid",
    "craft",
    "founding",
    "learning",
    "voice",
    "wellbeing",
)
PHONE = "13900009417"


@pytest.fixture
def house(db: Any, settings: Any, tmp_path: Any) -> House:
    settings.MEDIA_ROOT = str(tmp_path)
    return House.build()


def a_worker(service: Service) -> tuple[Account, Actor]:
    """Somebody with a profile; a member of the county's union unless the service is for who is not one yet."""
    account = Account.objects.create_worker(PHONE)
    number = people()[0]
    Person.objects.update_or_create(
        account=account, defaults={"name": "王小明", "id_no": number, "region_id": "520102"}
    )
    if not any(condition.fact == "member" and condition.is_ is False for condition in service.eligibility):
        path = OTHER_COUNTY if service.handled_by.first == "own" else COUNTY
        union = Organisation.objects.get(path=path)
        register.join(SYSTEM, union, register.Member(name="王小明", id_no=number, phone=PHONE, account_id=account.pk))
    return account, actor_for(account)


def ready(service: Service) -> dict[str, Any]:
    """Goods, money and offers for a walk; then what the rooms make. Returns values that the form must have."""
    preset: dict[str, Any] = {}
    for path in (COUNTY, "cn.52.5201", "cn.52"):
        if service.result.kind == "goods":
            goods_of(service.id, 5, path)
        if service.result.kind == "payment":
            fund(service.id, "1000000", path)
        if service.offers is not None:
            offer(service.id, path)
    for room in ROOMS:
        preset |= importlib.import_module(f"gonghui.{room}.tests.support").ready_for(service.id, COUNTY) or {}
    return preset


def filler(service: Service, actor: Actor) -> Filler:
    preset = ready(service)
    offers = [row.pk for row in Offer.objects.filter(service=service.id, organisation__path=COUNTY)]
    return Filler(service, actor, offers, preset=preset)


def beside(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for room in ROOMS:
        walks = getattr(importlib.import_module(f"gonghui.{room}.tests.support"), "BESIDE", {})
        found |= walks.get(service.id, {})
    return found


def send(phone: Client, service: Service, fill: Filler, raw: dict[str, Any]) -> Any:
    """Every page in turn, then hand it in. The first answer that is not a way on, or the last one."""
    for place, section in enumerate(service.form):
        answer = phone.post(reverse("portal:service_step", args=[service.id, section.id]), fill.posted(raw, place))
        if answer.status_code != 302:
            return answer
    return phone.post(reverse("portal:service_check", args=[service.id]))


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.id)
def test_from_the_first_tap_to_the_end(house: House, service: Service) -> None:
    account, actor = a_worker(service)
    phone = sign_in(Client(), account)
    fill = filler(service, actor)
    assert phone.get(reverse("portal:service", args=[service.id])).status_code == 200

    for place, section in enumerate(service.form):
        sent, names = fill.all_wrong(place)
        answer = phone.post(reverse("portal:service_step", args=[service.id, section.id]), sent)
        assert answer.status_code == 422
        told = set(answer.context["form"].errors)
        assert names <= told, f"nothing was held against {names - told}"
    right = fill.right()
    for rule in service.rules:
        answer = send(phone, service, fill, fill.breaking(rule, right))
        assert answer.status_code == 422 and str(rule) in answer.content.decode(), f"not refused: {rule.zh}"
    assert not Application.objects.filter(account=account).exists()

    answer = send(phone, service, fill, right)
    said = (answer.context or {}) if answer.status_code != 302 else {}
    assert answer.status_code == 302, (said.get("reasons"), said.get("form") and said["form"].errors, right)
    application = Application.objects.select_related("matter").get(account=account, service=service.id)
    for once in service.once:
        if once.by == "person":
            again = send(phone, service, fill, right)
            assert again.status_code in (409, 422), "a second one was taken"
    with ExitStack() as stack:
        Walker(house, account, stack, beside(service)).to_the_end(application.matter)
    own = sign_in(Client(), account).get(reverse("portal:application", args=[application.matter_id]))
    assert own.status_code == 200


@pytest.mark.parametrize("service", [one for one in OPEN if one.opens is not None], ids=lambda service: service.id)
def test_a_service_that_is_a_room_opens(house: House, service: Service) -> None:
    account, _actor = a_worker(service)
    page = sign_in(Client(), account).get(reverse("portal:service", args=[service.id]), follow=True)
    assert page.status_code == 200 and page.redirect_chain


def test_all_twenty_eight_are_open() -> None:
    found = {service.id for service in OPEN}
    assert {f"M{number:02d}" for number in range(1, 29)} <= found
