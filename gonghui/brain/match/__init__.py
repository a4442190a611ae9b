"""精准服务: which services and policies fit this person now, and which craftsman fits a company's need.

`match(text, facts, day)` ranks by the need told in lay words and says of each whether it fits, does not (and why), or
depends on facts to ask. Facts are used and not kept. The catalogue itself is the `services` room's, which hands over
what matching needs of it (M01…M28; P… are policies).
"""

from gonghui.brain.match.fit import Catalogue, Fit, facts_of, match, offers
from gonghui.brain.match.needs import Candidate, Candidates, Match, Need, match_need
from gonghui.brain.match.rules import Condition, Facts, Outcome, Status, decide
from gonghui.brain.match.services import Service

__all__ = [
    "Candidate",
    "Candidates",
    "Catalogue",
    "Condition",
    "Facts",
    "Fit",
    "Match",
    "Need",
    "Outcome",
    "Service",
    "Status",
    "decide",
    "facts_of",
    "match",
    "match_need",
    "offers",
]
