"""法条检索: from a lay question to the articles that answer it, best first.

`Ranker.load(folder).rank(question, k)` is all that other rooms need; `build_index` makes the folder from a corpus.
A library of plain inputs and outputs: no Django, no network. The method and its figures are in docs/brain.md.
"""

from gonghui.brain.statutes.corpus import Article, CorpusError, Question, read_corpus, read_questions
from gonghui.brain.statutes.index import build_index
from gonghui.brain.statutes.ranker import Ranked, Ranker

__all__ = [
    "Article",
    "CorpusError",
    "Question",
    "Ranked",
    "Ranker",
    "build_index",
    "read_corpus",
    "read_questions",
]
