"""The Word templates of the papers, made from their sources: `python -m scripts.make_documents [--check]`.

Each `gonghui/law/documents/sources/X.yaml` gives `templates/X.docx`, always the same bytes for the same source.
`--check` writes nothing; exit status 1 when a template differs from its source.
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

os.environ.setdefault("GONGHUI_ENV", "development")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gonghui.settings")

from gonghui.law.documents.compose import SIGNED_TO
from gonghui.law.documents.slots import SLOT
from gonghui.law.documents.source import TEMPLATES, Part, Source, sources
from gonghui.law.documents.word import EPOCH, repacked, variable

TITLE, BODY, HEADING, LATIN = "方正小标宋简体", "仿宋", "黑体", "Times New Roman"
# What stands in where a font is not installed: Word looks at these names before it chooses by itself.
INSTEAD = {TITLE: "宋体", BODY: "仿宋_GB2312", HEADING: "SimHei"}
# Points of body text and of a line: 小四 for applications, 三号 on 28 points for letters (GB/T 9704), forms closer.
SIZES = {"application": (12.0, 21.0), "letter": (16.0, 28.0), "form": (12.0, 18.0)}
RIGHT, CENTRE, LEFT = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def make(paper: Source) -> bytes:
    """The template of one paper."""
    document = Document()
    _page(document)
    _styles(document, *SIZES[paper.layout])
    _plain_package(document, paper)
    document.add_paragraph(paper.title, style="文书标题")
    for part, after in zip(paper.parts, [*paper.parts[1:], None], strict=True):
        if after is not None and (after.to or after.sign) and part.kind not in ("columns", "rows", "each", "sign"):
            # No signature alone on a page: it goes over with the line before it.
            keep = len(document.paragraphs)
            _add(document, part, paper)
            for paragraph in document.paragraphs[keep:]:
                paragraph.paragraph_format.keep_with_next = True
        else:
            _add(document, part, paper)
    made = io.BytesIO()
    document.save(made)
    return repacked(made.getvalue())


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(28), Mm(25)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    number = section.footer.paragraphs[0]
    number.alignment = CENTRE
    for kind in ("begin", None, "end"):
        run = number.add_run()
        run.font.size = Pt(10.5)
        if kind is None:
            run._r.append(parse_xml(f"<w:instrText {W}>PAGE</w:instrText>"))
        else:
            run._r.append(parse_xml(f'<w:fldChar {W} w:fldCharType="{kind}"/>'))


def _font(style: Any, east: str, size: float, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = LATIN, Pt(size), bold
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name, font in (("w:ascii", LATIN), ("w:hAnsi", LATIN), ("w:eastAsia", east), ("w:cs", LATIN)):
        fonts.set(qn(name), font)


def _styles(document: Any, size: float, line: float) -> None:
    normal = document.styles["Normal"]
    _font(normal, BODY, size)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    for language in normal.element.get_or_add_rPr().findall(qn("w:lang")):
        language.getparent().remove(language)
    for name in ("文书标题", "文书小标题", "文书正文", "文书顶格", "文书落款", "文书附注", "文书表格", "文书居中"):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.quick_style = True
        spacing = style.paragraph_format
        spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        spacing.widow_control = True
    title = document.styles["文书标题"]
    _font(title, TITLE, 22, bold=True)
    title.paragraph_format.alignment, title.paragraph_format.space_after = CENTRE, Pt(22)
    title.paragraph_format.line_spacing = Pt(32)
    heading = document.styles["文书小标题"]
    _font(heading, HEADING, size)
    heading.paragraph_format.keep_with_next, heading.paragraph_format.space_before = True, Pt(4)
    indent = document.styles["文书正文"].element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(size * 2 * 20)))
    sign = document.styles["文书落款"].paragraph_format
    sign.alignment, sign.right_indent, sign.keep_together = RIGHT, Pt(size * 2), True
    note = document.styles["文书附注"]
    _font(note, BODY, 12 if size > 12 else 10.5)
    note.paragraph_format.space_before, note.paragraph_format.line_spacing = Pt(8), Pt(18)
    table = document.styles["文书表格"]
    _font(table, BODY, 11)
    table.paragraph_format.line_spacing_rule, table.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(16)
    centre = document.styles["文书居中"].paragraph_format
    centre.alignment, centre.space_after = CENTRE, Pt(16)


def _plain_package(document: Any, paper: Source) -> None:
    """Nobody's name, one date, no picture; and what stands in for a font that is not installed."""
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = paper.title, "", "", ""
    about.created = about.modified = datetime(*EPOCH, tzinfo=UTC)
    about.revision, about.language = 1, "zh-CN"
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            fonts = "".join(
                f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/></w:font>'
                for name, instead in INSTEAD.items()
            )
            relation.target_part._blob = (
                f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {W}>{fonts}</w:fonts>'.encode()
            )


def _jinja(text: str, paper: Source) -> str:
    return SLOT.sub(lambda found: "{{ " + variable(found[1]) + " }}", paper.words.of(text))


def _add(document: Any, part: Part, paper: Source) -> None:
    def paragraph(text: str, style: str) -> Any:
        return document.add_paragraph(_jinja(text, paper), style=style)

    match part.kind:
        case "columns":
            _list_table(document, part, paper)
        case "rows":
            _form_table(document, part, paper)
        case "each":
            document.add_paragraph("{%p for row in " + part.each + " %}")
            paragraph(part.item, "文书正文")
            document.add_paragraph("{%p endfor %}")
        case "to":
            paragraph(SIGNED_TO, "文书正文").paragraph_format.keep_with_next = True
            paragraph(part.to, "文书顶格")
        case "sign":
            for place, line in enumerate(part.sign):
                added = paragraph(line, "文书落款")
                if place == 0:
                    added.paragraph_format.space_before = Pt(22)
                if place < len(part.sign) - 1:
                    added.paragraph_format.keep_with_next = True
        case "page":
            paragraph(part.page, "文书标题").paragraph_format.page_break_before = True
        case "right":
            paragraph(part.right, "文书顶格").alignment = RIGHT
        case kind:
            style = {"heading": "文书小标题", "text": "文书正文", "centre": "文书居中", "note": "文书附注"}
            paragraph(getattr(part, kind), style.get(kind, "文书顶格"))


def _table(document: Any, rows: int, widths: tuple[int, ...]) -> Any:
    table = document.add_table(rows, len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def _write(cell: Any, lines: tuple[str, ...], *, centre: bool) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for place, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        paragraph.style = "文书表格"
        paragraph.alignment = CENTRE if centre else LEFT
        paragraph.add_run(line)


def _whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _list_table(document: Any, part: Part, paper: Source) -> None:
    """A heading, then docxtpl's loop: a row that opens it, the row that repeats, a row that closes it."""
    table = _table(document, 4, part.widths)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for place, column in enumerate(part.columns):
        _write(table.cell(0, place), (column.head,), centre=True)
        _write(table.cell(2, place), (_jinja(column.item, paper),), centre=column.item == "{row.n}")
    table.cell(1, 0).paragraphs[0].add_run("{%tr for row in " + part.each + " %}")
    table.cell(3, 0).paragraphs[0].add_run("{%tr endfor %}")
    for row in (table.rows[0], table.rows[2]):
        row.height, row.height_rule = Mm(9), WD_ROW_HEIGHT_RULE.AT_LEAST
        _whole(row)


def _form_table(document: Any, part: Part, paper: Source) -> None:
    table = _table(document, len(part.rows), part.widths)
    for place, row in enumerate(part.rows):
        table.rows[place].height, table.rows[place].height_rule = Mm(row.tall), WD_ROW_HEIGHT_RULE.AT_LEAST
        _whole(table.rows[place])
        at = 0
        for cell in row.cells:
            merged = table.cell(place, at)
            if cell.span > 1:
                merged = merged.merge(table.cell(place, at + cell.span - 1))
            _write(merged, tuple(_jinja(text, paper) for text in cell.text), centre=cell.head)
            at += cell.span


def same(one: bytes, other: bytes) -> bool:
    """Do two files hold the same? Their packing may differ from one zlib to another."""
    with zipfile.ZipFile(io.BytesIO(one)) as left, zipfile.ZipFile(io.BytesIO(other)) as right:
        return left.namelist() == right.namelist() and all(left.read(n) == right.read(n) for n in left.namelist())


def main(check: bool) -> int:
    stale = []
    for name, paper in sources().items():
        path, made = TEMPLATES / f"{name}.docx", make(paper)
        if path.exists() and same(path.read_bytes(), made):
            continue
        stale.append(name)
        if not check:
            path.write_bytes(made)
    left = {path.stem for path in TEMPLATES.glob("*.docx")} - set(sources())
    print("differs from its source:" if check else "made:", ", ".join(stale) or "none")
    if left:
        print("no source for:", ", ".join(sorted(left)))
    return 1 if left or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
