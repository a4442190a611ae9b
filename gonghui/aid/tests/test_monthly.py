"""按月救助: every month that is due is made once, whenever somebody gets to it; who has to is reminded."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.aid import monthly
from gonghui.aid.models import Aid, HardshipFile
from gonghui.aid.tests.support import NEED, filed, found
from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.models import Fund, Payment
from gonghui.services.tests.support import fund, worker

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


def test_the_ceiling_of_a_year_counts_the_months_still_to_come(house: House) -> None:
    def asked(months: int, amount: str) -> None:
        """One more grant of the same kind, as far as the first of two people."""
        rhythm = {"rhythm": "monthly", "months": months} if months else {}
        values = {**NEED, "asked": amount, "category": "schooling", **rhythm}
        matter = actions.apply(worker(1), actions.service_for("A01", "520102"), values).matter
        try:
            act(matter.pk, "check", house.person("handler", COUNTY), {"amount": amount, "note": "核对"})
        finally:
            act(matter.pk, "withdraw", worker(1))

    first_day = date(today().year + 1, 1, 12)
    with time_shifted(shift_to(first_day)):
        granted(house, 12)
        with pytest.raises(GuardRefused, match=r"3,600\.00"):
            asked(0, "2401")
        asked(0, "2400")
    with time_shifted(shift_to(date(first_day.year, 12, 12))):
        # What is left of the year bears one more month of 500 besides; the next year bears twelve.
        asked(12, "500")
        asked(0, "2400")


def test_a_corrected_card_goes_for_the_months_after(house: House) -> None:
    first = granted(house, 3)
    Payment.objects.get(application__matter=first).send_again("6222020000000000000", now())
    county, leader = Organisation.objects.get(path=COUNTY), house.person("leader", COUNTY)
    monthly.pay_due(leader, county, first_of(2))
    assert {row.bank_card for row in Payment.objects.all()} == {"6222020000000000000"}
