"""What to ask (追问): at most five facts, those first whose answer changes what is told the most."""

from __future__ import annotations

from collections.abc import Sequence

from gonghui.law.advice.clashes import Clash
from gonghui.law.advice.plan import Doubted, Question, Section
from gonghui.law.topics import Topic, topics
from gonghui.law.topics.facts import Facts
from gonghui.law.topics.table import MOST, outcomes

MOST_QUESTIONS = 5
# How often a fact is not as is usual: a guess, the same for all, that orders questions and says nothing of the law.
_UNUSUAL = 0.25
# A question that only a sum needs comes after those that may change the conclusion.
_FOR_A_SUM = 0.03
FOR_A_SUM_WHY = "要用它算出金额。"
TOLD_TWICE = "您写的两处对不上，按您选的来算。"
ASKED_BACK = "您写的数很少见，请再看一遍。写对了，照原样再填一次。"


def questions(sections: Sequence[Section], known: Facts, without: frozenset[str]) -> tuple[Question, ...]:
    """At most five facts, those first whose answer changes the conclusion in most cases; then those that sums need."""
    library = topics()
    weight: dict[str, float] = {}
    why: dict[str, str] = {}
    for rank, section in enumerate(sections):
        share = 1.0 / (rank + 1)
        changes = influence(section.topic, known)
        needed = {name for amount in section.amounts if amount.result is None for name in amount.asks}
        for place, asked in enumerate(section.topic.asks):
            if asked.fact in known or asked.fact in without:
                continue
            if section.person and not changes.get(asked.fact) and asked.fact not in needed:
                # What is asked for the sake of labour law changes nothing for them.
                continue
            value = share * (changes.get(asked.fact, 0.0) + 0.15 * (asked.fact in needed) + 0.01 / (place + 1))
            weight[asked.fact] = weight.get(asked.fact, 0.0) + value
            why.setdefault(asked.fact, asked.why)
        for name in needed:
            if name not in known and name not in without and name in library.facts and name not in weight:
                weight[name] = _FOR_A_SUM * share
                why[name] = FOR_A_SUM_WHY
    best = sorted(weight, key=lambda name: (-weight[name], name))[:MOST_QUESTIONS]
    return tuple(_question(name, why[name], weight[name]) for name in best)


def _question(name: str, why: str, weight: float) -> Question:
    fact = topics().facts[name]
    options = tuple((value, option.zh, option.en) for value, option in fact.options.items())
    return Question(name, fact.zh, fact.en, why, fact.kind, options, round(weight, 3), fact.help)


def asked_back(
    doubted: Sequence[Doubted], clashing: Sequence[Clash], asked: Sequence[Question], without: frozenset[str]
) -> tuple[Question, ...]:
    """What is asked; before all else the answers that are hardly ever so, and what was told twice and differently."""
    again = {one.fact: ASKED_BACK for one in doubted}
    again |= {one.facts[0]: TOLD_TWICE for one in clashing if one.facts[0] not in without}
    first = [_question(name, why, 1.0) for name, why in again.items()]
    return tuple([*first, *(one for one in asked if one.fact not in again)][: max(MOST_QUESTIONS, len(first))])


def influence(topic: Topic, known: Facts) -> dict[str, float]:
    """How often a fact decides the conclusion: the share of cases of the other facts in which its answers differ."""
    facts = topics().facts
    names, rows = outcomes(topic.branches, facts, known, MOST)
    shares = {}
    for axis, name in enumerate(names):
        share = float((rows.max(axis=axis) != rows.min(axis=axis)).mean())
        # Where nearly everybody gives one answer, the question seldom changes anything.
        shares[name] = share * (_UNUSUAL if facts[name].usual is not None else 1.0)
    return shares
