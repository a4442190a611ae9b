"""How the plan of an answer is made (制订方案): which situations, what holds of each, what to ask, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from gonghui.brain import understand
from gonghui.brain.gazetteer import Gazetteer
from gonghui.brain.types import Understanding
from gonghui.kernel.times import now, today
from gonghui.law.advice import wiring
from gonghui.law.advice.asking import asked_back, questions
from gonghui.law.advice.clashes import clashes
from gonghui.law.advice.concluding import conclude, own_ending
from gonghui.law.advice.days import Span, contradictions, earlier, following, spans, told_day
from gonghui.law.advice.matching import Match, besides, matcher, who
from gonghui.law.advice.plan import Amount, Doubted, Place, Plan, Section, Statement, articles_of
from gonghui.law.advice.reading import read_facts, read_spans
from gonghui.law.calculators import Context, FactsError, Missing, calculators
from gonghui.law.calculators.limitation import Clock, LimitationFacts, LimitEvent, clocks
from gonghui.law.calculators.limitation_rules import RULES
from gonghui.law.parameters import ParameterStore
from gonghui.law.published import pinned, published
from gonghui.law.store import LawStore
from gonghui.law.topics import FactValue, topics
from gonghui.law.topics.facts import Facts, holds
from gonghui.law.topics.topic import Body, Calculation, Evidence, Limit, Paper, Right, Step
from gonghui.organisations.bodies import bodies
from gonghui.organisations.located import Finder

MOST_TOPICS = 3
_SURE_PLACE = 0.7
# A further situation is told when its share of belief is so large, beside the first and by itself: 2.1 situations a
# real text by first-step scores of models that had not seen it (at 0.03: 1.9).
_BESIDE, _LEAST = 0.01, 0.01
# What is left of the belief beside a situation of `who`, of which the likeliest other one must have so much.
_CLEAR = 0.25
# Below this belief in a labour matter only a situation that is nearly certain is told.
_LABOUR, _CERTAIN = 0.1, 0.6
IN_DANGER = (
    "如果您或身边的人现在有危险，请马上打 110 或 120。",
    "心里难受、想不开，可以打 12356 心理援助热线。工会 12351 也会有人马上和您联系。",
)
P = TypeVar("P", Right, Limit, Body, Evidence, Step, Paper)


@pinned()
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
    sure: Iterable[str] = (),
    meaning: Understanding | None = None,
    context: Context | None = None,
    offices: Finder | None = None,
    usual_region: str | None = None,
) -> Plan:
    """The plan for a worker's words.

    text, title: any text. facts: answers by name, as a form or JSON gives them; they count before what the text says.
    on: day of the event (today's if None): rules not in force then are left out. region: six digits of the place of
    work. codes: situations chosen by a person, which then stand alone. without: facts the worker cannot tell; they are
    not asked again. not_so: facts read from the text that the worker took back; they are asked. sure: answers that are
    hardly ever so (`Fact.doubts`) and were told again; others are asked back, nothing is reckoned with them. meaning:
    what the brain already understood of the text, if a caller has it. offices: finds where the bodies are
    (`organisations.offices`); without it they are named with their national numbers. usual_region: the place to take
    where neither `region` nor the text tells one.

    All of it stands on one state of what is published, though a change come meanwhile.

    Raises FactsError with a message for each fact that cannot be read.
    """
    meaning = meaning or understand(text, title, time=now(), region_hint=region)
    day = on or today()
    library = topics()
    given, wrong = library.read(facts or {})
    if wrong:
        raise FactsError({name: [text] for name, text in wrong.items()})
    given_up = frozenset(without) | frozenset(not_so)
    found = read_facts(meaning)
    clashing = tuple(one for one in clashes(meaning, found) if one.facts[0] not in given)
    gone = given_up.union(*(one.facts for one in clashing))
    read = tuple(one for one in found if one.fact not in gone)
    words = {one.fact: one.words for one in read}
    known: dict[str, FactValue] = {one.fact: one.value for one in read if one.fact in library.facts}
    known |= given
    doubted = tuple(
        Doubted(name, value, "" if name in given else words[name])
        for name, value in known.items()
        if name not in sure and library.facts[name].doubts(value)
    )
    known = {name: value for name, value in known.items() if all(name != one.fact for one in doubted)}
    read = tuple(one for one in read if one.fact in known)
    context = context or Context.usual()
    # What follows from the days told is not asked; what was told itself stays what the page shows.
    reckoned = following(known, context.today) | known
    when = spans(known, {fact: span for fact, span in read_spans(meaning).items() if fact not in given_up})
    matches = _chosen(codes) or _beside(_found(meaning), known)
    fitting = [
        m for m in matches if m.topic.valid_from <= day and (m.topic.valid_to is None or day <= m.topic.valid_to)
    ]
    too_early = bool(matches) and not fitting
    code = _place_code(meaning, region) or _below_province(usual_region)
    sections = tuple(_section(match, reckoned, when, context, code) for match in fitting)
    if offices is not None and code:
        sections = tuple(_located(section, offices, code) for section in sections)
    asked = asked_back(doubted, clashing, questions(sections, reckoned, frozenset(without)), frozenset(without))
    documents = tuple(dict.fromkeys(d for s in sections for d in s.documents))
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
        version=_version(context.parameters),
        place=_office(code, "county") or _office(code, "city"),
        too_early=too_early,
        changes=published().changes,
        problems=(*(one.text for one in clashing), *contradictions(known, when, context.today)),
        doubted=doubted,
    )


@pinned()
def knowledge_version() -> str:
    """The states of the law, the situations and the parameters that an answer made now would name."""
    return _version(ParameterStore.default())


def _version(parameters: ParameterStore) -> str:
    return f"{LawStore.default().version}-{topics().version}-{parameters.version}"


def _chosen(codes: Sequence[str]) -> list[Match]:
    known = topics().topics
    return [Match(known[code], 1.0) for code in dict.fromkeys(codes) if code in known][:MOST_TOPICS]


def _found(meaning: Understanding) -> list[Match]:
    if not meaning.understood:
        return []
    found = matcher().find(meaning, MOST_TOPICS)
    if found and meaning.is_labour.score < _LABOUR and found[0].score < _CERTAIN:
        return []
    least = max(_LEAST, _BESIDE * found[0].score) if found else 0.0
    # What happened to somebody is told beside who they are.
    rest = _CLEAR * (1.0 - found[0].score) if found and found[0].topic.id in who() else 1.0
    return [m for n, m in enumerate(found) if n == 0 or m.score >= least or (n == 1 and m.score >= rest)]


def _beside(matches: list[Match], known: Facts) -> list[Match]:
    """With the situations that must not be left out (`beside` of matching.yaml): for a child at work, for somebody over
    the age of retirement, for a foreigner, for a sum that is owed. Each stands first, or in the last place told."""
    held = {match.topic.id for match in matches}
    for row in besides() if matches else ():
        told = [code for match in matches for code in match.topic.categories]
        if not holds(row.when, known):
            continue
        if row.topic in held:
            if row.first:
                matches = sorted(matches, key=lambda match: match.topic.id != row.topic)
            continue
        if any(code.startswith(row.unless) for code in told):
            continue
        own = Match(topics().topics[row.topic], matches[-1].score)
        matches = [own, *matches[: MOST_TOPICS - 1]] if row.first else [*matches[: MOST_TOPICS - 1], own]
    return matches


def _section(match: Match, known: Facts, when: Mapping[str, Span], context: Context, code: str) -> Section:
    topic = match.topic
    view = topics().view(topic, known)
    conclusion, otherwise = conclude(topic, known)
    if (person := view.person) is not None:
        rows = {branch.id: branch for branch in topic.branches}
        otherwise = tuple(other for other in otherwise if not view.replaces(rows[other.branch]))
        if view.replaces(rows[conclusion.branch]):
            conclusion = own_ending(view.name, person.conclusion, sure=not otherwise)
    return Section(
        topic=topic,
        score=match.score,
        conclusion=conclusion,
        otherwise=otherwise,
        rights=tuple(
            Statement(
                r.text,
                r.mark,
                articles_of((*r.cites, *r.also_cites)),
                r.basis,
                depends,
                r.aside and (depends or not r.when),
                len(r.also_cites),
            )
            for r, depends in _holding(view.rights, known)
        ),
        amounts=tuple(
            _amount(part, known, context) for part in view.calculators if holds(part.when, known) is not False
        ),
        limits=tuple(one for one, _ in _holding(view.limits, known)),
        bodies=_bodies(view.bodies, known, code),
        evidence=tuple(one for one, _ in _holding(topic.evidence, known)),
        steps=tuple(one for one, _ in _holding(view.steps, known)),
        documents=tuple(one.id for one, _ in _holding(view.documents, known)),
        union_help=view.union_help,
        dangers=view.dangers,
        uncertain=view.uncertain,
        person=view.name,
        recourse=person.recourse if person else "",
        earlier=earlier(topic, when),
    )


def _holding(parts: Sequence[P], known: Facts) -> list[tuple[P, bool]]:
    """Those that hold or may hold, each with whether that hangs on an unknown fact."""
    found = [(part, holds(part.when, known)) for part in parts]
    return [(part, value is None) for part, value in found if value is not False]


def _amount(part: Calculation, known: Facts, context: Context) -> Amount:
    calculator = calculators()[part.id]
    try:
        found = wiring.run(part, known, context)
    except FactsError as error:
        problems = tuple(dict.fromkeys(text for texts in error.errors.values() for text in texts))
        return Amount(part.id, calculator.name, part.gives, None, (), problems)
    if not isinstance(found, Missing):
        open_fields = [question.fact for question in found.questions]
        asks = tuple(wiring.questions_for(calculator, open_fields, known))
        supposed = wiring.supposes(calculator, known, context.today)
        return Amount(part.id, calculator.name, part.gives, found, asks=asks, supposed=supposed)
    missing = tuple((q.fact, q.text, q.why) for q in found.questions)
    by_field = {field: wiring.questions_for(calculator, [field], known) for field, _, _ in missing}
    wanted = tuple(dict.fromkeys(name for names in by_field.values() for name in names))
    return Amount(part.id, calculator.name, part.gives, None, missing, (), wanted, all(by_field.values()))


def _bodies(parts: Sequence[Body], known: Facts, code: str) -> tuple[Place, ...]:
    """In the file's order, each once: what is told of one body in several places stands together."""
    found: dict[str, Place] = {}
    for body, depends in _holding(parts, known):
        row, before = bodies()[body.code], found.get(body.code)
        why = (*before.why, body.why) if before else (body.why,)
        place = _office(code, row.level)
        found[body.code] = Place(
            body.code,
            f"{place}{row.zh}",
            row.en,
            row.phone,
            why,
            depends and (before is None or before.depends),
        )
    return tuple(found.values())


def _place_code(meaning: Understanding, region: str | None) -> str:
    """The county or city of the matter: as was given, or as the brain is sure of; "" where it is not known."""
    sure = meaning.jurisdiction.confidence >= _SURE_PLACE
    return _below_province(region or (meaning.jurisdiction.region_code if sure else None))


def _below_province(code: str | None) -> str:
    return "" if not code or code.endswith("0000") else code


def _located(section: Section, offices: Finder, code: str) -> Section:
    """The section with the offices of its bodies for the place."""
    found = tuple(replace(body, offices=offices(body.code, code)) for body in section.bodies)
    return replace(section, bodies=found)


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

    names = ("started", "ended", "claimed", "award_received")
    started, ended, claimed, award = (told_day(known, f"{name}_on") for name in names)
    if (not codes and award is None) or (started and ended and ended < started) or (ended and ended > context.today):
        return ()
    done = bool(known.get("arbitration_filed")) or award is not None
    filed = bool(known.get("recognition_filed")) or bool(known.get("recognised"))
    events = (LimitEvent(kind="claimed", day=claimed),) if claimed and claimed <= context.today else ()
    # Who says both, that they still work there and that it ended, is told the day that comes first.
    staying = known.get("employed") is True and ended is None
    facts = LimitationFacts(
        rights_known=ended if leaving and not done else None,
        wages_owed="L2" in codes and not done and (ended is not None or staying),
        ended=ended,
        injured=(told_day(known, "injured_on") or told_day(known, "diagnosed_on"))
        if "L4" in codes and not filed
        else None,
        award=award,
        events=events,
    )
    return tuple(clock for clock in clocks(facts, context) if RULES[clock.code].told)


def _urgent(meaning: Understanding) -> tuple[str, ...]:
    """What must be said before all else when somebody may be in danger."""
    if meaning.urgency.level != "P0":
        return ()
    return IN_DANGER
