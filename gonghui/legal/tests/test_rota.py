"""值班与利益冲突: who is proposed, who is refused, and that nobody gets more than their limit."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY
from gonghui.kernel.errors import Conflict, GuardRefused, KernelError
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, MatterParticipant
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.legal import actions, conflicts, rota
from gonghui.legal.models import Counsel, CounselShift, Interest, LegalCase
from gonghui.legal.rota import Standing, proposed, ranked
from gonghui.legal.tests.support import Chambers
from gonghui.organisations.names import employer_key

MONDAY = datetime(2026, 6, 1, 10, tzinfo=SHANGHAI)
STANDINGS = st.lists(
    st.builds(
        Standing,
        counsel_id=st.integers(1, 10**6),
        load=st.integers(0, 6),
        max_open=st.integers(1, 5),
        next_shift=st.none() | st.integers(-5, 300).map(lambda hours: MONDAY + timedelta(hours=hours)),
        fits=st.booleans(),
        wished=st.booleans(),
        last_assigned=st.none() | st.integers(0, 99).map(lambda days: MONDAY - timedelta(days=days)),
        refusal=st.sampled_from(["", "", "有利益冲突"]),
    ),
    max_size=8,
    unique_by=lambda one: one.counsel_id,
)


@given(STANDINGS, st.integers(0, 60))
def test_nobody_in_conflict_is_proposed_and_nobody_beyond_their_limit(pool: list[Standing], cases: int) -> None:
    """Cases come one after another, none ends: each goes to whom is proposed then."""
    load = {one.counsel_id: one.load for one in pool}
    for _case in range(cases):
        now_standing = [Standing(**{**one.__dict__, "load": load[one.counsel_id]}) for one in pool]
        chosen = proposed(now_standing, MONDAY)
        if chosen is None:
            break
        assert not chosen.refusal
        load[chosen.counsel_id] += 1
    for one in pool:
        assert load[one.counsel_id] <= max(one.load, one.max_open)
        if one.refusal:
            assert load[one.counsel_id] == one.load


@given(STANDINGS)
def test_the_order_leaves_nobody_out_and_who_may_not_is_last(pool: list[Standing]) -> None:
    order = ranked(pool, MONDAY)
    assert {one.counsel_id for one in order} == {one.counsel_id for one in pool}
    flags = [bool(one.reason) for one in order]
    assert flags == sorted(flags)


def test_on_duty_goes_before_field_and_field_before_load() -> None:
    duty = Standing(1, 4, 5, MONDAY, fits=False)
    field = Standing(2, 0, 5, MONDAY + timedelta(hours=4))
    assert [one.counsel_id for one in ranked([field, duty], MONDAY)] == [1, 2]
    busy, idle = Standing(3, 4, 5, MONDAY), Standing(4, 1, 5, MONDAY)
    assert proposed([busy, idle], MONDAY) == idle


@pytest.mark.parametrize(
    ("shifts", "at", "found"),
    [
        ([CounselShift(weekday=0, starts=time(9), ends=time(12))], MONDAY, MONDAY),
        ([CounselShift(weekday=0, starts=time(9), ends=time(10))], MONDAY, MONDAY + timedelta(days=7, hours=-1)),
        ([CounselShift(weekday=2, starts=time(14), ends=time(17))], MONDAY, MONDAY + timedelta(days=2, hours=4)),
        # The date goes before the weekday, and being away before both.
        (
            [
                CounselShift(weekday=0, starts=time(9), ends=time(12)),
                CounselShift(date=date(2026, 6, 1), starts=time(15), ends=time(16)),
            ],
            MONDAY,
            MONDAY + timedelta(hours=5),
        ),
        (
            [
                CounselShift(weekday=0, starts=time(9), ends=time(12)),
                CounselShift(date=date(2026, 6, 1), away=True),
            ],
            MONDAY,
            MONDAY + timedelta(days=7, hours=-1),
        ),
        ([], MONDAY, None),
    ],
)
def test_when_somebody_is_next_on_duty(shifts: list[CounselShift], at: datetime, found: datetime | None) -> None:
    assert rota.next_shift(shifts, at) == found


def interest(counsel: Counsel | None, name: str, kind: str = "acts_for", **more: Any) -> Interest:
    return Interest.objects.create(
        counsel=counsel, kind=kind, party_name=name, party_key=employer_key(name), at=now(), **more
    )


def reason(counsel: Counsel, matter: Matter) -> str:
    case = LegalCase.objects.get(matter=matter)
    return conflicts.refusal(counsel, case, conflicts.relevant(case))


def test_who_acted_for_the_employer_is_refused_and_so_is_the_firm(chambers: Chambers) -> None:
    first = chambers.counsel(1, firm_name="贵州公正律师事务所")
    partner = chambers.counsel(2, firm_name="公正律师事务所")
    other = chambers.counsel(3)
    matter = chambers.asked()
    assert not reason(first, matter)
    # Another spelling of the same employer.
    interest(first, "甲厂")
    assert "本人" in reason(first, matter)
    assert "所在律所" in reason(partner, matter)
    assert not reason(other, matter)
    with pytest.raises(GuardRefused, match="所在律所"):
        chambers.offered(matter, partner)


def test_family_ties_bind_the_person_and_not_the_firm(chambers: Chambers) -> None:
    first, partner = chambers.counsel(1, firm_name="公正律师事务所"), chambers.counsel(2, firm_name="公正律师事务所")
    interest(first, "甲厂有限公司", "related")
    matter = chambers.asked()
    assert reason(first, matter)
    assert not reason(partner, matter)


def test_two_codes_decide_whatever_the_names_are(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    matter = chambers.asked()
    LegalCase.objects.filter(matter=matter).update(employer_uscc="91520100MA6DXXXX1A", employer=None)
    interest(counsel, "甲厂有限公司", party_uscc="91520100MA6DYYYY2B")
    assert not reason(counsel, matter)
    interest(counsel, "乙公司", party_uscc="91520100MA6DXXXX1A")
    assert reason(counsel, matter)


def test_the_other_sides_lawyer_in_one_case_is_refused_in_the_next(chambers: Chambers) -> None:
    mine, theirs = chambers.counsel(1), chambers.counsel(2, firm_name="南明正义律师事务所")
    matter = chambers.acting(chambers.applied(), mine)
    told = {"milestone": "filed", "text": "已立案", "other_side": "南明正义律师事务所"}
    act(matter.pk, "progress", chambers.lawyer(mine), told)
    assert "另一案件" in reason(theirs, chambers.asked())


def test_a_lawyer_of_the_employers_union_or_the_employer_itself_is_refused(chambers: Chambers) -> None:
    matter = chambers.asked()
    assert "工会任职" in reason(chambers.counsel(1, ENTERPRISE), matter)
    assert "对方单位" in reason(chambers.counsel(2, firm_name="甲厂"), matter)


def test_a_counsel_declares_and_a_stranger_may_not(chambers: Chambers) -> None:
    counsel = chambers.counsel()
    actions.declare_interest(chambers.lawyer(counsel), counsel, "acted_for", "甲厂有限公司")
    assert Interest.objects.get().employer == chambers.house.employer
    with pytest.raises(KernelError):
        actions.declare_interest(chambers.house.person("dispatcher", OTHER_COUNTY), counsel, "acts_for", "乙")


def test_those_of_the_holder_and_above_can_be_asked_and_no_others(chambers: Chambers) -> None:
    near, above, far = chambers.counsel(1), chambers.counsel(1, CITY), chambers.counsel(1, OTHER_COUNTY)
    case = LegalCase.objects.select_related("matter").get(matter=chambers.asked())
    found = [counsel.pk for counsel, _standing in rota.candidates(case)]
    assert set(found) == {near.pk, above.pk}
    assert far.pk not in found


def test_the_full_are_refused_until_a_case_ends(chambers: Chambers) -> None:
    counsel = chambers.counsel(max_open=1)
    first, second = chambers.asked(), chambers.asked("第二个问题")
    chambers.answered(first, counsel)
    with pytest.raises(GuardRefused, match="上限"):
        chambers.offered(second, counsel)
    act(first.pk, "rate", chambers.worker, {"satisfaction": "good"})
    assert chambers.offered(second, counsel).state == "offered"


def together(*work: Any) -> list[Exception]:
    """Run these at once, each with a connection of its own; what went wrong."""
    barrier, errors = threading.Barrier(len(work)), list[Exception]()

    def run(one: Any) -> None:
        barrier.wait()
        try:
            one()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_two_dispatchers_who_assign_one_case_at_once_leave_one_lawyer() -> None:
    with as_system("builds the house"):
        chambers = Chambers.build()
        first, second, matter = chambers.counsel(1), chambers.counsel(2), chambers.asked()
        people = [chambers.house.person("dispatcher", COUNTY, which) for which in (1, 2)]
    errors = together(
        lambda: act(matter.pk, "assign", people[0], {"counsel": str(first.pk)}, matter.version),
        lambda: act(matter.pk, "assign", people[1], {"counsel": str(second.pk)}, matter.version),
    )
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict)
    with as_system("looks at it"):
        assert MatterParticipant.objects.filter(matter=matter, until=None).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_two_dispatchers_cannot_both_give_the_last_place() -> None:
    with as_system("builds the house"):
        chambers = Chambers.build()
        counsel = chambers.counsel(max_open=1)
        matters = [chambers.asked(), chambers.asked("第二个问题")]
        people = [chambers.house.person("dispatcher", COUNTY, which) for which in (1, 2)]
    errors = together(
        *(
            lambda person=person, matter=matter: act(matter.pk, "assign", person, {"counsel": str(counsel.pk)})
            for person, matter in zip(people, matters, strict=True)
        )
    )
    assert len(errors) == 1
    assert isinstance(errors[0], GuardRefused)
    with as_system("looks at it"):
        assert rota.loads([counsel.account_id]) == {counsel.account_id: 1}


def test_harassment_goes_to_a_woman_unless_the_worker_wished_otherwise(chambers: Chambers) -> None:
    man, woman = chambers.counsel(1, gender="M"), chambers.counsel(2, gender="F")
    matter = chambers.asked()
    for category, wish, first in (("0805", "", woman), ("0805", "M", man), ("0101", "F", woman), ("0101", "", man)):
        matter.category = category
        case = LegalCase.objects.get(matter=matter)
        case.matter, case.wish_gender = matter, wish
        assert rota.candidates(case)[0][0] == first, (category, wish)
