"""What answers are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from gonghui.kernel.times import SHANGHAI


def shown_moment(moment: datetime) -> str:
    """`2026-01-31T18:00:00+08:00`."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


# A moment, shown in China's time whatever zone it was computed in: `2026-01-31T18:00:00+08:00`.
Moment = Annotated[
    datetime,
    PlainSerializer(shown_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T18:00:00+08:00"]}),
]
