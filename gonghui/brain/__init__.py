"""工会智脑: from a worker's words to meaning. A library of pure functions: no Django, no network, no clock.

`understand` reads one message, `understand_many` many at once; `fingerprint`, `bands`, `similarity`, `near_duplicates`
find the same message again; `normalise` and `mask_personal` clean text. Every proposal carries a score, its reasons and
`VERSION`; a person decides.
"""

from gonghui.brain.gazetteer import Gazetteer
from gonghui.brain.lexicon import Category, lexicon
from gonghui.brain.similar import bands, estimated_similarity, fingerprint, near_duplicates, similarity
from gonghui.brain.text import mask_personal, normalise
from gonghui.brain.types import VERSION, Alarm, Entity, Jurisdiction, Scored, Understanding, Urgency
from gonghui.brain.understand import Message, understand, understand_many


def categories() -> dict[str, Category]:
    """The category tree of handbook 1.3 by level-2 code, in order."""
    return dict(lexicon().categories)


def labels() -> dict[str, tuple[str, str]]:
    """Chinese and English names by `nature:<code>` and `worker:<code>`."""
    return dict(lexicon().labels)


__all__ = [
    "VERSION",
    "Alarm",
    "Category",
    "Entity",
    "Gazetteer",
    "Jurisdiction",
    "Message",
    "Scored",
    "Understanding",
    "Urgency",
    "bands",
    "categories",
    "estimated_similarity",
    "fingerprint",
    "labels",
    "mask_personal",
    "near_duplicates",
    "normalise",
    "similarity",
    "understand",
    "understand_many",
]
