"""参保登记: a unit's list is taken whole or not at all, one person stands once, and a worker sees their own alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import importing, plans, register
from gonghui.aid.tests.mutual_support import HEAD, a_member, a_plan, book, checked, claim, covered, day, plans_with
from gonghui.appeals.tests.support import CITY, COUNTY, ENTERPRISE, OTHER_COUNTY, House
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.times import today
from gonghui.kernel.vault import blind_index
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.people.actions import own_data
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services.models import Payment
from gonghui.services.tests.support import ID_NUMBERS, fund, worker

pytestmark = pytest.mark.django_db
NAMES = ("王小明", "李红", "赵强")


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))


def unions_members(path: str = ENTERPRISE) -> None:
    for place, (name, number) in enumerate(zip(NAMES, ID_NUMBERS, strict=True)):
        a_member(worker(10 + place), path, number, name)


def rows(*changed: tuple[int, dict[int, Any]]) -> list[list[Any]]:
    """A right list of three, with some cells changed."""
    people = enumerate(zip(NAMES, ID_NUMBERS, strict=True))
    found = [[name, number, day(3), f"H-{place}", None] for place, (name, number) in people]
    for place, cells in changed:
        for column, value in cells.items():
            found[place][column] = value
    return found


def send(house: House, body: bytes, path: str = ENTERPRISE, to: str = "", plan: str = "inpatient") -> Any:
    union = Organisation.objects.get(path=to or path)
    sent = {"organisation": union.pk, "plan": plan, "file": SimpleUploadedFile("mutual.xlsx", body)}
    return desk(house.person("handler", path)).post(reverse("desk:mutual_import"), sent, follow=True)


def test_a_units_list_is_entered_whole_and_a_second_time_changes_nothing(house: House) -> None:
    unions_members()
    page = send(house, book(rows((1, {2: f"{day(3):%Y/%m/%d}", 4: "1200.50"})))).content.decode()
    assert "已登记 3 人" in page and ID_NUMBERS[0] not in page and "王小明" not in page and "王**" in page
    found = {row.name: row for row in MutualCover.objects.all()}
    assert set(found) == set(NAMES) and {row.path for row in found.values()} == {ENTERPRISE}
    assert found["李红"].paid_before == Decimal("1200.50") and found["王小明"].certificate == "H-0"
    assert (found["王小明"].ends - found["王小明"].starts).days == 364 and found["王小明"].unit == "甲厂有限公司"
    assert found["王小明"].person_index == blind_index("id_no", ID_NUMBERS[0])
    assert "另有 3 人原来就在册" in send(house, book(rows())).content.decode()
    assert MutualCover.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({0: ""}, "姓名没有填"),
        ({0: "王大明"}, "姓名和会员登记的不一致"),
        ({1: "110105194912310021"}, "身份证号不对"),
        ({1: with_check("520102199001010030")}, "不是本工会的在册会员"),
        ({1: ID_NUMBERS[1], 0: "李红"}, "和第 2 行重复"),
        ({2: "去年"}, "生效日期不对"),
        ({2: None}, "生效日期不对"),
        ({2: date(2999, 1, 1)}, "计划"),
        ({2: date(2001, 1, 1)}, "这个计划在生效那天不办理"),
        ({3: "H" * 41}, "互助凭证号太长"),
        ({4: "很多"}, "本期已获赔付"),
        ({4: "1.005"}, "本期已获赔付"),
        ({4: "-1"}, "本期已获赔付"),
    ],
)  # fmt: skip
def test_one_wrong_row_and_nobody_is_entered(house: House, change: dict[int, Any], reason: str) -> None:
    unions_members()
    # The wrong row is the last, so that those before it were right.
    lines = rows((2, change)) if reason != "和第 2 行重复" else [rows()[1], rows()[0], rows((2, change))[2]]
    answer = send(house, book(lines))
    page = answer.content.decode()
    assert answer.status_code == 422 and "第 4 行" in page and reason in page and "一个也没有登记" in page
    assert not MutualCover.objects.exists()


def test_who_is_a_member_elsewhere_or_not_active_does_not_join_here(house: House) -> None:
    unions_members(COUNTY)
    assert "不是本工会的在册会员" in send(house, book(rows())).content.decode()
    Membership.objects.filter(path=COUNTY).update(state="dormant")
    assert "会籍状态不能参加" in send(house, book(rows()), COUNTY).content.decode()
    assert not MutualCover.objects.exists()


def test_one_person_once_a_plan_and_period(house: House) -> None:
    unions_members()
    covered(20)
    page = send(house, book(rows())).content.decode()
    assert "第 2 行" in page and "已经参加了这个计划" in page and MutualCover.objects.count() == 1
    # Another plan is another matter.
    assert "已登记 3 人" in send(house, book(rows()), plan="critical").content.decode()


def at(first: str, days: str = "365") -> MutualCover:
    plan, union = a_plan(cover_days=days), Organisation.objects.get(path=COUNTY)
    return register.write(
        SYSTEM, union, plan, register.Entry("王小明", ID_NUMBERS[0], date.fromisoformat(first)), "single"
    )


def test_a_cover_that_ends_within_its_first_year_is_renewed_on_the_next_day(house: House) -> None:
    """2028 has 366 days: a cover of 365 days from its first day on ends on the day before its last."""
    assert at("2028-01-01").ends == date(2028, 12, 30)
    with pytest.raises(GuardRefused, match="还没有到期"):
        at("2028-12-30")
    assert at("2028-12-31").renewed


def test_a_short_plan_is_joined_more_than_once_a_year(house: House) -> None:
    for first in ("2026-01-01", "2026-04-01", "2026-06-30"):
        at(first, "90")
    assert MutualCover.objects.count() == 3


@pytest.mark.parametrize("first", ["2026-08-01", "2027-03-01", "2027-06-30", "2027-07-01"])
def test_covers_of_two_years_do_not_stand_on_the_same_day(house: House, first: str) -> None:
    at("2027-07-01")
    with pytest.raises(GuardRefused, match="还没有到期"):
        at(first)
    assert MutualCover.objects.count() == 1


def test_a_renewal_without_a_gap_waits_no_more(house: House) -> None:
    a_member(worker(1))
    covered(400)
    row = covered(35)
    plan = register.plan_of(row)
    assert plan is not None and row.renewed and plan.waits_until(row.starts, row.renewed) == row.starts
    row.cancelled_on = today()
    row.save()
    assert covered(30).renewed is False


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"nothing", "读不出"),
        (book([]), "没有人"),
        (book([], ("姓名",)), "缺少这些列"),
        (book([["=1+1", "x", "y", "", ""]]), "公式"),
    ],
)
def test_an_unreadable_file_is_told(house: House, body: bytes, reason: str) -> None:
    union = Organisation.objects.get(path=ENTERPRISE)
    answer = send(house, body)
    assert answer.status_code == 422 and reason in answer.content.decode()
    with pytest.raises(ImportFileError, match=reason):
        sent = SimpleUploadedFile("a.xlsx", body)
        importing.import_covers(house.person("handler", ENTERPRISE), union, "inpatient", sent)


def test_the_template_has_the_columns(house: House) -> None:
    answer = desk(house.person("handler", ENTERPRISE)).get(reverse("desk:mutual_template"))
    sheet = load_workbook(filename=io.BytesIO(answer.content)).active
    assert sheet is not None and tuple(cell.value for cell in sheet[1]) == HEAD


@given(st.lists(st.sampled_from(["", "x", "110105194912310021", ID_NUMBERS[0], None]), min_size=1, max_size=4))
def test_a_list_with_any_wrong_number_enters_nobody(numbers: Sequence[str | None]) -> None:
    union = Organisation(path="cn", name="工会", level="national")
    body = SimpleUploadedFile("a.xlsx", book([["王小明", number, day(3), "", ""] for number in numbers]))
    assert importing.import_covers(Actor("staff"), union, "inpatient", body).wrong
    assert not MutualCover.objects.exists()


# --- one at a time ------------------------------------------------------------------------------------------------


def entry(house: House, path: str = COUNTY, **changes: Any) -> Any:
    sent = {
        "organisation": Organisation.objects.get(path=path).pk, "plan": "inpatient", "way": "single", "name": "王小明",
        "id_no": ID_NUMBERS[0], "since": day(3).isoformat(), **changes,
    }  # fmt: skip
    return desk(house.person("handler", path)).post(reverse("desk:mutual_new"), sent)


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, 302, ""),
        ({"plan": "critical"}, 422, "只能由单位集体参保"),
        ({"id_no": "11010519491231002"}, 422, "身份证号不对"),
        ({"name": "王大明"}, 422, "不一致"),
        ({"way": "certificate", "certificate": ""}, 422, "补登要写互助凭证号"),
        ({"since": "2999-01-01"}, 422, "晚于今天"),
    ],
)
def test_one_person_is_entered_where_the_plan_allows_it(
    house: House, change: dict[str, Any], status: int, reason: str
) -> None:
    a_member(worker(1))
    answer = entry(house, **change)
    assert answer.status_code == status and MutualCover.objects.exists() == (status == 302)
    if status == 422:
        page = answer.content.decode()
        assert reason in page and f'value="{change.get("name", "王小明")}"' in page
    else:
        assert "已经参加了这个计划" in entry(house).content.decode()


def test_what_was_entered_wrongly_is_cancelled_unless_a_claim_counts_on_it(house: House) -> None:
    person = worker(1)
    a_member(person)
    row = covered()
    keeper = house.person("handler", COUNTY)
    address = reverse("desk:mutual_cover", args=[row.pk])
    assert desk(keeper).post(address, {"reason": ""}).status_code == 422
    checked(house, claim(person, own_paid="1000"), "500")
    answer = desk(keeper).post(address, {"reason": "登错了"})
    assert answer.status_code == 422 and "已经有理赔" in answer.content.decode()
    other = covered(code="critical")
    assert desk(keeper).post(reverse("desk:mutual_cover", args=[other.pk]), {"reason": "登错了"}).status_code == 302
    assert "已撤销" in desk(keeper).get(reverse("desk:mutual_cover", args=[other.pk])).content.decode()
    with pytest.raises(GuardRefused, match="已经撤销"):
        register.cancel(keeper, other.pk, "再来一次")
    assert covered(50, code="critical").pk != other.pk


def test_a_claim_that_came_to_nothing_does_not_keep_a_wrong_cover(house: House) -> None:
    fund("M17", "5000.00", CITY)
    person = worker(1)
    a_member(person)
    row, keeper, leader = covered(), house.person("handler", COUNTY), house.person("leader", CITY)
    refused, paid = claim(person, own_paid="1000"), claim(person, own_paid="1000", settlement_no="JS-2")
    checked(house, refused, "500")
    act(refused.pk, "refuse", leader, {"text": "登记有误。"})
    act(checked(house, paid, "500").pk, "grant", leader)
    with pytest.raises(GuardRefused, match="已经有理赔"):
        register.cancel(keeper, row.pk, "登错了")
    Payment.objects.update(status=Payment.Status.CANCELLED)
    Matter.objects.filter(pk=paid.pk).update(is_open=False)
    assert register.cancel(keeper, row.pk, "登错了").cancelled_on == today()


# --- who sees what ------------------------------------------------------------------------------------------------


def test_another_union_neither_sees_nor_touches_it(house: House) -> None:
    a_member(worker(1))
    row = covered(certificate="H-77")
    address = reverse("desk:mutual_cover", args=[row.pk])
    for path in (OTHER_COUNTY, ENTERPRISE, CITY):
        other = house.person("leader", path)
        assert desk(other).get(address).status_code == 404
        assert desk(other).post(address, {"reason": "x"}).status_code == 404
        for asked in (ID_NUMBERS[0], "H-77", ""):
            assert address not in desk(other).post(reverse("desk:mutual"), {"q": asked}).content.decode()
        with pytest.raises(NotFound):
            register.cancel(other, row.pk, "x")
    own = desk(house.person("leader", COUNTY))
    for asked in (ID_NUMBERS[0], "H-77", ""):
        page = own.post(reverse("desk:mutual"), {"q": asked}).content.decode()
        assert address in page and ID_NUMBERS[0] not in page.replace(f'value="{asked}"', "")
    assert address not in own.post(reverse("desk:mutual"), {"q": ID_NUMBERS[1]}).content.decode()
    row.refresh_from_db()
    assert row.cancelled_on is None


def test_a_long_list_asks_the_database_no_more_often_than_a_short_one(house: House) -> None:
    keeper, asked = desk(house.person("leader", COUNTY)), list[int]()
    for place, number in enumerate(ID_NUMBERS):
        covered(number=number, paid_before=Decimal(100 + place))
        keeper.get(reverse("desk:mutual"))
        with CaptureQueriesContext(connection) as queries:
            page = keeper.get(reverse("desk:mutual")).content.decode()
        asked.append(len(queries))
    assert len(set(asked)) == 1
    for place in range(len(ID_NUMBERS)):
        assert f"{100 + place}.00" in page


def test_a_union_does_not_enter_into_anothers_register(house: House) -> None:
    unions_members()
    answer = send(house, book(rows()), COUNTY, to=ENTERPRISE)
    assert answer.status_code == 422 and not MutualCover.objects.exists()


def test_a_worker_sees_their_own_plan_until_when_they_wait_and_nobody_elses(house: House) -> None:
    person = worker(1)
    a_member(person)
    covered(10)
    phone = sign_in(Client(), Account.objects.get(pk=person.account_id or 0))
    page = phone.get(reverse("portal:mutual")).content.decode()
    since = today() - timedelta(days=10)
    for text in ("职工住院互助", since.isoformat(), (since + timedelta(days=364)).isoformat(), "可能还在等待期"):
        assert text in page
    assert (since + timedelta(days=30)).isoformat() in page and "以您手里的互助凭证为准" in page
    assert reverse("portal:mutual") in phone.get(reverse("portal:my")).content.decode()
    other = sign_in(Client(), Account.objects.get(pk=worker(2).account_id or 0)).get(reverse("portal:mutual"))
    assert "没有查到" in other.content.decode() and "职工住院互助" not in other.content.decode()
    assert Client().get(reverse("portal:mutual")).status_code == 302
    account = Account.objects.get(pk=person.account_id or 0)
    assert own_data(account)["mutual_covers"][0]["starts"] == since.isoformat()


def test_a_confirmed_plan_is_told_without_a_caveat(house: House, settings: Any, tmp_path: Any) -> None:
    settings.MUTUAL_PLANS_FOLDER = str(plans_with(tmp_path))
    person = worker(1)
    a_member(person)
    covered(10)
    page = sign_in(Client(), Account.objects.get(pk=person.account_id or 0)).get(reverse("portal:mutual"))
    assert "还在等待期：从" in page.content.decode() and "示例数据" not in page.content.decode()
    shown = desk(house.person("leader", COUNTY)).get(reverse("desk:mutual_plans")).content.decode()
    assert "已由贵州职工互助保障中心于 2026-01-01 确认" in shown and "方案证书" in shown


def test_the_desk_shows_the_source_of_every_number(house: House) -> None:
    page = desk(house.person("leader", COUNTY)).get(reverse("desk:mutual_plans")).content.decode()
    for plan in plans.read(plans.FOLDER).codes().values():
        assert str(plan) in page
        for _name, one in plan.marked():
            assert one.source in page
    assert "示例数据，没有经办机构确认" in page


def test_who_keeps_no_register_has_no_page(house: House) -> None:
    for role in ("auditor", "quality"):
        assert desk(house.person(role, COUNTY)).get(reverse("desk:mutual")).status_code in (302, 403, 404)


def test_a_plan_that_is_not_there_is_told_beside_its_field(house: House) -> None:
    union, someone = Organisation.objects.get(path=COUNTY), register.Entry("王小明", ID_NUMBERS[0], today())
    with pytest.raises(InvalidData) as refusal:
        register.enter(house.person("leader", COUNTY), union, "none", someone, "single")
    assert list(refusal.value.errors) == ["plan"]
