"""普惠: a coupon from the claim to the merchant's money; never more than there are; the merchant learns no name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, OTHER_COUNTY, PROVINCE, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import SHANGHAI, now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.membership import actions as register
from gonghui.membership.queries import current_by_id
from gonghui.membership.tests.support import end
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, banking
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
        twice = house.also(leader, "handler", COUNTY)
        settling.confirm(twice, row.pk)
        with pytest.raises(GuardRefused, match="另一位"):
            settling.confirm(twice, row.pk)
        settling.confirm(house.person("supervisor", COUNTY), row.pk)
        row.refresh_from_db()
        assert (row.state, Fund.objects.get().paid) == ("confirmed", 0)
        (batch,) = banking.make_batches(house.person("treasurer", COUNTY), Organisation.objects.get(path=COUNTY))
        payer = sign_in(Client(), account_of(house.person("treasurer", COUNTY)))
        file = payer.get(reverse("desk:batch_file", args=[batch.pk])).content.decode()
        assert "622200001111" in file and "20.00" in file and "王小明" not in file
        assert payer.get(reverse("desk:batch_file", args=[batch.pk])).content.decode() == file
        assert payer.get(reverse("desk:settlement", args=[row.pk])).status_code == 200
        assert payer.get(reverse("desk:benefits")).status_code == 200
        assert row.payment is not None
        banking.reconcile(house.person("treasurer", COUNTY), batch, [[row.payment.reference, "20.00", "成功"]])
        row.refresh_from_db()
        assert row.state == "paid" and row.paid_at is not None
    fund = Fund.objects.get()
    assert (fund.promised, fund.paid) == (Decimal(0), Decimal("20.00"))
    with pytest.raises(NotFound):
        settling.one(house.person("handler", OTHER_COUNTY), row.pk)
    assert settling.figures(handler).used == 1


def test_no_more_than_there_are_and_than_there_is_money_for(house: House) -> None:
    offer = coupon(COUNTY, count=5, value="400", budget="500")
    first, second = worker(1), worker(2)
    treasurer = account_of(house.person("treasurer", COUNTY))
    matter = claim(first, offer)
    joined(second, 1)
    for _attempt in range(2):
        with pytest.raises(GuardRefused, match="暂时领完了") as refused:
            asked(second, offer, 1)
        assert "预算" not in str(refused.value)
    told = [row.payload["text"] for row in OutboxMessage.objects.filter(account_id=treasurer.pk)]
    assert len(told) == 1 and "会员日满减券" in told[0] and "预算" in told[0]
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


def test_a_coupon_at_a_merchants_cost_names_one_of_the_unions_own_lists(house: House) -> None:
    here, far = shop(account_of(worker(9)), COUNTY), shop(account_of(worker(8)), OTHER_COUNTY, name="云岩书店")
    gone = shop(account_of(worker(7)), COUNTY, name="老店", state="delisted")
    desk = sign_in(Client(), account_of(house.person("handler", COUNTY)))
    until = (now() + timedelta(days=20)).date().isoformat()
    sent = {"title": "店庆券", "capacity": "5", "data_value": "10", "data_use_until": until}
    address = reverse("desk:offer_new", args=["M22"])
    for number in (here.pk + 1000, far.pk, gone.pk):
        answer = desk.post(address, {**sent, "data_merchant_no": str(number)})
        page = answer.content.decode()
        assert answer.status_code == 422 and "没有这个编号" in page and "云岩书店" not in page
    assert not Offer.objects.exists()
    assert desk.post(address, {**sent, "data_merchant_no": str(here.pk)}).status_code == 302
    offer = Offer.objects.get()
    here.state = "suspended"
    here.save()
    page = desk.post(reverse("desk:offer", args=[offer.pk]), {"verb": "publish"}, follow=True).content.decode()
    offer.refresh_from_db()
    assert "没有这个编号" in page and offer.status == "draft"


def test_a_coupon_whose_merchant_is_not_listed_any_more_is_not_claimed_at_the_unions_cost(house: House) -> None:
    merchant = shop(account_of(worker(9)), COUNTY)
    offer, mistyped = coupon(COUNTY, merchant_no=merchant.pk), coupon(COUNTY, merchant_no=merchant.pk + 1000)
    member = worker(1)
    with pytest.raises(GuardRefused, match="不在名单上"):
        claim(member, mistyped)
    merchant.state = "suspended"
    merchant.save()
    with pytest.raises(GuardRefused, match="不在名单上"):
        claim(member, offer)
    assert not Claim.objects.exists() and not Fund.objects.filter(promised__gt=0).exists()
    merchant.state = "listed"
    merchant.save()
    claim(member, offer)
    assert Claim.objects.get().only_merchant == merchant


def test_a_coupon_without_money_for_one_is_not_published(house: House) -> None:
    leader = account_of(house.person("leader", COUNTY))
    offer = coupon(COUNTY, value="400", budget="100")
    offer.status = "draft"
    offer.save()
    desk = sign_in(Client(), leader)
    page = desk.post(reverse("desk:offer", args=[offer.pk]), {"verb": "publish"}, follow=True).content.decode()
    offer.refresh_from_db()
    assert "追加预算" in page and offer.status == "draft"
    Fund.objects.update(total=400)
    desk.post(reverse("desk:offer", args=[offer.pk]), {"verb": "publish"})
    offer.refresh_from_db()
    assert offer.status == "published"


def used(house: House, *offers: Offer) -> tuple[Any, Any]:
    """A shop of the county in which a coupon of each was used."""
    seller = worker(9)
    merchant = shop(account_of(seller), COUNTY)
    for which, offer in enumerate(offers):
        matter = claim(worker(which + 1), offer, which)
        held = Claim.objects.get(application__matter=matter)
        merchants.redeem(seller, merchant, codes.code_of(held.pk, now()), None)
    return seller, merchant


def confirmed(house: House) -> list[Settlement]:
    """What is owed for this month, looked at by two."""
    month = f"{now().astimezone(SHANGHAI):%Y-%m}"
    with time_shifted(timedelta(days=40)):
        rows = settling.draw_up(house.person("handler", COUNTY), month)
        for row in rows:
            settling.confirm(house.person("handler", COUNTY), row.pk)
            settling.confirm(house.person("leader", COUNTY), row.pk)
            row.refresh_from_db()
    return rows


def test_each_union_pays_from_its_own_fund_in_its_own_file(house: House) -> None:
    used(house, coupon(COUNTY), coupon(PROVINCE, value="30.00"))
    rows = confirmed(house)
    assert {(str(row.fund.organisation.path), row.total) for row in rows if row.fund} == {
        (COUNTY, Decimal("20.00")), (PROVINCE, Decimal("30.00"))
    }  # fmt: skip
    for path, sum_ in ((COUNTY, "20.00"), (PROVINCE, "30.00")):
        payer, union = house.person("treasurer", path), Organisation.objects.get(path=path)
        (batch,) = banking.make_batches(payer, union)
        file = banking.file_of(payer, batch)
        assert sum_ in file and batch.count == 1
        page = sign_in(Client(), account_of(payer)).get(reverse("desk:benefits")).content.decode()
        assert sum_ in page and union.name in page


def test_who_confirmed_a_month_does_not_pay_it(house: House) -> None:
    used(house, coupon(COUNTY))
    confirmed(house)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.make_batches(house.person("leader", COUNTY), Organisation.objects.get(path=COUNTY))


def test_what_the_bank_returned_goes_to_the_mended_account_after_two_have_looked(house: House) -> None:
    seller, merchant = used(house, coupon(COUNTY))
    (row,) = confirmed(house)
    payer, union = house.person("treasurer", COUNTY), Organisation.objects.get(path=COUNTY)
    till, address = sign_in(Client(), account_of(seller)), reverse("portal:merchant")
    account = {
        "step": "account",
        "shop": merchant.pk,
        "payee": "南明书店",
        "bank": "贵阳银行",
        "account": "6222 0000 9999",
    }
    assert till.post(address, account).status_code == 422
    (batch,) = banking.make_batches(payer, union)
    assert row.payment is not None
    banking.reconcile(payer, batch, [[row.payment.reference, "20.00", "失败", "账号不对"]])
    row.refresh_from_db()
    assert (row.state, row.remark) == ("failed", "账号不对") and Fund.objects.get().promised == 20
    told = [one.payload["text"] for one in OutboxMessage.objects.filter(account_id=seller.account_id)]
    assert any("银行退回" in text for text in told)
    assert "账号不对" in till.get(address).content.decode()
    assert till.post(address, {**account, "account": "12"}).status_code == 422
    assert till.post(address, account).status_code == 302

    handler, other = (sign_in(Client(), account_of(house.person("handler", COUNTY, which=n))) for n in (1, 2))
    page = reverse("desk:settlement", args=[row.pk])
    assert "9999" in handler.get(page).content.decode()
    assert handler.post(page, {"step": "again"}).status_code == 302
    assert handler.post(page, {"step": "again"}).status_code == 409
    assert other.post(page).status_code == 403
    leader = sign_in(Client(), account_of(house.person("leader", COUNTY)))
    assert leader.post(page).status_code == 302
    (batch,) = banking.make_batches(payer, union)
    assert "622200009999" in banking.file_of(payer, batch)
    banking.reconcile(payer, batch, [[row.payment.reference, "20.00", "成功"]])
    row.refresh_from_db()
    spent = Fund.objects.get()
    assert (row.state, row.remark, spent.promised, spent.paid) == ("paid", "", 0, 20)


def test_a_month_of_several_funds_drawn_up_before_is_divided(house: House) -> None:
    used(house, coupon(COUNTY), coupon(PROVINCE, value="30.00"))
    first, second = confirmed(house)
    Claim.objects.update(settlement=first)
    Settlement.objects.filter(pk=second.pk).delete()
    Settlement.objects.filter(pk=first.pk).update(fund=None, payment=None, count=2, total=Decimal(50))
    divide = import_module("gonghui.wellbeing.migrations.0004_settlements_by_the_bank").by_fund
    divide(apps, connection.schema_editor())
    told = {(row.state, row.total, row.claims.count()) for row in Settlement.objects.all()}
    assert told == {("draft", Decimal(20), 1), ("draft", Decimal(30), 1)}


def test_the_money_for_coupons_is_budgeted_at_the_desk(house: House) -> None:
    desk = sign_in(Client(), account_of(house.person("treasurer", COUNTY)))
    sent = {"service": "M22", "source": "union", "total": "500", "why": "2026 年预算批复"}
    assert desk.post(reverse("desk:fund_new"), sent).status_code == 302
    assert Fund.objects.get(service="M22").proposed_total == 500
