"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.founding import rules

__all__ = ["rules"]
