"""The readable source of a paper (文书范本): one YAML file of which Word template and preview are made."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gonghui import yamls
from gonghui.law.documents.slots import HERE, ROWS, SLOT, SLOTS, Words
from gonghui.law.topics import topics
from gonghui.law.topics.topic import DOCUMENTS

SOURCES = HERE / "sources"
TEMPLATES = HERE / "templates"
_BRACE = re.compile(r"[{}]")


class DocumentError(Exception):
    """A source is wrong: file and cause."""


class Piece(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(Piece):
    """A cell of a form's table. `head`: a label, set in the middle."""

    text: tuple[str, ...]
    span: int = Field(default=1, ge=1)
    head: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: object) -> object:
        """`姓名` is a label, `{person.name}` what is filled in; a mapping says all."""
        if isinstance(raw, str):
            return {"text": (raw,), "head": "{" not in raw}
        if isinstance(raw, dict) and isinstance(raw.get("text"), str):
            return {**raw, "text": (raw["text"],)}
        return raw


class Row(Piece):
    """A row of a form's table, `tall` millimetres at least."""

    cells: tuple[Cell, ...]
    tall: int = Field(default=9, ge=5, le=120)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: object) -> object:
        return {"cells": raw} if isinstance(raw, list) else raw


class Column(Piece):
    """A column of a list's table: `{row.what}` below `head`."""

    head: str
    item: str


class Part(Piece):
    """One part of a paper; exactly one of its kinds is given.

    heading; line (flush left); text (two characters in); right; centre; note (small); to (此致 and the office);
    each + item (a paragraph for each row); columns + each (a table with a row for each); rows (a form's table);
    sign (lines on the right, for signature and date); page (a new page, with a title of its own).
    `widths` are millimetres, together 156 or less.
    """

    heading: str = ""
    line: str = ""
    text: str = ""
    right: str = ""
    centre: str = ""
    note: str = ""
    to: str = ""
    each: str = ""
    item: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    widths: tuple[int, ...] = ()
    sign: tuple[str, ...] = ()
    page: str = ""

    @property
    def kind(self) -> str:
        return next(name for name in KINDS if getattr(self, name))

    @model_validator(mode="after")
    def _one_kind(self) -> Part:
        given = [name for name in KINDS if getattr(self, name)]
        if len(given) != 1 and given != ["columns", "each"]:
            raise ValueError(f"a part has one kind, not {given}")
        if (self.kind == "each") != bool(self.item):
            raise ValueError("`each` goes with `item` or `columns`")
        if self.columns and not self.each:
            raise ValueError("`columns` needs `each`")
        wide = len(self.columns) or max((sum(cell.span for cell in row.cells) for row in self.rows), default=0)
        if wide and (len(self.widths) != wide or sum(self.widths) > 156):
            raise ValueError(f"`widths` gives {wide} numbers, together 156 at most")
        for row in self.rows:
            if sum(cell.span for cell in row.cells) != wide:
                raise ValueError(f"a row is not {wide} wide: {row.cells[0].text}")
        return self

    def texts(self) -> list[str]:
        """Every text with places in it."""
        found = [self.heading, self.line, self.text, self.right, self.centre, self.note, self.to, self.item, self.page]
        found += self.sign
        found += [text for column in self.columns for text in (column.head, column.item)]
        found += [text for row in self.rows for cell in row.cells for text in cell.text]
        return [text for text in found if text]


KINDS = ("columns", "each", "heading", "line", "text", "right", "centre", "note", "to", "rows", "sign", "page")


class Source(Piece):
    """A whole paper. `basis`: the articles that say what goes into it, read when the file was written.

    layout: application (小四), letter (三号, as official letters are set) or form (tables). by: who signs it;
    a `record` (凭证) is made by its own room of what stands in the books, and is offered on no case.
    advice: what the writer should know; it is shown on the page and does not stand in the paper.
    """

    id: str
    title: str = Field(min_length=2)
    layout: Literal["application", "letter", "form"]
    by: Literal["worker", "union", "record"] = "worker"
    me: str = "本人"
    they: str = "单位"
    office: str = ""
    claim: str = "支付{what}人民币{amount}元。"
    basis: tuple[str, ...] = ()
    advice: str = ""
    parts: tuple[Part, ...] = Field(min_length=3)

    @property
    def words(self) -> Words:
        return Words(self.me, self.they, self.office, self.claim)

    @property
    def slots(self) -> list[str]:
        """The single places, each once, in order."""
        names = (name for part in self.parts for text in part.texts() for name in SLOT.findall(self.words.of(text)))
        return [name for name in dict.fromkeys(names) if not name.startswith("row.")]

    @property
    def lists(self) -> list[str]:
        """The lists, each once, in order."""
        return list(dict.fromkeys(part.each for part in self.parts if part.each))

    @model_validator(mode="after")
    def _places_exist(self) -> Source:
        if self.id not in DOCUMENTS:
            raise ValueError(f"no document {self.id} among {sorted(DOCUMENTS)}")
        for part in self.parts:
            columns = set(ROWS[part.each].columns) | {"n"} if part.each in ROWS else set()
            if part.each and not columns:
                raise ValueError(f"no list {part.each}; there are {sorted(ROWS)}")
            for text in map(self.words.of, part.texts()):
                for name in SLOT.findall(text):
                    if name.startswith("row.") and name[4:] in columns:
                        continue
                    if name not in SLOTS:
                        raise ValueError(f"no place {name}; there are {sorted(SLOTS)}")
                if _BRACE.search(SLOT.sub("", text)):
                    raise ValueError(f"a brace that is no place: {text}")
        for cite in self.basis:
            if topics().cited(cite) is None:
                raise ValueError(f"not at hand: {cite}")
        return self


@cache
def sources() -> dict[str, Source]:
    """All papers by id, in the order of `DOCUMENTS`. DocumentError names the file that is wrong."""
    found = {}
    for path in sorted(SOURCES.glob("*.yaml")):
        try:
            source = Source.model_validate({"id": path.stem, **yamls.read(path.read_bytes())})
        except ValidationError as error:
            raise DocumentError(f"{path.name}: {error.errors()[0]['loc']} {error.errors()[0]['msg']}") from None
        found[source.id] = source
    return {name: found[name] for name in DOCUMENTS if name in found}


def source(name: str) -> Source:
    """The paper of that id. DocumentError when there is none."""
    if name not in sources():
        raise DocumentError(f"没有这种文书 / no such document: {name}. {', '.join(sources())}")
    return sources()[name]
