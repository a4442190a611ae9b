"""批量入会: a company's union brings its members in from an Excel file. All rows or none: with one wrong row nothing is
written, and every wrong row is told with what is wrong in it.

A row whose person is a member of this very union already is passed over, so that a file may be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_day, cell_text, named_rows, template_book
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.membership import actions, queries
from gonghui.membership.models import Membership, MembershipChange
from gonghui.organisations.models import Organisation
from gonghui.people.identity import age_on

COLUMNS = {
    "姓名": "name", "身份证号": "id_no", "手机号": "phone", "入会日期": "since", "岗位": "post", "技能等级": "skill",
    "缴费方式": "dues_way",
}  # fmt: skip
REQUIRED = ("name", "id_no")
ROWS_MOST, BYTES_MOST, NAME_MOST = 5000, 5 * 1024 * 1024, 60
AGE_LEAST = 16
FIRST_DAY = date(1925, 5, 1)
LAYOUT = Layout(COLUMNS, REQUIRED, ROWS_MOST)


@dataclass(frozen=True)
class Row:
    """One line of the file, checked. `number` is the line as Excel counts it."""

    number: int
    name: str
    id_no: str
    phone: str
    since: date | None
    told: actions.Told = field(default_factory=actions.Told)


@dataclass
class Report:
    """What became of a file: `made` and `there` already, or, when anything is wrong, only `wrong` (line, reason)."""

    made: int = 0
    there: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def template() -> Workbook:
    """An empty file with the right columns, numbers as text."""
    return template_book("会员", dict(zip(COLUMNS, (14, 24, 16, 14, 16, 12, 14), strict=True)))


def import_members(actor: Actor, organisation: Organisation, file: IO[bytes], unit: str = "") -> Report:
    """Read, check everything, then write everything in one transaction. ImportFileError for an unreadable file.

    The caller has asked whether the actor keeps this union's register.
    """
    report = Report()
    rows = _checked(file, report)
    if not rows and not report.wrong:
        raise ImportFileError(_("文件里没有会员。"))
    with as_system("the register asks the whole country"):
        new = list(_new_ones(rows, organisation, report))
        if report.wrong:
            return Report(wrong=sorted(report.wrong))
        try:
            with transaction.atomic():
                for row in new:
                    _join(actor, organisation, row, unit)
        except _Refused as refused:
            # Somebody else registered one of them since it was looked up.
            return Report(wrong=[(refused.number, refused.reason)])
    report.made = len(new)
    return report


class _Refused(Exception):
    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number, self.reason = number, reason


def _join(actor: Actor, organisation: Organisation, row: Row, unit: str) -> None:
    since = datetime.combine(row.since, time(), tzinfo=SHANGHAI) if row.since else now()
    who = actions.Member(row.name, row.id_no, row.phone, unit, told=row.told)
    try:
        actions.join(actor, organisation, who, kind=MembershipChange.Kind.IMPORTED, since=since)
    except GuardRefused as refusal:
        raise _Refused(row.number, str(refusal)) from None


def _new_ones(rows: list[Row], organisation: Organisation, report: Report) -> Iterator[Row]:
    for row in rows:
        found = queries.current_by_id(row.id_no)
        if found is None:
            yield row
        elif found.organisation_id == organisation.pk:
            report.there += 1
        else:
            # Where, is the other union's matter; that there is one, is why this row cannot be taken.
            report.wrong.append((row.number, _("查重：这个人在别的工会已有会籍，请让职工办转会。")))


def _checked(file: IO[bytes], report: Report) -> list[Row]:
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for number, values in named_rows(file, LAYOUT):
        problems: list[str] = []
        row = _row(number, values, problems)
        if row.id_no and (earlier := seen.setdefault(row.id_no, number)) != number:
            problems.append(_("身份证号和第 %(row)d 行重复。") % {"row": earlier})
        if problems:
            report.wrong.append((number, "".join(problems)))
        rows.append(row)
    return [] if report.wrong else rows


def _row(number: int, values: dict[str, Any], problems: list[str]) -> Row:
    name, id_no = cell_text(values.get("name")), "".join(cell_text(values.get("id_no")).split()).upper()
    phone = "".join(letter for letter in cell_text(values.get("phone")) if letter.isdigit())
    if not name or len(name) > NAME_MOST:
        problems.append(_("姓名没有填，或者太长。"))
    age = age_on(id_no, today())
    if age is None:
        problems.append(_("身份证号不对（单元格要设为文本）。"))
        id_no = ""
    elif age < AGE_LEAST:
        problems.append(_("不满16周岁，不能入会。"))
    if cell_text(values.get("phone")) and not (len(phone) == 11 and phone.startswith("1")):
        problems.append(_("手机号不对，应是 11 位。"))
    since = None
    if values.get("since") not in (None, ""):
        since = cell_day(values["since"])
        if since is None or not FIRST_DAY <= since <= today():
            problems.append(_("入会日期不对，请写成 2026-01-31，不能晚于今天。"))
    return Row(number, name, id_no, phone, since, _told(values, problems))


def _told(values: dict[str, Any], problems: list[str]) -> actions.Told:
    """What need not be filled in; the choices by their labels."""
    codes = {}
    for name, heading, kind in (("skill", "技能等级", Membership.Skill), ("dues_way", "缴费方式", Membership.DuesWay)):
        labels = {str(label): code for code, label in kind.choices}
        text = cell_text(values.get(name)).strip()
        codes[name] = labels.get(text, "")
        if text and not codes[name]:
            told = {"heading": heading, "labels": "、".join(labels)}
            problems.append(_("“%(heading)s”只能填：%(labels)s。") % told)
    post = cell_text(values.get("post")).strip()
    if len(post) > NAME_MOST:
        problems.append(_("岗位太长。"))
    return actions.Told(post, **codes)
