"""律师与协作单位: a lawyer sees cases assigned by name, a partner body the fields shared with it (handbook 1.12)."""

from __future__ import annotations

import pytest
from django.db import connection

from gonghui.appeals import actions, queries
from gonghui.appeals.models import WorkOrder
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, PROVINCE, TEXT, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import bind, visible_to
from gonghui.kernel.worklist import Filters
from gonghui.people.actors import actor_for
from gonghui.people.models import Account


def again(actor: Actor) -> Actor:
    """The same person at their next visit: what was assigned meanwhile counts from then on."""
    return actor_for(Account.objects.get(pk=actor.account_id or 0))


def assign(house: House, matter: Matter, lawyer: Actor) -> Actor:
    act(matter.pk, "assign_lawyer", house.person("handler", COUNTY), {"lawyer": str(lawyer.account_id)})
    return again(lawyer)


def seen_by(actor: Actor) -> list[int]:
    """What the actor sees by our own rule and, where the database has one, by its second lock."""
    mine = sorted(visible_to(actor).values_list("pk", flat=True))
    if connection.vendor == "postgresql":
        with bind(actor):
            assert sorted(Matter.objects.values_list("pk", flat=True)) == mine
    return mine


@pytest.mark.parametrize("path", [COUNTY, CITY, PROVINCE])
def test_a_lawyer_sees_the_case_assigned_to_them_and_no_other_of_the_union(house: House, path: str) -> None:
    lawyer = house.person("lawyer", path)
    first = house.handling(house.receive().matter)
    house.handling(house.receive(phone="13900139000", key="second").matter)
    assert seen_by(lawyer) == []
    assert queries.worklist(lawyer, Filters()).rows == []
    lawyer = assign(house, first, lawyer)
    assert seen_by(lawyer) == [first.pk]
    assert [row.matter.pk for row in queries.worklist(lawyer, Filters()).rows] == [first.pk]
    page = queries.matter_page(lawyer, first.pk)
    assert TEXT in page.description
    assert page.opens_files
    assert not page.limited


def test_a_lawyer_does_the_legal_part_and_nothing_else(house: House) -> None:
    matter = house.handling(house.receive().matter)
    lawyer = assign(house, matter, house.person("lawyer", CITY))
    talked = {"way": "phone", "reached": "yes", "gist": "说明了仲裁步骤"}
    act(matter.pk, "log_contact", lawyer, talked)
    with pytest.raises(NotAllowed):
        act(matter.pk, "request_extension", lawyer, {})
    with pytest.raises(NotFound):
        act(matter.pk, "log_contact", house.person("lawyer", COUNTY), talked)


def test_an_assignment_ends_and_the_case_is_gone(house: House) -> None:
    matter = house.handling(house.receive().matter)
    lawyer = assign(house, matter, house.person("lawyer", COUNTY))
    with pytest.raises(InvalidData):
        act(matter.pk, "assign_lawyer", house.person("handler", COUNTY), {"lawyer": str(lawyer.account_id)})
    act(matter.pk, "release_lawyer", house.person("handler", COUNTY), {"lawyer": str(lawyer.account_id)})
    assert seen_by(again(lawyer)) == []
    with pytest.raises(InvalidData):
        act(matter.pk, "release_lawyer", house.person("handler", COUNTY), {"lawyer": str(lawyer.account_id)})


def test_only_lawyers_of_the_holder_and_above_can_be_assigned(house: House) -> None:
    matter = house.handling(house.receive().matter)
    stranger = house.person("lawyer", OTHER_COUNTY)
    with pytest.raises(InvalidData):
        act(matter.pk, "assign_lawyer", house.person("handler", COUNTY), {"lawyer": str(stranger.account_id)})


def test_a_partner_body_sees_what_is_shared_and_does_its_own_step(house: House) -> None:
    matter = house.dispatched(
        house.receive(demand="补发三个月工资", reporter_name="王小明", employer_name="甲厂有限公司").matter,
        assist=[OTHER_COUNTY],
    )
    partner = house.person("partner", OTHER_COUNTY)
    step = WorkOrder.objects.get(appeal__orders__matter=matter, role=WorkOrder.Role.ASSIST).matter
    for shared in (matter, step):
        page = queries.matter_page(partner, shared.pk)
        assert page.limited
        assert page.description == ""
        assert (page.masked, page.entities, page.contacts, page.similar, page.triage) == ({}, [], [], [], None)
        assert page.demand == "补发三个月工资"
        assert [party.name for party in page.parties] == ["甲厂有限公司"]
    assert queries.search_ids(partner, "13800138000") == []
    assert set(queries.search_ids(partner, matter.number)) == {matter.pk}
    with pytest.raises(NotAllowed):
        actions.reveal(partner, matter, "phone", "核实")
    act(step.pk, "accept", partner)
    act(step.pk, "report", partner, {"findings": "已责令单位三日内支付。"})
    step.refresh_from_db()
    assert step.state == "done"


def test_who_also_handles_at_the_same_place_sees_the_whole(house: House) -> None:
    matter = house.dispatched(house.receive().matter, assist=[OTHER_COUNTY])
    both = house.also(house.person("partner", OTHER_COUNTY), "handler", OTHER_COUNTY)
    assert not queries.matter_page(both, matter.pk).limited
