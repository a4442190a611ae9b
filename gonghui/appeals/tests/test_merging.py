"""并案: an order runs with another and gets its result, whenever it joins; never two into each other (1.5)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from gonghui.appeals import actions
from gonghui.appeals.rules.decisions import merge as merge_effect
from gonghui.appeals.tests.support import CITY, COUNTY, DRIVERS, OTHER_COUNTY, PROVINCE, House, order_of, run_outbox
from gonghui.kernel.errors import GuardRefused, KernelError
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import Context, act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, paths_of
from gonghui.kernel.times import now


def two(house: House) -> tuple[Matter, Matter]:
    first = house.triaged(house.receive().matter)
    second = house.triaged(house.receive(phone="13900139000", key="second").matter)
    return first, second


@pytest.mark.parametrize("state", ["callback", "quality"])
def test_an_order_merged_into_one_that_has_its_result_gets_it_too(house: House, state: str) -> None:
    main, child = two(house)
    main = house.in_callback(main) if state == "callback" else house.in_quality(main)
    actions.merge(house.person("dispatcher", PROVINCE), child, main, "同一事由")
    run_outbox()
    order = order_of(child)
    assert order.matter.state == "callback"
    assert order.result_text == order_of(main).result_text


def test_an_order_does_not_run_with_itself_nor_with_one_that_runs_with_it(house: House) -> None:
    first, second = two(house)
    dispatcher = house.person("dispatcher", PROVINCE)
    with pytest.raises(KernelError):
        actions.merge(dispatcher, first, first, "同一事由")
    actions.merge(dispatcher, first, second, "同一事由")
    with pytest.raises(KernelError):
        actions.merge(dispatcher, second, first, "同一事由")


def test_the_merge_itself_looks_again_after_the_guard(house: House) -> None:
    first, second = two(house)
    dispatcher = house.person("dispatcher", PROVINCE)
    flow = get_flow(second.kind)
    late = Context(
        second, flow, flow.by_name["merge"], dispatcher, "dispatcher", PROVINCE,
        data={"into": first.pk, "reason": "同一事由"}, now=now(), previous_state="triaged",
    )  # fmt: skip
    actions.merge(dispatcher, first, second, "同一事由")
    with pytest.raises(GuardRefused, match="没有被并入"):
        merge_effect(late, None)
    assert order_of(second).merged_into is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_two_people_who_merge_crosswise_leave_one_of_them_running() -> None:
    with as_system("builds the house"):
        house = House.build()
        first, second = two(house)
        people = [house.person("dispatcher", PROVINCE, which) for which in (1, 2)]
    together = threading.Barrier(2)
    errors: list[Exception] = []

    def go(actor: Any, one: Matter, other: Matter) -> None:
        together.wait()
        try:
            act(one.pk, "merge", actor, {"into": other.number, "reason": "同一事由"})
        except KernelError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=go, args=(people[0], first, second)),
        threading.Thread(target=go, args=(people[1], second, first)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with as_system("looks at both"):
        assert sum(order_of(matter).merged_into is not None for matter in (first, second)) == 1
    assert len(errors) == 1


def industrial(house: House) -> Matter:
    """A matter at the drivers' union that its second parent looks on."""
    from gonghui.organisations.models import Organisation

    union = Organisation.objects.get(path=COUNTY)
    union.overlay_parents.add(Organisation.objects.get(path=DRIVERS))
    return house.handling(house.receive().matter)


def test_a_helper_more_does_not_take_the_industrial_union_its_sight(house: House) -> None:
    matter = industrial(house)
    assert paths_of(matter, "overlay") == [DRIVERS]
    act(matter.pk, "add_assist", house.person("dispatcher", PROVINCE), {"assist": [OTHER_COUNTY], "reason": "协助"})
    assert paths_of(matter, "overlay") == [DRIVERS]
    assert paths_of(matter, "assist") == [OTHER_COUNTY]


def test_an_escalated_matter_stays_in_the_industrial_unions_sight(house: House) -> None:
    matter = industrial(house)
    matter = act(matter.pk, "escalate", house.person("leader", COUNTY), {"reason": "跨区"})
    assert matter.holder_path == CITY
    assert paths_of(matter, "overlay") == [DRIVERS]
