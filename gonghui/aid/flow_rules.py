"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.aid import trial
from gonghui.aid.rules import campaigns, children, filing, giving, mutual, trips

__all__ = ["campaigns", "children", "filing", "giving", "mutual", "trial", "trips"]
