"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.appeals.rules import (
    assists,
    choices,
    closing,
    decisions,
    finishing,
    guards,
    handling,
    limits,
    notices,
    ticks,
)
from gonghui.appeals.tables import check_all

__all__ = [
    "assists",
    "choices",
    "closing",
    "decisions",
    "finishing",
    "guards",
    "handling",
    "limits",
    "notices",
    "ticks",
]

check_all()
