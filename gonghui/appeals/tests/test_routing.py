"""The routing rules in their order (handbook 1.7)."""

from __future__ import annotations

from typing import Any

import pytest

from gonghui.appeals import actions, tables
from gonghui.appeals.models import Triage
from gonghui.appeals.routing import RULES, Facts, propose
from gonghui.appeals.tests.support import (
    ABROAD,
    CITY,
    COUNTY,
    DRIVERS,
    ENTERPRISE,
    OTHER_COUNTY,
    PROVINCE,
    House,
    order_of,
    run_outbox,
)
from gonghui.kernel.errors import GuardRefused


def rule(house: House, **facts: Any) -> tuple[str, str, str]:
    proposal = propose(Facts(**{"receiving": PROVINCE, "category": "0101", "region": "520102", **facts}))
    return proposal.rule, proposal.kind, proposal.lead


def test_every_rule_of_the_file_exists_and_the_last_always_speaks() -> None:
    order = [row.rule for row in tables.routing().order]
    assert set(order) == set(RULES)
    assert order[-1] == "queue"


def test_what_a_court_has_taken_gets_legal_consultation_only(house: House) -> None:
    assert rule(house, accepted_elsewhere=True) == ("legal_exclusion", "legal_consult_only", COUNTY)


def test_discipline_goes_into_the_restricted_box(house: House) -> None:
    assert rule(house, category="1603")[:2] == ("discipline", "restricted")


def test_what_is_not_a_unions_is_told_where_to_go(house: House) -> None:
    proposal = propose(Facts(receiving=PROVINCE, category="9902", region="520102"))
    assert (proposal.rule, proposal.lead) == ("not_union", "")
    assert "12345" in proposal.reason


def test_the_work_places_county_is_the_default(house: House) -> None:
    assert rule(house) == ("work_place", "dispatch", COUNTY)


def test_a_company_with_a_union_and_consent_is_led_by_it_with_the_countys_help(house: House) -> None:
    proposal = propose(
        Facts(receiving=PROVINCE, category="0401", region="520102", employer=house.employer, disclose_ok=True)
    )
    assert (proposal.rule, proposal.lead, proposal.assist) == ("grassroots", ENTERPRISE, (COUNTY,))


@pytest.mark.parametrize("category", ["0102", "0301", "0302", "0805", "1101", "1601"])
def test_never_where_retaliation_is_likely(house: House, category: str) -> None:
    found = rule(house, category=category, employer=house.employer, disclose_ok=True)
    assert found == ("higher_for_lower", "dispatch", COUNTY)


def test_never_without_consent(house: House) -> None:
    assert rule(house, category="0401", employer=house.employer)[0] == "higher_for_lower"


def test_two_places_go_to_the_common_union_above(house: House) -> None:
    assert rule(house, places=("520102", "520103")) == ("group_employer", "dispatch", CITY)
    assert rule(house, places=("520102", "520201")) == ("group_employer", "dispatch", PROVINCE)


def test_a_group_of_the_province_goes_to_the_city_and_of_the_centre_to_the_province(house: House) -> None:
    house.employer.union = None
    house.employer.group_level = "province"
    assert rule(house, employer=house.employer) == ("group_employer", "dispatch", CITY)
    house.employer.group_level = "national"
    assert rule(house, employer=house.employer) == ("group_employer", "dispatch", PROVINCE)


def test_new_forms_of_work_go_to_the_citys_industry_union_if_there_is_one(house: House) -> None:
    assert rule(house, worker_type="truck_driver", category="0908") == ("new_form", "dispatch", DRIVERS)
    assert rule(house, worker_type="rider", category="0901") == ("new_form", "dispatch", COUNTY)


def test_across_provinces_the_work_place_leads_and_home_assists(house: House) -> None:
    proposal = propose(Facts(receiving=PROVINCE, category="0101", region="620102", home_region="520102"))
    assert (proposal.rule, proposal.lead, proposal.assist) == ("cross_province", ABROAD, (PROVINCE,))


def test_construction_is_led_by_the_sites_county_and_marked(house: House) -> None:
    proposal = propose(Facts(receiving=PROVINCE, category="0108", region="520103"))
    assert (proposal.rule, proposal.lead, proposal.tags) == ("construction", OTHER_COUNTY, ("住建",))


def test_without_a_place_a_dispatcher_looks_at_it(house: House) -> None:
    assert rule(house, region="") == ("queue", "queue", "")


def test_every_dispatch_stores_the_rule_and_an_override_needs_a_reason(house: House) -> None:
    received = house.receive()
    run_outbox()
    assert Triage.objects.get().lead_path == COUNTY
    matter = house.triaged(received.matter)
    with pytest.raises(GuardRefused, match="请写明理由"):
        actions.dispatch(house.person("dispatcher", PROVINCE), matter, OTHER_COUNTY)
    matter = actions.dispatch(house.person("dispatcher", PROVINCE), matter, OTHER_COUNTY, reason="实际在云岩上班")
    order = order_of(matter)
    assert (order.routing_rule, order.routing_overridden) == ("manual", True)
    assert order.override_reason == "实际在云岩上班"


def test_following_the_proposal_stores_its_rule(house: House) -> None:
    received = house.receive()
    run_outbox()
    order = order_of(house.dispatched(house.triaged(received.matter)))
    assert (order.routing_rule, order.routing_overridden) == ("work_place", False)
