"""Times as files and people write them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_TIME = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?")


def read_time(value: object) -> datetime | None:
    """`2018/4/3 2:08:01`, `2018-04-03`, ISO 8601 and the like; None for anything else. Without a zone: Chinese time.

    The whole text is the time: a part that is not understood (下午3点) must not be lost without a word.
    """
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        pass
    found = _TIME.fullmatch(value.strip())
    if not found:
        return None
    numbers = [int(part) for part in found.groups() if part is not None]
    try:
        # The caller's clock is Chinese; a message board's times carry no zone.
        return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
