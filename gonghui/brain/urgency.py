"""How urgent (紧急程度), from alarm words in their context and a few counted facts: handbook 1.4 and 2.12.

What raises a level is told in docs/labelling.md; words and thresholds stand in `data/alarms.yaml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from gonghui.brain.alarms import alarm_rules, alarms_in, is_now, tells_of_rescue
from gonghui.brain.crowd import Crowd
from gonghui.brain.found import Found
from gonghui.brain.types import Alarm, Entity, Scored, Urgency

LEVELS = ("P0", "P1", "P2", "P3")
_SHORT = 60
# A question of the law in a line or two, of nobody in particular: 未成年人打伤别人,谁来赔?
_QUESTION_AT_MOST = 120
_ASKS = re.compile("[?？]|吗|怎么|如何|是否|什么|多少|能不能|可不可以|有没有|谁")
_SOMEBODY = re.compile(
    "我|俺|咱|本人|大家|工友|老公|丈夫|爱人|儿子|女儿|爸|妈|弟|哥|姐|妹|叔|舅|家属|老乡|救|刚|现在|目前|今天|昨天|前天"
)
_GENERAL = re.compile(
    "别人|他人|某|未成年|前妻|前夫|邻居|犯法|违法|是否|标准|规定|如果|法律|属于|能否|能不能|应该|应当"
)
# People leave 我 out when they ask of what happened to them: 老板跑了工资怎么办
_HAPPENED = re.compile("了|被|没|拖欠|逼|突然")
_OWED = re.compile("[没未不]发|[没未]给|[没未]结|拖?欠|被")
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
) -> Urgency:
    """Level, alarms and reasons for normalised text.

    today: the day it was written, if known. public: belief that the matter is no union's (category 99), 0..1.
    found: what a scan of the lower-cased text found of the alarms' words.
    second: how likely people would call it P0 or P1, learnt over `urgent_numbers`: it lowers a doubtful P1 and raises
    what no rule knows, and says so.
    """
    alarms, crowd = _weighed(text, entities, found, _old_spans(entities, today), is_labour, public)
    why: list[str] = []
    level = 3
    for alarm in alarms:
        rank = LEVELS.index(alarm.level)
        if not alarm.negated and rank < level:
            level = rank
    why += [f"{alarm.level} {alarm.word}:{alarm.why}" for alarm in alarms if not alarm.negated and alarm.level != "P3"]
    if crowd is not None:
        level = _by_people(crowd, level, why)
        level = _by_workforce(crowd, nature, level, why)
    share = second(urgent_numbers(len(text), alarms, crowd, nature, is_labour, public))
    level = _reconsidered(len(text), level, share, alarms, why)
    level = _by_season(text, categories, nature, today, level, why)
    # Belief in the level: firm when a first-hand alarm set it, weak when silence did.
    score = 0.9 if any(not alarm.negated and alarm.level == LEVELS[level] for alarm in alarms) else 0.6
    return Urgency(LEVELS[level], score if why else 0.7, alarms, why)


def _weighed(
    text: str, entities: list[Entity], found: Found, old: list[tuple[int, int]], is_labour: Scored, public: float
) -> tuple[list[Alarm], Crowd | None]:
    """The alarms, and what is said of many people, None where it does not count.

    In a matter that is no union's only what is P0 counts; in a question of nobody in particular only what endangers
    body or liberty now.
    """
    raw, alarms = alarm_rules().raw, alarms_in(found, old)
    foreign = _is_foreign(len(text), is_labour, public)
    crowd = Crowd(text, entities, found, gathered_only=foreign)
    general = _asks_of_nobody(text, crowd)
    rescue = foreign and bool(alarms) and tells_of_rescue(text)
    weighed = []
    for alarm in alarms:
        asked = alarm.kind in raw["asked_kinds"] or (alarm.level == "P0" and alarm.kind in raw["asked_now_kinds"])
        if general and not asked:
            weighed.append(_without(alarm, "一般询问"))
        elif foreign:
            weighed.append(_foreign(text, alarm, raw, rescue))
        else:
            weighed.append(alarm)
    return weighed, None if general else crowd


def _foreign(text: str, alarm: Alarm, raw: dict[str, Any], rescue: bool) -> Alarm:
    """An alarm in a matter that is no union's: what threatens body or liberty now is P0, all else is none.

    rescue: whether the text says that somebody is to be freed now.
    """
    if alarm.level == "P0" and alarm.kind in raw["life_kinds"]:
        return alarm
    # A line or two seldom tell whose matter it is.
    if alarm.level == "P2" and len(text) < _SHORT:
        return alarm
    told = alarm.level == "P0" and len(text) < _SHORT
    if alarm.level in ("P0", "P1") and alarm.kind in raw["now_kinds"] and (told or rescue or is_now(text, alarm)):
        return replace(alarm, level="P0")
    return _without(alarm, "非劳动事项")


def _asks_of_nobody(text: str, crowd: Crowd) -> bool:
    """Whether a line or two ask of the law in general. So many workers who are owed are somebody."""
    if crowd.numbered and _OWED.search(text):
        return False
    return (
        len(text) <= _QUESTION_AT_MOST
        and not _SOMEBODY.search(text)
        and _ASKS.search(text) is not None
        and (_GENERAL.search(text) is not None or not _HAPPENED.search(text))
    )


def _without(alarm: Alarm, because: str) -> Alarm:
    return alarm if alarm.level == "P3" else replace(alarm, level="P3", why=f"{alarm.why}({because})")


def _is_foreign(length: int, is_labour: Scored, public: float) -> bool:
    """Whether the matter is no union's: then only a threat to life counts fully."""
    raw = alarm_rules().raw
    # 老板跑了 alone does not tell whose.
    if length < raw["public_least_characters"]:
        return is_labour.score < raw["not_labour_below"] and bool(is_labour.why)
    return is_labour.score < raw["not_labour_below"] or (
        public > raw["public_above"] and is_labour.score < raw["surely_labour_from"]
    )


def _reconsidered(length: int, level: int, share: float, alarms: list[Alarm], why: list[str]) -> int:
    rule = alarm_rules().raw["second_opinion"]
    firm = any(
        alarm.kind in rule["never_lowered"] and not alarm.negated and alarm.level in ("P0", "P1") for alarm in alarms
    )
    # A short text gives it too little to go by.
    if level <= 1 and not firm and length >= rule["least_characters"] and share < rule["lower_below"]:
        why.append(f"P2 存疑:与紧急来信不像({share:.0%}),请人核对")
        return 2
    if level > 1 and length >= rule["least_characters"] and share >= rule["raise_from"]:
        why.append(f"P1 用词:像紧急来信({share:.0%}),请人核对")
        return 1
    return level


def _old_spans(entities: list[Entity], today: date | None) -> list[tuple[int, int]]:
    """Where the text names a day at least two calendar years back: what is told there is history."""
    if today is None:
        return []
    return [
        (entity.start, entity.end)
        for entity in entities
        if entity.kind == "date" and int(str(entity.value)[:4]) <= today.year - 2
    ]


def _by_people(crowd: Crowd, level: int, why: list[str]) -> int:
    """Handbook 1.4: ten people with one demand are P1, a crowd of thirty gathering now is P0."""
    if crowd.gathered is not None and level > 0:
        why.append(f"P0 {crowd.gathered.text}:三十人以上正在聚集")
        return 0
    if crowd.counted and level > 1:
        why.append(f"P1 {crowd.counted[0].text}:十人以上同一诉求")
        return 1
    return level


def _by_workforce(crowd: Crowd, nature: Scored, level: int, why: list[str]) -> int:
    """Handbook 1.4: a whole workforce with one demand is ten people and more, whether or not it is counted."""
    if level <= 1 or nature.code in ("praise", "suggestion") or not crowd.whole:
        return level
    why.append(f"P1 {crowd.whole}:整个集体同一诉求")
    return 1


# What the second opinion is learnt over, in order; the last is what words say (`linear.Learnt.danger`).
URGENT_NUMBERS = (
    "one",
    *(
        f"{kind}:{level}"
        for kind in (
            "life",
            "violence",
            "mass",
            "gone",
            "insolvent",
            "death",
            "illness",
            "maternity",
            "papers",
            "other",
        )
        for level in ("P0", "P1", "P2")
    ),
    "counted",
    "counted_log",
    "whole",
    "we",
    "short",
    "consult",
    "complaint",
    "labour",
    "public",
)
_KINDS = {
    "self_harm": "life",
    "clash": "life",
    "detention": "life",
    "accident": "life",
    "child_labour": "life",
    "violence": "violence",
    "road_block": "mass",
    "gathering": "mass",
    "media_joint": "mass",
    "employer_gone": "gone",
    "insolvent": "insolvent",
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
    alarms, crowd = _weighed(text, entities, found, [], is_labour, public)
    return urgent_numbers(len(text), alarms, crowd, nature, is_labour, public)


def urgent_numbers(
    length: int, alarms: list[Alarm], crowd: Crowd | None, nature: Scored, is_labour: Scored, public: float
) -> list[float]:
    """What the rules saw, as numbers in the order of `URGENT_NUMBERS`."""
    numbers = [0.0] * len(URGENT_NUMBERS)
    numbers[0] = 1.0
    for alarm in alarms:
        if not alarm.negated and alarm.level != "P3":
            numbers[_AT[f"{_KINDS.get(alarm.kind, 'other')}:{alarm.level}"]] = 1.0
    if crowd is not None:
        if crowd.counted:
            numbers[_AT["counted"]] = 1.0
            numbers[_AT["counted_log"]] = math.log10(max(count.value for count in crowd.counted))
        numbers[_AT["whole"]] = float(bool(crowd.whole))
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
    """春节返乡: unpaid wages before the home-going count one level higher, P2 at best."""
    rule = alarm_rules().raw["raise_by_one"]
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
