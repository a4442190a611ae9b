"""How many people a text speaks for (人数): numbers with one demand, a whole workforce, a crowd now (handbook 1.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonghui.brain.alarms import alarm_rules
from gonghui.brain.amounts import PEOPLE_NOUN
from gonghui.brain.found import Found
from gonghui.brain.numerals import DIGITS, HAN_NUMBER, parse_number
from gonghui.brain.text import clause_around
from gonghui.brain.types import Entity

# Characters before and behind a number of people in which a word may say whom it counts.
_BEFORE = 8
_BEHIND = 6
# Numbers at most so far apart are told side by side.
_BESIDE = 12
_SMALL = "一二两三四五六七八九"
_COUNTED = f"(?=人|{PEOPLE_NOUN})"
# What `amounts.find_people` leaves out because no exact number is meant: 二三十人, 百来号人, 几百名职工;
# and 我们15个, without a noun.
_ROUGHLY = re.compile(
    rf"(?P<tens>[{_SMALL}])[{_SMALL}]十(?:多|来|几)?(?:(?:个|名|位|号)?{_COUNTED}|个(?=[,。]))"
    rf"|(?P<many>(?:近|上|数|好几|几|成)[百千](?:来|多|余|号)?(?:个|名|位|号)?"
    rf"|(?<![{HAN_NUMBER}\d])百(?:来|多|余|十来?|十多)(?:个|名|位|号)?){_COUNTED}"
    r"|(?:我们|俺们|咱们|工友|工人|民工|兄弟|员工)(?:这|一共|总共|共|一起|有|大概|大约|差不多|加起来){0,2}"
    r"(?P<digits>\d{1,4}|[二三四五六七八九]?十[一二三四五六七八九]?)(?:多|几|来|余)?"
    r"(?:个|名|位|号|口子)(?=[,。!;、 被都没拿干做至还全]|$)"
)
# Where one can be, and how far it reaches from there; the pattern itself is tried only there.
_RUN = re.compile(r"[十百千]|\d{2,4}(?=[多几来余]?[个名位号口])")
_WITHIN = 14
# At or behind a number: a rule's bound and no count.
_BOUND = re.compile("以上|以下|以内")
# Rough numbers looked at in one text, and places of one word for all: more are noise.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Count:
    """So many people, and the words that say it."""

    value: int
    text: str
    start: int


class Crowd:
    """What a text says of many people.

    counted: numbers of ten and more with a demand; numbered: whether one of them is a number of people and no bound of
    a rule (20人以上); gathered: thirty and more who gather now; whole: the words that say
    that a whole workforce is hit; we: how often the text says 我们. In a matter that is no union's only a crowd counts
    (`gathered_only`).
    """

    __slots__ = ("counted", "gathered", "numbered", "we", "whole")

    def __init__(self, text: str, entities: list[Entity], found: Found, *, gathered_only: bool = False) -> None:
        raw = alarm_rules().raw
        least, crowd = raw["thresholds"]["same_demand_people"], raw["thresholds"]["crowd_people"]
        told = [count for count in _counts(text, entities) if _has_demand(text, count)]
        self.counted = [count for count in told if count.value >= least]
        if not self.counted:
            self.counted = _summed(text, told, least)
        self.numbered = any(
            not _BOUND.search(text, count.start, count.start + len(count.text) + 2) for count in self.counted
        )
        self.gathered = _gathered(text, [count for count in self.counted if count.value >= crowd])
        if gathered_only:
            self.counted, self.we, self.whole = [], 0, ""
            return
        self.we = sum(text.count(word) for word in raw["we_words"])
        self.whole = _whole(found)


def _counts(text: str, entities: list[Entity]) -> list[Count]:
    exact = [
        Count(entity.value, entity.text, entity.start)
        for entity in entities
        if entity.kind == "people_count" and isinstance(entity.value, int)
    ]
    rough: list[Count] = []
    after = 0
    for run in _RUN.finditer(text):
        match = _ROUGHLY.search(text, max(after, run.start() - _WITHIN), run.end() + _WITHIN)
        if match is None or match.start() > run.start():
            continue
        after = match.end()
        if not any(count.start < match.end() and match.start() < count.start + len(count.text) for count in exact):
            rough.append(Count(_roughly(match), match.group(0), match.start()))
            if len(rough) == _MOST:
                break
    return exact + rough


def _roughly(match: re.Match[str]) -> int:
    if match["tens"]:
        return DIGITS[match["tens"]] * 10
    if match["many"]:
        return 1000 if "千" in match["many"] else 100
    return int(parse_number(match["digits"]) or 0)


def _has_demand(text: str, count: Count) -> bool:
    """公司有三百人 tells how large it is, 三百名学生 are not those who complain; 公司侵犯三百人 tells who do."""
    context, end = alarm_rules().context, count.start + len(count.text)
    return not (
        context["headcount_cues"].search(text, max(0, count.start - _BEFORE), count.start)
        or context["other_people"].search(text, count.start, end + _BEHIND)
    )


def _summed(text: str, told: list[Count], least: int) -> list[Count]:
    """八个木工、六个油漆工 are fourteen; two numbers of the same people are no more than the larger."""
    sums = []
    run: list[Count] = []
    for count in sorted(told, key=lambda count: count.start):
        if count.text[-1] in "名位":
            continue
        near = bool(run) and count.start - (run[-1].start + len(run[-1].text)) <= _BESIDE
        whom = _whom(text, count)
        run = [*run, count] if near and all(whom != _whom(text, other) for other in run) else [count]
        total = sum(one.value for one in run)
        if len(run) > 1 and total >= least:
            sums.append(Count(total, "、".join(one.text for one in run), run[0].start))
    return sums


def _whom(text: str, count: Count) -> str:
    """The noun of a number: behind it, or before it where none is (木工8个人)."""
    noun = count.text[-2:]
    return text[max(0, count.start - 2) : count.start] if noun == "个人" else noun


def _gathered(text: str, counts: list[Count]) -> Count | None:
    """The first of these in whose sentence people gather now."""
    context, calm = alarm_rules().context, (-1, -1)
    for count in counts:
        sentence = clause_around(text, count.start, count.start, sentence=True)
        # Many numbers of one sentence are one question.
        if sentence == calm:
            continue
        if context["crowd_cues"].search(text, *sentence) and context["now"].search(text, *sentence):
            return count
        calm = sentence
    return None


def _whole(found: Found) -> str:
    """The words that say that all of an employer's people are hit, "" when none do."""
    rules = alarm_rules()
    first = len(rules.entries)
    for number in found.candidates:
        if number < first:
            continue
        for start, _ in rules.matcher.places(number, found)[:_MOST]:
            said = rules.context["workforce"].match(found.text, start)
            if said is None:
                continue
            left, right = clause_around(found.text, start, said.end(), sentence=True)
            if not rules.context["not_theirs"].search(found.text, max(left, start - 30), min(right, said.end() + 20)):
                return said.group(0)
    return ""
