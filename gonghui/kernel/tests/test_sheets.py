"""Lists that people bring in: columns by their headings, lines as Excel counts them, nothing taken on trust."""

from __future__ import annotations

import io
from typing import Any

import pytest

from gonghui.kernel.sheets import ImportFileError, Layout, csv_rows, csv_text, named_rows, template_book
from gonghui.kernel.tests.support import xlsx

LAYOUT = Layout({"姓名": "name", "手机号": "phone"}, ("name",), 3)


def book(*rows: tuple[Any, ...]) -> io.BytesIO:
    return io.BytesIO(xlsx(*rows))


def test_cells_go_by_their_heading_and_lines_by_excels_count() -> None:
    file = book(("备注", "手机 号", "姓名"), ("x", "138", "王"), (None, None, " "), ("", None, "李"))
    assert list(named_rows(file, LAYOUT)) == [(2, {"phone": "138", "name": "王"}), (4, {"phone": None, "name": "李"})]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("手机号",), ("138",)], "第一行缺少这些列：姓名"),
        ([("姓名",), ("王",), ("=A2",)], "第 3 行有公式"),
        ([("姓名",), *[("王",)] * 4], "一次最多 3 人"),
    ],
)
def test_a_list_that_cannot_be_taken_says_why(rows: list[tuple[Any, ...]], told: str) -> None:
    with pytest.raises(ImportFileError, match=told):
        list(named_rows(book(*rows), LAYOUT))


def test_what_is_no_sheet_is_no_sheet() -> None:
    with pytest.raises(ImportFileError, match="读不出这个文件"):
        list(named_rows(io.BytesIO(b"name,phone"), LAYOUT))


def test_a_template_can_be_filled_in_and_read() -> None:
    made, body = template_book("会员", {"姓名": 14, "手机号": 16}), io.BytesIO()
    assert made.active is not None
    made.active.append(("王", "013"))
    made.save(body)
    assert [values for _line, values in named_rows(body, LAYOUT)] == [{"name": "王", "phone": "013"}]


def test_a_table_of_text_in_either_coding() -> None:
    for coding in ("utf-8-sig", "gb18030"):
        assert list(csv_rows("编号,结果\r\n1,成功\r\n".encode(coding))) == [(1, ("编号", "结果")), (2, ("1", "成功"))]


def test_a_table_that_we_make_opens_in_excel_and_runs_nothing_there() -> None:
    made = csv_text([("姓名", "金额"), ("=1+1", 5), ("王, 李", "-3")])
    assert made.encode().startswith(b"\xef\xbb\xbf")
    read = [cells for _line, cells in csv_rows(made.encode())]
    assert read == [("姓名", "金额"), ("'=1+1", "5"), ("王, 李", "'-3")]
