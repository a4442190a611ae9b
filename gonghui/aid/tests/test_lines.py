"""低保标准: a known one is used whatever was typed; a new one decides about nobody else until another confirms it."""

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

from gonghui.aid import lines, means
from gonghui.aid.households import unpacked
from gonghui.aid.models import Assessment, SubsistenceLine
from gonghui.aid.tests.support import FAMILY, found
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, House
from gonghui.kernel.errors import GuardRefused, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.times import today
from gonghui.law.published import Published, pinned
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.tests.support import ID_NUMBERS, worker

ALONE = {**FAMILY, "members": [], "name": "李小红", "id_no": ID_NUMBERS[1]}
VERIFIED = """
{key: dibao, region: "520102", value: "720", valid_from: 2026-01-01, valid_to: null, source: 民政局公布, status: V}
"""


def asked(number: int, values: dict[str, Any]) -> Matter:
    return actions.apply(worker(number), actions.service_for("M15", "520102"), values).matter


def facts(matter: Matter) -> dict[str, Any]:
    kept: dict[str, Any] = unpacked(Assessment.objects.get(application__matter=matter))["facts"]
    return kept


def verbs() -> list[str]:
    return list(TrailEntry.objects.filter(stream="dibao:520102").order_by("seq").values_list("verb", flat=True))


def test_what_one_visitor_typed_decides_about_no_other_family(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    first = asked(1, FAMILY)
    act(first.pk, "visit", handler, found(dibao="7000", dibao_source="看错了一位"))
    assert Decimal(facts(first)["dibao"]) == 7000 and facts(first)["line_unconfirmed"] == "yes"
    assert means.line_for("520102", today()) is None
    second = asked(2, ALONE)
    with pytest.raises(GuardRefused, match="低保标准"):
        act(second.pk, "visit", handler, found(people="1", dibao="", dibao_source=""))
    row = SubsistenceLine.objects.get()
    with pytest.raises(GuardRefused, match="另一位同事"):
        lines.confirm(handler, row.pk)
    lines.reject(leader, row.pk)
    act(second.pk, "visit", handler, found(people="1", dibao="700"))
    third = asked(3, {**ALONE, "name": "王小刚", "id_no": ID_NUMBERS[2]})
    act(third.pk, "visit", handler, found(people="1", dibao="700"))
    lines.confirm(leader, SubsistenceLine.objects.get().pk)
    known = means.line_for("520102", today())
    assert known is not None and (known.amount, known.source) == (Decimal(700), found()["dibao_source"])
    assert verbs() == ["propose", "reject", "propose", "confirm"]


def test_a_line_that_is_known_is_used_whatever_was_typed(house: House) -> None:
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    county = Organisation.objects.get(path=COUNTY)
    row = lines.enter(handler, county, today() - timedelta(days=30), Decimal(700), "民政局公布")
    lines.confirm(leader, row.pk)
    matter = asked(1, FAMILY)
    act(matter.pk, "visit", handler, found(dibao="7000", income="400000"))
    assert Assessment.objects.get().level == "none" and Decimal(facts(matter)["dibao"]) == 700
    # What was typed waits for another person all the same: the county may have published a new one.
    assert [one.amount for one in lines.proposed("520102")] == [Decimal(7000)]
    assert [one.amount for one in lines.history("520102")] == [Decimal(700)]


def test_a_verified_parameter_goes_before_everything(house: House) -> None:
    handler = house.person("handler", COUNTY)
    with pinned(Published(parameters=(VERIFIED,))):
        matter = asked(1, FAMILY)
        act(matter.pk, "visit", handler, found(dibao="", dibao_source=""))
        assert (facts(matter)["dibao"], facts(matter)["dibao_source"]) == ("720", "民政局公布")
        other = asked(2, ALONE)
        act(other.pk, "visit", handler, found(people="1", dibao="7000"))
        assert facts(other)["dibao"] == "720"


def test_a_line_that_was_in_force_before_the_upgrade_stays_in_force(house: House) -> None:
    county, since = Organisation.objects.get(path=COUNTY), today() - timedelta(days=30)
    row = lines.enter(house.person("handler", COUNTY), county, since, Decimal(700), "民政局公布")
    migration = import_module("gonghui.aid.migrations.0003_line_confirmed_by_another")
    migration.in_force(apps, connection.schema_editor())
    known = means.line_for("520102", today())
    assert known is not None and known.amount == 700
    row.refresh_from_db()
    assert row.confirmed_at == row.at and row.confirmed_by is None
    page = sign_in(Client(), Account.objects.get(pk=house.person("leader", COUNTY).account_id or 0))
    assert "民政局公布" in page.get(reverse("desk:aid_lines")).content.decode()


def test_another_countys_staff_confirm_nothing_here_and_the_city_may(house: House) -> None:
    county = Organisation.objects.get(path=COUNTY)
    row = lines.enter(house.person("handler", COUNTY), county, today(), Decimal(700), "民政局公布")
    with pytest.raises(NotFound):
        lines.confirm(house.person("leader", OTHER_COUNTY), row.pk)
    lines.confirm(house.person("leader", CITY), row.pk)
    better = lines.enter(house.person("leader", CITY), county, today(), Decimal(710), "更正后的文件")
    lines.confirm(house.person("handler", COUNTY), better.pk)
    assert [one.amount for one in lines.history("520102")] == [Decimal(710)], "one line a day"


def test_the_page_lets_another_person_confirm(house: House) -> None:
    address = reverse("desk:aid_lines")
    desks = []
    for role in ("handler", "leader"):
        account = Account.objects.get(pk=house.person(role, COUNTY).account_id or 0)
        desks.append(sign_in(Client(), account))
    handler, leader = desks
    entered = {"since": today().isoformat(), "amount": "730", "source": "民政局公布"}
    assert handler.post(address, {**entered, "source": ""}).status_code == 422
    assert handler.post(address, entered).status_code == 302
    number = str(SubsistenceLine.objects.get().pk)
    assert 'value="confirm"' not in handler.get(address).content.decode()
    handler.post(address, {"verb": "confirm", "line": number})
    assert SubsistenceLine.objects.get().confirmed_at is None
    assert 'value="confirm"' in leader.get(address).content.decode()
    assert leader.post(address, {"verb": "confirm", "line": "x"}).status_code == 404
    leader.post(address, {"verb": "confirm", "line": number})
    for verb in ("confirm", "reject"):
        late = leader.post(address, {"verb": verb, "line": number}, follow=True)
        assert "已经有人确认了" in late.content.decode(), "from a page that was opened before"
    assert SubsistenceLine.objects.get().confirmed_at is not None
    page = handler.get(address).content.decode()
    assert "730" in page and "待确认" not in page
