"""Photos of papers: rendered slips and a contract, spoilt as `benchmarks.papers` does, and bytes that are none."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gonghui.brain.papers import Line, PaperError, read_lines, read_paper
from gonghui.brain.papers.contract import read_contract
from gonghui.brain.papers.paper import kind_of
from gonghui.brain.papers.slip import amount, field_of, read_slip

FOLDER = Path(__file__).parent / "papers"
TRUTH: dict[str, dict[str, str]] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


def line(text: str, left: float, top: float, score: float = 0.99, width: float = 100) -> Line:
    box = ((left, top), (left + width, top), (left + width, top + 20), (left, top + 20))
    return Line(text, score, box)


def plain(value: str) -> Decimal | str:
    found = amount(value)
    return found[0] if found else value


@pytest.mark.parametrize(
    ("name", "kind"), [("slip_photo.jpg", "wage_slip"), ("slip_turned.jpg", "wage_slip"), ("contract.jpg", "contract")]
)
def test_a_photo_becomes_facts(name: str, kind: str) -> None:
    paper = read_paper((FOLDER / name).read_bytes())
    said = {fact.field: fact for fact in paper.facts}
    assert paper.kind == kind
    assert {field: plain(said[field].value) for field in TRUTH[name]} == {
        field: plain(value) for field, value in TRUTH[name].items()
    }
    assert all(fact.sure for fact in said.values() if fact.field in ("gross", "net", "pay", "start"))
    assert paper.problems == ()
    assert paper.to_dict()["facts"]


def test_a_pdf_is_read_page_by_page() -> None:
    kept = io.BytesIO()
    Image.open(FOLDER / "contract.jpg").save(kept, "PDF")
    assert any("劳动合同" in found.text for found in read_lines(kept.getvalue()))


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\xff\xd8\xff"]
)
def test_what_is_no_picture_says_what_to_do(data: bytes) -> None:
    with pytest.raises(PaperError) as told:
        read_paper(data)
    assert told.value.zh
    assert told.value.en


def test_a_huge_picture_is_not_unfolded() -> None:
    kept = io.BytesIO()
    Image.new("1", (9000, 9000)).save(kept, "PNG")
    with pytest.raises(PaperError, match="太大"):
        read_paper(kept.getvalue())


def test_an_empty_page_asks_for_another_photo() -> None:
    kept = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(kept, "PNG")
    paper = read_paper(kept.getvalue())
    assert (paper.kind, paper.facts) == ("other", ())
    assert paper.problems


HEAD = ("姓名", "基本工资", "加班费", "应发工资", "养老保险", "实发工资")
ROW = ("王小明", "3000.00", "500.50", "3500.50", "280.04", "3220.46")


def cells(lines: list[Line]) -> dict[str, str]:
    return {cell.field: cell.value for cell in read_slip(lines)[0]}


WANTED = {
    "worker": "王小明",
    "basic": "3000.00",
    "overtime": "500.50",
    "gross": "3500.50",
    "pension": "280.04",
    "net": "3220.46",
}


def test_values_beside_below_and_behind_a_colon() -> None:
    beside = [line(t, 0, 40 * n) for n, t in enumerate(HEAD)] + [line(t, 120, 40 * n) for n, t in enumerate(ROW)]
    below = [line(t, 120 * n, 0) for n, t in enumerate(HEAD)] + [line(t, 120 * n, 40) for n, t in enumerate(ROW)]
    behind = [line(f"{a}：{b}", 0, 40 * n) for n, (a, b) in enumerate(zip(HEAD, ROW, strict=True))]
    assert cells(beside) == cells(below) == cells(behind) == WANTED


def test_sums_that_agree_are_sure_and_those_that_do_not_are_told() -> None:
    blurred = [line(f"{a}：{b}", 0, 40 * n, 0.7) for n, (a, b) in enumerate(zip(HEAD, ROW, strict=True))]
    found, problems = read_slip(blurred)
    assert all(cell.confidence >= 0.9 for cell in found if cell.field in ("basic", "gross", "net", "pension"))
    assert problems == []
    wrong = [*blurred[:-1], line("实发工资：3,320.46", 0, 200)]
    found, problems = read_slip(wrong)
    assert next(cell for cell in found if cell.field == "net").confidence <= 0.5
    assert "与实发3320.46元不符" in problems[0][0]
    assert "not the net 3320.46" in problems[0][1]


def test_a_table_of_several_people_is_nobodys_slip() -> None:
    lines = [line(t, 120 * n, 0) for n, t in enumerate(HEAD)]
    two = [*lines, line("姓名：王小明", 0, 80), line("姓名：李大强", 0, 120)]
    found, problems = read_slip(two)
    assert found == []
    assert "好几个人" in problems[0][0]


@pytest.mark.parametrize(
    ("text", "value", "doubt"),
    [
        ("3,500.50", "3500.50", False),
        ("¥3500元", "3500", False),
        ("3O00.0O", "3000.00", True),
        ("3700,00", "3700.00", True),
        ("-50", "-50", False),
    ],
)
def test_sums_as_they_are_read(text: str, value: str, doubt: bool) -> None:
    assert amount(text) == (Decimal(value), doubt)


@given(st.decimals(0, 999_999, places=2), st.booleans())
def test_any_printed_sum_is_read_back(value: Decimal, grouped: bool) -> None:
    assert amount(f"{value:,.2f}" if grouped else f"{value:.2f}") == (value, False)


@given(st.text(max_size=30))
def test_odd_texts_are_no_sums_and_raise_nothing(text: str) -> None:
    amount(text)
    field_of(text)
    read_slip([line(text, 0, 0)])
    read_contract([line(text, 0, 0)])
    kind_of([line(text, 0, 0)])


def test_a_label_is_not_taken_for_another() -> None:
    assert field_of("基本工资")[0] == "basic"  # type: ignore[index]
    assert field_of("加班费用说明") is None
    assert field_of("应发台计")[0] == "gross"  # type: ignore[index]
    assert field_of("今天天气") is None


def test_a_blank_contract_is_warned_of() -> None:
    found, problems = read_contract(
        [line("甲方：", 0, 0), line("乙方：王小明", 0, 40), line("合同期限自年月日起", 0, 80, width=300)]
    )
    assert {cell.field for cell in found} == {"worker"}
    assert "空白合同" in problems[0][0]


def test_a_contract_without_end_and_one_that_ends_before_it_begins() -> None:
    open_end = [line("合同期限：无固定期限，自2024年1月1日起", 0, 0)]
    assert [(c.field, c.value) for c in read_contract(open_end)[0]] == [("end", "open")]
    back = read_contract([line("自2024年5月1日起至2023年5月1日止", 0, 0)])
    assert "早于" in back[1][0][0]
