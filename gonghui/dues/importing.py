"""会费清单 from an Excel file, read as the members' register is. One wrong row and nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui.dues import lists
from gonghui.dues.lists import Wanted
from gonghui.dues.models import Book, DuesList
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_text, named_rows, safe_cell, template_book
from gonghui.kernel.vault import blind_index
from gonghui.membership.importing import ROWS_MOST
from gonghui.membership.models import Membership

COLUMNS = {"会员号": "number", "身份证号": "id_no", "姓名": "name", "计缴基数": "base", "应缴": "due", "实缴": "paid"}
LAYOUT = Layout(COLUMNS, ("name", "paid"), ROWS_MOST)
WIDTHS = {"会员号": 18, "姓名": 14, "计缴基数": 12, "应缴": 12, "实缴": 12}
MOST = Decimal(1_000_000)


@dataclass
class Report:
    """The list that was kept, or what is wrong: (line, the name there, reason)."""

    kept: DuesList | None = None
    wrong: list[tuple[int, str, str]] = field(default_factory=list)


def template(members: list[Membership]) -> Workbook:
    """A file with the union's members and empty sums."""
    book = template_book("会费", WIDTHS, as_text=["会员号"])
    sheet = book.active
    assert sheet is not None
    for member in members:
        sheet.append([member.number, safe_cell(member.name)])
    return book


def import_list(actor: Actor, book: Book, month: date, way: str, file: IO[bytes]) -> Report:
    """Read, check everything, then keep the list. ImportFileError for a file that cannot be read.

    InvalidData for a wrong month, GuardRefused when the list stands already.
    """
    lists.refuse_month(month)
    lines = [(number, _cells(values)) for number, values in named_rows(file, LAYOUT)]
    if not lines:
        raise ImportFileError(_("文件里没有会员。"))
    report = Report()
    with as_system("the union's own members"):
        members = _members(book, [cells for _number, cells in lines])
        wanted: list[tuple[int, Wanted]] = []
        seen: dict[int, int] = {}
        for number, cells in lines:
            problems: list[str] = []
            member = members.get(cells["number"]) or members.get(blind_index("id_no", cells["id_no"]) or "-")
            if member is None:
                problems.append(_("本工会没有这个会员，请核对会员号或身份证号。"))
            else:
                if member.name != cells["name"]:
                    problems.append(_("姓名和登记的不一样。"))
                if (earlier := seen.setdefault(member.pk, number)) != number:
                    problems.append(_("和第 %(row)d 行是同一个人。") % {"row": earlier})
            sums = {name: _money(cells[name], head, problems) for head, name in list(COLUMNS.items())[3:]}
            if problems or member is None:
                report.wrong.append((number, cells["name"], "".join(problems)))
                continue
            wanted.append((number, Wanted(member, sums["base"], sums["due"], sums["paid"] or Decimal(0))))
        _made, wrong = lists.checked(book, month, [row for _number, row in wanted])
    for place, texts in wrong.items():
        number, row = wanted[place]
        report.wrong.append((number, row.membership.name, "".join(texts)))
    report.wrong.sort()
    if not report.wrong:
        report.kept = lists.enter(actor, book, month, way, [row for _number, row in wanted])
    return report


def _cells(values: dict[str, Any]) -> dict[str, str]:
    cells = {name: cell_text(values.get(name)) for name in COLUMNS.values()}
    return {**cells, "id_no": "".join(cells["id_no"].split()).upper()}


def _members(book: Book, lines: list[dict[str, str]]) -> dict[str, Membership]:
    """The union's members of the file, by number and by the index of the identity number."""
    rows = Membership.objects.filter(organisation=book.organisation)
    numbers = [cells["number"] for cells in lines if cells["number"]]
    indexes = [blind_index("id_no", cells["id_no"]) for cells in lines if cells["id_no"]]
    found = {row.number: row for row in rows.filter(number__in=numbers)}
    # Of somebody who left and came again, the present membership counts.
    for row in sorted(rows.filter(person_index__in=indexes), key=lambda row: (row.current, row.pk)):
        found[row.person_index] = row
    return found


def _money(text: str, head: str, problems: list[str]) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= MOST or value != value.quantize(Decimal("0.01")):
        problems.append(_("%(head)s“%(text)s”不是金额（元，最多两位小数）。") % {"head": head, "text": text[:20]})
        return None
    return value
