"""导入办事机构: a CSV or Excel file of offices, taken whole or not at all.

Safe to repeat: a row finds its entry by body, region, name and first day. One wrong row and nothing is written; every
wrong row is named with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.sheets import ImportFileError, cell_text, csv_rows, xlsx_rows
from gonghui.organisations.actions.offices import COLUMNS, FIELDS, add_office, change_office, read_office, same_offices
from gonghui.organisations.models import Region
from gonghui.organisations.offices import limits

READERS: dict[str, Callable[[Path], Iterator[tuple[int, tuple[Any, ...]]]]] = {".csv": csv_rows, ".xlsx": xlsx_rows}
NEEDED = {"body", "region", "name", "source", "checked_on"}
NAMES = {
    "部门代码": "body", "区划代码": "region", "名称": "name", "地址": "address", "电话": "phone",
    "办公时间": "working_hours", "开门时间": "hours", "纬度": "latitude", "经度": "longitude", "网址": "online",
    "来源": "source", "核对日期": "checked_on", "启用日期": "valid_from", "停用日期": "valid_to",
}  # fmt: skip
TITLES = {column: title for title, column in NAMES.items()}


@dataclass
class Report:
    """What became of a file. Where rows were refused (row numbers as the program that wrote the file shows them), or at
    a trial, `written` is False and nothing has changed; the counts say what would have been done."""

    added: int = 0
    changed: int = 0
    same: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    written: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "rejected": [{"row": row, "reason": reason} for row, reason in self.rejected],
            "written": self.written,
        }


def import_offices(path: Path | str, actor: Actor, *, dry_run: bool = False) -> Report:
    """Import a `.csv` or `.xlsx` file with the columns of COLUMNS, or their Chinese names.

    ImportFileError when the file as a whole cannot be taken.
    """
    path = Path(path)
    rows = list(_rows(path))
    regions = frozenset(Region.objects.values_list("pk", flat=True))
    report, seen = Report(), dict[tuple[Any, ...], int]()
    with transaction.atomic():
        for number, texts in rows:
            try:
                with transaction.atomic():
                    done = _one(actor, read_office(texts, regions), number, seen)
            except InvalidData as error:
                told = [f"{TITLES.get(name, name)}：{'；'.join(found)}" for name, found in error.errors.items()]
                report.rejected.append((number, " ".join(told)))
            except KernelError as error:
                report.rejected.append((number, str(error)))
            else:
                setattr(report, done, getattr(report, done) + 1)
        report.written = not (report.rejected or dry_run)
        if not report.written:
            transaction.set_rollback(True)
    return report


def _one(actor: Actor, fields: dict[str, Any], number: int, seen: dict[tuple[Any, ...], int]) -> str:
    key = (fields["body"], fields["region_id"], fields["name"], fields["valid_from"])
    if (before := seen.setdefault(key, number)) != number:
        raise InvalidData({"name": [_("和第 %(row)d 行是同一个办事机构。") % {"row": before}]})
    entries = [office for office in same_offices(*key[:3]) if office.valid_from == fields["valid_from"]]
    entry = next((office for office in entries if office.active), None)
    if entry is None and entries:
        raise InvalidData({"name": [_("这个办事机构已经撤下。要恢复，请在工作台恢复；否则请从文件里删掉这一行。")]})
    if entry is None:
        add_office(actor, fields)
        return "added"
    if all(getattr(entry, name) == fields[name] for name in FIELDS):
        return "same"
    change_office(actor, entry, fields)
    return "changed"


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise ImportFileError(_("只能导入 .csv 或 .xlsx 文件。"), "wrong_file")
    if not path.is_file():
        raise ImportFileError(_("没有找到文件：%(name)s") % {"name": path.name}, "no_file")
    if path.stat().st_size > limits().import_bytes:
        raise ImportFileError(_("文件太大，请分成几个文件。"), "too_large")
    rows = read(path)
    _first, cells = next(rows, (0, ()))
    head = [NAMES.get(title, title) for title in (cell_text(cell) for cell in cells)]
    named = [title for title in head if title]
    if missing := sorted(NEEDED - set(named)):
        names = "、".join(f"{TITLES[name]}（{name}）" for name in missing)
        raise ImportFileError(_("第一行要写列名，缺少：%(names)s") % {"names": names}, "wrong_file")
    if unknown := [title for title in named if title not in COLUMNS]:
        raise ImportFileError(_("不认识的列：%(names)s") % {"names": "、".join(unknown)[:200]}, "wrong_file")
    if len(set(named)) != len(named):
        raise ImportFileError(_("有一列写了两次。"), "wrong_file")
    count = 0
    for number, cells in rows:
        texts = [cell_text(cell) for cell in cells]
        if not any(texts):
            continue
        if (count := count + 1) > limits().import_rows:
            raise ImportFileError(_("最多 %(most)d 行，请分成几个文件。") % {"most": limits().import_rows}, "too_large")
        yield number, {name: text for name, text in zip(head, texts, strict=False) if name}
