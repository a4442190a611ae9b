"""导入: take a file of appeals through the same door as everybody (`title`, `text`, `time`, optional fields).

Safe to repeat: a row that was taken before is found by its source's id or its content, whatever file it stands in.
Memory stays constant; a wrong row is reported with its reason and stops nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.receive import receive
from gonghui.appeals.intake import IntakeData, clean_text, content_hash
from gonghui.appeals.intake import limit as intake_limit
from gonghui.appeals.models import Message
from gonghui.brain.moments import read_time
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, xlsx_rows
from gonghui.kernel.times import SHANGHAI
from gonghui.kernel.times import now as present

BATCH = 50
LINE_MOST = 2 * 1024 * 1024
TEXT_MOST = 200_000
NAMES = {
    "标题": "title", "内容": "text", "正文": "text", "诉求内容": "text", "留言详情": "text", "留言主题": "title",
    "时间": "time", "留言时间": "time", "编号": "id", "来源": "source", "姓名": "reporter_name", "电话": "phone",
    "手机": "phone", "单位": "employer_name", "用人单位": "employer_name", "地区": "work_region",
    "人数": "people_count", "分类": "category", "渠道": "channel", "text": "text", "description": "text",
    "content": "text",
}  # fmt: skip
PASSED = frozenset(IntakeData.model_fields) - {
    "description",
    "title",
    "source",
    "external_id",
    "written_at",
    "anonymous",
}
Progress = Callable[[int, int | None], None]


@dataclass
class Report:
    """What became of a file: rows taken, met before, and refused with their reasons (row numbers start at 1)."""

    accepted: int = 0
    repeated: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.accepted + self.repeated + len(self.rejected)

    def to_dict(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "repeated": self.repeated,
            "rejected": [{"row": row, "reason": reason} for row, reason in self.rejected],
        }


def import_appeals(
    path: Path | str,
    actor: Actor,
    progress: Progress | None = None,
    *,
    channel: str = "",
    limit: int | None = None,
) -> Report:
    """Import a `.jsonl` or `.xlsx` file, at most `limit` rows. ImportFileError when the file cannot be read.

    `channel` is used for rows that name none (default `federated`). `progress` gets the number of rows done and,
    where it can be known, of all rows.
    """
    path = Path(path)
    if path.suffix.lower() not in (".jsonl", ".xlsx"):
        raise ImportFileError(_("只能导入 .jsonl 或 .xlsx 文件。"), "wrong_file")
    if not path.is_file():
        raise ImportFileError(_("没有找到文件：%(name)s") % {"name": path.name}, "no_file")
    lines = path.suffix.lower() == ".jsonl"
    total = _count_lines(path) if lines else None
    if total is not None and limit is not None:
        total = min(total, limit)
    report, batch = Report(), []
    with as_system("an import may lodge appeals for anybody"):
        for numbered in islice(_jsonl(path) if lines else _xlsx(path), limit):
            batch.append(numbered)
            if len(batch) >= BATCH:
                _take(batch, actor, channel, report)
                batch = []
                if progress:
                    progress(report.total, total)
        _take(batch, actor, channel, report)
    if progress:
        progress(report.total, total)
    return report


def _count_lines(path: Path) -> int:
    """Lines that hold something; one quick pass so that the progress bar has an end."""
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _take(batch: list[tuple[int, dict[str, Any] | str]], actor: Actor, channel: str, report: Report) -> None:
    """One transaction for some rows; a refused row has changed nothing."""
    with transaction.atomic():
        for number, row in batch:
            if isinstance(row, str):
                report.rejected.append((number, row))
                continue
            try:
                created = _one(row, actor, channel)
            except InvalidData as error:
                texts = [f"{name}: {'；'.join(found)}" for name, found in error.errors.items()]
                report.rejected.append((number, "；".join(texts)))
            except KernelError as error:
                report.rejected.append((number, str(error)))
            else:
                report.accepted += created
                report.repeated += not created


def _one(row: dict[str, Any], actor: Actor, channel: str) -> bool:
    named = {
        NAMES.get(str(key).strip(), str(key).strip()): value for key, value in row.items() if value not in (None, "")
    }
    try:
        text = clean_text(str(named.get("text", "")))
    except ValueError as error:
        raise InvalidData({"text": [str(error)]}) from None
    if len(text) > TEXT_MOST:
        raise InvalidData(
            {"text": [_("最多%(most)d个字，现在有%(count)d个。") % {"most": TEXT_MOST, "count": len(text)}]}
        )
    written = _moment(named.get("time"))
    if written is not None and written > present():
        raise InvalidData({"time": [_("这个时间还没有到，请核对。")]})
    most = intake_limit("description_max")
    data = {key: value for key, value in named.items() if key in PASSED}
    data |= {
        "description": text[:most],
        "title": str(named.get("title", ""))[:80],
        "phone": str(named.get("phone", "")),
        "anonymous": not named.get("phone"),
        "work_region": str(named.get("work_region", "")),
        "people_count": named.get("people_count", 1),
        "consent": True,
        "source": str(named.get("source", "")),
        "external_id": str(named.get("id", "")) if named.get("source") else "",
        "written_at": written,
    }
    # A joined cell or a number is a text here; the checks of the intake do the rest.
    data = {
        key: str(value) if isinstance(value, int | float) and key != "people_count" else value
        for key, value in data.items()
    }
    intake = IntakeData.parse(data)
    received = receive(
        actor, intake, channel=str(named.get("channel") or channel or "federated"), idempotency_key=key_of(named, text)
    )
    if received.created and len(text) > most:
        # What does not fit into the description is kept beside it, in pieces.
        for start in range(most, len(text), most):
            Message.objects.create(
                appeal=received.appeal,
                matter=received.matter,
                kind=Message.Kind.MATERIAL,
                text=text[start : start + most],
                from_worker=True,
                at=present(),
            )
    return received.created


def key_of(row: dict[str, Any], text: str) -> str:
    """The same for the same row in any file: the source's own id, else the content with its time."""
    if row.get("source") and row.get("id"):
        basis = f"id\n{row['source']}\n{row['id']}"
    else:
        basis = f"content\n{row.get('title', '')}\n{row.get('time', '')}\n{content_hash(text)}"
    return "import:" + hashlib.sha256(basis.encode()).hexdigest()


def _moment(value: Any) -> datetime | None:
    """A time as files write it: a date, ISO text, `2020/1/4 11:17:46`. InvalidData when it is none."""
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)
    found = read_time(str(value))
    if found is None:
        raise InvalidData({"time": [_("时间写法不对，请写成 2026-01-31 17:00 这样。")]})
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_MOST + 1):
            number += 1
            if len(line) > LINE_MOST:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LINE_MOST)
                yield number, _("这一行太长（超过2 MB）。")
                continue
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError:
                yield number, _("这一行不是 UTF-8 编码。")
            except (json.JSONDecodeError, RecursionError):
                yield number, _("这一行不是 JSON。")
            else:
                yield number, row if isinstance(row, dict) else _("这一行不是一条记录。")


def _xlsx(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    rows = xlsx_rows(path)
    _first, cells = next(rows, (0, ()))
    head = [str(cell or "").strip() for cell in cells]
    if not {NAMES.get(name, name) for name in head} & {"text"}:
        raise ImportFileError(_("表格第一行要写列名，至少有“内容”或“text”一列。"), "wrong_file")
    for number, cells in rows:
        if any(cell not in (None, "") for cell in cells):
            yield number, dict(zip(head, cells, strict=False))
