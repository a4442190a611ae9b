"""Alarm words in their context (报警词): handbook 1.4 and 2.12.

The worst error is a missed threat to life, so context lowers a level only when it speaks plainly against a present
threat: a denial, or a third person, the past, news, a general question, and no first person nearby.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonghui.brain.cues import Cue, Found, Matcher, parse_cue
from gonghui.brain.lexicon import lexicon, load_yaml
from gonghui.brain.text import clause_around, lowered, normalise
from gonghui.brain.types import Alarm

_QUOTES = (("“", "”"), ("「", "」"), ("《", "》"), ('"', '"'))
# Characters around an alarm word in which context counts.
_REACH = 40
# Somebody else named as the one who does it, right before the word: 提款员上吊自杀.
_OTHERS = re.compile(
    "(?:学生|同学|员|工人|老师|教师|师傅|患者|病人|者|邻居|网友|女孩|男孩|家属|村民|老人|妇女)"
    "(?:在[^,;。]{0,6})?(?:上吊|跳楼|服毒|割腕|跳河|喝药|喝农药|烧炭)?$"
)
# More alarms than this in one text add nothing; the gravest are kept.
_MOST_ALARMS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    zh: str
    level: str
    now_level: str
    aside_level: str
    threat: bool
    mass: bool
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """matcher: the alarms' cues, `entries` of the same number each; behind them the cues of a whole workforce."""

    entries: list[Entry]
    matcher: Matcher
    context: dict[str, list[str]]
    raw: dict[str, Any]


@cache
def rules() -> Rules:
    raw = load_yaml("alarms.yaml")
    words = lexicon().words
    cues: list[Cue] = []
    entries: list[Entry] = []
    for kind, row in raw["entries"].items():
        entry = Entry(
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
    return Rules(entries, Matcher(cues), raw["context"], raw)


def alarm_matcher() -> Matcher:
    """The words of all alarms, for a scan shared with others."""
    return rules().matcher


def find_alarms(text: str) -> list[Alarm]:
    """Every alarm word of normalised text with its level in context, in text order; spans do not overlap.

    At most the 100 gravest are given.
    """
    return alarms_in(rules().matcher.scan(lowered(text)), [])


def alarms_in(found: Found, old: list[tuple[int, int]]) -> list[Alarm]:
    """As `find_alarms`; one in the same sentence as a span of `old`, dates long past, counts as told of the past."""
    text, known = found.text, rules()
    claimed: list[tuple[int, int]] = []
    alarms: list[Alarm] = []
    for number in found.candidates:
        if number >= len(known.entries):
            break
        entry = known.entries[number]
        for start, end in known.matcher.places(number, found):
            if any(start < right and left < end for left, right in claimed) or _excepted(text, start, end, entry):
                continue
            claimed.append((start, end))
            alarms.append(_in_context(found, start, end, entry, known.context, old))
    gravest = sorted(alarms, key=lambda alarm: (alarm.negated, alarm.level))[:_MOST_ALARMS]
    return sorted(gravest, key=lambda alarm: alarm.start)


def _excepted(text: str, start: int, end: int, entry: Entry) -> bool:
    for word in entry.exceptions:
        at = text.find(word, max(0, start - len(word)), end + len(word))
        if at >= 0 and at < end and start < at + len(word):
            return True
    return False


def _in_context(
    found: Found, start: int, end: int, entry: Entry, context: dict[str, list[str]], old: list[tuple[int, int]]
) -> Alarm:
    text = found.text
    word = text[start:end]
    # A word that denies in itself (不想活) is seldom denied again, and 别的没什么牵挂 is no denial.
    if word[0] not in "没不无" and found.is_negated(start):
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
    if entry.kind == "self_harm" and "他人" not in asides and _OTHERS.search(text[left:start]):
        asides.append("他人")
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
        if entry.kind == "self_harm" and not has("now", sentence) and not has("intent", sentence):
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
