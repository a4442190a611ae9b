"""Everything the craftsmen's flows name. Importing this module registers it with the kernel."""

from gonghui.craft import trial
from gonghui.craft.rules import contesting, helping, innovating, nominating
from gonghui.craft.tables import check_all

__all__ = ["contesting", "helping", "innovating", "nominating", "trial"]

check_all()
