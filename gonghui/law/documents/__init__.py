"""文书: the papers of a case, filled from the facts. Missing facts are visible blanks; nothing is invented or stored.

A paper is one readable file in `sources/`; `python -m scripts.make_documents` makes its Word template from it, and the
preview and the PDF are made from the same file. How to add one: `docs/add-a-document.md`.
"""

from gonghui.law.documents.compose import body_html, html, missing, style, text
from gonghui.law.documents.fields import Claim, Employer, Fields, Letter, Person, Proof, Record, Witness
from gonghui.law.documents.filling import from_plan
from gonghui.law.documents.pdf import PdfUnavailable, to_pdf
from gonghui.law.documents.source import DocumentError, Source, sources
from gonghui.law.documents.word import WORD_TYPE, fill

__all__ = [
    "WORD_TYPE",
    "Claim",
    "DocumentError",
    "Employer",
    "Fields",
    "Letter",
    "PdfUnavailable",
    "Person",
    "Proof",
    "Record",
    "Source",
    "Witness",
    "body_html",
    "fill",
    "from_plan",
    "html",
    "missing",
    "sources",
    "style",
    "text",
    "to_pdf",
]
