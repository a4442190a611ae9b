"""Refuses a rewording that says more than the plan (核对改写): no article, number, day or promise of its own."""

from __future__ import annotations

import re
from calendar import month_name

from gonghui.law.advice.plan import Plan
from gonghui.law.advice.words import text_of
from gonghui.law.citations import plain, to_int
from gonghui.law.store import LawStore
from gonghui.law.topics.topic import PROMISES

_ARTICLE_NUMBER = re.compile(r"第\s*([零〇一二三四五六七八九十百千\d]+)\s*条")
_TITLE = re.compile(r"《([^》]{2,60})》")
_NUMBER = re.compile(r"(?<![\d.])\d[\d,]*(?:\.\d+)?")
_UNITS = "个工作日|块钱|块|%|小时|个月|工作日|万元|元|倍|年|月|天|日|周|条|款|项"
_COUNTED = re.compile(rf"([一二两三四五六七八九十百千万]+|\d[\d,]*(?:\.\d+)?)\s*({_UNITS})")
# A result promised, in whatever words; 不一定能拿回 promises nothing.
_PROMISE = re.compile(
    r"(?<![不未])(?:一定|肯定|必定|必然|铁定|绝对|百分(?:之)?百|100%|保证|包您?|稳|准)[^，。！？；\n]{0,6}?"
    r"(?:赢|胜|拿到|拿回|要回|讨回|赔给|成功)"
    r"|guarantee\w*|without (?:any |a )?doubt|can(?:no|')t lose"
    r"|(?<!not )\b(?:certainly|surely|definitely|absolutely|for sure|(?<!make )(?<!be )(?:sure|certain|bound) to)\b"
    r"|(?:you(?:'ll| will| are going to)) (?:win|get|receive|recover|be paid)\b",
    re.IGNORECASE,
)
# English: Art. 38 of 劳动合同法; laws by an English name; counted things and numbers that are words.
_ARTICLE = re.compile(
    r"\bart(?:icle)?s?\b\.?\s*(\d+)(-\d+)?(?:\s+of\s+(?:the\s+)?([\u3400-\u9fff][^\s,;.]*))?", re.IGNORECASE
)
_LAW = re.compile(r"\b(?:[A-Z][a-z]+ )+(?:Law|Code|Act|Regulations?|Measures|Constitution|Interpretations?)\b")
_NUMERALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = {
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_WORDED = {word: str(number) for number, word in enumerate(_NUMERALS.split(), start=1)}
_WORDED |= {word: str(number) for word, number in _TENS.items()}
_ENGLISH_UNITS = {
    "day": "天日", "month": "个月月", "year": "年", "hour": "小时", "week": "周", "time": "倍", "yuan": "元",
    "rmb": "元", "percent": "%", "per cent": "%", "fold": "倍",
}  # fmt: skip
_ENGLISH_COUNTED = re.compile(
    rf"\b(\d[\d,]*(?:\.\d+)?|{'|'.join(sorted(_WORDED, key=len, reverse=True))})[\s-]*(?:working |calendar |full )?"
    rf"({'|'.join(_ENGLISH_UNITS)})s?\b",
    re.IGNORECASE,
)
_ENGLISH_WORDS = re.compile(
    r"\b(?:double|twice|triple|treble|half|halves|quarter|hundred|thousand|million|dozen|fortnight|decade)s?\b",
    re.IGNORECASE,
)
_MONTHS = [name for name in month_name if name]
_ENGLISH_DAY = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({'|'.join(_MONTHS)})|({'|'.join(_MONTHS)}) (\d{{1,2}}))\b"
)
# Numbers that are words of their own.
_WORDS = re.compile(
    r"双倍|两倍|翻倍|半年|半个月|[2-9２-９]N|N\s*[+＋]\s*\d|[一二三四五六七八九]成(?!立|为|功|了|年|员)|百分之[零〇一二三四五六七八九十百\d]+"
)
_ISO_DAY = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
_MONTH_DAY = re.compile(r"[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[号日]")


def check(plan: Plan, text: str) -> list[str]:
    """What the text says that the plan does not, in words; [] when it says nothing of its own.

    The plan's own wording in both languages, the texts of its articles and the worker's facts are what may be said; the
    rewording may be Chinese or English.
    """
    wrong: list[str] = []
    said = plain(text)
    articles = plan.articles
    cited = {article.id for article in articles}
    own = plain("\n".join([text_of(plan), text_of(plan, "en")]))
    source = plain("\n".join([own, *(article.text for article in articles)]))
    store = LawStore.default()
    cited |= {article.id for article in store.cited_in(own)}
    for found in store.cited_in(said):
        if found.id not in cited:
            wrong.append(f"引用了方案以外的法条：{found.citation}")
    named = set(_TITLE.findall(source))
    titles = {article.law for article in articles} | {store.citations.title(name) for name in named}
    for name in _TITLE.findall(said):
        title = store.citations.title(name)
        if name not in named and (title is None or title not in titles):
            wrong.append(f"引用了方案以外的法律：《{name}》")
    numbers = {article.number for article in articles} | {to_int(n) for n in _ARTICLE_NUMBER.findall(source)}
    for numeral in _ARTICLE_NUMBER.findall(said):
        if to_int(numeral) not in numbers:
            wrong.append(f"引用了方案以外的条号：第{numeral}条")
    known = {_value(number) for number in _NUMBER.findall(source)} | {_value(str(v)) for v in plan.facts.values()}
    for number in _NUMBER.findall(said):
        if _value(number) not in known:
            wrong.append(f"说了方案里没有的数字：{number}")
    # Twelve months of pay slips give nobody twelve times the pay: a number is known with its unit only.
    counted = {_count(*pair) for pair in _COUNTED.findall(source)}
    told = {_value(str(value)) for value in plan.facts.values()}
    told |= {_value(number) for number, unit in _COUNTED.findall(source) if unit == "元"}
    counted |= {(value, unit) for value in told for unit in ("元", "块", "块钱", "个月", "年", "天")}
    for pair in _COUNTED.findall(said):
        if _count(*pair) not in counted:
            wrong.append(f"说了方案里没有的数字：{''.join(pair)}")
    for pattern in (_WORDS, _MONTH_DAY):
        wrong += [f"说了方案里没有的数字：{found}" for found in pattern.findall(said) if found not in source]
    wrong += [f"承诺了结果：{found}" for found in _PROMISE.findall(said) if found.lower() not in own.lower()]
    wrong += [f"承诺了结果：{word}" for word in PROMISES if word in said]
    cites = "\n".join([own, *(plain(article.english_citation) for article in articles)])
    wrong += _in_english(plan, said, own, numbers=numbers, cites=_english_cites(cites), counted=counted)
    return list(dict.fromkeys(wrong))


def _in_english(
    plan: Plan, said: str, own: str, *, numbers: set[int | None], cites: set[str], counted: set[tuple[str, str]]
) -> list[str]:
    """What English words say that the plan does not: articles, laws, counted things, days, numbers that are words."""
    wrong = [f"引用了方案以外的法条：Art. {cite}" for cite in sorted(_english_cites(said) - cites)]
    bare = [number for number, _, law in _ARTICLE.findall(said) if not law and int(number) not in numbers]
    wrong += [f"引用了方案以外的条号：Art. {number}" for number in bare]
    lower = own.lower()
    wrong += [f"引用了方案以外的法律：{law}" for law in _LAW.findall(said) if law.lower() not in lower]
    known = {(_plain_number(n), unit.lower()) for n, unit in _ENGLISH_COUNTED.findall(own)}
    for number, unit in _ENGLISH_COUNTED.findall(said):
        value, name = _plain_number(number), unit.lower()
        chinese = _ENGLISH_UNITS[name]
        if (value, name) not in known and not any(v == value and u in chinese for v, u in counted):
            wrong.append(f"说了方案里没有的数字：{number} {unit}")
    wrong += [f"说了方案里没有的数字：{word}" for word in _ENGLISH_WORDS.findall(said) if word.lower() not in lower]
    days = {(int(m), int(d)) for m, d in _ISO_DAY.findall(" ".join([own, *(str(v) for v in plan.facts.values())]))}
    days |= _english_days(own)
    wrong += [f"说了方案里没有的日子：{day} {_MONTHS[month - 1]}" for month, day in sorted(_english_days(said) - days)]
    return wrong


def _english_cites(text: str) -> set[str]:
    """38 of 劳动合同法: what an English text cites with its law; a bracket that only closes is no name."""
    found = set()
    for number, further, law in _ARTICLE.findall(text):
        closing = law.count(")") - law.count("(")
        name = law[:-closing] if closing > 0 else law
        if name:
            found.add(f"{number}{further} of {name}")
    return found


def _english_days(text: str) -> set[tuple[int, int]]:
    """(month, day) of the days that are written out in English."""
    found = _ENGLISH_DAY.findall(text)
    return {(_MONTHS.index(month or other) + 1, int(day or number)) for day, month, other, number in found}


def _plain_number(number: str) -> str:
    return _WORDED.get(number.lower()) or _value(number)


def _count(number: str, unit: str) -> tuple[str, str]:
    value = to_int(number) if not number[0].isdigit() else None
    return (str(value) if value is not None else _value(number), unit)


def _value(number: str) -> str:
    bare = number.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare
