"""How urgent (紧急程度), from alarm words in their context and a few counted facts: handbook 1.4 and 2.12.

The worst error is a missed threat to life, so context lowers a level only when it speaks plainly against a present
threat: a denial, or a third person, the past, news, a general question, and no first person nearby.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from gonghui.brain.cues import Cue, parse_cue
from gonghui.brain.found import Found
from gonghui.brain.lexicon import lexicon, load_yaml
from gonghui.brain.matcher import Matcher
from gonghui.brain.text import clause_around, lowered, normalise
from gonghui.brain.types import Alarm, Entity, Scored, Urgency

LEVELS = ("P0", "P1", "P2", "P3")
_QUOTES = (("“", "”"), ("「", "」"), ("《", "》"), ('"', '"'))
# Characters around an alarm word in which context counts.
_REACH = 40
# Characters before a number of people in which a word may say that it only counts heads.
_COUNT_REACH = 8
_SHORT = 60
# More alarms than this in one text add nothing; the gravest are kept.
_MOST_ALARMS = 100
# Places of one alarm looked at in one text: more are noise, and each is held against all before it.
_MOST_PLACES = 200
_ARREARS = frozenset({"0101", "0108"})


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    zh: str
    level: str
    now_level: str
    aside_level: str
    threat: bool
    mass: bool
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    """matcher: the alarms' cues, `entries` of the same number each; behind them the cues of a whole workforce.

    context, cues: patterns that find any word of a list of the data file.
    """

    entries: list[_Entry]
    matcher: Matcher
    context: dict[str, re.Pattern[str]]
    cues: dict[str, re.Pattern[str]]
    raw: dict[str, Any]


@cache
def _rules() -> _Rules:
    raw = load_yaml("alarms.yaml")
    words = lexicon().words
    cues: list[Cue] = []
    entries: list[_Entry] = []
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
            cues.append(parse_cue(source, words))
            entries.append(entry)
    cues += [parse_cue(source, words) for source in raw["workforce_cues"]]
    return _Rules(
        entries,
        Matcher(cues),
        {name: _any_of(listed) for name, listed in raw["context"].items()},
        {name: _any_of(raw[name]) for name in ("group_cues", "crowd_cues", "single_cues", "headcount_cues")},
        raw,
    )


def _any_of(words: list[str]) -> re.Pattern[str]:
    """One look for many words: several times as fast as a look for each."""
    return re.compile("|".join(map(re.escape, words)))


def alarm_matcher() -> Matcher:
    """The words of all alarms, for a scan shared with others."""
    return _rules().matcher


def score_urgency(
    text: str,
    entities: list[Entity],
    categories: list[Scored],
    nature: Scored,
    is_labour: Scored,
    today: date | None,
    public: float,
    *,
    found: Found,
    second: Callable[[Sequence[float]], float],
) -> Urgency:
    """Level, alarms and reasons for normalised text.

    today: the day it was written, if known. public: belief that the matter is no union's (category 99), 0..1.
    found: what a scan of the lower-cased text found of the alarms' words.
    second: how likely people would call it P0 or P1, learnt over `urgent_numbers`: it lowers a doubtful P1 and raises
    what no rule knows, and says so.
    """
    alarms, foreign = _weighed(found, _old_spans(entities, today), is_labour, public)
    why: list[str] = []
    level = 3
    for alarm in alarms:
        rank = LEVELS.index(alarm.level)
        if not alarm.negated and rank < level:
            level = rank
    why += [f"{alarm.level} {alarm.word}:{alarm.why}" for alarm in alarms if not alarm.negated and alarm.level != "P3"]
    crowd = _Crowd(text, entities, found)
    if not foreign:
        level = _by_people(crowd, level, why)
        level = _by_workforce(crowd, nature, level, why)
    share = second(urgent_numbers(len(text), alarms, crowd, nature, is_labour, public))
    level = _reconsidered(len(text), level, share, alarms, why)
    level = _by_season(text, categories, nature, today, level, why)
    # Belief in the level: firm when a first-hand alarm set it, weak when silence did.
    score = 0.9 if any(not alarm.negated and alarm.level == LEVELS[level] for alarm in alarms) else 0.6
    return Urgency(LEVELS[level], score if why else 0.7, alarms, why)


def _weighed(found: Found, old: list[tuple[int, int]], is_labour: Scored, public: float) -> tuple[list[Alarm], bool]:
    """The alarms, and whether the matter is no union's: then each but one for a life is a level lower."""
    alarms, foreign = _alarms(found, old), _is_foreign(len(found.text), is_labour, public)
    return [_lower(alarm, _rules().raw["life_kinds"]) for alarm in alarms] if foreign else alarms, foreign


def _is_foreign(length: int, is_labour: Scored, public: float) -> bool:
    """Whether the matter is no union's: then only a threat to life counts fully."""
    raw = _rules().raw
    # 老板跑了 alone does not tell whose.
    if length < raw["public_least_characters"]:
        return is_labour.score < raw["not_labour_below"] and bool(is_labour.why)
    return is_labour.score < raw["not_labour_below"] or (
        public > raw["public_above"] and is_labour.score < raw["surely_labour_from"]
    )


def _reconsidered(length: int, level: int, share: float, alarms: list[Alarm], why: list[str]) -> int:
    rule = _rules().raw["second_opinion"]
    firm = any(
        alarm.kind in rule["never_lowered"] and not alarm.negated and alarm.level in ("P0", "P1") for alarm in alarms
    )
    # A short text gives it too little to go by.
    if level <= 1 and not firm and length >= rule["least_characters"] and share < rule["lower_below"]:
        why.append(f"P2 存疑:与紧急来信不像({share:.0%}),请人核对")
        return 2
    if level > 1 and share >= rule["raise_from"]:
        why.append(f"P1 用词:像紧急来信({share:.0%}),请人核对")
        return 1
    return level


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


def find_alarms(text: str) -> list[Alarm]:
    """Every alarm word of normalised text with its level in context, in text order; spans do not overlap.

    At most the 100 gravest are given.
    """
    return _alarms(_rules().matcher.scan(lowered(text)), [])


def _alarms(found: Found, old: list[tuple[int, int]]) -> list[Alarm]:
    """As `find_alarms`; one in the same sentence as a span of `old`, dates long past, counts as told of the past."""
    if not found.candidates:
        return []
    text, rules = found.text, _rules()
    claimed: list[tuple[int, int]] = []
    alarms: list[Alarm] = []
    for number in found.candidates:
        if number >= len(rules.entries):
            break
        entry = rules.entries[number]
        for start, end in rules.matcher.places(number, found)[:_MOST_PLACES]:
            if any(start < right and left < end for left, right in claimed) or _excepted(text, start, end, entry):
                continue
            claimed.append((start, end))
            alarms.append(_in_context(found, start, end, entry, rules.context, old))
    gravest = sorted(alarms, key=lambda alarm: (alarm.negated, alarm.level))[:_MOST_ALARMS]
    return sorted(gravest, key=lambda alarm: alarm.start)


def _excepted(text: str, start: int, end: int, entry: _Entry) -> bool:
    for word in entry.exceptions:
        at = text.find(word, max(0, start - len(word)), end + len(word))
        if at >= 0 and at < end and start < at + len(word):
            return True
    return False


def _in_context(
    found: Found, start: int, end: int, entry: _Entry, context: dict[str, re.Pattern[str]], old: list[tuple[int, int]]
) -> Alarm:
    text = found.text
    word = text[start:end]
    if found.is_negated(start):
        return Alarm(word, start, end, "P3", True, f"{entry.zh}(否定)", entry.kind)
    left, right = clause_around(text, start, end)
    wide_left, wide_right = clause_around(text, start, end, sentence=True)
    # People who write without punctuation write one endless sentence; look no further than this.
    left, wide_left = max(left, start - _REACH), max(wide_left, start - _REACH)
    right, wide_right = min(right, end + _REACH), min(wide_right, end + _REACH)
    clause, sentence = text[left:right], text[wide_left:wide_right]

    def has(name: str, where: str) -> bool:
        return context[name].search(where) is not None

    first_person = has("first_person", clause) or (entry.threat and has("first_person", sentence))
    asides: list[str] = []
    if not first_person:
        asides += [
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
    if asides:
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


class _Crowd:
    """What a text says of many people: counts with one demand, a crowd now, a whole workforce."""

    __slots__ = ("counted", "gathered", "we", "whole", "workforce")

    def __init__(self, text: str, entities: list[Entity], found: Found) -> None:
        raw, cues, now = _rules().raw, _rules().cues, _rules().context["now"]
        self.counted: list[tuple[int, Entity]] = []
        self.gathered: Entity | None = None
        for entity in entities:
            if entity.kind != "people_count" or not isinstance(entity.value, int):
                continue
            # 公司有三百人 tells how large it is; 公司侵犯三百人 tells how many complain.
            before = text[max(0, entity.start - _COUNT_REACH) : entity.start]
            if cues["headcount_cues"].search(before):
                continue
            left, right = clause_around(text, entity.start, entity.end, sentence=True)
            sentence = text[left:right]
            if (
                entity.value >= raw["thresholds"]["crowd_people"]
                and self.gathered is None
                and cues["crowd_cues"].search(sentence)
                and now.search(sentence)
            ):
                self.gathered = entity
            if entity.value >= raw["thresholds"]["same_demand_people"] and cues["group_cues"].search(sentence):
                self.counted.append((entity.value, entity))
        self.workforce: str | None = None
        self.whole = False
        self.we = sum(text.count(word) for word in raw["we_words"])
        first = len(_rules().entries)
        numbers = [number for number in found.candidates if number >= first]
        if numbers:
            # 拖欠员工工资 may be told by one who asks for their own pay only.
            alone = cues["single_cues"].search(text) is not None
            for number in numbers:
                hit = _rules().matcher.match(number, found)
                paired = bool(_rules().matcher.cues[number].parts[0].second)
                if hit is not None and not hit.negated and not (alone and paired):
                    self.workforce, self.whole = hit.surface, not paired
                    break


def _by_people(crowd: _Crowd, level: int, why: list[str]) -> int:
    """Handbook 1.4: ten people with one demand are P1, a crowd of thirty gathering now is P0."""
    if crowd.gathered is not None and level > 0:
        why.append(f"P0 {crowd.gathered.text}:三十人以上正在聚集")
        return 0
    if crowd.counted and level > 1:
        why.append(f"P1 {crowd.counted[0][1].text}:十人以上同一诉求")
        return 1
    return level


def _by_workforce(crowd: _Crowd, nature: Scored, level: int, why: list[str]) -> int:
    """Handbook 1.4: a whole workforce with one demand is ten people and more, whether or not it is counted."""
    if level <= 1 or nature.code in ("consult", "praise") or crowd.workforce is None:
        return level
    why.append(f"P1 {crowd.workforce}:整个集体同一诉求")
    return 1


# What the second opinion is learnt over, in order; the last is what words say (`linear.Learnt.danger`).
URGENT_NUMBERS = (
    "one",
    *(
        f"{kind}:{level}"
        for kind in ("life", "violence", "mass", "gone", "death", "illness", "maternity", "papers", "other")
        for level in ("P0", "P1", "P2")
    ),
    "counted",
    "counted_log",
    "gathered",
    "whole",
    "paired",
    "we",
    "short",
    "consult",
    "complaint",
    "labour",
    "public",
)
_KINDS = {
    "self_harm": "life",
    "detention": "life",
    "accident": "life",
    "child_labour": "life",
    "violence": "violence",
    "road_block": "mass",
    "gathering": "mass",
    "media_joint": "mass",
    "employer_gone": "gone",
    "casualty": "death",
    "illness": "illness",
    "maternity_dismissal": "maternity",
    "papers_held": "papers",
}
_AT = {name: at for at, name in enumerate(URGENT_NUMBERS)}


def numbers_of(
    text: str, found: Found, entities: list[Entity], nature: Scored, is_labour: Scored, public: float
) -> list[float]:
    """`urgent_numbers` of a text whose day is not known, for learning."""
    alarms, _ = _weighed(found, [], is_labour, public)
    return urgent_numbers(len(text), alarms, _Crowd(text, entities, found), nature, is_labour, public)


def urgent_numbers(
    length: int, alarms: list[Alarm], crowd: _Crowd, nature: Scored, is_labour: Scored, public: float
) -> list[float]:
    """What the rules saw, as numbers in the order of `URGENT_NUMBERS`."""
    numbers = [0.0] * len(URGENT_NUMBERS)
    numbers[0] = 1.0
    for alarm in alarms:
        if not alarm.negated and alarm.level != "P3":
            numbers[_AT[f"{_KINDS.get(alarm.kind, 'other')}:{alarm.level}"]] = 1.0
    if crowd.counted:
        numbers[_AT["counted"]] = 1.0
        numbers[_AT["counted_log"]] = math.log10(max(count for count, _ in crowd.counted))
    numbers[_AT["gathered"]] = float(crowd.gathered is not None)
    numbers[_AT["whole"]] = float(crowd.whole)
    numbers[_AT["paired"]] = float(crowd.workforce is not None and not crowd.whole)
    numbers[_AT["we"]] = math.log1p(crowd.we)
    numbers[_AT["short"]] = float(length < _SHORT)
    numbers[_AT["consult"]] = float(nature.code == "consult")
    numbers[_AT["complaint"]] = float(nature.code == "complaint")
    numbers[_AT["labour"]] = is_labour.score
    numbers[_AT["public"]] = public
    return numbers


def _by_season(
    text: str, categories: list[Scored], nature: Scored, today: date | None, level: int, why: list[str]
) -> int:
    """春节返乡: unpaid wages before the home-going count one level higher, up to P1."""
    rule = _rules().raw["raise_by_one"]
    if level <= LEVELS.index(rule["best"]) or nature.code == "consult":
        return level
    if today is not None and today.month not in rule["months"]:
        return level
    arrears = any(scored.code in _ARREARS and scored.score >= 0.5 for scored in categories)
    word = next((word for word in rule["words"] if word in text), None) if arrears else None
    if word is None:
        return level
    why.append(f"{LEVELS[level - 1]} {word}:春节返乡前欠薪,提高一级")
    return level - 1
