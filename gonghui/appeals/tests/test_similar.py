"""Similar cases at the desk: found by meaning, within what the actor may see, also after a new base and a move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gonghui.appeals import similar
from gonghui.appeals.models import CaseVector
from gonghui.appeals.tests.support import COUNTY, FAR_COUNTY, OTHER_COUNTY, PROVINCE, House, run_outbox

TOLD = (
    "老板拖欠我们三个月工资，一直不给。",
    "公司三个月没有发工资了，找老板要也不给。",
    "厂里欠了大家好几个月的工钱不发。",
    "怀孕以后单位要辞退我，让我自己走。",
)


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    similar.forget()
    yield
    similar.forget()


@pytest.fixture
def cases(house: House) -> list[Any]:
    received = [house.receive(phone=f"1390013{n:04d}", key=f"s{n}", description=text) for n, text in enumerate(TOLD)]
    run_outbox()
    return received


def found(house: House, path: str, received: Any, role: str = "supervisor") -> list[int] | None:
    cases = similar.similar_cases(house.person(role, path), received.appeal)
    return None if cases is None else [case.order.appeal_id for case in cases]


def test_cases_that_mean_the_same_are_found_and_others_not(house: House, cases: list[Any]) -> None:
    assert found(house, PROVINCE, cases[0]) is None
    assert similar.make_vectors() == 4
    assert similar.make_vectors() == 0
    near = found(house, PROVINCE, cases[0])
    assert near is not None
    assert {cases[1].appeal.pk, cases[2].appeal.pk} <= set(near[:2])
    assert cases[0].appeal.pk not in near


def test_a_foreign_organisations_case_is_never_shown(house: House, cases: list[Any]) -> None:
    similar.make_vectors()
    house.dispatched(cases[0].matter, COUNTY)
    house.dispatched(cases[1].matter, COUNTY)
    house.dispatched(cases[2].matter, OTHER_COUNTY)
    for base in (False, True):
        if base:
            assert similar.rebuild_if_due(1)
        assert found(house, COUNTY, cases[0]) == [cases[1].appeal.pk]
        assert found(house, OTHER_COUNTY, cases[0]) == [cases[2].appeal.pk]
        assert found(house, FAR_COUNTY, cases[0]) == []
        assert set(found(house, PROVINCE, cases[0]) or ()) >= {cases[1].appeal.pk, cases[2].appeal.pk}


def test_a_case_that_moves_is_found_where_it_went(house: House, cases: list[Any]) -> None:
    similar.make_vectors()
    house.dispatched(cases[0].matter, COUNTY)
    assert similar.rebuild_if_due(1)
    assert found(house, COUNTY, cases[0]) == []
    house.dispatched(cases[1].matter, COUNTY)
    assert found(house, COUNTY, cases[0]) == [cases[1].appeal.pk]


def test_restricted_cases_stay_hidden(house: House, cases: list[Any]) -> None:
    similar.make_vectors()
    matter = cases[1].matter
    matter.restricted = True
    matter.save(update_fields=["restricted"])
    assert cases[1].appeal.pk not in (found(house, PROVINCE, cases[0]) or ())


def test_new_cases_come_in_without_a_new_base_and_a_restart_loses_nothing(house: House, cases: list[Any]) -> None:
    similar.make_vectors()
    assert similar.rebuild_if_due(1)
    assert not similar.rebuild_if_due(1)
    found(house, PROVINCE, cases[0])
    late = house.receive(phone="13700137000", key="late", description="工地欠我们四个月工资没有发。")
    run_outbox()
    similar.make_vectors()
    assert late.appeal.pk in (found(house, PROVINCE, cases[0]) or ())
    similar.forget()
    assert late.appeal.pk in (found(house, PROVINCE, cases[0]) or ())


def test_an_erased_case_is_gone(house: House, cases: list[Any]) -> None:
    similar.make_vectors()
    similar.rebuild_if_due(1)
    similar.erase(cases[1].appeal.pk)
    assert not CaseVector.objects.filter(appeal=cases[1].appeal).exists()
    assert cases[1].appeal.pk not in (found(house, PROVINCE, cases[0]) or ())
    similar.forget()
    assert cases[1].appeal.pk not in (found(house, PROVINCE, cases[0]) or ())
