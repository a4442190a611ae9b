"""精准服务: which services and policies fit this person now, and which craftsman fits a company's need.

`match(text, facts, day)` ranks by the need told in lay words and says of each whether it fits, does not (and why), or
depends on facts to ask. Facts are used and not kept. The catalogue of forms and flows is the later `services` room's;
here stands only what matching needs, under the same ids (M01…M28; P… are policies).
"""

from gonghui.brain.match.fit import Catalogue, Fit, facts_of, match, offers
from gonghui.brain.match.needs import Candidate, Candidates, Match, Need, match_need
from gonghui.brain.match.rules import Condition, Facts, Outcome, Status, decide
from gonghui.brain.match.services import CatalogueError, Service, load_services

__all__ = [
    "Candidate",
    "Candidates",
    "Catalogue",
    "CatalogueError",
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
    "load_services",
    "match",
    "match_need",
    "offers",
]
