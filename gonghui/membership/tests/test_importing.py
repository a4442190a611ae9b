"""A company's union brings its members in: every row right, or none written and each wrong row told."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from gonghui.appeals.tests.support import COUNTY, ENTERPRISE, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.tests.support import xlsx
from gonghui.membership import importing
from gonghui.membership.models import Membership
from gonghui.membership.tests.support import ID_NUMBERS, member
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account
from gonghui.people.testing import sign_in

HEAD = ("姓名", "身份证号", "手机号", "入会日期")
RIGHT = (
    ("王小明", ID_NUMBERS[0], "13800000001", date(2019, 5, 1)),
    ("李 红", f" {ID_NUMBERS[1]} ", 13800000002, "2020/06/01"),
    ("赵强", ID_NUMBERS[2].lower(), None, None),
)


def book(rows: Sequence[Sequence[Any]], head: Sequence[str] = HEAD) -> bytes:
    return xlsx(head, *rows)


def send(house: House, body: bytes, path: str = ENTERPRISE, to: str = "") -> Any:
    actor = house.person("handler", path)
    desk = sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))
    union = Organisation.objects.get(path=to or path)
    file = SimpleUploadedFile("members.xlsx", body)
    return desk.post(reverse("desk:member_import"), {"organisation": union.pk, "file": file}, follow=True)


@pytest.mark.django_db
def test_all_rows_are_members_with_their_days_and_a_second_time_changes_nothing(house: House) -> None:
    page = send(house, book(RIGHT)).content.decode()
    assert "已登记 3 人" in page
    rows = {row.name: row for row in Membership.objects.all()}
    assert {row.path for row in rows.values()} == {ENTERPRISE}
    assert rows["王小明"].since == date(2019, 5, 1) and rows["李 红"].since == date(2020, 6, 1)
    assert rows["李 红"].phone == "13800000002" and rows["赵强"].unit == "甲厂有限公司"
    assert rows["王小明"].number in page and ID_NUMBERS[0] not in page
    assert "另有 3 人原来就在册" in send(house, book(RIGHT)).content.decode()
    assert Membership.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", ID_NUMBERS[2], None, None), "姓名没有填"),
        (("周", "110105194912310021", None, None), "身份证号不对"),
        (("周", 110105194912310021, None, None), "身份证号不对"),
        (("周", "52010220150101001X", None, None), "身份证号不对"),
        (("周", "520102201501010014", None, None), "不满16周岁"),
        (("周", ID_NUMBERS[2], "12345", None), "手机号不对"),
        (("周", ID_NUMBERS[2], None, "去年"), "入会日期不对"),
        (("周", ID_NUMBERS[2], None, date(2999, 1, 1)), "入会日期不对"),
        (("周", ID_NUMBERS[0], None, None), "和第 2 行重复"),
    ],
)
def test_one_wrong_row_is_told_with_its_line_and_nothing_is_written(
    house: House, row: tuple[Any, ...], reason: str
) -> None:
    answer = send(house, book([*RIGHT[:2], row]))
    page = answer.content.decode()
    assert answer.status_code == 422 and "第 4 行" in page and reason in page
    assert not Membership.objects.exists()


@pytest.mark.django_db
def test_who_is_a_member_elsewhere_is_found_and_where_is_not_told(house: House) -> None:
    member(COUNTY, 1)
    page = send(house, book(RIGHT)).content.decode()
    assert "第 3 行" in page and "办转会" in page and "在南明区总工会" not in page
    assert Membership.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no workbook", "读不出"),
        (book(RIGHT, ("名", "号", "手机", "日")), "第一行缺少"),
        (book([]), "没有会员"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(house: House, body: bytes, reason: str) -> None:
    answer = send(house, body)
    assert answer.status_code == 422 and reason in answer.content.decode()


@pytest.mark.django_db
def test_only_into_ones_own_union(house: House) -> None:
    assert send(house, book(RIGHT), to=COUNTY).status_code == 422
    assert not Membership.objects.exists()


@pytest.mark.django_db
def test_the_template_has_the_columns_that_are_read(house: House) -> None:
    actor = house.person("handler", ENTERPRISE)
    desk = sign_in(Client(), Account.objects.get(pk=actor.account_id or 0))
    body = desk.get(reverse("desk:member_template")).content
    sheet = load_workbook(io.BytesIO(body)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [*HEAD, "岗位", "技能等级", "缴费方式"]


CELL = st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(allow_nan=False), st.dates())


@pytest.mark.django_db(transaction=False)
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=4))
def test_whatever_stands_in_the_cells_is_refused_by_line_and_never_fails(rows: list[tuple[Any, ...]]) -> None:
    made = io.BytesIO()
    try:
        made.write(book(rows))
    except Exception:
        # openpyxl itself writes no control characters.
        return
    made.seek(0)
    try:
        report = importing.import_members(SYSTEM, Organisation(pk=0), made)
    except ImportFileError:
        return
    assert report.made == 0 and report.wrong and all(number >= 2 and reason for number, reason in report.wrong)


@pytest.mark.django_db
def test_post_skill_and_dues_come_in_with_the_list(house: House) -> None:
    head = (*HEAD, "岗位", "技能等级", "缴费方式")
    rows = [("王小明", ID_NUMBERS[0], None, None, "焊工", "高级工", "从工资里扣"), ("李红", ID_NUMBERS[1], *[None] * 5)]
    send(house, book(rows, head))
    told = {row.name: (row.post, row.skill, row.dues_way) for row in Membership.objects.all()}
    assert told == {"王小明": ("焊工", "senior", "wages"), "李红": ("", "", "")}
    wrong = send(house, book([("赵强", ID_NUMBERS[2], None, None, "", "八级工", "")], head))
    page = wrong.content.decode()
    assert wrong.status_code == 422 and "第 2 行" in page and "“技能等级”只能填" in page
