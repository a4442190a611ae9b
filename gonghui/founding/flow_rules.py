"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.founding import planning, rules, trial

__all__ = ["planning", "rules", "trial"]
