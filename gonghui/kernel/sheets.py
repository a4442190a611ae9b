"""Tables in files (表格文件): rows of an Excel sheet or a CSV file, read one by one and never trusted."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook, load_workbook

from gonghui.kernel.errors import KernelError

# A spreadsheet is a zip: what it unfolds to is looked at before anything is unfolded.
ZIP_ENTRIES, ZIP_BYTES, ZIP_RATIO = 2000, 500 * 1024 * 1024, 150


class ImportFileError(KernelError):
    """The file as a whole cannot be taken: not there, of another type, damaged, or a zip bomb."""


TOO_MANY = gettext_lazy("一次最多 %(most)d 人，请分成几个文件。")


@dataclass(frozen=True)
class Layout:
    """A list that people bring in: which headings stand for which fields, which must be there, how long it may be.

    `too_many` is said of a longer one. A file of so few rows need not unfold to as much as an archive (`entries` files,
    `unfolded` bytes of all of them)."""

    columns: Mapping[str, str]
    required: Sequence[str]
    rows_most: int
    too_many: Any = TOO_MANY
    entries: int = 200
    unfolded: int = 100 * 1024 * 1024


def named_rows(file: IO[bytes], layout: Layout) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line as Excel counts it, cells by field) of an .xlsx file's first sheet; empty lines are passed over.

    ImportFileError for a file that cannot be read, lacks a column, is too long, or holds formulas: what they come to is
    not in the file for sure.
    """
    lines = _readable(file, layout)
    _first, cells = next(lines, (0, ()))
    head = [layout.columns.get(cell_text(cell).replace(" ", "")) for cell in cells]
    missing = [zh for zh, name in layout.columns.items() if name in layout.required and name not in head]
    if missing:
        raise ImportFileError(_("第一行缺少这些列：%(names)s。请用模板。") % {"names": "、".join(missing)})
    for number, cells in lines:
        values = {name: cell for name, cell in zip(head, cells, strict=False) if name}
        if not any(cell_text(value) for value in values.values()):
            continue
        if number > layout.rows_most + 1:
            raise ImportFileError(str(layout.too_many) % {"most": layout.rows_most})
        yield number, values


def _readable(file: IO[bytes], layout: Layout) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        yield from xlsx_rows(file, entries=layout.entries, unfolded=layout.unfolded, formulas=False)
    except ImportFileError as error:
        if error.code == "formula":
            raise
        if error.code == "zip_bomb":
            raise ImportFileError(_("文件太大。")) from error
        raise ImportFileError(_("读不出这个文件，请用 Excel 另存为 .xlsx 再上传。")) from error


def template_book(title: str, widths: Mapping[str, int], *, as_text: Sequence[str] | None = None) -> Workbook:
    """An empty file with these headings and widths. `as_text`: the headings whose columns Excel is to leave as they
    are typed (numbers with a zero in front); all of them unless told."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    sheet.append(list(widths))
    for place, (heading, width) in enumerate(widths.items()):
        column = sheet.column_dimensions[chr(ord("A") + place)]
        column.width = width
        if as_text is None or heading in as_text:
            column.number_format = "@"
    return book


def xlsx_rows(
    file: Path | IO[bytes], *, entries: int = ZIP_ENTRIES, unfolded: int = ZIP_BYTES, formulas: bool = True
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(row number from 1, cells) of the first sheet's rows, empty ones too.

    `entries`, `unfolded`: as `check_zip` takes them. `formulas`: take what the program that wrote it last reckoned;
    else a formula is refused. ImportFileError for what is no .xlsx, or turns out to be damaged on the way.
    """
    check_zip(file, entries=entries, unfolded=unfolded)
    try:
        book = load_workbook(file, read_only=True, data_only=formulas)
        try:
            if book.worksheets:
                rows = book.worksheets[0].iter_rows
                yield from enumerate(rows(values_only=True) if formulas else _plain(rows()), start=1)
        finally:
            book.close()
    except ImportFileError:
        raise
    except Exception as error:
        # openpyxl raises whatever its XML reader met; to the reader it is one thing: no readable workbook.
        raise ImportFileError(_("这个表格文件读不出来，可能已损坏。"), "wrong_file") from error


def _plain(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows' values; ImportFileError at the first formula."""
    for number, cells in enumerate(rows, start=1):
        if any(cell.data_type == "f" for cell in cells):
            raise ImportFileError(_("第 %(row)d 行有公式，请复制后“粘贴为数值”再上传。") % {"row": number}, "formula")
        yield tuple(cell.value for cell in cells)


def csv_rows(file: Path | bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line number from 1, cells) of a CSV file in UTF-8, or in GB 18030 as Excel writes it in China.

    ImportFileError for a file that is neither.
    """
    raw = file if isinstance(file, bytes) else file.read_bytes()
    text = None
    for coding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(coding)
        except UnicodeDecodeError:
            continue
        break
    if text is None or "\x00" in text:
        raise ImportFileError(_("这个文件不是 UTF-8 或 GB18030 编码的 CSV。"), "wrong_file")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, tuple(cells)
    except csv.Error as error:
        raise ImportFileError(_("这个 CSV 文件读不出来，可能已损坏。"), "wrong_file") from error


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """CSV for people to open: with a mark at the start, without which Excel takes UTF-8 for something else, and with
    nothing in it that would run there (`safe_cell`)."""
    out = io.StringIO()
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def cell_text(cell: Any) -> str:
    """A cell as it would be typed: a spreadsheet's day without its time, a code without its .0."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else f"{Decimal(str(cell)):f}"
    return str(cell).strip()


def cell_day(cell: Any) -> date | None:
    """A day as people write it (2026-01-31, 2026/01/31, 2026.01.31); None for what is none."""
    try:
        return date.fromisoformat(cell_text(cell).replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def safe_cell(value: Any) -> Any:
    """What somebody else wrote must not run in a spreadsheet: a text that would be a formula gets an apostrophe."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def check_zip(file: Path | IO[bytes], *, entries: int = ZIP_ENTRIES, unfolded: int = ZIP_BYTES) -> None:
    """Refuse a spreadsheet that would unfold far beyond its size (zip bomb), without unfolding it.

    `entries`, `unfolded`: the most files in it, and the most bytes of all of them.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ImportFileError(_("这不是 .xlsx 表格文件。"), "wrong_file") from error
    size = sum(entry.file_size for entry in found)
    packed = max(1, sum(entry.compress_size for entry in found))
    if len(found) > entries or size > unfolded or (size > 10_000_000 and size / packed > ZIP_RATIO):
        raise ImportFileError(_("这个表格解压后异常大，可能是压缩炸弹，没有导入。"), "zip_bomb")
