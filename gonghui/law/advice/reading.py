"""What a message itself tells of the facts (从来信读出事实), and by which words."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from gonghui import yamls
from gonghui.brain.text import clause_around
from gonghui.brain.types import Entity, Understanding
from gonghui.law.advice.days import Span
from gonghui.law.topics import FactValue

HERE = Path(__file__).resolve().parent
_SURE = 0.7
_CONTRACT: dict[str, dict[str, FactValue]] = {
    "unsigned": {"contract_state": "never", "relation": "nothing"},
    "oral": {"contract_state": "never", "relation": "nothing"},
    "signed": {"relation": "contract"},
    "expired": {"relation": "contract"},
    "blank": {"signed_paper": "blank"},
}
_INSURANCE: dict[str, dict[str, FactValue]] = {
    "none": {"insured": "none"},
    "arrears": {"insured": "partly"},
    "low_base": {"insured": "low"},
    "waived": {"signed_paper": "waiver"},
}
_END: dict[str, dict[str, FactValue]] = {
    "dismissed": {"ended_by": "employer", "employed": False},
    "resigned": {"ended_by": "worker", "employed": False},
    "forced": {"ended_by": "worker", "employed": False},
    "expired": {"ended_by": "expired"},
    "closed": {"ended_by": "closed", "employed": False},
}
_WORKER: dict[str, dict[str, FactValue]] = {
    "rider": {"employer_kind": "platform"},
    "courier": {"employer_kind": "platform"},
    "ride_hailing": {"employer_kind": "platform"},
    "domestic": {"employer_kind": "household"},
    "dispatched": {"relation": "dispatch"},
    "intern": {"worker_kind": "student"},
    "foreign": {"worker_kind": "foreigner"},
    "institution": {"worker_kind": "institution"},
}
# Who one says one is; 公务员 alone may be somebody else.
_KIND = {
    "civil_servant": ("作为公务员", "本人公务员"),
    "institution": ("事业单位在编", "事业编制", "在编教师", "在编人员"),
    "pensioner": (
        "退休返聘",
        "已经退休",
        "已退休",
        "每月领退休金",
        "在领退休金",
        "已经领退休金",
        "领着退休金",
        "领着养老金",
        "退休后又",
    ),
    "student": ("在校学生", "学校安排的实习", "学校安排实习", "实习生"),
    "foreigner": ("我是外国人", "外籍员工", "外国人没", "我是外籍"),
}
_POSTLESS = re.compile("编外|临聘|不是在编|(?:没有?|无)编制|不在编")
_SITE = ("工地", "包工头", "总包", "建筑", "装修队", "项目部", "施工", "农民工")
_SITE_CATEGORY = "0108"
# Words that tell which event a day is of, and how far from it they may stand.
_EVENTS = {
    "ended_on": (
        "离职",
        "辞职",
        "被辞",
        "辞退",
        "开除",
        "解除",
        "解雇",
        "最后一天",
        "走人",
        "被裁",
        "终止",
        "除名",
        "清退",
    ),
    "started_on": (
        "入职",
        "进厂",
        "进公司",
        "进入公司",
        "开始上班",
        "去上班",
        "开始工作",
        "参加工作",
        "到这家",
        "应聘",
    ),
    "injured_on": ("受伤", "摔", "砸", "工伤", "出事", "事故", "轧", "压伤", "夹伤"),
    "award_received_on": ("收到裁决", "拿到裁决", "收到仲裁裁决", "拿到仲裁裁决", "裁决书送达", "收到裁决书"),
}
_REACH = 13
_DENIED = ("没", "不是", "未", "并非", "不属于", "别人", "他们", "我们主任", "老板是", "领导")
_VANISHED = ("跑", "溜", "失联", "联系不", "不见", "躲", "找不到", "蒸发", "卷款", "逃", "消失", "失踪", "打不通")
# Whose age or what sum it is when it is not one's own.
_OTHERS = (
    "孩子",
    "儿子",
    "女儿",
    "父",
    "母",
    "爸",
    "妈",
    "爷",
    "奶",
    "老人",
    "老板",
    "宝宝",
    "丈夫",
    "老公",
    "妻",
    "老婆",
)
_NOT_PAY = ("房租", "社保", "最低工资", "扣", "租", "房贷", "补贴", "公积金", "伙食")
# What follows a time for which there was no contract.
_UNSIGNED = re.compile(
    r"多?了?[，,]?(?:都|也|还|就|一直|始终|从来|公司|单位|老板|厂里|工厂|企业|至今|现在|仍|依然){0,3}(?:没有?|未|不)"
    r"(?:给|和|跟|与)?(?:我们?)?(?:签|订立)(?:订|过)?(?:书面)?(?:劳动)?合同"
)
# What goes before a time for which there was no contract.
_UNSIGNED_FOR = re.compile(
    r"(?:没有?|未)(?:给|和|跟|与)?(?:我们?)?(?:签|订立)(?:订|过)?(?:书面)?(?:劳动)?合同[，,](?:我|已经|就|也|一共|都){0,2}"
    r"(?:干|做|上班|工作)了?(?:已经|快|有|整整)?$"
)
# What goes before a time of work.
_WORKED = re.compile(r"(?:干|做|上班|工作|打工)了?(?:有|快|近|整整|已经)?$")
_IOU = ("欠条", "结算单", "打了条")


@dataclass(frozen=True, slots=True)
class Read:
    """A fact that was read, and the words it was read from."""

    fact: str
    value: FactValue
    words: str


def read_facts(meaning: Understanding) -> list[Read]:
    """Facts of the message that were read with confidence, each once; the worker is shown them and can change them."""
    found: dict[str, Read] = {}
    for fact, value, words in _all(meaning):
        # What is said twice and differently is asked.
        if fact in found and found[fact].value != value:
            found[fact] = Read(fact, value, "")
        found.setdefault(fact, Read(fact, value, words))
    return [read for read in found.values() if read.words]


def _all(meaning: Understanding) -> Iterator[tuple[str, FactValue, str]]:
    for kind, table in (("contract", _CONTRACT), ("insurance", _INSURANCE), ("employment_end", _END)):
        for entity in sure_entities(meaning, kind):
            if "续" in entity.text:
                continue
            for fact, value in table.get(str(entity.value), {}).items():
                yield fact, value, entity.text
    worker = meaning.worker_type
    # Whom a domestic worker works for is asked where a company is in it: it may be the employer.
    if worker is not None and worker.score >= _SURE and not (worker.code == "domestic" and "公司" in meaning.text):
        for fact, value in _WORKER.get(worker.code, {}).items():
            # Who says plainly what they are, or that they have no post, is not guessed at.
            if fact != "worker_kind" or not (_kinds(meaning.text) or _POSTLESS.search(meaning.text)):
                yield fact, value, "、".join(worker.why[:1])
    for kind, said in _kinds(meaning.text):
        yield "worker_kind", kind, said
    site = next((word for word in _SITE if word in meaning.text), None)
    if site and any(scored.code == _SITE_CATEGORY for scored in meaning.categories[:1]):
        yield "employer_kind", "site", site
    for fact, value, pattern, unless in patterns():
        if (
            fact != "worker_kind"
            and not (unless and unless in meaning.text)
            and (words := told_words(meaning.text, pattern))
        ):
            yield fact, value, words
    if iou := next((word for word in _IOU if _said(meaning.text, word)), None):
        yield "iou", True, iou
    for alarm in meaning.urgency.alarms:
        gone = alarm.kind == "employer_gone" and any(sign in alarm.word for sign in _VANISHED)
        if gone and not alarm.negated and alarm.level == "P1" and _said(meaning.text, alarm.word):
            yield "reachable", False, alarm.word
        if alarm.kind == "maternity_dismissal" and not alarm.negated:
            yield "protected", "maternity", alarm.word
    for entity in sure_entities(meaning, "age"):
        if any(word in _clause(meaning, entity) for word in _OTHERS):
            continue
        yield "age", int(float(str(entity.value))), entity.text
    for entity in sure_entities(meaning, "duration"):
        # 干了三个月没签合同 tells how long; 签了三年合同 does not.
        told = _UNSIGNED.match(meaning.text, entity.end) or _UNSIGNED_FOR.search(meaning.text, 0, entity.start)
        if told and float(str(entity.value)) >= 1:
            yield "unsigned_months", int(float(str(entity.value))), entity.text
    for entity in sure_entities(meaning, "people_count"):
        if not any(word in _clause(meaning, entity) for word in ("我们", "工友", "同事", "一起", "和我一样")):
            continue
        yield "coworkers", int(str(entity.value)), entity.text
    for entity in sure_entities(meaning, "money"):
        clause = _clause(meaning, entity)
        pay = any(word in clause for word in ("工资", "月薪", "薪水", "底薪", "应发"))
        if entity.qualifier == "per_month" and pay and not any(word in clause for word in _NOT_PAY):
            yield "monthly_wage", _money(entity), entity.text
        elif (
            entity.qualifier is None
            and "我欠" not in clause
            and any(word in _before(meaning, entity) for word in ("欠", "拖", "少发", "没发"))
        ):
            yield "owed", _money(entity), entity.text
    for entity in sure_entities(meaning, "date"):
        if entity.qualifier == "day" and (fact := _event(meaning, entity)):
            yield fact, date.fromisoformat(str(entity.value)), entity.text


def _kinds(text: str) -> list[tuple[str, str]]:
    """What the writer says they are (`worker_kind`), each with the words."""
    told = [(str(value), told_words(text, pattern)) for fact, value, pattern, _ in patterns() if fact == "worker_kind"]
    found = [(kind, words) for kind, words in told if words]
    for kind, phrases in _KIND.items():
        found += [(kind, phrase) for phrase in phrases if _said(text, phrase)][:1]
    return found


def read_spans(meaning: Understanding) -> dict[str, Span]:
    """When things happened of which only a month or year is told, each once: the first and the last day of it."""
    found: dict[str, Span] = {}
    for entity in sure_entities(meaning, "date"):
        if entity.qualifier not in ("month", "year") or not (fact := _event(meaning, entity)):
            continue
        year, _, month = str(entity.value).partition("-")
        first = date(int(year), int(month or 1), 1)
        last = date(int(year), int(month or 12), monthrange(int(year), int(month or 12))[1])
        found.setdefault(fact, (first, last))
    return found


def years_worked(meaning: Understanding) -> list[tuple[str, float]]:
    """Each time of work that is told: its words and its years."""
    times = [(_WORKED.search(meaning.text, 0, one.start), one) for one in sure_entities(meaning, "duration")]
    return [(told.group() + one.text, float(str(one.value)) / 12) for told, one in times if told]


def _event(meaning: Understanding, entity: Entity) -> str:
    """Which event a day is of, by the nearest telling word of its clause; "" where none stands there."""
    left, right = clause_around(meaning.text, entity.start, entity.end)
    if any(word in meaning.text[left : entity.start] for word in _DENIED):
        return ""
    nearest, fact = _REACH, ""
    for name, words in _EVENTS.items():
        for word in words:
            for at in (meaning.text.rfind(word, left, entity.start), meaning.text.find(word, entity.end, right)):
                if at < 0:
                    continue
                gap = at - entity.end if at >= entity.end else entity.start - at - len(word)
                if gap < nearest:
                    nearest, fact = gap, name
    return fact


def _said(text: str, phrase: str) -> bool:
    """Whether the phrase stands somewhere in the text without a denial before it in its clause."""
    at = text.find(phrase)
    while at >= 0:
        left, _ = clause_around(text, at, at + len(phrase))
        if not any(word in text[left:at] for word in _DENIED):
            return True
        at = text.find(phrase, at + 1)
    return False


def told_words(text: str, pattern: re.Pattern[str]) -> str:
    """The words that match the pattern without a denial before them in their clause; "" where there are none."""
    for match in pattern.finditer(text):
        left, _ = clause_around(text, match.start(), match.end())
        if not any(word in text[left : match.start()] for word in _DENIED):
            return match.group()
    return ""


@cache
def patterns() -> tuple[tuple[str, FactValue, re.Pattern[str], str], ...]:
    """Rows of `data/reading.yaml`: fact, value, pattern of the words that tell it, a word that forbids it or ""."""
    rows = yamls.read((HERE / "data" / "reading.yaml").read_bytes())
    return tuple((row["fact"], row["value"], re.compile(row["words"]), row.get("unless", "")) for row in rows)


def _clause(meaning: Understanding, entity: Entity) -> str:
    left, right = clause_around(meaning.text, entity.start, entity.end)
    return meaning.text[left:right]


def sure_entities(meaning: Understanding, kind: str) -> list[Entity]:
    """The entities of a kind that were read with confidence and have a value."""
    return [entity for entity in meaning.entities_of(kind) if entity.confidence >= _SURE and entity.value is not None]


def _before(meaning: Understanding, entity: Entity) -> str:
    return meaning.text[max(0, entity.start - 8) : entity.start]


def _money(entity: Entity) -> Decimal:
    try:
        return Decimal(str(entity.value))
    except InvalidOperation as error:  # pragma: no cover - the brain gives decimal texts
        raise ValueError(f"no sum: {entity.value}") from error
