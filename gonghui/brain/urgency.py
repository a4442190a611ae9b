"""How urgent (紧急程度), from alarm words in their context and a few counted facts: handbook 1.4 and 2.12.

The worst error is a missed threat to life, so context lowers a level only when it speaks plainly against a present
threat: a denial, or a third person, the past, news, a general question, and no first person nearby.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from gonghui.brain.cues import Cue, Matcher, is_negated, parse_cue
from gonghui.brain.lexicon import lexicon, load_yaml
from gonghui.brain.text import clause_around, lowered, normalise
from gonghui.brain.types import Alarm, Entity, Scored, Urgency

LEVELS = ("P0", "P1", "P2", "P3")
_QUOTES = (("“", "”"), ("「", "」"), ("《", "》"), ('"', '"'))
# Characters around an alarm word in which context counts.
_REACH = 40
# More alarms than this in one text add nothing; the gravest are kept.
_MOST_ALARMS = 100
_ARREARS = frozenset({"0101", "0108"})


@dataclass(frozen=True)
class _Entry:
    kind: str
    zh: str
    level: str
    now_level: str
    aside_level: str
    threat: bool
    mass: bool
    exceptions: tuple[str, ...]


@dataclass(frozen=True)
class _Rules:
    entries: dict[int, _Entry]
    matcher: Matcher
    workforce: Matcher
    context: dict[str, list[str]]
    raw: dict[str, Any]


@cache
def _rules() -> _Rules:
    raw = load_yaml("alarms.yaml")
    words = lexicon().words
    cues: list[Cue] = []
    entries: dict[int, _Entry] = {}
    for kind, row in raw["entries"].items():
        entry = _Entry(
            kind,
            row["zh"],
            row["level"],
            row.get("now_level", row["level"]),
            row["aside_level"],
            row["threat"],
            row.get("mass", False),
            tuple(normalise(word).lower() for word in row["except"]),
        )
        for source in row["words"]:
            cue = parse_cue(source, words)
            cues.append(cue)
            entries[id(cue)] = entry
    workforce = Matcher([parse_cue(source, words) for source in raw["workforce_cues"]])
    return _Rules(entries, Matcher(cues), workforce, raw["context"], raw)


def score_urgency(
    text: str,
    entities: Iterable[Entity],
    categories: list[Scored],
    nature: Scored,
    is_labour: Scored,
    today: date | None,
    public: float = 0.0,
) -> Urgency:
    """Level, alarms and reasons for normalised text.

    today: the day it was written, if known. public: belief that the matter is no union's (category 99), 0..1.
    """
    entities = list(entities)
    alarms = find_alarms(text, _old_spans(entities, today))
    raw = _rules().raw
    foreign = bool(is_labour.why) and (
        is_labour.score < raw["not_labour_below"]
        or (
            public > raw["public_above"]
            and is_labour.score < raw["surely_labour_from"]
            # 老板跑了 alone does not tell whose.
            and len(text) >= raw["public_least_characters"]
        )
    )
    if foreign:
        alarms = [_lower(alarm, raw["life_kinds"]) for alarm in alarms]
    why: list[str] = []
    level = 3
    for alarm in alarms:
        rank = LEVELS.index(alarm.level)
        if not alarm.negated and rank < level:
            level = rank
    why += [f"{alarm.level} {alarm.word}:{alarm.why}" for alarm in alarms if not alarm.negated and alarm.level != "P3"]
    if not foreign:
        level = _by_people(text, entities, level, why)
        level = _by_workforce(text, nature, level, why)
    level = _by_season(text, categories, nature, today, level, why)
    # Belief in the level: firm when a first-hand alarm set it, weak when silence did.
    score = 0.9 if any(not alarm.negated and alarm.level == LEVELS[level] for alarm in alarms) else 0.6
    return Urgency(LEVELS[level], score if why else 0.7, alarms, why)


def _lower(alarm: Alarm, life_kinds: list[str]) -> Alarm:
    if alarm.kind in life_kinds or alarm.level == "P3":
        return alarm
    return replace(alarm, level=LEVELS[LEVELS.index(alarm.level) + 1], why=f"{alarm.why}(非劳动事项)")


def _old_spans(entities: list[Entity], today: date | None) -> list[tuple[int, int]]:
    """Where the text names a day at least two calendar years back: what is told there is history."""
    if today is None:
        return []
    return [
        (entity.start, entity.end)
        for entity in entities
        if entity.kind == "date" and int(str(entity.value)[:4]) <= today.year - 2
    ]


def find_alarms(text: str, old: Iterable[tuple[int, int]] = ()) -> list[Alarm]:
    """Every alarm word of normalised text with its level in context, in text order; spans do not overlap.

    At most the 100 gravest are given.

    `old`: spans of dates long past; an alarm in the same sentence counts as told of the past.
    """
    old = list(old)
    rules = _rules()
    text = lowered(text)
    claimed: list[tuple[int, int]] = []
    alarms: list[Alarm] = []
    found = rules.matcher.words_in(text)
    for cue in rules.matcher.candidates(found):
        entry = rules.entries[id(cue)]
        for start, end in rules.matcher.places(cue, text, found):
            if any(start < right and left < end for left, right in claimed) or _excepted(text, start, end, entry):
                continue
            claimed.append((start, end))
            alarms.append(_in_context(text, start, end, entry, rules.context, old))
    gravest = sorted(alarms, key=lambda alarm: (alarm.negated, alarm.level))[:_MOST_ALARMS]
    return sorted(gravest, key=lambda alarm: alarm.start)


def _excepted(text: str, start: int, end: int, entry: _Entry) -> bool:
    for word in entry.exceptions:
        at = text.find(word, max(0, start - len(word)), end + len(word))
        if at >= 0 and at < end and start < at + len(word):
            return True
    return False


def _in_context(
    text: str, start: int, end: int, entry: _Entry, context: dict[str, list[str]], old: list[tuple[int, int]]
) -> Alarm:
    word = text[start:end]
    if is_negated(text, start):
        return Alarm(word, start, end, "P3", True, f"{entry.zh}(否定)", entry.kind)
    left, right = clause_around(text, start, end)
    wide_left, wide_right = clause_around(text, start, end, sentence=True)
    # People who write without punctuation write one endless sentence; look no further than this.
    left, wide_left = max(left, start - _REACH), max(wide_left, start - _REACH)
    right, wide_right = min(right, end + _REACH), min(wide_right, end + _REACH)
    clause, sentence = text[left:right], text[wide_left:wide_right]

    def has(name: str, where: str) -> bool:
        return any(cue in where for cue in context[name])

    first_person = has("first_person", clause) or (entry.threat and has("first_person", sentence))
    asides = [
        label
        for label, cues, where in (
            ("他人", "third_person", clause),
            ("新闻或宣传", "news", sentence),
            ("过去", "past", clause),
            ("一般询问", "hypothetical", sentence),
        )
        if has(cues, where)
    ]
    if "过去" not in asides and any(wide_left <= day_start < wide_right for day_start, _ in old):
        asides.append("过去")
    if entry.kind == "casualty" and has("risk", clause):
        asides.append("风险")
    if _quoted(text, start, end):
        asides.append("引用")
    if not first_person and asides:
        # A crowd or a dead colleague is not undone by being told of another; one weak sign must not silence it.
        strong = any(label != "他人" for label in asides) or entry.kind == "self_harm"
        if strong and not (entry.kind == "self_harm" and asides == ["他人"]):
            return Alarm(word, start, end, entry.aside_level, False, f"{entry.zh}({'、'.join(asides)})", entry.kind)
        if entry.kind == "self_harm" and not has("now", sentence):
            return Alarm(word, start, end, "P1", False, f"{entry.zh}(他人,需核实)", entry.kind)
    if entry.now_level != entry.level and has("now", clause):
        return Alarm(word, start, end, entry.now_level, False, f"{entry.zh}(正在发生)", entry.kind)
    return Alarm(word, start, end, entry.level, False, entry.zh, entry.kind)


def _quoted(text: str, start: int, end: int) -> bool:
    for opening, closing in _QUOTES:
        left = text.rfind(opening, max(0, start - 40), start)
        if left >= 0 and text.find(closing, left + 1, start) < 0 and text.find(closing, end, end + 40) >= 0:
            return True
    return False


def _by_people(text: str, entities: list[Entity], level: int, why: list[str]) -> int:
    """Handbook 1.4: ten people with one demand are P1, a crowd of thirty gathering now is P0."""
    raw = _rules().raw
    for entity in entities:
        if entity.kind != "people_count" or not isinstance(entity.value, int):
            continue
        left, right = clause_around(text, entity.start, entity.end, sentence=True)
        sentence = text[left:right]
        if any(cue in sentence for cue in raw["headcount_cues"]):
            continue
        crowd = any(cue in sentence for cue in raw["crowd_cues"])
        now = any(cue in sentence for cue in raw["context"]["now"])
        if entity.value >= raw["thresholds"]["crowd_people"] and crowd and now and level > 0:
            why.append(f"P0 {entity.text}:三十人以上正在聚集")
            level = 0
        elif (
            entity.value >= raw["thresholds"]["same_demand_people"]
            and any(cue in sentence for cue in raw["group_cues"])
            and level > 1
        ):
            why.append(f"P1 {entity.text}:十人以上同一诉求")
            level = 1
    return level


def _by_workforce(text: str, nature: Scored, level: int, why: list[str]) -> int:
    """Handbook 1.4: a whole workforce with one demand is ten people and more, whether or not it is counted."""
    if level <= 1 or nature.code in ("consult", "praise"):
        return level
    hits = [hit for hit in _rules().workforce.hits(lowered(text)) if not hit.negated]
    if not hits:
        return level
    # 拖欠员工工资 may be told by one who asks for their own pay only.
    alone = any(cue in text for cue in _rules().raw["single_cues"])
    hit = next((hit for hit in hits if not (alone and hit.cue.parts[0].second)), None)
    if hit is None:
        return level
    why.append(f"P1 {hit.surface}:整个集体同一诉求")
    return 1


def _by_season(
    text: str, categories: list[Scored], nature: Scored, today: date | None, level: int, why: list[str]
) -> int:
    """春节返乡: unpaid wages before the home-going count one level higher, up to P1."""
    rule = _rules().raw["raise_by_one"]
    arrears = any(scored.code in _ARREARS and scored.score >= 0.5 for scored in categories)
    word = next((word for word in rule["words"] if word in text), None)
    in_season = today is None or today.month in rule["months"]
    if arrears and word and in_season and nature.code != "consult" and level > LEVELS.index(rule["best"]):
        why.append(f"{LEVELS[level - 1]} {word}:春节返乡前欠薪,提高一级")
        return level - 1
    return level
