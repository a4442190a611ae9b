"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.founding import rules, trial

__all__ = ["rules", "trial"]
