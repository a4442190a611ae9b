"""What a worker reads before applying (how long, how much, what to bring, who handles it) and while it is under way."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import day_of, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership import actions as register
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, Person
from gonghui.people.testing import sign_in
from gonghui.services import actions, showing
from gonghui.services.amounts import AmountRule
from gonghui.services.catalogue import catalogue
from gonghui.services.rules.applying import NOTICES
from gonghui.services.tests.support import ID_NUMBERS, KIT, goods, study, worker

RULE = {"since": date(2026, 1, 1), "mark": "P", "source": "t"}


def test_each_step_tells_its_time_and_no_step_is_the_rating() -> None:
    steps = showing.usual_steps(catalogue().services["M10"])
    assert steps[:2] == ["县级初审（5 个工作日）", "省级核验（5 个工作日）"] and "公示（5 个工作日）" in steps
    assert not [
        step for service in catalogue().services.values() for step in showing.usual_steps(service) if "等待评价" in step
    ]
    assert all(
        "公示" not in step for one in ("M17", "A01", "L03") for step in showing.usual_steps(catalogue().services[one])
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"fixed": Decimal(1000)}, "1,000 元"),
        ({"of": "own_paid", "share": Decimal("0.7"), "most": Decimal(10000)}, "“个人自付”的 70%，最多 10,000 元"),
        (
            {"of": "own_paid", "share": Decimal("0.125"), "threshold": Decimal(500)},
            "“个人自付”的 12.5%（超过 500 元的部分）",
        ),
    ],
)
def test_the_sum_is_told_in_words(rule: dict[str, object], words: str) -> None:
    only = AmountRule(**{**RULE, **rule})  # type: ignore[arg-type]
    service = catalogue().services["M17"].model_copy(update={"reckoned": False, "amounts": (only,)})
    assert showing.sum_words(service, today()) == words
    assert showing.sum_words(service, date(2020, 1, 1)) == ""


def test_what_to_have_at_hand() -> None:
    assert showing.to_prepare(catalogue().services["M10"])[:3] == ["身份证号", "本人银行卡号", "毕业证书"]
    assert any("有的话" in text for text in showing.to_prepare(catalogue().services["M15"]))
    assert showing.to_prepare(catalogue().services["M22"]) == ["身份证号"]


@pytest.mark.django_db
def test_the_page_of_a_service(house: House) -> None:
    account = Account.objects.create_worker("13900000031")
    Person.objects.update_or_create(account=account, defaults={"name": "王小明", "region_id": "520102"})
    page = sign_in(Client(), account).get(reverse("portal:service", args=["M17"])).content.decode()
    union = Organisation.objects.get(path="cn.52.5201")
    for text in ("减去起付线", "要准备的", "医保结算单", "单位工会初审（5 个工作日）", union.name):
        assert text in page
    fixed = sign_in(Client(), account).get(reverse("portal:service", args=["M10"])).content.decode()
    assert "参考标准" in fixed and "1,000 元" in fixed
    stranger = Client().get(reverse("portal:service", args=["M17"])).content.decode()
    assert "要准备的" in stranger and union.name not in stranger


@pytest.mark.django_db
def test_a_member_without_a_place_in_the_profile_is_asked_about_that_of_the_union(house: House) -> None:
    person = worker(3)
    register.join(
        SYSTEM, Organisation.objects.get(path=COUNTY),
        register.Member(name="王小明", id_no=ID_NUMBERS[0], phone="", account_id=person.account_id),
    )  # fmt: skip
    Person.objects.update_or_create(account_id=person.account_id or 0, defaults={"name": "王小明", "region_id": None})
    assert actions.prefilled(person, catalogue().services["M10"])["region"] == "520102"


@pytest.mark.django_db
def test_under_way_it_says_who_has_it_and_until_when(house: House) -> None:
    goods(2)
    person = worker(1)
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    matter = actions.apply(person, actions.service_for("M10", "520102"), study(person)).matter
    address = reverse("portal:application", args=[matter.pk])
    page = phone.get(address).content.decode()
    assert matter.due_at is not None
    union = Organisation.objects.get(path=COUNTY)
    assert f"{union.name}办理" in page and f"期限：{day_of(matter.due_at)}" in page
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请补传学费收据。"})
    matter.refresh_from_db()
    assert matter.due_at is not None
    assert f"最晚在 {day_of(matter.due_at)} 办理" in phone.get(address).content.decode()
    act(matter.pk, "withdraw", person)
    assert "期限：" not in phone.get(address).content.decode()
    Matter.objects.filter(pk=actions.apply(person, actions.service_for("M04", "520102"), KIT).matter.pk).update(
        restricted=True
    )
    hidden = Matter.objects.get(restricted=True)
    assert union.name not in phone.get(reverse("portal:application", args=[hidden.pk])).content.decode()
    assert day_of(hidden.opened_at) <= today() + timedelta(days=1)


def test_every_message_is_in_both_languages_and_short_enough() -> None:
    for service in catalogue().services.values():
        for name, text in service.messages.items():
            assert text.en, (service.id, name)
    for name, text in NOTICES.items():
        assert text.en and len(text.zh) <= 70, name


def test_no_application_ends_badly_without_a_word() -> None:
    """Whatever the platform or the union ends without the worker is told to them; only their own steps need no word."""
    silent = [
        (flow.name, step.name)
        for flow in catalogue().flows
        for step in flow.transitions
        if step.to in flow.states
        and flow.states[step.to].final
        and flow.states[step.to].side
        and not any(grant.role == "owner" for grant in step.roles)
        and not step.notices
    ]
    assert silent == []


@pytest.mark.django_db
def test_what_is_missing_is_asked_for_again_before_it_is_too_late(house: House) -> None:
    person = worker(1)
    matter = actions.apply(person, actions.service_for("M10", "520102"), study(person)).matter
    act(matter.pk, "send_back", house.person("handler", COUNTY), {"text": "请补传学费收据。"})
    with time_shifted(timedelta(days=10)):
        run_once()
    told = OutboxMessage.objects.filter(topic="notice.app", account_id=person.account_id)
    assert [row.payload["text"].count("请在15天内补正") for row in told] == [1, 1]
    with time_shifted(timedelta(days=16)):
        run_once()
    matter.refresh_from_db()
    assert matter.state == "withdrawn"
    last = told.order_by("-pk")[0]
    assert "没有按时补正" in last.payload["text"]
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    english = phone.get(reverse("portal:messages"), headers={"accept-language": "en"}).content.decode()
    assert "was not completed in time" in english
    assert "没有按时补正" in phone.get(reverse("portal:messages")).content.decode()
