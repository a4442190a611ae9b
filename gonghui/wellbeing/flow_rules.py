"""Everything the flows of this room's services name: importing this registers it with the kernel."""

from gonghui.kernel.flow import register_roles
from gonghui.wellbeing import rules as rules
from gonghui.wellbeing import trial as trial
from gonghui.wellbeing.benefits import settling as settling
from gonghui.wellbeing.books.clubs import LEADER

# A club's leader answers who asks to join, by name and without a duty at any union.
register_roles([LEADER])
