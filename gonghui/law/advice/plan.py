"""The plan of an answer (解答方案): all that may be said to this person, as data, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

from gonghui.brain import understand
from gonghui.brain.gazetteer import Gazetteer
from gonghui.brain.types import Understanding
from gonghui.kernel.times import now, today
from gonghui.law.advice.matching import HERE, Match, matcher
from gonghui.law.advice.reading import Read, read_facts
from gonghui.law.articles import Article
from gonghui.law.calculators import Context, FactsError, Missing, Result, calculators
from gonghui.law.calculators.limitation import Clock, LimitationFacts, LimitEvent, clocks
from gonghui.law.lexicon import read_yaml
from gonghui.law.store import LawStore
from gonghui.law.topics import FactValue, Topic, topics
from gonghui.law.topics.facts import Facts, When, holds
from gonghui.law.topics.table import MOST, outcomes
from gonghui.law.topics.topic import Body, Branch, Evidence, Limit, Mark, Right, Step

MOST_QUESTIONS = 5
MOST_TOPICS = 3
_SURE_PLACE = 0.7
# Clocks that are the employer's to watch: a worker would take them for theirs.
_OF_THE_EMPLOYER = frozenset({"L7a"})
# A further situation is told when its share of belief is so large, by itself and beside the first.
_BESIDE, _LEAST = 0.2, 0.08
# Below this belief in a labour matter only a situation that is nearly certain is told.
_LABOUR, _CERTAIN = 0.1, 0.6
# How often a fact is not as is usual: a guess, the same for all, that orders questions and says nothing of the law.
_UNUSUAL = 0.25
P = TypeVar("P", Right, Limit, Body, Evidence, Step)


@dataclass(frozen=True, slots=True)
class Cited:
    """An article as it stands under a statement. `place` is what was cited: 劳动合同法 38.1(2)."""

    id: str
    law: str
    article: str
    place: str
    path: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A right or conclusion. `depends` where an unknown fact decides whether it holds; mark: handbook 0.1."""

    text: str
    mark: Mark
    cites: tuple[Cited, ...] = ()
    basis: str = ""
    depends: bool = False


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What one branch says. `condition` in words is "" for the one that holds as things are known.

    `sure` is False where earlier rows are still open: then it holds if none of those does.
    """

    branch: str
    text: str
    en: str
    mark: Mark
    cites: tuple[Cited, ...]
    basis: str = ""
    condition: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum with its working, or the questions it waits for; `problems`: answers that cannot be so together."""

    calculator: str
    name: str
    gives: str
    result: Result | None
    missing: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[str, ...] = ()
    # Whether the questions of this answer can fill what is missing.
    answerable: bool = True


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
    """A competent body with the name it has where the worker is."""

    code: str
    zh: str
    en: str
    phone: str
    why: str
    depends: bool


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


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that may be said. `version` names the state of the law and the situations it rests on; `place` is the
    county or city that was told."""

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

    @property
    def articles(self) -> list[Article]:
        """The articles the answer stands on, each once, in order."""
        store = LawStore.default()
        ids: dict[str, None] = {}
        for section in self.sections:
            told: list[Conclusion | Statement] = [section.conclusion, *section.otherwise, *section.rights]
            ids.update(dict.fromkeys(cited.id for statement in told for cited in statement.cites))
            for amount in section.amounts:
                if amount.result is not None:
                    ids.update(dict.fromkeys(amount.result.citations))
        for one in self.clocks:
            ids.update(dict.fromkeys(one.citations))
        return [article for name in ids if (article := store.get(name)) is not None]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data in the form that `gonghui ask --json` and the API give."""
        return {
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
                {"topic": s.topic.id, **_conclusion(c)} for s in self.sections for c in (s.conclusion, *s.otherwise)
            ],
            "rights": [
                {
                    "topic": s.topic.id,
                    "text": r.text,
                    "mark": r.mark,
                    "basis": r.basis,
                    "depends": r.depends,
                    "citations": [_cited(c) for c in r.cites],
                }
                for s in self.sections
                for r in s.rights
            ],
            "amounts": [
                {
                    "topic": s.topic.id,
                    "calculator": a.calculator,
                    "name": a.name,
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
                {"topic": s.topic.id, **limit.model_dump(exclude={"when"})} for s in self.sections for limit in s.limits
            ],
            "bodies": [
                {
                    "topic": s.topic.id,
                    "code": b.code,
                    "name": b.zh,
                    "en": b.en,
                    "phone": b.phone,
                    "why": b.why,
                    "depends": b.depends,
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
                {"topic": s.topic.id, **step.model_dump(exclude={"when"})} for s in self.sections for step in s.steps
            ],
            "documents": list(self.documents),
            "union_help": [text for s in self.sections for text in s.topic.union_help],
            "dangers": [text for s in self.sections for text in s.topic.dangers],
            "uncertain": [text for s in self.sections for text in s.topic.uncertain],
            "urgent": list(self.urgent),
        }


def plain(value: FactValue) -> bool | str | int:
    """The value as JSON has it: sums and days as text."""
    return value if isinstance(value, bool | int | str) else str(value)


def _cited(cited: Cited) -> dict[str, str]:
    return {"id": cited.id, "law": cited.law, "article": cited.article, "place": cited.place, "path": cited.path}


def _conclusion(one: Conclusion) -> dict[str, Any]:
    return {
        "branch": one.branch,
        "text": one.text,
        "en": one.en,
        "mark": one.mark,
        "condition": one.condition,
        "citations": [_cited(c) for c in one.cites],
    }


def advise(
    text: str,
    facts: Mapping[str, object] | None = None,
    *,
    title: str = "",
    on: date | None = None,
    region: str | None = None,
    codes: Sequence[str] = (),
    without: Iterable[str] = (),
    not_so: Iterable[str] = (),
    meaning: Understanding | None = None,
    context: Context | None = None,
) -> Plan:
    """The plan for a worker's words.

    text, title: any text. facts: answers by name, as a form or JSON gives them; they count before what the text says.
    on: day of the event (today's if None): rules not in force then are left out. region: six digits of the place of
    work. codes: situations chosen by a person, which then stand alone. without: facts the worker cannot tell; they are
    not asked again. not_so: facts read from the text that the worker took back; they are asked. meaning: what the brain
    already understood of the text, if a caller has it.

    Raises FactsError with a message for each fact that cannot be read.
    """
    meaning = meaning or understand(text, title, time=now(), region_hint=region)
    day = on or today()
    library = topics()
    given, wrong = library.read(facts or {})
    if wrong:
        raise FactsError({name: [text] for name, text in wrong.items()})
    given_up = frozenset(without) | frozenset(not_so)
    read = tuple(one for one in read_facts(meaning) if one.fact not in given_up)
    known: dict[str, FactValue] = {one.fact: one.value for one in read if one.fact in library.facts}
    known |= given
    matches = _chosen(codes) or _found(meaning)
    fitting = [
        m for m in matches if m.topic.valid_from <= day and (m.topic.valid_to is None or day <= m.topic.valid_to)
    ]
    too_early = bool(matches) and not fitting
    context = context or Context.usual()
    code = _place_code(meaning, region)
    sections = tuple(_section(match, known, context, code) for match in fitting)
    asked = _questions(sections, known, frozenset(without))
    documents = tuple(dict.fromkeys(d for s in sections for d in s.topic.documents))
    return Plan(
        understood=meaning.understood or bool(codes),
        on=day,
        facts=known,
        read=tuple(one for one in read if one.fact not in given),
        sections=sections,
        questions=asked,
        clocks=_clocks(sections, known, context),
        documents=documents,
        urgent=_urgent(meaning),
        version=f"{LawStore.default().version}-{library.version}",
        place=_office(code, "county") or _office(code, "city"),
        too_early=too_early,
    )


def _chosen(codes: Sequence[str]) -> list[Match]:
    known = topics().topics
    return [Match(known[code], 1.0) for code in dict.fromkeys(codes) if code in known][:MOST_TOPICS]


def _found(meaning: Understanding) -> list[Match]:
    if not meaning.understood:
        return []
    found = matcher().find(meaning, MOST_TOPICS)
    if found and meaning.is_labour.score < _LABOUR and found[0].score < _CERTAIN:
        return []
    return [m for n, m in enumerate(found) if n == 0 or m.score >= max(_LEAST, _BESIDE * found[0].score)]


def _section(match: Match, known: Facts, context: Context, code: str) -> Section:
    topic = match.topic
    conclusion, otherwise = conclude(topic, known)
    return Section(
        topic=topic,
        score=match.score,
        conclusion=conclusion,
        otherwise=otherwise,
        rights=tuple(
            Statement(r.text, r.mark, _cites(r.cites), r.basis, depends) for r, depends in _holding(topic.rights, known)
        ),
        amounts=tuple(
            _amount(c.id, c.gives, known, context) for c in topic.calculators if holds(c.when, known) is not False
        ),
        limits=tuple(one for one, _ in _holding(topic.limits, known)),
        bodies=_bodies(topic, known, code),
        evidence=tuple(one for one, _ in _holding(topic.evidence, known)),
        steps=tuple(one for one, _ in _holding(topic.steps, known)),
    )


def conclude(topic: Topic, known: Facts) -> tuple[Conclusion, tuple[Conclusion, ...]]:
    """What holds as things are known, and what would hold if an unknown fact were otherwise.

    Unknown facts are taken as is usual (`Fact.usual`); a row on a fact without a usual value does not hold by silence.
    """
    facts = topics().facts
    usual = {name: fact.usual for name, fact in facts.items() if fact.usual is not None} | dict(known)
    main: Branch | None = None
    firm = False
    others: list[Branch] = []
    for branch in topic.branches:
        sure = holds(branch.when, known)
        if sure is False:
            continue
        if branch.when and sure and not firm and main is not None:
            # What was said weighs more than what is usual.
            others.append(main)
            main, firm = branch, True
        elif main is None and holds(branch.when, usual):
            main, firm = branch, bool(sure)
        else:
            others.append(branch)
        if sure:
            break
    assert main is not None, "the last branch has no condition"
    told = [_told(branch, _condition(branch.when, known)) for branch in others if branch.when]
    return _told(main, "", sure=not told), tuple(told)


def _told(branch: Branch, condition: str, *, sure: bool = True) -> Conclusion:
    return Conclusion(
        branch.id, branch.conclusion, branch.en, branch.mark, _cites(branch.cites), branch.basis, condition, sure
    )


def _condition(when: When, known: Facts) -> str:
    """The unknown part of a condition in words: 如果在哪里干活：工地."""
    library = topics()
    parts = []
    for name, test in when.items():
        if name in known:
            continue
        fact = library.facts[name]
        question = fact.zh.rstrip("？?")
        if isinstance(test, bool):
            parts.append(f"{question}：{'是' if test else '否'}")
        elif isinstance(test, str | tuple):
            values = (test,) if isinstance(test, str) else test
            parts.append(f"{question}：{'或'.join(fact.options[v].zh for v in values)}")
        else:
            least, most = (f"{edge}" if edge is not None else "" for edge in (test.least, test.most))
            ends = f"{least} 至 {most}" if least and most else f"{least} 以上" if least else f"{most} 以下"
            parts.append(f"{question}：{ends}")
    return "；".join(parts)


def _holding(parts: Sequence[P], known: Facts) -> list[tuple[P, bool]]:
    """Those that hold or may hold, each with whether that hangs on an unknown fact."""
    found = [(part, holds(part.when, known)) for part in parts]
    return [(part, value is None) for part, value in found if value is not False]


def _cites(cites: Sequence[str]) -> tuple[Cited, ...]:
    found = []
    for cite in cites:
        article = topics().cited(cite)
        assert article is not None, "checked when the situations were read"
        found.append(Cited(article.id, article.law, article.article, cite, article.path))
    return tuple(found)


@cache
def _wiring() -> dict[str, dict[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = read_yaml((HERE / "data" / "wiring.yaml").read_bytes())
    return loaded


@cache
def _body_names() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = read_yaml((HERE / "data" / "bodies.yaml").read_bytes())
    return loaded


def _amount(number: str, gives: str, known: Facts, context: Context) -> Amount:
    calculator = calculators()[number]
    wires = _wiring().get(number, {})
    filled: dict[str, Any] = {}
    for field in calculator.fields:
        for name in (*wires.get(field.name, ()), field.name):
            if name in known:
                filled[field.name] = known[name]
                break
    if "between" in {field.name for field in calculator.fields}:
        # Hardly anybody knows the local averages; the working says on what condition the sum holds.
        filled["between"] = True
    if number == "C4" and "contract_signed" in known:
        filled["never_signed"] = known["contract_signed"] is False
    try:
        found = calculator.run(filled, context)
    except FactsError as error:
        problems = tuple(dict.fromkeys(text for texts in error.errors.values() for text in texts))
        return Amount(number, calculator.name, gives, None, (), problems)
    missing = tuple((q.fact, q.text, q.why) for q in found.questions)
    answerable = all(any(name in topics().facts for name in (*wires.get(fact, ()), fact)) for fact, _, _ in missing)
    return Amount(
        number, calculator.name, gives, None if isinstance(found, Missing) else found, missing, (), answerable
    )


def _bodies(topic: Topic, known: Facts, code: str) -> tuple[Place, ...]:
    """In the file's order, each once: what is told of one body in several places stands together."""
    found: dict[str, Place] = {}
    for body, depends in _holding(topic.bodies, known):
        row, before = _body_names()[body.code], found.get(body.code)
        why = f"{before.why}{body.why}" if before else body.why
        place = _office(code, row["level"])
        found[body.code] = Place(
            body.code,
            f"{place}{row['zh']}",
            row["en"],
            row["phone"],
            why,
            depends and (before is None or before.depends),
        )
    return tuple(found.values())


def _place_code(meaning: Understanding, region: str | None) -> str:
    """The county or city of the matter: as was given, or as the brain is sure of; "" where it is not known."""
    sure = meaning.jurisdiction.confidence >= _SURE_PLACE
    code = region or (meaning.jurisdiction.region_code if sure else None) or ""
    return "" if code.endswith("0000") else code


def _office(code: str, level: str) -> str:
    """The place before a body's name, of the body's level; "" where that is not known."""
    if not code or (level == "county" and code.endswith("00")):
        return ""
    return Gazetteer.default().full_name(code[:4] + "00" if level == "city" else code)


def _clocks(sections: Sequence[Section], known: Facts, context: Context) -> tuple[Clock, ...]:
    """The clocks that the facts start, of the kinds that the situations name; none where the facts contradict.

    A right is taken for known on the day of leaving only in situations about leaving: of double wages and the like the
    earlier parts run out before.
    """
    codes = {limit.code for section in sections for limit in section.limits}
    leaving = any(
        limit.code == "L1" and any(code.startswith("03") for code in section.topic.categories)
        for section in sections
        for limit in section.limits
    )

    def day(name: str) -> date | None:
        value = known.get(name)
        return value if isinstance(value, date) else None

    started, ended, claimed, award = (day(f"{name}_on") for name in ("started", "ended", "claimed", "award_received"))
    if not codes or (started and ended and ended < started) or (ended and ended > context.today):
        return ()
    done = bool(known.get("arbitration_filed")) or award is not None
    filed = bool(known.get("recognition_filed")) or bool(known.get("recognised"))
    events = (LimitEvent(kind="claimed", day=claimed),) if claimed and claimed <= context.today else ()
    staying = known.get("employed") is True
    facts = LimitationFacts(
        rights_known=ended if leaving and not done else None,
        wages_owed="L2" in codes and not done and (ended is not None or staying),
        ended=None if staying else ended,
        injured=(day("injured_on") or day("diagnosed_on")) if "L4" in codes and not filed else None,
        award=award,
        events=events,
    )
    return tuple(clock for clock in clocks(facts, context) if clock.code not in _OF_THE_EMPLOYER)


def _questions(sections: Sequence[Section], known: Facts, without: frozenset[str]) -> tuple[Question, ...]:
    """At most five facts, those first whose answer changes the conclusion in most cases; then those that sums need."""
    library = topics()
    weight: dict[str, float] = {}
    why: dict[str, str] = {}
    for rank, section in enumerate(sections):
        share = 1.0 / (rank + 1)
        changes = influence(section.topic, known)
        needed = {name for amount in section.amounts for name in _sources(amount)}
        for place, asked in enumerate(section.topic.asks):
            if asked.fact in known or asked.fact in without:
                continue
            value = share * (changes.get(asked.fact, 0.0) + 0.15 * (asked.fact in needed) + 0.01 / (place + 1))
            weight[asked.fact] = weight.get(asked.fact, 0.0) + value
            why.setdefault(asked.fact, asked.why)
        for name in needed:
            if name not in known and name not in without and name in library.facts and name not in weight:
                weight[name] = 0.1 * share
                why[name] = "要用它算出金额。"
    best = sorted(weight, key=lambda name: (-weight[name], name))[:MOST_QUESTIONS]
    return tuple(
        Question(
            name,
            fact.zh,
            fact.en,
            why[name],
            fact.kind,
            tuple((value, option.zh, option.en) for value, option in fact.options.items()),
            round(weight[name], 3),
            fact.help,
        )
        for name in best
        for fact in [library.facts[name]]
    )


def _sources(amount: Amount) -> list[str]:
    """The facts that would fill what an amount still misses."""
    wires = _wiring().get(amount.calculator, {})
    return [source for name, _, _ in amount.missing for source in (wires.get(name, [name])[:1])]


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


def _urgent(meaning: Understanding) -> tuple[str, ...]:
    """What must be said before all else when somebody may be in danger."""
    if meaning.urgency.level != "P0":
        return ()
    return (
        "如果您或身边的人现在有危险，请马上打 110 或 120。",
        "心里难受、想不开，可以打 12356 心理援助热线。工会 12351 也会有人马上和您联系。",
    )
