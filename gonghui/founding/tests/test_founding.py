"""建会 from the first wish to a union with members, unknown to the employer's side; the next election in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, House
from gonghui.founding import signing, tables
from gonghui.founding.models import Founding, Signature, Term
from gonghui.founding.renewals import begin_due
from gonghui.founding.tests.support import number_of, sign_up
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership.models import Membership
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.tests.support import worker

GROUP = [{"called": name, "post": "装配", "phone": "13900000001"} for name in ("甲", "乙", "丙")]
WISH: dict[str, Any] = {
    "unit": "星火电子厂", "uscc": "91110108551385082Q", "region": "520102", "address": "南明区工业园一号",
    "employees": 60, "new_form": 0, "way": "single", "who": "worker", "hidden": True, "preparatory": GROUP,
    "name": "王小明", "phone": "13800138000", "promise": True,
}  # fmt: skip
COUNTED = {
    "held_on": today().isoformat(), "entitled": 30, "present": 25, "votes": 20, "chair": "李当选",
    "committee": "李当选\n张委员", "term": "3",
}  # fmt: skip


@pytest.fixture
def house(db: Any) -> House:
    return House.build()


def desk(actor: Any) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def wished(number: int = 1, **changes: Any) -> tuple[Any, Matter]:
    actor = worker(number)
    return actor, actions.apply(actor, actions.service_for("M03", "520102"), {**WISH, **changes}).matter


def preparing(house: House, **changes: Any) -> Matter:
    actor, matter = wished(**changes)
    act(matter.pk, "link", house.person("handler", COUNTY), {"note": "单位属实"})
    act(matter.pk, "petition", actor, {"words": "六十人，没有工会"})
    act(matter.pk, "reply", house.person("leader", COUNTY))
    matter.refresh_from_db()
    return matter


def test_from_the_first_wish_to_a_union_with_members(house: House) -> None:
    Employer.objects.create(name="星火电子厂", key="星火电子厂", uscc=WISH["uscc"], region_id="520102")
    matter = preparing(house)
    founding = Founding.objects.get(matter=matter)
    address = reverse("portal:founding_sign", args=[founding.token])
    phone = Client()
    assert "星火电子厂" in (page := phone.get(address).content.decode()) and "王小明" not in page
    wrong = phone.post(address, {"name": "工友", "id_no": "123", "phone": "12"})
    assert wrong.status_code == 422 and "身份证号不对" in wrong.content.decode()
    right = {"name": "工友甲", "id_no": number_of(100), "phone": "13900000009", "promise": "on"}
    assert "签好了" in phone.post(address, right).content.decode()
    assert phone.post(address, right).status_code == 409
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="继续发展会员"):
        act(matter.pk, "elect", handler, COUNTED)
    sign_up(matter, 29)
    seen = desk(handler).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "工友甲" in seen and "30 / 25" in seen
    with pytest.raises(GuardRefused, match="三分之二"):
        act(matter.pk, "elect", handler, {**COUNTED, "present": 19, "votes": 19})
    with pytest.raises(GuardRefused, match="半数"):
        act(matter.pk, "elect", handler, {**COUNTED, "votes": 15})
    act(matter.pk, "elect", handler, COUNTED)
    with pytest.raises(NotFound):
        signing.open_one(founding.token)
    act(matter.pk, "approve", house.person("leader", COUNTY), {"union_name": "星火电子厂工会"})
    union = Organisation.objects.get(name="星火电子厂工会")
    assert union.path.startswith(f"{COUNTY}.") and union.level == "grassroots"
    assert Membership.objects.filter(organisation=union, state="active").count() == 30
    assert Employer.objects.get(uscc=WISH["uscc"]).union == union
    act(matter.pk, "complete_papers", handler, {"account_bank": "工商银行"})
    assert Term.objects.get(union=union).account_bank == "工商银行"
    own = sign_in(Client(), Account.objects.get(pk=matter.owner_id or 0))
    notice = own.get(reverse("portal:founding_notice", args=[matter.pk])).content.decode()
    assert "星火电子厂工会" in notice and "李当选" not in notice
    # The seal's record, for the founder and the union that handles it, in the page and as Word; nobody else's.
    for client, address in ((own, "portal:seal_record"), (desk(house.person("handler", COUNTY)), "desk:seal_record")):
        record = client.get(reverse(address, args=[matter.pk]))
        told = record.content.decode()
        assert "工会印章备案表" in told and "刻制印章证明" in told and "南明区总工会" in told
        assert ("李当选" in told) == (address == "desk:seal_record")
        word = client.get(reverse(address, args=[matter.pk]), {"as": "word"})
        assert word["Content-Type"].endswith("wordprocessingml.document")
    stranger = sign_in(Client(), Account.objects.create_worker("13900000099"))
    assert stranger.get(reverse("portal:seal_record", args=[matter.pk])).status_code == 404
    assert (
        desk(house.person("handler", ENTERPRISE)).get(reverse("desk:seal_record", args=[matter.pk])).status_code == 404
    )


def test_somebody_with_a_membership_elsewhere_is_not_made_a_member_twice(house: House) -> None:
    first = preparing(house, number=1)
    sign_up(first, 25)
    handler, leader = house.person("handler", COUNTY), house.person("leader", COUNTY)
    act(first.pk, "elect", handler, COUNTED)
    act(first.pk, "approve", leader, {"union_name": "甲厂工会二"})
    second = preparing(house, number=2, uscc=None, unit="第二电子厂", way="joint")
    sign_up(second, 1)
    act(second.pk, "elect", handler, COUNTED)
    act(second.pk, "approve", leader, {"union_name": "联合工会"})
    assert Signature.objects.get(founding__matter=second).outcome == "elsewhere"
    assert Membership.objects.count() == 25


def test_a_relative_of_the_head_is_not_in_the_group(house: House) -> None:
    with pytest.raises(InvalidData) as refusal:
        wished(preparatory=[*GROUP, {"called": "丁", "post": "会计", "phone": "13900000001", "relative": True}])
    assert "近亲属" in refusal.value.errors["preparatory"][0]
    with pytest.raises(InvalidData) as refusal:
        wished(2, preparatory=GROUP[:2])
    assert "至少要填 3 行" in refusal.value.errors["preparatory"][0]


def test_the_employers_own_union_does_not_see_who_wishes_for_another(house: House) -> None:
    Employer.objects.update(union=None)
    _actor, matter = wished(unit="甲厂有限公司")
    Employer.objects.update(union=Organisation.objects.get(path=ENTERPRISE))
    assert matter.holder_path == COUNTY
    inside = desk(house.person("leader", ENTERPRISE))
    assert inside.get(reverse("desk:matter", args=[matter.pk])).status_code == 404


def test_the_next_election_is_begun_in_time_and_approved_above(house: House) -> None:
    union = Organisation.objects.get(path=ENTERPRISE)
    old = Term.objects.create(union=union, since=today() - timedelta(days=900), until=today() + timedelta(days=80))
    assert (begin_due(), begin_due()) == (1, 0)
    old.refresh_from_db()
    matter = old.renewal
    assert matter is not None
    own, above = house.person("leader", ENTERPRISE), house.person("leader", COUNTY)
    act(matter.pk, "ask", own, {"text": "届期将满"})
    act(matter.pk, "reply", above)
    act(matter.pk, "publish", own, {"text": "李当选\n张委员"})
    with time_shifted(timedelta(days=10)):
        run_once()
        counted = {**COUNTED, "held_on": (today() + timedelta(days=10)).isoformat(), "term": "5"}
        act(matter.pk, "elect", own, counted)
        act(matter.pk, "approve", above)
    new = Term.objects.filter(union=union, approved=True).latest("since")
    old.refresh_from_db()
    assert new.pk != old.pk and old.until == new.since - timedelta(days=1) and new.until.year == new.since.year + 5
    assert begin_due() == 0


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500))
def test_an_election_stands_by_two_thirds_and_more_than_half(entitled: int, present: int, votes: int) -> None:
    wrong = tables.election_wrong(entitled, present, votes)
    stands = present <= entitled and votes <= present and 3 * present >= 2 * entitled and 2 * votes > entitled
    assert (wrong == "") == stands
