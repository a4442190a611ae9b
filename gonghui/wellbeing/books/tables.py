"""Numbers of the libraries (`data/books.yaml`), checked when first read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from gonghui.kernel.tables import Row, read_table

DATA = Path(__file__).parent.parent / "data"


class Number(Row):
    value: int = Field(ge=1)
    mark: str


class Numbers(Row):
    loan_days: Number
    loans_most: Number
    renewals_most: Number
    page_letters: Number


@cache
def numbers() -> Numbers:
    return read_table(DATA / "books.yaml", Numbers)
