"""Everything the room's flow file names. Importing this module registers it with the kernel."""

from gonghui.resolution.rules import choices, effects, guards, limits, notices
from gonghui.resolution.tables import check_all

__all__ = ["choices", "effects", "guards", "limits", "notices"]

check_all()
