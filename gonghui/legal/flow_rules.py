"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.appeals import flow_rules as appeals_rules  # its field type for articles is used here
from gonghui.legal.rules import aid, booking, choices, consulting, guards, limits, notices
from gonghui.legal.tables import check_all

__all__ = ["aid", "appeals_rules", "booking", "choices", "consulting", "guards", "limits", "notices"]

check_all()
