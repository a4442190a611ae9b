"""A file of appeals through the same door: accepted, repeated, rejected with reasons; safe to repeat."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from gonghui.appeals.demo import demo_texts, load_demo
from gonghui.appeals.importing import import_appeals
from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import KernelError
from gonghui.kernel.models import Matter
from gonghui.kernel.sheets import check_zip

GOOD = {"title": "欠薪", "text": "老板拖欠工资三个月，请帮忙。", "time": "2020/1/4 11:17:46"}


def jsonl(tmp_path: Path, *rows: Any, name: str = "a.jsonl") -> Path:
    path = tmp_path / name
    lines = [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows]
    path.write_bytes(b"\n".join(lines))
    return path


def test_rows_are_taken_once_whatever_file_they_stand_in(house: House, tmp_path: Path) -> None:
    other = {**GOOD, "text": "公司不给交社保，怎么办？", "phone": "13800138000"}
    report = import_appeals(jsonl(tmp_path, GOOD, other), SYSTEM)
    assert (report.accepted, report.repeated, report.rejected) == (2, 0, [])
    again = import_appeals(jsonl(tmp_path, other, GOOD, name="b.jsonl"), SYSTEM)
    assert (again.accepted, again.repeated) == (0, 2)
    assert Appeal.objects.count() == Matter.objects.count() == 2
    first = Appeal.objects.order_by("pk").first()
    assert first is not None
    assert first.written_at is not None
    assert first.written_at.year == 2020
    assert first.anonymous


def test_the_sources_own_id_counts(house: House, tmp_path: Path) -> None:
    row = {**GOOD, "source": "12345", "id": 7}
    import_appeals(jsonl(tmp_path, row), SYSTEM)
    report = import_appeals(jsonl(tmp_path, {**row, "text": "内容改过了，但还是同一件。"}), SYSTEM)
    assert report.repeated == 1


def test_wrong_rows_are_reported_with_row_and_reason_and_stop_nothing(house: House, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"text": ""},
        b"{not json",
        b'{"text": "\xff\xfe"}',
        [1, 2],
        {"text": "😭😭"},
        {**GOOD, "time": "2999-01-01"},
        {**GOOD, "time": "someday"},
        {**GOOD, "time": "2020/1/4 下午3:00"},
        {**GOOD, "phone": "12"},
        GOOD,
    )
    report = import_appeals(path, SYSTEM)
    assert report.accepted == 1
    assert [number for number, _reason in report.rejected] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert all(reason for _number, reason in report.rejected)
    assert report.total == 10


def test_a_long_text_is_kept_whole(house: House, tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + n % 5000) for n in range(9500))
    import_appeals(jsonl(tmp_path, {"text": text}), SYSTEM)
    appeal = Appeal.objects.get()
    rest = "".join(message.text for message in appeal.conversation.order_by("pk"))
    assert appeal.description + rest == text


def test_progress_is_told(house: House, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    rows = [{"text": f"第{n}件：老板拖欠工资。"} for n in range(60)]
    import_appeals(jsonl(tmp_path, *rows), SYSTEM, lambda done, total: told.append((done, total)))
    assert told == [(50, 60), (60, 60)]


def test_a_limit_takes_the_first_rows(house: House, tmp_path: Path) -> None:
    rows = [{"text": f"第{n}件：老板拖欠工资。"} for n in range(5)]
    report = import_appeals(jsonl(tmp_path, *rows), SYSTEM, limit=2)
    assert report.to_dict() == {"accepted": 2, "repeated": 0, "rejected": []}


def sheet(tmp_path: Path, *rows: tuple[Any, ...]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


def test_a_spreadsheet_with_chinese_heads_is_read(house: House, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ("标题", "内容", "时间", "电话", "人数"),
        ("欠薪", "老板拖欠工资三个月。", "2026-01-04", 13800138000, 3),
        ("", "", "", "", ""),
        ("x", "", "", "", ""),
    )
    report = import_appeals(path, SYSTEM)
    assert (report.accepted, len(report.rejected)) == (1, 1)
    appeal = Appeal.objects.get()
    assert (appeal.phone, appeal.people_count) == ("13800138000", 3)


def test_a_sheet_without_a_text_column_is_refused(house: House, tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="列名"):
        import_appeals(sheet(tmp_path, ("a", "b"), (1, 2)), SYSTEM)


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", io.BytesIO(b"0" * 60_000_000).getvalue())
    with pytest.raises(KernelError, match="压缩炸弹"):
        check_zip(path)
    with pytest.raises(KernelError, match="压缩炸弹"):
        import_appeals(path, SYSTEM)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "missing.jsonl"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    if "missing" not in name:
        (tmp_path / name).write_bytes(b"not a table")
    with pytest.raises(KernelError):
        import_appeals(tmp_path / name, SYSTEM)


def test_the_made_messages_suffice_without_shared_data(settings: Any, tmp_path: Path) -> None:
    settings.SHARED_DIR = tmp_path
    texts, source = demo_texts(500)
    assert source == "made"
    assert len(texts) >= 60
    assert len({text.text for text in texts}) == len(texts)


def test_the_demonstration_moves_and_loads_once(house: House, settings: Any, tmp_path: Path) -> None:
    settings.SHARED_DIR = tmp_path
    loaded = load_demo(25)
    assert loaded.created == 25
    states = set(Matter.objects.filter(kind="appeals.work_order").values_list("state", flat=True))
    assert len(states) >= 4
    before = Matter.objects.count()
    assert load_demo(25).created == 0
    assert Matter.objects.count() == before
