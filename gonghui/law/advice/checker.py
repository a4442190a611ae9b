"""Refuses a rewording that says more than the plan (核对改写): no article, number, day or promise of its own."""

from __future__ import annotations

import re

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
    r"(?:赢|胜|拿到|拿回|要回|讨回|赔给|成功)|guarantee|certainly win|will surely",
    re.IGNORECASE,
)
# Numbers that are words of their own.
_WORDS = re.compile(
    r"双倍|两倍|翻倍|半年|半个月|[2-9２-９]N|N\s*[+＋]\s*\d|[一二三四五六七八九]成(?!立|为|功|了|年|员)|百分之[零〇一二三四五六七八九十百\d]+"
)
_MONTH_DAY = re.compile(r"[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[号日]")


def check(plan: Plan, text: str) -> list[str]:
    """What the text says that the plan does not, in words; [] when it says nothing of its own.

    The plan's own wording, the texts of its articles and the worker's facts are what may be said.
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
    wrong += [f"承诺了结果：{found}" for found in _PROMISE.findall(said) if found not in own]
    wrong += [f"承诺了结果：{word}" for word in PROMISES if word in said]
    return list(dict.fromkeys(wrong))


def _count(number: str, unit: str) -> tuple[str, str]:
    value = to_int(number) if not number[0].isdigit() else None
    return (str(value) if value is not None else _value(number), unit)


def _value(number: str) -> str:
    bare = number.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare
