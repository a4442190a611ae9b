"""The plan of an answer (解答方案): all that may be said to this person, as data, each with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from gonghui.law.advice.reading import Read
from gonghui.law.articles import Article
from gonghui.law.calculators import Result, calculators
from gonghui.law.calculators.limitation import Clock
from gonghui.law.english import in_words, told
from gonghui.law.store import LawStore
from gonghui.law.topics import FactValue, Topic
from gonghui.law.topics.library import packaged
from gonghui.law.topics.topic import Evidence, Limit, Mark, Step
from gonghui.organisations.located import Found, dialled

_CONDITIONS = {"when", "also_for"}


@dataclass(frozen=True, slots=True)
class Cited:
    """An article as it stands under a statement. `place` is what was cited: 劳动合同法 38.1(2).
    `names`: how it is cited in Chinese and in English."""

    id: str
    law: str
    article: str
    place: str
    path: str
    names: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A right or conclusion. `depends` where an unknown fact decides whether it holds; mark: handbook 0.1; `aside`: for
    who wants to read on; `further`: how many of `cites`, the last ones, only go with it (`Right.also_cites`)."""

    text: str
    mark: Mark
    cites: tuple[Cited, ...] = ()
    basis: str = ""
    depends: bool = False
    aside: bool = False
    further: int = 0


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What one branch says. `condition` in Chinese and English is empty for the one that holds as things are known.

    `sure` is False where earlier rows are still open: then it holds if none of those does. `further`: see `Statement`.
    """

    branch: str
    text: str
    en: str
    mark: Mark
    cites: tuple[Cited, ...]
    basis: str = ""
    condition: tuple[str, str] = ("", "")
    sure: bool = True
    further: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum with its working, or the questions it waits for; `problems`: answers that cannot be so together."""

    calculator: str
    name: str
    gives: str
    result: Result | None
    missing: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[str, ...] = ()
    # The facts that would fill what is missing or make the sum complete, and whether they can fill all that is missing.
    asks: tuple[str, ...] = ()
    answerable: bool = True
    # Reckoned as if what has not happened yet happened today.
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class Doubted:
    """An answer that is hardly ever so: nothing is reckoned with it until it is told again. `words`: what it was read
    from, "" where it was answered."""

    fact: str
    value: FactValue
    words: str

    def text(self, english: bool) -> str:
        """What is asked back."""
        fact = packaged().facts[self.fact]
        label = (fact.en if english else fact.zh).rstrip("？?")
        unit = (" yuan" if english else " 元") if fact.kind == "money" else ""
        if english:
            return f"{label}: {plain(self.value)}{unit}? That is rare, so nothing was reckoned with it. Please check."
        return f"“{label}”是 {plain(self.value)}{unit}？这很少见，还没有算进去，请核对。"


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask for: `why`, and `changes`, how much of the answer hangs on it (0..1)."""

    fact: str
    zh: str
    en: str
    why: str
    kind: str
    options: tuple[tuple[str, str, str], ...]
    changes: float
    help: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A competent body with the name it has where the worker is; `offices`: where to go, as far as it is known."""

    code: str
    zh: str
    en: str
    phone: str
    why: tuple[str, ...]
    depends: bool
    offices: tuple[Found, ...] = ()

    @property
    def phones(self) -> tuple[tuple[str, str], ...]:
        """The national numbers that no office has as its own, as written and as dialled."""
        known = {number for office in self.offices for _said, number in office.phones}
        return tuple((said, number) for said, number in dialled(self.phone) if number not in known)


@dataclass(frozen=True, slots=True)
class Section:
    """The answer on one situation."""

    topic: Topic
    score: float
    conclusion: Conclusion
    otherwise: tuple[Conclusion, ...]
    rights: tuple[Statement, ...]
    amounts: tuple[Amount, ...]
    limits: tuple[Limit, ...]
    bodies: tuple[Place, ...]
    evidence: tuple[Evidence, ...]
    steps: tuple[Step, ...]
    documents: tuple[str, ...]
    union_help: tuple[str, ...]
    dangers: tuple[str, ...]
    uncertain: tuple[str, ...]
    # Where the worker is not under labour law: who they are, and by when and where they turn to.
    person: str = ""
    recourse: str = ""
    # Where what was told happened before the rules that are cited: said with the conclusion.
    earlier: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that may be said. `version` names the states of the law, the situations and the parameters it rests
    on, `changes` the published changes among them; `place` is the county or city that was told."""

    understood: bool
    on: date
    facts: Mapping[str, FactValue]
    read: tuple[Read, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    clocks: tuple[Clock, ...]
    documents: tuple[str, ...]
    urgent: tuple[str, ...]
    version: str
    place: str = ""
    too_early: bool = False
    changes: tuple[int, ...] = ()
    # Answers that cannot be so together; the rest of the plan is then not sure.
    problems: tuple[str, ...] = ()
    # Answers that are asked back.
    doubted: tuple[Doubted, ...] = ()

    @property
    def articles(self) -> list[Article]:
        """The articles the answer stands on, each once, in order."""
        store = LawStore.default()
        ids: dict[str, None] = {}
        for section in self.sections:
            told: list[Conclusion | Statement] = [section.conclusion, *section.otherwise, *section.rights]
            ids.update(dict.fromkeys(cited.id for statement in told for cited in statement.cites))
            ids.update(dict.fromkeys(cited.id for limit in section.limits for cited in articles_of(limit.cites)))
            for amount in section.amounts:
                if amount.result is not None:
                    ids.update(dict.fromkeys(amount.result.citations))
        for one in self.clocks:
            ids.update(dict.fromkeys(one.citations))
        return [article for name in ids if (article := store.get(name)) is not None]

    def to_dict(self, language: str = "zh") -> dict[str, Any]:
        """JSON-ready data in the form that `gonghui ask --json` and the API give, its texts in Chinese or English."""
        english = language.startswith("en")
        answer: dict[str, Any] = {
            "understood": self.understood,
            "on": self.on.isoformat(),
            "version": self.version,
            "topics": [
                {
                    "id": s.topic.id,
                    "zh": s.topic.zh,
                    "en": s.topic.en,
                    "score": s.score,
                    "status": s.topic.source.status,
                }
                for s in self.sections
            ],
            "facts": {name: plain(value) for name, value in self.facts.items()},
            "read": [{"fact": r.fact, "value": plain(r.value), "words": r.words} for r in self.read],
            "questions": [
                {
                    "fact": q.fact,
                    "zh": q.zh,
                    "en": q.en,
                    "why": q.why,
                    "kind": q.kind,
                    "options": [{"value": v, "zh": zh, "en": en} for v, zh, en in q.options],
                    "changes": q.changes,
                }
                for q in self.questions
            ],
            "conclusions": [
                {"topic": s.topic.id, **_conclusion(c, english)}
                for s in self.sections
                for c in (s.conclusion, *s.otherwise)
            ],
            "rights": [
                {
                    "topic": s.topic.id,
                    "text": r.text,
                    "mark": r.mark,
                    "basis": r.basis,
                    "depends": r.depends,
                    "citations": [_cited(c, english) for c in r.cites],
                }
                for s in self.sections
                for r in s.rights
            ],
            "amounts": [
                {
                    "topic": s.topic.id,
                    "calculator": a.calculator,
                    "name": calculators()[a.calculator].english if english else a.name,
                    "gives": a.gives,
                    **(
                        {
                            "value": data["amount"],
                            "outcome": data["outcome"],
                            "steps": data["steps"],
                            "sure": data["sure"],
                        }
                        if (data := a.result.as_dict() if a.result else None)
                        else {"value": None, "steps": []}
                    ),
                    "missing": [{"fact": f, "question": q, "why": w} for f, q, w in a.missing],
                }
                for s in self.sections
                for a in s.amounts
            ],
            "deadlines": [one.as_dict() for one in self.clocks],
            "limits": [
                {
                    "topic": s.topic.id,
                    **limit.model_dump(exclude=_CONDITIONS | {"cites"}),
                    "citations": [_cited(c, english) for c in articles_of(limit.cites)],
                }
                for s in self.sections
                for limit in s.limits
            ],
            "recourse": [
                {"topic": s.topic.id, "person": s.person, "text": s.recourse} for s in self.sections if s.recourse
            ],
            "bodies": [
                {
                    "topic": s.topic.id,
                    "code": b.code,
                    "name": b.en if english else b.zh,
                    "zh": b.zh,
                    "en": b.en,
                    "phone": b.phone,
                    "why": (" " if english else "").join(in_words(why, english) for why in b.why),
                    "depends": b.depends,
                    "offices": [office.as_dict() for office in b.offices],
                }
                for s in self.sections
                for b in s.bodies
            ],
            "evidence": [
                {"topic": s.topic.id, "what": e.what, "how": e.how, "pack": e.pack}
                for s in self.sections
                for e in s.evidence
            ],
            "steps": [
                {"topic": s.topic.id, **step.model_dump(exclude=_CONDITIONS)} for s in self.sections for step in s.steps
            ],
            "documents": list(self.documents),
            "union_help": [text for s in self.sections for text in s.union_help],
            "dangers": [text for s in self.sections for text in s.dangers],
            "uncertain": [text for s in self.sections for text in (s.earlier, *s.uncertain) if text],
            "urgent": list(self.urgent),
            "problems": list(self.problems),
        }
        found: dict[str, Any] = told(answer, english)
        found["doubted"] = [
            {"fact": one.fact, "value": plain(one.value), "text": one.text(english)} for one in self.doubted
        ]
        return found


def plain(value: FactValue) -> bool | str | int:
    """The value as JSON has it: sums and days as text."""
    return value if isinstance(value, bool | int | str) else str(value)


def _cited(cited: Cited, english: bool) -> dict[str, str]:
    return {
        "id": cited.id,
        "law": cited.law,
        "article": cited.article,
        "place": cited.place,
        "path": cited.path,
        "citation": cited.names[english],
    }


def _conclusion(one: Conclusion, english: bool) -> dict[str, Any]:
    return {
        "branch": one.branch,
        "text": one.en if english else one.text,
        "en": one.en,
        "mark": one.mark,
        "condition": one.condition[english],
        "citations": [_cited(c, english) for c in one.cites],
    }


def articles_of(cites: Sequence[str]) -> tuple[Cited, ...]:
    """The articles behind the citations of a situation's file."""
    return tuple(map(_article_of, cites))


@cache
def _article_of(cite: str) -> Cited:
    # A change brings no articles: without asking for the published state, which would be a query for each citation.
    article = packaged().cited(cite)
    assert article is not None, "checked when the situations were read"
    names = (article.citation, article.english_citation)
    return Cited(article.id, article.law, article.article, cite, article.path, names)


def lasting(plan: Plan) -> Plan:
    """The plan as it may be kept: without what holds for the moment only, whether an office is open."""
    sections = []
    for section in plan.sections:
        bodies = [
            replace(body, offices=tuple(replace(office, open=None) for office in body.offices))
            for body in section.bodies
        ]
        sections.append(replace(section, bodies=tuple(bodies)))
    return replace(plan, sections=tuple(sections))
