"""普惠: a coupon from the claim to the merchant's money; never more than there are; the merchant learns no name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, OTHER_COUNTY, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.membership import actions as register
from gonghui.membership.queries import current_by_id
from gonghui.membership.tests.support import end
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Application, Fund, Offer
from gonghui.services.tests.support import ID_NUMBERS, joined, worker
from gonghui.wellbeing.benefits import codes, merchants, settling
from gonghui.wellbeing.models import Claim, Settlement
from gonghui.wellbeing.tests.support import coupon, shop

pytestmark = pytest.mark.django_db


def claim(actor: Any, offer: Offer, which: int = 0) -> Matter:
    """By a member of the county's union, entered in the register if nobody has this number yet."""
    if current_by_id(ID_NUMBERS[which]) is None:
        joined(actor, which)
    return asked(actor, offer, which)


def asked(actor: Any, offer: Offer, which: int = 0) -> Matter:
    values = {"coupon": offer.pk, "region": "520102", "name": "王小明", "id_no": ID_NUMBERS[which]}
    return actions.apply(actor, actions.service_for("M22", "520102"), values).matter


def account_of(actor: Any) -> Account:
    return Account.objects.get(pk=actor.account_id or 0)


def test_from_the_claim_to_the_merchants_money(house: House) -> None:
    offer, seller = coupon(COUNTY, count=2, threshold="50"), worker(9)
    merchant = shop(account_of(seller), COUNTY)
    member = worker(1)
    matter = claim(member, offer)
    assert Fund.objects.get().promised == Decimal("20.00")
    with pytest.raises(GuardRefused, match="每人一张"):
        claim(member, offer)
    page = sign_in(Client(), account_of(member)).get(reverse("portal:application", args=[matter.pk])).content.decode()
    code = codes.code_of(Claim.objects.get().pk, now())
    assert code in page and "<svg" in page

    till = sign_in(Client(), account_of(seller))
    address = reverse("portal:merchant")
    sent = {"step": "redeem", "shop": merchant.pk, "code": code}
    assert "满 50" in till.post(address, sent).content.decode()
    assert till.post(address, {**sent, "spent": "60", "code": code[:-1] + "x"}).status_code == 422
    done = till.post(address, {**sent, "spent": "60"}, follow=True).content.decode()
    assert "已核销" in done and "王小明" not in done and ID_NUMBERS[0] not in done
    assert "已经用过" in till.post(address, {**sent, "spent": "60"}).content.decode()

    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    month = f"{now().astimezone(SHANGHAI):%Y-%m}"
    desk = sign_in(Client(), account_of(handler))
    assert "没有过完" in desk.post(reverse("desk:benefits"), {"month": month}).content.decode()
    with time_shifted(timedelta(days=40)):
        settling.draw_up(handler, month)
        row = Settlement.objects.get()
        assert (row.count, row.total) == (1, Decimal("20.00"))
        with pytest.raises(GuardRefused):
            settling.draw_up(handler, month)
        with pytest.raises(GuardRefused, match="没有待付款"):
            settling.pay(leader)
        twice = house.also(leader, "handler", COUNTY)
        settling.confirm(twice, row.pk)
        with pytest.raises(GuardRefused, match="另一位"):
            settling.confirm(twice, row.pk)
        settling.confirm(house.person("supervisor", COUNTY), row.pk)
        file = settling.pay(leader)
    assert "622200001111" in file and "20.00" in file and "王小明" not in file
    fund = Fund.objects.get()
    assert (fund.promised, fund.paid) == (Decimal(0), Decimal("20.00"))
    with pytest.raises(NotFound):
        settling.one(house.person("handler", OTHER_COUNTY), row.pk)
    assert settling.figures(handler).used == 1


def test_no_more_than_there_are_and_than_there_is_money_for(house: House) -> None:
    offer = coupon(COUNTY, count=5, value="400", budget="500")
    first, second = worker(1), worker(2)
    matter = claim(first, offer)
    with pytest.raises(GuardRefused, match="资金不够"):
        claim(second, offer, 1)
    assert Offer.objects.get().taken == 1 and Claim.objects.count() == 1
    act(matter.pk, "withdraw", first)
    claim(second, offer, 1)
    with time_shifted(timedelta(days=35)):
        run_once()
    assert Claim.objects.filter(state="held").count() == 0 and Fund.objects.get().promised == 0
    few = coupon(COUNTY, count=1, value="1")
    claim(first, few)
    with pytest.raises(InvalidData):
        claim(worker(5), few, 2)


def test_who_is_no_member_gets_no_coupon_and_is_told_how_to_join(house: House) -> None:
    offer, stranger = coupon(COUNTY), worker(1)
    phone = sign_in(Client(), account_of(stranger))
    for section, values in (
        ("coupon", {"coupon": offer.pk, "region": "520102"}),
        ("person", {"name": "王小明", "id_no": ID_NUMBERS[0]}),
    ):
        phone.post(reverse("portal:service_step", args=["M22", section]), values)
    answer = phone.post(reverse("portal:service_check", args=["M22"]))
    page = answer.content.decode()
    assert answer.status_code in (409, 422) and "会员登记里没有" in page and "电子会员证" in page
    assert reverse("portal:service", args=["M01"]) in page
    offer.refresh_from_db()
    assert offer.taken == 0 and not Claim.objects.exists() and Fund.objects.get().promised == 0


def test_a_member_of_another_place_is_a_member_and_who_left_is_none(house: House) -> None:
    offer, elsewhere, gone = coupon(COUNTY), worker(1), worker(2)
    joined(elsewhere, 0, FAR_COUNTY)
    asked(elsewhere, offer, 0)
    left = joined(gone, 1)
    end(house, left, "withdrawn")
    with pytest.raises(GuardRefused, match="会员登记里没有"):
        asked(gone, offer, 1)
    assert Claim.objects.count() == 1


def test_one_membership_claims_for_nobody_else(house: House) -> None:
    """Neither with a number made up under one's own account, nor with a member's number under a stranger's."""
    offer, member, stranger = coupon(COUNTY), worker(1), worker(2)
    joined(member, 0)
    for actor, which in ((member, 1), (stranger, 0)):
        with pytest.raises(GuardRefused, match="会员登记里没有"):
            asked(actor, offer, which)
    asked(member, offer, 0)
    assert Claim.objects.count() == 1


def test_whom_the_union_registered_by_phone_need_not_claim_the_card_first(house: House) -> None:
    offer, person = coupon(COUNTY), worker(1)
    union = Organisation.objects.get(path=COUNTY)
    register.join(SYSTEM, union, register.Member("王小明", ID_NUMBERS[0], account_of(person).phone))
    asked(person, offer)
    assert Claim.objects.count() == 1


def test_a_code_is_short_lived_and_good_only_where_the_coupon_is(house: House) -> None:
    offer, seller = coupon(COUNTY), worker(9)
    here, away = shop(account_of(seller), COUNTY), shop(account_of(seller), OTHER_COUNTY, name="云岩书店")
    claim(worker(1), offer)
    held = Claim.objects.get()
    old = codes.code_of(held.pk, now() - timedelta(minutes=11))
    with pytest.raises(InvalidData) as refused:
        merchants.redeem(seller, here, old, None)
    assert "code" in refused.value.errors
    code = codes.code_of(held.pk, now())
    with pytest.raises(InvalidData):
        merchants.redeem(seller, away, code, None)
    here.state = "suspended"
    here.save()
    with pytest.raises(GuardRefused, match="暂停"):
        merchants.redeem(seller, here, code, None)
    assert Claim.objects.get().state == "held"


def test_a_merchants_own_coupon_is_looked_at_by_the_union_and_costs_it_nothing(house: House) -> None:
    seller, rival = worker(9), worker(8)
    mine, other = shop(account_of(seller), COUNTY), shop(account_of(rival), COUNTY, name="别家")
    till = sign_in(Client(), account_of(seller))
    values = {"step": "propose", "shop": mine.pk, "title": "买一送一", "value": "15", "count": "3"}
    assert till.post(reverse("portal:merchant"), {**values, "use_until": "2020-01-01"}).status_code == 422
    until = (now() + timedelta(days=20)).date().isoformat()
    assert till.post(reverse("portal:merchant"), {**values, "use_until": until}).status_code == 302
    offer = Offer.objects.get()
    assert offer.status == "draft"
    offer.status = "published"
    offer.save()
    claim(worker(1), offer)
    code = codes.code_of(Claim.objects.get().pk, now())
    with pytest.raises(InvalidData):
        merchants.redeem(rival, other, code, None)
    assert merchants.redeem(seller, mine, code, None).value == 15
    month = f"{now().astimezone(SHANGHAI):%Y-%m}"
    with time_shifted(timedelta(days=40)), pytest.raises(GuardRefused, match="没有要结"):
        settling.draw_up(house.person("handler", COUNTY), month)
    assert not Fund.objects.exists() and Application.objects.count() == 1
