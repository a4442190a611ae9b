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
from gonghui.founding.tests.support import colleague, number_of, sign_up
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.times import time_shifted, today
from gonghui.kernel.worker import run_once
from gonghui.membership import actions as register
from gonghui.membership.models import Membership
from gonghui.organisations.actions.employers import create_employer
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.actions.erasure import erase
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services import actions
from gonghui.services.holding import union_of_unit
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


def notices(account: Account) -> list[str]:
    rows = OutboxMessage.objects.filter(topic="notice.app", account_id=account.pk).order_by("pk")
    return [row.payload["text"] for row in rows]


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
    stranger = Client()
    assert "星火电子厂" in (page := stranger.get(address).content.decode()) and "王小明" not in page
    assert "不能替别人签" in page and 'name="id_no"' not in page
    right = {"name": "工友甲", "id_no": number_of(100), "promise": "on"}
    assert reverse("people:worker_sign_in") in stranger.post(address, right)["Location"]
    assert not Signature.objects.exists()
    signer = Account.objects.create_worker("13900000009")
    phone = sign_in(Client(), signer)
    wrong = phone.post(address, {"name": "工友", "id_no": "123"})
    assert wrong.status_code == 422 and "身份证号不对" in wrong.content.decode()
    assert "签好了" in phone.post(address, {**right, "phone": "13900000008"}).content.decode()
    assert Signature.objects.get().phone == "13900000009", "the account's own, whatever is typed"
    assert phone.post(address, right).status_code == 409
    assert phone.post(address, {**right, "id_no": number_of(101)}).status_code == 409, "nobody signs for another"
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="继续发展会员"):
        act(matter.pk, "elect", handler, COUNTED)
    sign_up(matter, 29)
    seen = desk(handler).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "工友甲" in seen and "30 / 25" in seen
    for day, why in ((today() + timedelta(days=1), "还没有到"), (today() - timedelta(days=1), "早于")):
        with pytest.raises(GuardRefused, match=why):
            act(matter.pk, "elect", handler, {**COUNTED, "held_on": day.isoformat()})
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
    joined = Membership.objects.get(account=signer)
    assert joined.phone == "13900000009" and any(joined.number in text for text in notices(signer))
    assert "30人成为会员" in notices(Account.objects.get(pk=matter.owner_id or 0))[-1]
    with pytest.raises(GuardRefused, match="哪一项没有"):
        act(matter.pk, "complete_papers", handler, {"account_bank": "工商银行"})
    papers = {"account_bank": "工商银行", "none_because": "没有法人资格，印章在刻"}
    act(matter.pk, "complete_papers", handler, papers)
    assert Term.objects.get(union=union).account_bank == "工商银行"
    own = sign_in(Client(), Account.objects.get(pk=matter.owner_id or 0))
    notice = own.get(reverse("portal:founding_notice", args=[matter.pk])).content.decode()
    own_page = own.get(reverse("portal:application", args=[matter.pk])).content.decode()
    assert "30 人成为会员" in own_page
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
    member = colleague(0)
    address = reverse("portal:founding_sign", args=[Founding.objects.get(matter=second).token])
    signed = {"name": "工友0", "id_no": number_of(0), "promise": "on"}
    told = sign_in(Client(), member).post(address, signed).content.decode()
    assert "甲厂工会二" in told and "不计入" in told and reverse("portal:service", args=["T01"]) in told
    with pytest.raises(GuardRefused, match="还没有人签名"):
        act(second.pk, "elect", handler, COUNTED)
    sign_up(second, 1, first=30)
    act(second.pk, "elect", handler, COUNTED)
    act(second.pk, "approve", leader, {"union_name": "联合工会"})
    assert Signature.objects.get(founding__matter=second, account=member).outcome == "elsewhere"
    assert Membership.objects.count() == 26
    assert "甲厂工会二" in notices(member)[-1] and "转会" in notices(member)[-1]
    owner = Account.objects.get(pk=second.owner_id or 0)
    assert "1人成为会员，另有1人" in notices(owner)[-1]


def test_members_elsewhere_do_not_make_up_the_twenty_five(house: House) -> None:
    matter = preparing(house)
    sign_up(matter, 25)
    union = Organisation.objects.get(path=COUNTY)
    register.join(SYSTEM, union, register.Member("工友0", number_of(0), "13700000000"))
    handler = house.person("handler", COUNTY)
    with pytest.raises(GuardRefused, match="签名的有 24 人"):
        act(matter.pk, "elect", handler, COUNTED)
    seen = desk(handler).get(reverse("desk:matter", args=[matter.pk])).content.decode()
    assert "24 / 25" in seen and "另有 1 人已在别的工会" in seen
    # Whose membership it is, the register alone knows: the signer is under another phone than its member.
    sign_up(matter, 1, first=40)
    act(matter.pk, "elect", handler, COUNTED)
    act(matter.pk, "approve", house.person("leader", COUNTY), {"union_name": "星火电子厂工会"})
    told = notices(colleague(0))[-1]
    assert "没有登记成会员" in told and "已有会籍" not in told


def test_a_paper_signature_is_entered_by_who_handles_it(house: House) -> None:
    matter = preparing(house)
    handler, paper = house.person("handler", COUNTY), {"signer": "老工友", "id_no": number_of(5)}
    with pytest.raises(InvalidData):
        act(matter.pk, "enter_paper", handler, {**paper, "id_no": "123"})
    with pytest.raises(InvalidData):
        act(matter.pk, "enter_paper", handler, {**paper, "phone": "12"})
    act(matter.pk, "enter_paper", handler, {**paper, "phone": "13900000077"})
    with pytest.raises(GuardRefused, match="已经签过名"):
        act(matter.pk, "enter_paper", handler, paper)
    row = Signature.objects.get()
    assert (row.account, row.phone, row.name) == (None, "13900000077", "老工友")
    assert row.id_no == number_of(5) and number_of(5) not in str(
        list(TrailEntry.objects.values_list("after", flat=True))
    )


def test_a_signature_goes_with_its_account_while_the_union_is_not_there(house: House) -> None:
    matter = preparing(house)
    sign_up(matter, 2)
    erase(SYSTEM, colleague(0).pk)
    assert Signature.objects.count() == 1


def test_an_employer_nobody_had_registered_leads_to_its_new_union(house: House) -> None:
    matter, handler, leader = preparing(house), house.person("handler", COUNTY), house.person("leader", COUNTY)
    # Another founding for the same workplace, whose code the second wish does not tell.
    _actor, other = wished(2, uscc="")
    sign_up(matter, 25)
    act(matter.pk, "elect", handler, COUNTED)
    act(matter.pk, "approve", leader, {"union_name": "星火电子厂工会"})
    union = Organisation.objects.get(name="星火电子厂工会")
    assert union_of_unit("星火电子厂", "520102") == union
    with pytest.raises(GuardRefused, match="已有工会"):
        wished(3)
    act(other.pk, "link", handler, {"note": "单位属实"})
    act(other.pk, "petition", handler, {"words": "没有工会"})
    act(other.pk, "reply", leader)
    sign_up(other, 25, first=50)
    act(other.pk, "elect", handler, COUNTED)
    with pytest.raises(GuardRefused, match="已有工会：星火电子厂工会"):
        act(other.pk, "approve", leader, {"union_name": "星火电子厂第二工会"})
    assert Employer.objects.get(name="星火电子厂").union == union


def test_another_employer_of_the_same_name_keeps_its_own_union(house: House) -> None:
    there = Organisation.objects.get(path=ENTERPRISE)
    same = create_employer(SYSTEM, "星火电子厂", uscc="91440300708461136T", region_id="520102", union=there)
    matter = preparing(house)
    sign_up(matter, 25)
    act(matter.pk, "elect", house.person("handler", COUNTY), COUNTED)
    act(matter.pk, "approve", house.person("leader", COUNTY), {"union_name": "星火电子厂工会"})
    same.refresh_from_db()
    assert same.union == there
    made = Employer.objects.get(uscc=WISH["uscc"])
    assert made.union is not None and made.union.name == "星火电子厂工会"


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
        counted = {**COUNTED, "held_on": today().isoformat(), "term": "5"}
        with pytest.raises(GuardRefused, match="还没有到"):
            act(matter.pk, "elect", own, {**counted, "held_on": (today() + timedelta(days=1)).isoformat()})
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
