"""The competent bodies (职能部门, handbook 2.3): what each is called, whose level it is, its national number."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from gonghui.kernel.tables import Words, read_table

FILE = Path(__file__).parent / "data" / "bodies.yaml"
# Unions stand in the tree of organisations, with their own phone and hours.
UNION = "U"


class Body(Words):
    """One kind of body, by its name. `phone`: the national line, or several joined by 、."""

    level: Literal["county", "city"]
    phone: str


@lru_cache(maxsize=1)
def bodies() -> dict[str, Body]:
    """All of them by code (B1…B20, U), in the file's order."""
    found: dict[str, Body] = read_table(FILE, dict[str, Body])
    return found
