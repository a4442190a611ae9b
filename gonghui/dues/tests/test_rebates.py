"""经费回拨: three people, never more than the budget, paid by the bank's file, the same voucher on both sides."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from gonghui.appeals.tests.support import House
from gonghui.dues import ledger, proving, queries, rebates, reckoning
from gonghui.dues.models import Line, Rebate
from gonghui.dues.tests.support import COUNTY, ENTERPRISE, book
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.times import today
from gonghui.knowledge import actions
from gonghui.knowledge.checking import parameter_text
from gonghui.organisations.models import Organisation
from gonghui.services import banking
from gonghui.services.models import Fund, PaymentBatch
from gonghui.services.tests.support import fund

SINCE, UNTIL = date(2026, 7, 1), date(2026, 9, 1)


def union() -> Organisation:
    return Organisation.objects.get(path=ENTERPRISE)


def proposed(house: House) -> Rebate:
    """10,000 came in for three months; 60 % of it proposed. The union's account is registered."""
    enters = house.person("treasurer", COUNTY)
    rebates.receive(enters, book(COUNTY), union(), UNTIL, Decimal(10_000))
    rebates.register_account(house.person("treasurer", ENTERPRISE), book(), "工商银行", "6222 0200 0000 0000 018")
    with pytest.raises(InvalidData):
        rebates.propose(enters, book(COUNTY), union(), SINCE, UNTIL, None, "")
    return rebates.propose(enters, book(COUNTY), union(), SINCE, UNTIL, None, "省分成表")


def approved(house: House, row: Rebate) -> Rebate:
    rebates.decide(house.person("handler", COUNTY), row.pk, True)
    return rebates.decide(house.person("leader", COUNTY), row.pk, True)


def test_from_what_came_in_to_the_account(house: House) -> None:
    row = proposed(house)
    assert (row.value, row.working) == (Decimal(6000), "10,000 元 × 60% = 6,000 元")
    with pytest.raises(GuardRefused, match="三个人"):
        rebates.decide(house.person("treasurer", COUNTY), row.pk, True)
    with pytest.raises(GuardRefused, match="已经有一笔"):
        rebates.propose(house.person("treasurer", COUNTY), book(COUNTY), union(), UNTIL, UNTIL, None, "省分成表")
    fund("M01", "8000", COUNTY)
    row = approved(house, row)
    leader, payer = house.person("leader", COUNTY), house.person("treasurer", COUNTY, which=2)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.make_batches(leader, Organisation.objects.get(path=COUNTY))
    (batch,) = banking.make_batches(payer, Organisation.objects.get(path=COUNTY))
    told = banking.file_of(payer, batch)
    assert "甲厂工会" in told and row.number in told and "6000.00" in told

    banking.reconcile(payer, batch, [[row.number, "6000.00", "失败", "账号不对"]])
    row.refresh_from_db()
    assert (row.state, row.remark) == ("failed", "账号不对") and Fund.objects.get().promised == 6000
    rebates.send_again(leader, row.pk)
    (batch,) = banking.make_batches(payer, Organisation.objects.get(path=COUNTY))
    banking.reconcile(payer, batch, [[row.number, "6000.00", "成功"]])
    row.refresh_from_db()
    spent = Fund.objects.get()
    assert (row.state, spent.promised, spent.paid) == ("paid", 0, 6000)
    sides = {(line.path, line.ledger, line.value) for line in row.posting.lines.all()}
    assert sides == {
        (COUNTY, "rebates_out", 6000), (COUNTY, "bank", -6000),
        (ENTERPRISE, "bank", 6000), (ENTERPRISE, "rebates_in", -6000)
    }  # fmt: skip
    for side in (COUNTY, ENTERPRISE):
        assert [one.pk for one in queries.rebates(house.person("treasurer", side))] == [row.pk]
    assert queries.funds_by_union(book(COUNTY), 2026) == [(union(), Decimal(10_000), Decimal(6000))]
    assert not proving.verify().problems


def test_never_more_than_the_budget_and_only_the_leader_decides(house: House) -> None:
    row = proposed(house)
    fund("M01", "5999.99", COUNTY)
    with pytest.raises(GuardRefused, match="资金不够"):
        approved(house, row)
    row.refresh_from_db()
    assert row.state == "checked" and not PaymentBatch.objects.exists()
    with pytest.raises(NotAllowed):
        rebates.decide(house.person("handler", COUNTY, 2), row.pk, True)
    with pytest.raises(NotAllowed):
        rebates.decide(house.person("leader", ENTERPRISE), row.pk, True)
    with pytest.raises(NotFound):
        rebates.one(house.person("leader", "cn.52.5201.520103"), row.pk)


def test_funds_that_a_rebate_rests_on_are_not_reversed(house: House) -> None:
    row = proposed(house)
    voucher = Line.objects.filter(ledger="funds").get().posting
    with pytest.raises(GuardRefused, match="算进回拨"):
        ledger.reverse(house.person("treasurer", COUNTY), voucher.pk, "记错了")
    rebates.decide(house.person("handler", COUNTY), row.pk, False, "先核对到账")
    ledger.reverse(house.person("treasurer", COUNTY), voucher.pk, "记错了")
    with pytest.raises(GuardRefused, match="没有到账"):
        rebates.propose(house.person("treasurer", COUNTY), book(COUNTY), union(), SINCE, UNTIL, None, "省分成表")


def test_a_province_puts_its_own_table_of_shares_in_force_by_two_people_from_a_day(house: House) -> None:
    """By 知识维护, dated, as every parameter: no file is changed, and other provinces keep what is usual."""
    first, second = house.person("knowledge", "cn.52"), house.person("knowledge", "cn.52", 2)
    code, begins = "union.basic_share@52", today()
    own = {
        "key": "union.basic_share", "region": "52", "value": "0.65", "valid_from": begins, "valid_to": None,
        "source": "省总工会分成表（测试）", "status": "P",
    }  # fmt: skip
    change = actions.begin(first, "parameter", code, content=parameter_text(own), reason="省分成表", source="省文件")
    actions.propose(first, change.pk)
    with pytest.raises((NotAllowed, GuardRefused)):
        actions.approve(first, change.pk)
    assert share_of(begins, "520102") == Decimal("0.6")
    actions.approve(second, change.pk)
    assert share_of(begins, "520102") == Decimal("0.65")
    assert share_of(begins, "440106") == share_of(begins - timedelta(days=1), "520102") == Decimal("0.6")


def share_of(day: date, region: str) -> Decimal:
    found = reckoning.rebate(Decimal(10_000), Decimal(10_000), day, region)
    assert found is not None
    return found.ratio
