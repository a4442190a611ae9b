"""How urgent (紧急程度): alarm words in their context, counted people, and what sentences mean: handbook 1.4."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from gonghui.brain.alarms import alarms_in, rules
from gonghui.brain.cues import Found
from gonghui.brain.danger import Sign
from gonghui.brain.text import clause_around
from gonghui.brain.types import Alarm, Entity, Scored, Urgency

LEVELS = ("P0", "P1", "P2", "P3")
# Characters before a number of people in which a word may say that it only counts heads.
_COUNT_REACH = 8
_SHORT = 60
_ARREARS = frozenset({"0101", "0108"})


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
    sign: Sign | None = None,
) -> Urgency:
    """Level, alarms and reasons for normalised text.

    today: the day it was written, if known. public: belief that the matter is no union's (category 99), 0..1.
    found: what a scan of the lower-cased text found of the alarms' words.
    second: how likely people would call it P0 or P1, learnt over `urgent_numbers`: it lowers a doubtful P1 and raises
    what no rule knows, and says so.
    sign: what its gravest sentence is like, where it is looked at closely.
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
    if sign is not None:
        level = _by_meaning(sign, level, alarms, why)
    level = _by_season(text, categories, nature, today, level, why)
    # Belief in the level: firm when a first-hand alarm set it, weak when silence did.
    score = 0.9 if any(not alarm.negated and alarm.level == LEVELS[level] for alarm in alarms) else 0.6
    return Urgency(LEVELS[level], score if why else 0.7, alarms, why)


def _weighed(found: Found, old: list[tuple[int, int]], is_labour: Scored, public: float) -> tuple[list[Alarm], bool]:
    """The alarms, and whether the matter is no union's: then each but one for a life is a level lower."""
    alarms, foreign = alarms_in(found, old), _is_foreign(len(found.text), is_labour, public)
    return [_lower(alarm, rules().raw["life_kinds"]) for alarm in alarms] if foreign else alarms, foreign


def _is_foreign(length: int, is_labour: Scored, public: float) -> bool:
    """Whether the matter is no union's: then only a threat to life counts fully."""
    raw = rules().raw
    # 老板跑了 alone does not tell whose.
    if length < raw["public_least_characters"]:
        return is_labour.score < raw["not_labour_below"] and bool(is_labour.why)
    return is_labour.score < raw["not_labour_below"] or (
        public > raw["public_above"] and is_labour.score < raw["surely_labour_from"]
    )


def _reconsidered(length: int, level: int, share: float, alarms: list[Alarm], why: list[str]) -> int:
    rule = rules().raw["second_opinion"]
    # A short text gives it too little to go by.
    if level <= 1 and not _is_firm(alarms) and length >= rule["least_characters"] and share < rule["lower_below"]:
        why.append(f"P2 存疑:与紧急来信不像({share:.0%}),请人核对")
        return 2
    if level > 1 and share >= rule["raise_from"]:
        why.append(f"P1 用词:像紧急来信({share:.0%}),请人核对")
        return 1
    return level


def _is_firm(alarms: list[Alarm]) -> bool:
    """Whether words speak of a life in danger: then no opinion lowers the level."""
    kinds = rules().raw["second_opinion"]["never_lowered"]
    return any(alarm.kind in kinds and not alarm.negated and alarm.level in ("P0", "P1") for alarm in alarms)


def _by_meaning(sign: Sign, level: int, alarms: list[Alarm], why: list[str]) -> int:
    """Raise what sounds like a danger though no rule knows its words; in a short text lower what does not."""
    rule = rules().raw["by_meaning"]
    short = sign.whole and sign.sentences <= rule["short_sentences"]
    least = rule["short" if short else "long"]
    kind = sign.kind.partition(":")[0]
    # 我没有想过轻生 sounds like what it denies.
    denied = any(alarm.negated and alarm.kind == kind for alarm in alarms)
    raised = level
    if not denied or sign.urgent >= rule["despite_denial"]:
        if sign.grave >= least["grave"] or sign.life >= least["life"]:
            raised = 0
        elif sign.urgent >= least["urgent"] or sign.life >= least["life_perhaps"]:
            raised = 1
    if raised > 2 and sign.need >= least["need"]:
        raised, kind = 2, "livelihood"
    if raised < level:
        share = sign.need if raised == 2 else sign.urgent
        why.append(f"{LEVELS[raised]} 细读:这句像“{rule['kinds'][kind]}”({share:.0%}),请人核对")
        return raised
    if short and level == 1 and not _is_firm(alarms) and sign.urgent < rule["lower_below"]:
        why.append(f"P2 存疑:读来不像险情({sign.urgent:.0%}),请人核对")
        return 2
    return level


def _lower(alarm: Alarm, life_kinds: list[str]) -> Alarm:
    # What threatens a life now counts whatever the matter; what is over, or was somebody else's, does not.
    if alarm.level == "P3" or (alarm.kind in life_kinds and alarm.level != "P1"):
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


# 我及其他九人 are ten.
_BESIDE_ME = re.compile("(?:我|本人)(?:及|和|与|跟|同|、|还有)?(?:其他|其它|另外|另)?(?:的)?$")


class _Crowd:
    """What a text says of many people: counts with one demand, a crowd now, a whole workforce."""

    __slots__ = ("counted", "gathered", "we", "whole", "workforce")

    def __init__(self, text: str, entities: list[Entity], found: Found) -> None:
        raw = rules().raw
        self.counted: list[tuple[int, Entity]] = []
        self.gathered: Entity | None = None
        for entity in entities:
            if entity.kind != "people_count" or not isinstance(entity.value, int):
                continue
            # 公司有三百人 tells how large it is; 公司侵犯三百人 tells how many complain.
            before = text[max(0, entity.start - _COUNT_REACH) : entity.start]
            if any(cue in before for cue in raw["headcount_cues"]):
                continue
            left, right = clause_around(text, entity.start, entity.end, sentence=True)
            sentence = text[left:right]
            people = entity.value + bool(_BESIDE_ME.search(before))
            if (
                people >= raw["thresholds"]["crowd_people"]
                and self.gathered is None
                and any(cue in sentence for cue in raw["crowd_cues"])
                and any(cue in sentence for cue in raw["context"]["now"])
            ):
                self.gathered = entity
            if people >= raw["thresholds"]["same_demand_people"] and any(cue in sentence for cue in raw["group_cues"]):
                self.counted.append((people, entity))
        self.workforce: str | None = None
        self.whole = False
        self.we = sum(text.count(word) for word in raw["we_words"])
        first = len(rules().entries)
        numbers = [number for number in found.candidates if number >= first]
        if numbers:
            # 拖欠员工工资 may be told by one who asks for their own pay only.
            alone = any(cue in text for cue in raw["single_cues"])
            for hit in rules().matcher.hits(found, numbers):
                paired = bool(rules().matcher.cues[hit.number].parts[0].second)
                if not hit.negated and not (alone and paired):
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
    rule = rules().raw["raise_by_one"]
    if level <= LEVELS.index(rule["best"]) or nature.code == "consult":
        return level
    arrears = any(scored.code in _ARREARS and scored.score >= 0.5 for scored in categories)
    in_season = today is None or today.month in rule["months"]
    word = next((word for word in rule["words"] if word in text), None) if arrears and in_season else None
    if word:
        why.append(f"{LEVELS[level - 1]} {word}:春节返乡前欠薪,提高一级")
        return level - 1
    return level
