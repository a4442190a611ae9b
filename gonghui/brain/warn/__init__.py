"""风险预警: warn of trouble from the stream of messages, early and seldom in vain.

`Watcher.see(message)` takes messages as they come and answers with the alarms that began or changed. Plain records in
and out; no Django. The method and its figures are in docs/brain.md.
"""

from gonghui.brain.warn.rates import tail
from gonghui.brain.warn.seasons import Season, Seasons, UsualDays
from gonghui.brain.warn.types import Alarm, Case, Message, Rules, load_rules
from gonghui.brain.warn.watch import Watcher

__all__ = ["Alarm", "Case", "Message", "Rules", "Season", "Seasons", "UsualDays", "Watcher", "load_rules", "tail"]
