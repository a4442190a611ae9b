"""The Word file of a paper (Word 文书): docxtpl fills our own template, and what is filled in stays text."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from gonghui.law.documents.compose import values
from gonghui.law.documents.fields import Fields
from gonghui.law.documents.slots import filled_rows
from gonghui.law.documents.source import TEMPLATES, source

# One date for all entries: the same facts give the same bytes, and a file does not tell when it was made.
EPOCH = (2026, 1, 1, 0, 0, 0)
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class _Template(DocxTemplate):
    """docxtpl reads `{_{` and line breaks in values as marks of its own; here a value is what it is."""

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        self.current_rendering_part = part
        rendered: str = jinja_env.from_string(re.sub(r"<w:p([ >])", r"\n<w:p\1", src_xml)).render(context)
        return re.sub(r"\n<w:p([ >])", r"<w:p\1", rendered)


def variable(slot: str) -> str:
    """The name of a place in the template: `person.name` is `person_name`; a row's stays `row.name`."""
    return slot if slot.startswith("row.") else slot.replace(".", "_")


@cache
def _template(name: str) -> bytes:
    return (TEMPLATES / f"{name}.docx").read_bytes()


def fill(name: str, fields: Fields) -> bytes:
    """The paper as a .docx. DocumentError when there is no such paper."""
    paper = source(name)
    context: dict[str, Any] = {variable(slot): value for slot, value in values(paper, fields).items()}
    context |= {each: filled_rows(each, fields, paper.words) for each in paper.lists}
    template = _Template(io.BytesIO(_template(name)))
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    template.render(context, jinja_env=environment, autoescape=True)
    made = io.BytesIO()
    template.save(made)
    return repacked(made.getvalue())


def repacked(word: bytes) -> bytes:
    """The same file with entries in order and of one date."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        # [Content_Types].xml comes first, as readers that guess the kind of a file expect.
        for entry in sorted(old.namelist(), key=lambda entry: (entry != "[Content_Types].xml", entry)):
            new.writestr(zipfile.ZipInfo(entry, EPOCH), old.read(entry), zipfile.ZIP_DEFLATED)
    return made.getvalue()
