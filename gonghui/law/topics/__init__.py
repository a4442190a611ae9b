"""权益情形 (handbook 2.6): what a worker may be in, as data.

One YAML file a situation under `data/`, the questions they share under `facts/`. `topics()` gives them checked: a
citation that does not resolve, a branch that no facts reach or a fact that nobody defines stops the start with file and
cause. How to write one: `docs/add-a-topic.md`.
"""

from gonghui.law.topics.facts import Fact, FactValue
from gonghui.law.topics.library import Library, TopicError, topics
from gonghui.law.topics.topic import Topic

__all__ = ["Fact", "FactValue", "Library", "Topic", "TopicError", "topics"]
