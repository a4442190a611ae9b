"""Alarm words in their context (报警词): handbook 2.12 and 1.4, docs/labelling.md 紧急程度.

The worst error is a missed threat to life, so context lowers such a threat only when it speaks plainly against a
present one: a denial, or the past, news, a quotation, a general question, and nobody who means to do it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonghui.brain.cues import Cue, parse_cue
from gonghui.brain.found import Found
from gonghui.brain.lexicon import lexicon, load_yaml
from gonghui.brain.life import life
from gonghui.brain.matcher import Matcher
from gonghui.brain.text import clause_around, lowered, normalise
from gonghui.brain.types import Alarm

LIFE = "self_harm"
_QUOTES = (("“", "”"), ("「", "」"), ("《", "》"), ('"', '"'))
# Characters around an alarm word in which context counts.
_REACH = 40
# A day or hour named so far before a blow still tells that it fell now.
_TODAY_REACH = 80
# A pattern that must hold a word is looked for so far around it.
_HELD_BEFORE, _HELD_BEHIND = 24, 20
# What a pattern says must not be there.
_NOT_NAMED = re.compile(r"\[\^[^\]]*\]|\(\?<?!(?:[^()]|\([^()]*\))*\)")
# More alarms than this in one text add nothing; the gravest are kept.
_MOST_ALARMS = 100
# Places of one alarm that count in one text, and those where one is looked for: more are noise.
_MOST_PLACES, _MOST_TRIED = 200, 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of alarm. level: of a plain statement; now_level: told as happening now; aside_level: told of the past,
    as news, in a quotation, as a general question. life: a threat to the writer's or a named person's own life, which
    context lowers last. around: patterns one of which must hold the word. needs: patterns one of which the text must
    hold, else the alarm is of `bare_level`. open: a wrong that stays open when it is over."""

    kind: str
    zh: str
    level: str
    now_level: str
    aside_level: str
    life: bool
    open: bool
    exceptions: tuple[str, ...]
    around: dict[str, re.Pattern[str]]
    needs: re.Pattern[str] | None
    bare_level: str


@dataclass(frozen=True, slots=True)
class Rules:
    """matcher: the alarms' cues, `entries` of the same number each; behind them the cues of a whole workforce. plain:
    the numbers of cues that are words and nothing else."""

    entries: list[Entry]
    plain: frozenset[int]
    matcher: Matcher
    context: dict[str, re.Pattern[str]]
    raw: dict[str, Any]


def any_of(words: Sequence[str]) -> re.Pattern[str]:
    """A pattern that finds any of these, each a regular expression itself."""
    return re.compile("|".join(words))


@cache
def alarm_rules() -> Rules:
    """`alarms.yaml`, read once."""
    raw = load_yaml("alarms.yaml")
    words = lexicon().words
    cues: list[Cue] = []
    entries: list[Entry] = []
    for kind, row in raw["entries"].items():
        entry = Entry(
            row.get("kind", kind),
            row["zh"],
            row["level"],
            row.get("now_level", row["level"]),
            row["aside_level"],
            row.get("life", False),
            row.get("open", False),
            tuple(normalise(word).lower() for word in row.get("except", ())),
            _around(row, words),
            any_of(row["needs"]) if "needs" in row else None,
            row.get("bare_level", row["level"]),
        )
        for source in row["words"]:
            cues.append(parse_cue(source, words))
            entries.append(entry)
    plain = frozenset(
        number
        for number, (cue, entry) in enumerate(zip(cues, entries, strict=True))
        if len(cue.parts) == 1 and not cue.parts[0].second and not entry.around
    )
    cues += [parse_cue(source, words) for source in raw["workforce_cues"]]
    context = {name: any_of(patterns) for name, patterns in raw["context"].items()}
    return Rules(entries, plain, Matcher(cues), context, raw)


def _around(row: dict[str, Any], words: dict[str, list[str]]) -> dict[str, re.Pattern[str]]:
    """For each word of an entry with `around` the patterns that can hold it: those that name its first character."""
    if "around" not in row:
        return {}
    named = {source: _NOT_NAMED.sub("", source) for source in row["around"]}
    return {
        word: any_of([source for source, names in named.items() if word[0] in names])
        for source in row["words"]
        for word in parse_cue(source, words).parts[0].first
    }


def alarm_matcher() -> Matcher:
    """The words of all alarms, for a scan shared with others."""
    return alarm_rules().matcher


def find_alarms(text: str, *, heard: bool = True) -> list[Alarm]:
    """Every alarm of normalised text with its level in context, in text order; those of the rules do not overlap.

    At most the 100 gravest are given. heard: a threat to life that no rule finds is listened for too (`life`).
    """
    return alarms_in(alarm_rules().matcher.scan(lowered(text)), [], heard=heard)


def alarms_in(found: Found, old: list[tuple[int, int]], *, heard: bool = True) -> list[Alarm]:
    """As `find_alarms`; one in the same sentence as a span of `old`, dates long past, counts as told of the past."""
    alarms = _by_rules(found, old) if found.candidates else []
    gravest = sorted(alarms, key=lambda alarm: (alarm.negated, alarm.level))[:_MOST_ALARMS]
    if heard and not any(alarm.kind == LIFE and alarm.level == "P0" and not alarm.negated for alarm in gravest):
        gravest += _heard(found.text, gravest)
    return sorted(gravest, key=lambda alarm: alarm.start)


def _heard(text: str, found: list[Alarm]) -> list[Alarm]:
    """A threat to life in words that no rule knows."""
    share, start, end = life().hear(text)
    levels = alarm_rules().raw["life_heard"]
    level = next((name for name in ("P0", "P1") if share >= levels[name]), None)
    # The rules found one there and said that it is none: a denial, a film, a story of long ago.
    lowered_there = any(alarm.kind == LIFE and start <= alarm.start < end for alarm in found)
    if level is None or (lowered_there and share < levels["lowered"]):
        return []
    why = f"像威胁生命的话({share:.0%}),请人核对"
    return [Alarm(text[start:end], start, end, level, negated=False, why=why, kind=LIFE)]


def _by_rules(found: Found, old: list[tuple[int, int]]) -> list[Alarm]:
    text, rules = found.text, alarm_rules()
    whole = _Whole(text, rules.context)
    # In text order, none over another.
    claimed: list[tuple[int, int]] = []
    alarms: list[Alarm] = []
    for number in found.candidates:
        if number >= len(rules.entries):
            break
        entry = rules.entries[number]
        counted = 0
        for start, end in rules.matcher.places(number, found)[:_MOST_TRIED]:
            if entry.around:
                start, end = _held(text, start, end, entry.around[text[start:end]])
            if (
                start == end
                or _is_claimed(claimed, start, end)
                or _excepted(text, start, end, entry, number in rules.plain)
            ):
                continue
            insort(claimed, (start, end))
            alarms.append(_in_context(found, start, end, entry, whole, old))
            counted += 1
            if counted == _MOST_PLACES:
                break
    return alarms


def _is_claimed(claimed: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether [start, end) reaches into one of those."""
    before = bisect_left(claimed, (end,))
    return before > 0 and claimed[before - 1][1] > start


def _held(text: str, start: int, end: int, around: re.Pattern[str]) -> tuple[int, int]:
    """The span of the pattern that holds a word, in its sentence; (start, start) when none does."""
    left, right = clause_around(text, start, end, sentence=True)
    for match in around.finditer(text, max(left, start - _HELD_BEFORE), min(right, end + _HELD_BEHIND)):
        if match.start() < end and start < match.end():
            return match.span()
    return start, start


def tells_of_rescue(text: str) -> bool:
    """Whether the text says anywhere that somebody is to be freed now."""
    return alarm_rules().context["rescue"].search(text) is not None


def is_now(text: str, alarm: Alarm) -> bool:
    """Whether the words around an alarm say that it happens now."""
    left, right = clause_around(text, alarm.start, alarm.end, sentence=True)
    context = alarm_rules().context
    return bool(
        context["now"].search(text, max(left, alarm.start - _REACH), min(right, alarm.end + _REACH))
        or context["today"].search(text, max(0, alarm.start - _TODAY_REACH), alarm.start)
    )


def _excepted(text: str, start: int, end: int, entry: Entry, plain: bool) -> bool:
    """Whether a longer word reaches into the span. One inside a plain word says nothing: that word was meant."""
    for word in entry.exceptions:
        at = text.find(word, max(0, start - len(word)), end + len(word))
        if 0 <= at < end and start < at + len(word) and not (plain and start <= at and at + len(word) <= end):
            return True
    return False


class _Whole:
    """What a whole text says, asked once for all of its alarms."""

    __slots__ = ("_said", "context", "text")

    def __init__(self, text: str, context: dict[str, re.Pattern[str]]) -> None:
        self.text, self.context = text, context
        self._said: dict[re.Pattern[str], bool] = {}

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern is anywhere in the text."""
        said = self._said.get(pattern)
        if said is None:
            said = self._said[pattern] = pattern.search(self.text) is not None
        return said


class _Around:
    """The words around an alarm: its clause and its sentence.

    People who write without punctuation write one endless sentence; nothing farther than `_REACH` is looked at.
    """

    __slots__ = ("clause", "context", "sentence", "text", "word")

    def __init__(self, text: str, start: int, end: int, context: dict[str, re.Pattern[str]]) -> None:
        left, right = clause_around(text, start, end)
        wide_left, wide_right = clause_around(text, start, end, sentence=True)
        self.text, self.context = text, context
        self.word = (start, end)
        self.clause = (max(left, start - _REACH), min(right, end + _REACH))
        self.sentence = (max(wide_left, start - _REACH), min(wide_right, end + _REACH))

    def has(self, name: str, span: tuple[int, int]) -> bool:
        return self.context[name].search(self.text, *span) is not None


def _in_context(
    found: Found,
    start: int,
    end: int,
    entry: Entry,
    whole: _Whole,
    old: list[tuple[int, int]],
) -> Alarm:
    word = found.text[start:end]

    def alarm(level: str, note: str = "", *, negated: bool = False) -> Alarm:
        return Alarm(word, start, end, level, negated, f"{entry.zh}({note})" if note else entry.zh, entry.kind)

    # A pattern that reaches over clauses has its own denials in it.
    if found.is_negated(start) and not (entry.around and "," in word):
        return alarm("P3", "否定", negated=True)
    around = _Around(found.text, start, end, whole.context)
    # Whoever means to do it is believed, whatever else the sentence tells.
    if entry.life and (around.has("means_it", around.sentence) or around.has("now", around.sentence)):
        return alarm(entry.level)
    asides = _asides(entry, around, old)
    if entry.life and whole.context["said"].search(word) and _is_meant(around, asides):
        return alarm(entry.level)
    if entry.life:
        return alarm(*_life(entry, around, asides))
    if entry.kind == "casualty" and "一般询问" in asides and whole.says(whole.context["own"]):
        asides = [aside for aside in asides if aside != "一般询问"]
    if asides and not around.has("first_person", around.clause):
        return alarm(entry.aside_level if asides == ["过去"] else "P3", "、".join(asides))
    if entry.now_level != entry.level and around.has("now", around.clause):
        return alarm(entry.now_level, "正在发生")
    if entry.needs is not None and not whole.says(entry.needs):
        return alarm(entry.bare_level, "未说明劳动权益")
    return alarm(entry.level)


def _asides(entry: Entry, around: _Around, old: list[tuple[int, int]]) -> list[str]:
    """What the words around say against a present threat."""
    asides = [
        label
        for label, name, where in (
            # A threat to life is lowered by its own clause only: 别人都拿到钱了,就我没有,跳楼算了.
            ("新闻或宣传", "life_news" if entry.life else "news", around.clause if entry.life else around.sentence),
            ("过去", "long_past" if entry.life or entry.open else "past", around.clause),
            (
                "一般询问",
                "life_asked" if entry.life else "hypothetical",
                around.clause if entry.life else around.sentence,
            ),
        )
        if around.has(name, where)
    ]
    if "过去" not in asides and any(around.sentence[0] <= day < around.sentence[1] for day, _ in old):
        asides.append("过去")
    if entry.kind == "casualty" and around.has("risk", around.clause):
        asides.append("风险")
    if _quoted(around.text, *around.word):
        asides.append("引用")
    return asides


def _is_meant(around: _Around, asides: list[str]) -> bool:
    """Whether 不想活 and its like are in earnest: not asked of nobody, quoted, or news in which the writer is not."""
    if "一般询问" in asides or "引用" in asides:
        return False
    return "新闻或宣传" not in asides or around.has("self", around.clause)


def _life(entry: Entry, around: _Around, asides: list[str]) -> tuple[str, str]:
    """Level and note of a threat to life that nobody plainly means to do now."""
    if not asides:
        if not around.has("third", (around.sentence[0], around.word[0])) or around.has("self", around.word):
            return entry.level, ""
        asked = around.has("liability", around.sentence) and not around.has("self", around.sentence)
        return (entry.aside_level, "一般询问") if asked else ("P1", "他人,需核实")
    if asides == ["过去"] and around.has("self", around.sentence):
        return "P1", "过去,需核实"
    return entry.aside_level, "、".join(asides)


def _quoted(text: str, start: int, end: int) -> bool:
    for opening, closing in _QUOTES:
        left = text.rfind(opening, max(0, start - 40), start)
        if left >= 0 and text.find(closing, left + 1, start) < 0 and text.find(closing, end, end + 40) >= 0:
            return True
    return False
