"""四技五小两比: declared by a team, graded twice by two people, rewarded, spread; the benefit proved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, House
from gonghui.craft import tables
from gonghui.craft.models import Innovation
from gonghui.craft.tests.support import PROJECT, worker
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions as services

pytestmark = pytest.mark.django_db


def declare(actor: Any, **changes: Any) -> Matter:
    return services.apply(actor, services.service_for("M14", "520102"), {**PROJECT, **changes}).matter


def test_from_the_declaration_to_where_it_is_used(house: House) -> None:
    matter = declare(worker(1))
    unit, above = house.person("leader", ENTERPRISE), house.person("leader", COUNTY)
    assert matter.holder_path == ENTERPRISE
    graded = {"unit_grade": "first", "benefit": "250000", "minutes": "班组已用半年。"}
    with pytest.raises(GuardRefused, match="财务证明"):
        act(matter.pk, "unit_grade", unit, graded)
    with pytest.raises(GuardRefused, match="不能多于申报"):
        act(matter.pk, "unit_grade", unit, {**graded, "benefit": "260000.01", "finance_proof": "财字1号"})
    act(matter.pk, "unit_grade", unit, {**graded, "finance_proof": "财字1号"})
    matter.refresh_from_db()
    assert matter.holder_path == COUNTY
    act(matter.pk, "grade", above, {"grade": "second", "minutes": "可以推广。"})
    with pytest.raises(GuardRefused, match="公开的简介"):
        act(matter.pk, "reward", above, {"reward": "证书", "open_to_all": "on"})
    act(matter.pk, "reward", above, {"reward": "证书", "open_to_all": "on", "summary": "换夹具由四十分钟减到三分钟。"})
    act(matter.pk, "spread", above, {"spread_to": "全区六家机械厂", "spread_units": "6"})
    row = Innovation.objects.get()
    assert (row.unit_grade, row.grade, row.team, row.spread_units) == ("first", "second", 2, 6)
    page = Client().get(reverse("portal:craft_results")).content.decode()
    assert "快换夹具" in page and "二等" in page and "林一" not in page and "13930000088" not in page
    desk = sign_in(Client(), Account.objects.get(pk=above.account_id or 0))
    assert "快换夹具" in (text := desk.get(reverse("desk:craft")).content.decode()) and "250000.00" in text
    assert "可以推广" in desk.get(reverse("desk:matter", args=[matter.pk])).content.decode()


def test_a_refusal_above_that_is_overturned_begins_at_the_unit_again(house: House) -> None:
    person = worker(1)
    matter = declare(person)
    unit, above = house.person("leader", ENTERPRISE), house.person("leader", COUNTY)
    graded = {"unit_grade": "first", "benefit": "250000", "finance_proof": "财字1号", "minutes": "班组已用半年。"}
    act(matter.pk, "unit_grade", unit, graded)
    act(matter.pk, "refuse", above, {"text": "和已有成果相同。"})
    matter = act(matter.pk, "contest", person, {"contest_told": "那一项用在铣床上，不是一回事。"})
    matter = act(matter.pk, "overturn", house.person("leader", matter.holder_path, 7), {"text": "确实不同。"})
    assert (matter.state, matter.holder_path) == ("applied", ENTERPRISE)
    act(matter.pk, "unit_grade", unit, {**graded, "unit_grade": "second"})
    matter = act(matter.pk, "grade", above, {"grade": "second", "minutes": "可以推广。"})
    assert (matter.state, matter.holder_path) == ("graded", COUNTY)
    assert (row := Innovation.objects.get()).unit_grade == "second" and row.organisation.path == ENTERPRISE


def test_two_units_may_have_a_project_of_one_name(house: House) -> None:
    declare(worker(1))
    assert declare(worker(2), unit="没有工会的厂").state == "applied"
    with pytest.raises(GuardRefused, match="正在评审"):
        declare(worker(3))


def test_what_a_unit_keeps_for_itself_is_not_shown(house: House) -> None:
    matter = declare(worker(1), unit="没有工会的厂", benefit=str(tables.numbers().proof_above), finance="no")
    assert matter.holder_path == COUNTY
    kept = {"unit_grade": "merit", "benefit": "0", "minutes": "本厂先用。"}
    act(matter.pk, "keep", house.person("handler", COUNTY), kept)
    matter.refresh_from_db()
    assert matter.state == "kept" and Innovation.objects.get().grade == ""
    assert "快换夹具" not in Client().get(reverse("portal:craft_results")).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        # The form's own sum is that of the numbers: above it, and not at it, a proof is asked for.
        ({"finance": "no", "benefit": str(tables.numbers().proof_above + Decimal("0.01"))}, "finance"),
        ({"team": [PROJECT["team"][0]] * 6}, "team"),
        ({"team": []}, "team"),
        ({"used_since": "2999-01-01"}, "used_since"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(house: House, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidData) as refusal:
        declare(worker(1), **change)
    assert list(refusal.value.errors) == [field]
