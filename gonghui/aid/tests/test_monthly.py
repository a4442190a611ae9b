"""按月救助: every month that is due is made once, whenever somebody gets to it; who has to is reminded."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.aid import monthly
from gonghui.aid.models import Aid, HardshipFile
from gonghui.aid.tests.support import NEED, filed, found
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions, banking
from gonghui.services.models import Fund, Payment
from gonghui.services.tests.support import CARDS, fund, worker

JANUARY = date(2026, 1, 1)


def granted(house: House, months: int, total: str = "9000") -> Matter:
    """A family on file whose monthly aid was granted; the first month is its own payment."""
    person = worker(1)
    filed(house, person)
    fund("A01", total)
    values = {**NEED, "rhythm": "monthly", "months": months, "asked": "300", "category": "schooling"}
    matter = actions.apply(person, actions.service_for("A01", "520102"), values).matter
    act(matter.pk, "check", house.person("handler", COUNTY), {"amount": "300", "note": "核对"})
    return act(matter.pk, "grant", house.person("leader", COUNTY))


def first_of(count: int) -> date:
    """The first day of the month that begins so many months from now."""
    return months_later(today().replace(day=1), count)


def shift_to(day: date) -> timedelta:
    return timedelta(days=(day - today()).days)


@settings(deadline=None)
@given(
    months=st.integers(1, 12),
    visits=st.lists(st.integers(0, 15), max_size=12),
    steps=st.lists(st.tuples(st.dates(JANUARY, date(2027, 3, 1)), st.booleans()), max_size=4),
)
def test_whenever_it_is_asked_each_month_is_due_once(
    months: int, visits: list[int], steps: list[tuple[date, bool]]
) -> None:
    steps = sorted(steps)
    made: list[date] = []
    for count in sorted(visits):
        made += monthly.owed(JANUARY, months, months_later(JANUARY, count), made, steps)
    assert len(made) == len(set(made)) and JANUARY not in made
    at_once = monthly.owed(JANUARY, months, months_later(JANUARY, max(visits, default=0)), [], steps)
    assert sorted(made) == at_once, "in steps or at once, it is the same months"
    if not steps:
        last = min(months - 1, max(visits, default=0))
        assert at_once == [months_later(JANUARY, count) for count in range(1, last + 1)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 8), min_size=1, max_size=5))
def test_the_leader_may_come_in_any_month(house: House, comes: list[int]) -> None:
    """All of it is undone again after each example."""
    with transaction.atomic():
        granted(house, 6)
        county, leader = Organisation.objects.get(path=COUNTY), house.person("leader", COUNTY)
        for count in comes:
            day = first_of(count) + timedelta(days=14)
            try:
                monthly.pay_due(leader, county, day)
            except GuardRefused:
                assert monthly.due(county, day) == []
        wanted = [first_of(count) for count in range(min(max(comes), 5) + 1)]
        assert sorted(Aid.objects.values_list("month", flat=True)) == wanted
        assert Payment.objects.count() == len(wanted)
        assert Fund.objects.get().promised == 300 * len(wanted)
        transaction.set_rollback(True)
    house.actors.clear()


def test_a_month_left_out_is_listed_reminded_of_and_made(house: House) -> None:
    granted(house, 4)
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    county = Organisation.objects.get(path=COUNTY)
    assert monthly.due(county, today()) == [] and monthly.remind() == 0
    with time_shifted(shift_to(first_of(2))):
        people = [Account.objects.get(pk=one.account_id or 0) for one in (handler, leader)]
        desks = {one.pk: sign_in(Client(), one) for one in people}
        if not Fund.objects.filter(year=today().year).exists():
            fund("A01", "9000")  # the new year's budget
        run_once()
        run_once()
        told = OutboxMessage.objects.filter(key__startswith="aid:monthly:")
        assert {row.account_id for row in told} == {handler.account_id, leader.account_id} and len(told) == 2
        assert all("2笔" in row.payload["text"] and "漏发的1笔" in row.payload["text"] for row in told)
        pages = {who: desk.get(reverse("desk:aid")).content.decode() for who, desk in desks.items()}
        late = f"{first_of(-1):%Y-%m}"
        assert all(late in page and "漏发" in page for page in pages.values())
        assert "全部生成" in pages[leader.account_id or 0] and "全部生成" not in pages[handler.account_id or 0]
        with pytest.raises(NotAllowed):
            monthly.pay_due(handler, county)
        assert desks[leader.account_id or 0].post(reverse("desk:aid")).status_code == 302
        assert "到本月的都已经生成" in desks[leader.account_id or 0].get(reverse("desk:aid")).content.decode()
        assert monthly.remind() == 0
    assert Payment.objects.count() == 3
    assert sorted(row.working[-7:] for row in Payment.objects.exclude(application__aid__first=None)) == [
        f"{first_of(1):%Y-%m}", f"{first_of(2):%Y-%m}",
    ]  # fmt: skip
    with time_shifted(shift_to(first_of(3))):
        run_once()
        assert OutboxMessage.objects.filter(key__startswith="aid:monthly:").count() == 4, "once a month each"


def test_who_is_off_the_file_on_the_first_of_a_month_does_not_have_it(house: House) -> None:
    granted(house, 6)
    file, handler = HardshipFile.objects.get(), house.person("handler", COUNTY)
    county, leader = Organisation.objects.get(path=COUNTY), house.person("leader", COUNTY)
    on_file = file.application.matter_id
    with time_shifted(shift_to(first_of(1) + timedelta(days=9))):
        act(on_file, "lift", handler, found(income="120000"))
    with time_shifted(shift_to(first_of(2) + timedelta(days=9))):
        act(on_file, "relapse", handler, {"found_told": "又住院了"})
    late = first_of(4) + timedelta(days=3)
    assert [row.month for row in monthly.due(county, late)] == [first_of(1), first_of(3), first_of(4)]
    act(on_file, "cancel", leader, {"text": "查实弄虚作假"})
    assert monthly.due(county, late) == []


def test_a_grant_taken_back_gives_no_more_months(house: House) -> None:
    first = granted(house, 3)
    Payment.objects.filter(application__matter=first).update(status=Payment.Status.CANCELLED)
    assert monthly.due(Organisation.objects.get(path=COUNTY), first_of(2)) == []


def test_what_the_budget_does_not_reach_stays_due(house: House) -> None:
    granted(house, 4, total="600")
    county, leader = Organisation.objects.get(path=COUNTY), house.person("leader", COUNTY)
    done = monthly.pay_due(leader, county, first_of(3))
    number = HardshipFile.objects.get().number
    assert (done.made, done.short) == (1, [f"{number}（{first_of(2):%Y-%m}）", f"{number}（{first_of(3):%Y-%m}）"])
    Fund.objects.update(total=Decimal(1200))
    assert monthly.pay_due(leader, county, first_of(3)).made == 2


def applicant() -> Actor:
    account = HardshipFile.objects.get().account
    assert account is not None
    return actor_for(account)


def asked(house: House, months: int, amount: str) -> None:
    """One more grant of the same kind to the same family, as far as the first of two people."""
    person = applicant()
    rhythm = {"rhythm": "monthly", "months": months} if months else {}
    values = {**NEED, "asked": amount, "category": "schooling", **rhythm}
    matter = actions.apply(person, actions.service_for("A01", "520102"), values).matter
    try:
        act(matter.pk, "check", house.person("handler", COUNTY), {"amount": amount, "note": "核对"})
    finally:
        act(matter.pk, "withdraw", person)


def test_the_ceiling_of_a_year_counts_the_months_still_to_come(house: House) -> None:
    year = today().year + 1
    with time_shifted(shift_to(date(year, 1, 12))):
        granted(house, 12)
        with pytest.raises(GuardRefused, match=rf"{year} 年已批 3,600\.00"):
            asked(house, 0, "2401")
        asked(house, 0, "2400")
    with time_shifted(shift_to(date(year, 3, 12))):
        county, leader = Organisation.objects.get(path=COUNTY), house.person("leader", COUNTY)
        assert monthly.pay_due(leader, county).made == 2
        with pytest.raises(GuardRefused, match=r"3,600\.00"):
            asked(house, 0, "2401")
        asked(house, 0, "2400")
        # What was taken back is free again.
        Payment.objects.filter(application__aid__first=None).update(status=Payment.Status.CANCELLED)
        asked(house, 0, "5000")


def test_a_grant_over_new_year_counts_against_each_years_ceiling(house: House) -> None:
    year = today().year + 1
    with time_shifted(shift_to(date(year, 11, 12))):
        granted(house, 6)
        # Two months of this year, and four of the next, whose ceiling bears ten more of 480 and not of 490.
        asked(house, 12, "480")
        with pytest.raises(GuardRefused, match=rf"{year + 1} 年已批 1,200\.00"):
            asked(house, 12, "490")


def test_a_corrected_card_is_that_of_all_months_after(house: House) -> None:
    first = granted(house, 4)
    person, treasurer = applicant(), house.person("treasurer", COUNTY)
    county = Organisation.objects.get(path=COUNTY)

    def returned(number: str) -> None:
        (batch,) = banking.make_batches(treasurer, county)
        banking.reconcile(treasurer, batch, [[number, "300.00", "失败", "账户已销"]])

    def month(count: int) -> Payment:
        monthly.pay_due(treasurer, county, first_of(count))
        return Payment.objects.select_related("application__matter").order_by("-pk")[0]

    (batch,) = banking.make_batches(treasurer, county)
    banking.reconcile(treasurer, batch, [[first.number, "300.00", "成功"]])
    second = month(1)
    returned(second.number)
    act(Matter.objects.get(number=second.number).pk, "give_card", person, {"card": CARDS[1]})
    third = month(2)
    assert third.bank_card == CARDS[1], "the month that came back was corrected, not the grant's own"
    (batch,) = banking.make_batches(treasurer, county)
    file = banking.file_of(treasurer, batch)
    assert file.count(CARDS[1]) == 2 and CARDS[0] not in file
    banking.reconcile(treasurer, batch, [[second.number, "300.00", "成功"], [third.number, "300.00", "成功"]])
    assert month(3).bank_card == CARDS[1]


def test_a_later_month_is_not_paid_out_by_whoever_granted_before_that_was_kept(house: House) -> None:
    """What the upgrade fills in of payments made before it, the arrived ones too."""
    first, leader = granted(house, 3), house.person("leader", COUNTY)
    county, treasurer = Organisation.objects.get(path=COUNTY), house.person("treasurer", COUNTY)
    (batch,) = banking.make_batches(treasurer, county)
    banking.reconcile(treasurer, batch, [[first.number, "300.00", "成功"]])
    monthly.pay_due(treasurer, county, first_of(1))
    Payment.objects.update(granted_by=None)
    import_module("gonghui.services.migrations.0014_money_by_two").carry_over(apps, connection.schema_editor())
    monthly.pay_due(treasurer, county, first_of(2))
    assert set(Payment.objects.values_list("granted_by_id", flat=True)) == {leader.account_id}
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.make_batches(leader, county)
    (batch,) = banking.make_batches(treasurer, county)
    with pytest.raises(GuardRefused, match="您批准的"):
        banking.file_of(leader, batch)
    auditor = sign_in(Client(), Account.objects.get(pk=house.person("auditor", COUNTY).account_id or 0))
    page = auditor.get(reverse("desk:payments")).content.decode()
    assert page.count(str(Account.objects.get(pk=leader.account_id or 0))) >= 3
