"""单位集体参保: a unit's union enters who joined a plan from an Excel file. All rows or none; every wrong row is told.

A row whose person this very union entered already, for the same plan and first day, is passed over, so that a file may
be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import plans, register
from gonghui.aid.mutual.register import Entry
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.locks import hold
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_day, cell_text, named_rows, template_book
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.identity import age_on

COLUMNS = {
    "姓名": "name",
    "身份证号": "id_no",
    "生效日期": "since",
    "互助凭证号": "certificate",
    "本期已获赔付": "paid_before",
}
REQUIRED = ("name", "id_no", "since")
ROWS_MOST, BYTES_MOST, NAME_MOST, CERTIFICATE_MOST = 2000, 5 * 1024 * 1024, 60, 40
PAID_MOST = Decimal(1_000_000)
LAYOUT = Layout(COLUMNS, REQUIRED, ROWS_MOST)


@dataclass
class Report:
    """What became of a file: `made` and `there` already, or, when anything is wrong, only `wrong` (line, reason)."""

    made: int = 0
    there: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def template() -> Workbook:
    """An empty file with the right columns, numbers as text."""
    return template_book("参保名单", dict(zip(COLUMNS, (14, 24, 14, 20, 14), strict=True)))


class _Wrong(Exception):
    """Something is wrong with the file: nothing of it is written."""


def import_covers(actor: Actor, organisation: Organisation, code: str, file: IO[bytes], unit: str = "") -> Report:
    """Read and check everything, and write it in one transaction. ImportFileError for an unreadable file.

    `code`: of the plan. The caller has asked whether the actor keeps this union's register.
    """
    report, seen = Report(), dict[str, int]()
    region = register.region_of(organisation)
    try:
        with transaction.atomic(), as_system("the register asks the whole country"):
            # Two lists with the same people in another order would wait for each other for ever.
            hold(f"gonghui.mutual.list.{organisation.path}")
            for number, cells in named_rows(file, LAYOUT):
                problems: list[str] = []
                entry = _entry(cells, unit, problems)
                if entry.id_no and (earlier := seen.setdefault(entry.id_no, number)) != number:
                    problems.append(_("身份证号和第 %(row)d 行重复。") % {"row": earlier})
                if not problems:
                    problems += _take(actor, organisation, region, code, entry, report)
                if problems:
                    report.wrong.append((number, "".join(problems)))
            if not seen and not report.wrong:
                raise ImportFileError(_("文件里没有人。"))
            if report.wrong:
                raise _Wrong
    except _Wrong:
        return Report(wrong=sorted(report.wrong))
    return report


def _take(actor: Actor, organisation: Organisation, region: str, code: str, entry: Entry, report: Report) -> list[str]:
    """What is wrong with a row that is right by itself; nothing: it stands in the register now."""
    plan = plans.book().find(code, region, entry.since)
    if plan is None:
        return [_("这个计划在生效那天不办理。")]
    if (why := register.refusal(plan, organisation, entry, MutualCover.Way.COLLECTIVE)) is not None:
        return [why[1]]
    try:
        register.write(actor, organisation, plan, entry, MutualCover.Way.COLLECTIVE, region)
    except GuardRefused as refused:
        other = register.clash(plan, entry)
        if other is None or other.path != organisation.path or other.starts != entry.since:
            return refused.reasons
        report.there += 1
        return []
    report.made += 1
    return []


def _entry(cells: dict[str, Any], unit: str, problems: list[str]) -> Entry:
    name, id_no = cell_text(cells.get("name")), "".join(cell_text(cells.get("id_no")).split()).upper()
    certificate = cell_text(cells.get("certificate"))
    if not name or len(name) > NAME_MOST:
        problems.append(_("姓名没有填，或者太长。"))
    if age_on(id_no, today()) is None:
        problems.append(_("身份证号不对（单元格要设为文本）。"))
        id_no = ""
    since = cell_day(cells.get("since"))
    if since is None:
        problems.append(_("生效日期不对，请写成 2026-01-31。"))
    if len(certificate) > CERTIFICATE_MOST:
        problems.append(_("互助凭证号太长。"))
    paid = _money(cells.get("paid_before"))
    if paid is None:
        problems.append(_("本期已获赔付要写成金额，最多两位小数；没有就空着。"))
    return Entry(name, id_no, since or date.min, certificate, paid or Decimal(0), unit)


def _money(cell: Any) -> Decimal | None:
    """Yuan with two places at most; nothing written is nothing paid; None for what is no such sum."""
    try:
        value = Decimal(cell_text(cell).replace(",", "") or 0)
    except InvalidOperation:
        return None
    right = value.is_finite() and 0 <= value <= PAID_MOST and value == value.quantize(Decimal("0.01"))
    return value if right else None
