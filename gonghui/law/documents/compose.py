"""A paper put together (成文) from its source and what is known: one order and one text for preview, PDF and Word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gonghui.law.documents.fields import Fields
from gonghui.law.documents.slots import HERE, ROWS, SLOT, SLOTS, filled_rows, slot_blank, slot_value
from gonghui.law.documents.source import Part, Source, source

SIGNED_TO = "此致"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as filled: its lines, how wide, whether a label."""

    lines: tuple[str, ...]
    span: int = 1
    head: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row as filled."""

    cells: tuple[Cell, ...]
    tall: int = 9


@dataclass(frozen=True, slots=True)
class Block:
    """A part as filled: `lines` of text, or `rows` of a table with `widths` in millimetres."""

    kind: str
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    widths: tuple[int, ...] = ()


def compose(name: str, fields: Fields) -> list[Block]:
    """The paper's blocks after its title, every place filled or blank. DocumentError when there is no such paper."""
    paper = source(name)
    return [_block(part, paper, fields) for part in paper.parts]


def missing(name: str, fields: Fields) -> list[str]:
    """What the paper has blanks for, in words and in its order."""
    paper = source(name)
    words = paper.words
    found = [SLOTS[slot].label for slot in paper.slots if not slot_value(slot, fields, words)]
    return found + [ROWS[each].label for each in paper.lists if not ROWS[each].get(fields, words)]


def values(paper: Source, fields: Fields) -> dict[str, str]:
    """Each single place with what stands there."""
    words = paper.words
    return {slot: slot_value(slot, fields, words) or slot_blank(slot, words) for slot in paper.slots}


def text(name: str, fields: Fields) -> str:
    """The paper as plain text, a line a paragraph or cell."""
    return "\n".join([source(name).title, *_lines(compose(name, fields))])


def _lines(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        yield from block.lines
        for row in block.rows:
            for cell in row.cells:
                yield from cell.lines


def _block(part: Part, paper: Source, fields: Fields) -> Block:
    words, singles = paper.words, values(paper, fields)

    def said(line: str, row: dict[str, str] | None = None) -> str:
        """One pass: what was filled in is never looked at for places again."""
        return SLOT.sub(
            lambda found: (row or {})[found[1][4:]] if found[1].startswith("row.") else singles[found[1]],
            words.of(line),
        )

    if part.columns:
        head = Row(tuple(Cell((column.head,), head=True) for column in part.columns))
        body = [
            Row(tuple(Cell((said(column.item, row),)) for column in part.columns))
            for row in filled_rows(part.each, fields, words)
        ]
        return Block("table", rows=(head, *body), widths=part.widths)
    if part.rows:
        rows = tuple(
            Row(tuple(Cell(tuple(map(said, cell.text)), cell.span, cell.head) for cell in row.cells), row.tall)
            for row in part.rows
        )
        return Block("form", rows=rows, widths=part.widths)
    if part.each:
        return Block("each", tuple(said(part.item, row) for row in filled_rows(part.each, fields, words)))
    if part.sign:
        return Block("sign", tuple(map(said, part.sign)))
    if part.to:
        return Block("to", (SIGNED_TO, said(part.to)))
    return Block(part.kind, (said(getattr(part, part.kind)),))


TAGS = {
    "heading": ("h2", ""), "line": ("p", ""), "text": ("p", "in"), "each": ("p", "in"), "right": ("p", "right"),
    "centre": ("p", "centre"), "note": ("p", "note"), "sign": ("p", "sign"), "page": ("h1", "page"),
}  # fmt: skip


def body_html(name: str, fields: Fields) -> SafeString:
    """The paper as HTML to be set into a page (class `paper`): all that was filled in is escaped."""
    paper = source(name)
    inner = "".join(map(_html, compose(name, fields)))
    return mark_safe(  # noqa: S308 - every text went through `escape`
        f'<article class="paper paper-{paper.layout}" lang="zh-hans"><h1>{escape(paper.title)}</h1>{inner}</article>'
    )


def html(name: str, fields: Fields) -> str:
    """The paper as an HTML document that prints on A4. It loads nothing and runs nothing."""
    paper = source(name)
    return (
        '<!doctype html><html lang="zh-hans"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(paper.title)}</title><style>{style()}</style></head>"
        f'<body class="print-{paper.layout}">{body_html(name, fields)}</body></html>'
    )


def style() -> SafeString:
    """The style sheet of a paper, for a page's head too."""
    return mark_safe((HERE / "paper.css").read_text("utf-8"))  # noqa: S308 - our own file


def _html(block: Block) -> str:
    if block.rows:
        columns = "".join(f'<col style="width:{width}mm">' for width in block.widths)
        rows = "".join(map(_row_html, block.rows))
        return f'<table class="{block.kind}"><colgroup>{columns}</colgroup><tbody>{rows}</tbody></table>'
    if block.kind == "to":
        return f'<p class="to">{escape(block.lines[0])}</p><p>{escape(block.lines[1])}</p>'
    tag, look = TAGS[block.kind]
    opened = f'<{tag} class="{look}">' if look else f"<{tag}>"
    return "".join(f"{opened}{escape(line)}</{tag}>" for line in block.lines)


def _row_html(row: Row) -> str:
    cells = []
    for cell in row.cells:
        tag = "th" if cell.head else "td"
        span = f' colspan="{cell.span}"' if cell.span > 1 else ""
        cells.append(f"<{tag}{span}>" + "".join(f"<p>{escape(line)}</p>" for line in cell.lines) + f"</{tag}>")
    return f'<tr style="height:{row.tall}mm">{"".join(cells)}</tr>'
