"""The self-check and the numbers of counselling (`data/counselling.yaml`), checked when first read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import Field

from gonghui.kernel.flow.schema import Text
from gonghui.kernel.tables import Row, Words, read_table

DATA = Path(__file__).parent.parent / "data"


class Band(Words):
    code: str
    start: int = Field(alias="from", ge=0)
    mark: str


class Said(Row):
    value: str
    mark: str


class Number(Row):
    value: int = Field(ge=1)
    mark: str


class Host(Words):
    host: str
    mark: str


class Meeting(Row):
    """视频: how long before its address is shown, and where a meeting may be held."""

    shown_minutes: Number
    hosts: tuple[Host, ...] = Field(min_length=1)

    def host(self, name: str) -> Host | None:
        """The allowed host of that name; None for any other."""
        return next((one for one in self.hosts if one.host == name.lower()), None)


class Scale(Row):
    """自测: questions, answers worth 0, 1, 2 … points, bands by the total."""

    questions: tuple[Text, ...]
    answers: tuple[Text, ...]
    bands: tuple[Band, ...]
    source: str
    crisis_from: Said
    least_shown: Number
    session_minutes: Number
    meeting: Meeting

    def band(self, points: Sequence[int]) -> Band:
        """The band of a total. ValueError for other than one answer to each question."""
        if len(points) != len(self.questions) or any(not 0 <= one < len(self.answers) for one in points):
            raise ValueError("one answer to each question")
        total = sum(points)
        return next(band for band in reversed(self.bands) if total >= band.start)

    def is_high(self, code: str) -> bool:
        """Whether somebody is called at once."""
        codes = [band.code for band in self.bands]
        return code in codes and codes.index(code) >= codes.index(self.crisis_from.value)


@cache
def scale() -> Scale:
    return read_table(DATA / "counselling.yaml", Scale)
