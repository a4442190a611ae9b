"""不能发布岗位的单位: lists of wage defaulters and others, entered at the desk or brought in from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from stdnum.cn import uscc as uscc_number

from gonghui.jobs.models import BlockedEmployer, Posting
from gonghui.jobs.postings import blocked_words
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, cell_text, csv_rows, xlsx_rows
from gonghui.kernel.times import now, today

# Who keeps the list: it holds in the whole country, so whoever looks after postings anywhere may enter, and it is told.
KEEPERS = ("dispatcher", "leader", "supervisor")
COLUMNS = {
    "统一社会信用代码": "uscc", "单位名称": "employer", "来源": "source",
    "列入日期": "listed_on", "移出日期": "removed_on",
}  # fmt: skip
READERS: dict[str, Callable[[Path], Iterator[tuple[int, tuple[Any, ...]]]]] = {".csv": csv_rows, ".xlsx": xlsx_rows}
ROWS_MOST = 20_000


@dataclass
class Report:
    """What became of a file; with one wrong row nothing is written."""

    added: int = 0
    changed: int = 0
    same: int = 0
    paused: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "paused": self.paused,
            "rejected": [{"row": row, "reason": reason} for row, reason in self.rejected],
        }


def read(texts: dict[str, str]) -> dict[str, Any]:
    """One entry as typed. InvalidData beside what does not fit."""
    errors: dict[str, list[str]] = {}
    code = uscc_number.compact(texts.get("uscc", ""))
    if not uscc_number.is_valid(code):
        errors["uscc"] = [_("统一社会信用代码不对：应是 18 位，请对照营业执照核对。")]
    for name in ("employer", "source"):
        if not texts.get(name, "").strip():
            errors[name] = [_("请填写这一项。")]
    days: dict[str, date | None] = {}
    for name in ("listed_on", "removed_on"):
        raw = texts.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(raw) if raw else None
        except ValueError:
            errors[name] = [_("日期写法不对，请写成 2026-01-31 这样。")]
    if "listed_on" not in errors and days["listed_on"] is None:
        errors["listed_on"] = [_("请填写这一项。")]
    first, last = days.get("listed_on"), days.get("removed_on")
    if first and last and last < first:
        errors["removed_on"] = [_("移出日期不能早于列入日期。")]
    if errors:
        raise InvalidData(errors)
    return {
        "uscc": code, "employer": texts["employer"].strip()[:120], "source": texts["source"].strip()[:200], **days,
    }  # fmt: skip


def enter(actor: Actor, fields: dict[str, Any]) -> tuple[BlockedEmployer, str, int]:
    """(entry, `added`/`changed`/`same`, postings taken off the list). Open postings of the employer are paused."""
    if not (actor.is_system or actor.has_role(*KEEPERS)):
        raise NotAllowed
    with as_system("a list for everybody"), transaction.atomic():
        found = BlockedEmployer.objects.select_for_update().filter(
            uscc=fields["uscc"], source=fields["source"], listed_on=fields["listed_on"]
        )
        row = found.first()
        if row is not None and (row.employer, row.removed_on) == (fields["employer"], fields["removed_on"]):
            return row, "same", 0
        done = "changed" if row is not None else "added"
        try:
            with transaction.atomic():
                row, _made = BlockedEmployer.objects.update_or_create(
                    uscc=fields["uscc"], source=fields["source"], listed_on=fields["listed_on"],
                    defaults={
                        "employer": fields["employer"], "removed_on": fields["removed_on"], "entered_at": now(),
                    },
                )  # fmt: skip
        except IntegrityError as error:
            raise InvalidData({"uscc": [_("这一条刚刚有人登记了，请刷新。")]}) from error
        after = {"uscc": row.uscc, "source": row.source, "listed_on": row.listed_on.isoformat()}
        if row.removed_on:
            after["removed_on"] = row.removed_on.isoformat()
        trail.record(f"blocked:{row.uscc}", done, actor=actor, after=after)
        return row, done, _pause(row)


def _pause(row: BlockedEmployer) -> int:
    """Published postings of an employer that was listed are taken off until the union has looked."""
    if row.removed_on is not None and row.removed_on <= today():
        return 0
    open_ = Posting.objects.filter(uscc=row.uscc, open=True, matter__state="published")
    matters = [posting.matter for posting in open_.select_related("matter")]
    for matter in matters:
        if "block" in flow_of(matter).by_name:
            act(matter.pk, "block", SYSTEM, {"text": blocked_words(row)})
        else:
            # Posted under an earlier text of the flow, which knows of reports alone.
            act(matter.pk, "pause", SYSTEM)
    return len(matters)


def remove(actor: Actor, blocked_id: int, day: date) -> BlockedEmployer:
    """移出: from that day the employer may post again."""
    row = BlockedEmployer.objects.filter(pk=blocked_id).first()
    if row is None:
        raise NotFound
    if day < row.listed_on:
        raise InvalidData({"removed_on": [_("移出日期不能早于列入日期。")]})
    return enter(actor, {**{name: getattr(row, name) for name in ("uscc", "employer", "source", "listed_on")},
                         "removed_on": day})[0]  # fmt: skip


def import_file(path: Path | str, actor: Actor, *, dry_run: bool = False) -> Report:
    """A `.csv` or `.xlsx` file with the columns of COLUMNS. Safe to repeat. ImportFileError for the file as a whole."""
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ImportFileError(_("只能导入 .csv 或 .xlsx 文件。"), "wrong_file")
    rows = iter(reader(path))
    _number, cells = next(rows, (0, ()))
    head = [COLUMNS.get(cell_text(cell).strip(), cell_text(cell).strip()) for cell in cells]
    missing = [title for title, name in COLUMNS.items() if name not in head and name != "removed_on"]
    if missing:
        raise ImportFileError(_("第一行要写列名，缺少：%(names)s") % {"names": "、".join(missing)}, "wrong_file")
    report = Report()
    with transaction.atomic():
        for count, (number, cells) in enumerate(rows):
            texts = {name: cell_text(cell).strip() for name, cell in zip(head, cells, strict=False)}
            if not any(texts.values()):
                continue
            if count >= ROWS_MOST:
                raise ImportFileError(_("文件太大，请分成几个文件。"), "too_large")
            try:
                _row, done, paused = enter(actor, read(texts))
            except InvalidData as error:
                report.rejected.append((number, " ".join("；".join(found) for found in error.errors.values())))
                continue
            setattr(report, done, getattr(report, done) + 1)
            report.paused += paused
        if report.rejected or dry_run:
            transaction.set_rollback(True)
    return report
