"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.venues import faults

__all__ = ["faults"]
