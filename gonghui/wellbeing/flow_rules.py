"""Everything the flows of this room's services name: importing this registers it with the kernel."""

from gonghui.wellbeing import rules as rules
from gonghui.wellbeing import trial as trial
from gonghui.wellbeing.benefits import settling as settling
