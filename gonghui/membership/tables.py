"""Numbers of the electronic card (`data/numbers.yaml`), checked when first read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from gonghui.kernel.tables import Row, read_table

DATA = Path(__file__).parent / "data"


class Photo(Row):
    """Pixels, bytes, and how often one may send one."""

    width: int = Field(ge=90)
    height: int = Field(ge=120)
    least: int = Field(ge=1)
    bytes_most: int = Field(ge=5000)
    sends: str


class Numbers(Row):
    spoken_seconds: int = Field(ge=30, le=600)
    verify_rate: str
    key_days: int = Field(ge=1)
    undo_days: int = Field(ge=1, le=365)
    photo: Photo


@cache
def numbers() -> Numbers:
    return read_table(DATA / "numbers.yaml", Numbers)
