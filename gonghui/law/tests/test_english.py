"""The law's answers in English: all there is to tell has English, and nothing of the Chinese changes."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils.translation import override

from gonghui.law.advice import advise, check, tell
from gonghui.law.advice.deadlines import calendar_file
from gonghui.law.advice.words import text_of
from gonghui.law.calculators import FactsError, calculators
from gonghui.law.english import CHINESE, english, in_words, marked, named, told
from gonghui.law.english import texts as wanted
from gonghui.law.lexicon import LawDataError
from gonghui.law.store import LawStore
from gonghui.law.tests.test_calculators import EXAMPLES, TODAY, context
from gonghui.law.topics import topics

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"
LEFT = {"employed": "no", "started_on": "2020-01-01", "ended_on": "2026-03-10", "average_wage": "5200"}
# A law that is named in a working and not in the collection.
NAMED = ("行政复议法", "最低工资规定", "防暑降温措施管理办法（安监总安健〔2012〕89号）")
_NAMES = ("source", "citations", "key")
NOTICE = re.compile(r"(?:法释|财税|劳部发)〔\d+〕\d+号")


def chinese_left(text: str, *names: str) -> str:
    """The text without the names that stay Chinese: "" where nothing else is."""
    laws = {article.short_law for article in LawStore.default().articles}
    for name in sorted({*laws, *NAMED, *names}, key=len, reverse=True):
        text = text.replace(name, "")
    return text if CHINESE.search(NOTICE.sub("", text)) else ""


def strings(data: Any) -> list[str]:
    """The texts of what a calculator gives back; where its numbers come from are names."""
    if isinstance(data, dict):
        return [text for name, value in data.items() if name not in _NAMES for text in strings(value)]
    if isinstance(data, list):
        return [text for value in data for text in strings(value)]
    return [data] if isinstance(data, str) and CHINESE.search(data) else []


def test_every_text_that_is_told_has_english_and_no_english_is_left_over() -> None:
    assert wanted.problems(topics()) == []


def test_a_lost_and_a_new_sentence_are_named() -> None:
    library = topics()
    first = library.topics["R01"]
    library = type(library).__new__(type(library))
    library.topics = {"R01": first.model_copy(update={"dangers": ("这句话刚刚写上。",)})}
    library.persons, library.facts = topics().persons, topics().facts
    found = wanted.problems(library)
    assert "R01.yaml: no English: 这句话刚刚写上。" in found
    assert f"R01.yaml: told nowhere: {first.dangers[0]}" in found


@pytest.mark.parametrize("code", ["R01", "R14", "R22"])
@pytest.mark.parametrize("facts", [{}, LEFT, {"worker_kind": "civil_servant"}], ids=["plain", "left", "civil servant"])
def test_an_english_answer_is_english_but_for_names(code: str, facts: dict[str, str]) -> None:
    plan = advise("", facts, codes=[code])
    section = plan.sections[0]
    names = [body.zh for body in section.bodies] + [named("", "x")]
    names += [wanted.DOCUMENTS[name] for name in plan.documents]
    names += [article.short_law for article in plan.articles]
    names += [right.basis.split("（")[0] for right in section.rights if right.basis]
    # Where a statement comes from is named as it is called.
    lines = [
        re.sub(r"\(Source: .*\)$", "", line) for block in tell(plan, "en") for line in (block.heading, *block.lines)
    ]
    # What is quoted is the form's own wording, to be known again.
    left = [
        line for line in (re.sub(r"[“‘\"'][^”’\"']*[”’\"']", "", line) for line in lines) if chinese_left(line, *names)
    ]
    assert left == []


def test_laws_are_cited_in_english_style_with_their_own_names() -> None:
    said = text_of(advise(UNPAID), "en")
    assert "(Law: Art. 50 of 劳动法" in said and "第五十条" not in said


def test_the_chinese_answer_is_as_it_was() -> None:
    said = text_of(advise(UNPAID, LEFT))
    assert "【法律给您什么】\n工资要用钱按月发给您本人，不能克扣，也不能无故拖欠。（依据：《劳动法》第五十条、" in said
    assert (
        "第1步：先书面催要一次，写明月份和金额，保留凭证。去哪：用微信、短信或快递发给单位。带什么：写好的催款信。"
        in said
    )
    assert "劳动人事争议仲裁委员会，电话 12333。仲裁免费，可以同时要经济补偿。" in said


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_workings_are_told_in_english_with_the_same_numbers(example: dict[str, Any]) -> None:
    try:
        found = calculators()[example["calculator"]].run(example["facts"], context(example.get("today", TODAY)))
    except FactsError as error:
        assert all(english(text) for texts in error.errors.values() for text in texts)
        return
    data = found.as_dict()
    sources = [row["source"] for row in data.get("parameters", [])]
    for text in strings(data):
        said = english(text)
        assert said, text
        if any(mark in text for mark in "=×÷"):
            digits = re.compile(r"[\d.,]*\d")
            assert Counter(digits.findall(said)) == Counter(digits.findall(text)), said
        # A person's own words and where a local value comes from stay as they are.
        assert not chinese_left(said, *sources, *strings(example["facts"])) or "系统里的数值" in text, said


@pytest.mark.parametrize(
    ("chinese", "said"),
    [
        ("1 年 3 个月 1 天", "1 year 3 months 1 day"),
        ("76,000 元", "76,000 yuan"),
        ("至少 9,500 元", "At least 9,500 yuan"),
        ("产假 98 天、本省增加 0 天", "Maternity leave: 98 days, added by the province: 0 days"),
        ("多胞胎多 2 个 30 天", "2 more babies: 30 days"),
        ("甲小计", "甲, subtotal"),
        ("no Chinese at all", "no Chinese at all"),
    ],
)  # fmt: skip
def test_what_is_filled_in_is_told_in_english_too(chinese: str, said: str) -> None:
    assert english(chinese) == said


@pytest.mark.parametrize(
    "text", ["这句话哪里都没有", "{}", "第{}步", "{0} 元年{", "", "😀。、；", "、" * 500, "。" * 500]
)
def test_what_has_no_english_stays_as_it_is(text: str) -> None:
    assert in_words(text, True) == text and in_words(text, False) == text


def test_names_and_own_words_are_not_told_in_english() -> None:
    data = {"zh": "拖欠工资", "words": "当天", "takes": "当天", "rows": [{"unit": "天", "law": "劳动法"}], "n": 3}
    assert told(data, True) == {"zh": "拖欠工资", "words": "当天", "takes": english("当天"),
                                "rows": [{"unit": "days", "law": "劳动法"}], "n": 3}  # fmt: skip
    assert told(data, False) == data


def test_a_file_that_lost_a_slot_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    for rows in ({"共 {} 天": "days in all"}, {"共": ""}, {"共": 3}, ["共"]):
        file.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
        with pytest.raises(LawDataError):
            wanted.read_file(file)


def test_chinese_in_an_english_page_is_marked_and_escaped() -> None:
    with override("en"):
        assert marked("See Art. 3 of 劳动法 <b>") == 'See Art. 3 of <span lang="zh">劳动法</span> &lt;b&gt;'
        assert marked("a < b") == "a < b"
    with override("zh-hans"):
        assert marked("见《劳动法》<b>") == "见《劳动法》<b>"


def test_data_are_in_the_language_asked_for() -> None:
    plan = advise(UNPAID, {"employed": "no"})
    zh, en = plan.to_dict(), plan.to_dict("en")
    assert en["topics"][0]["zh"] == "拖欠工资" and en["read"] == zh["read"]
    assert en["rights"][0]["text"].startswith("Wages must be paid") and zh["rights"][0]["text"].startswith("工资要用钱")
    assert en["rights"][0]["citations"][0]["citation"] == "Art. 50 of 劳动法"
    assert en["bodies"][0]["name"] == zh["bodies"][0]["en"]
    conclusions = zip(en["conclusions"], zh["conclusions"], strict=True)
    assert all(
        bool(a["condition"]) == bool(b["condition"]) and not CHINESE.search(a["condition"]) for a, b in conclusions
    )


def test_last_days_go_to_the_calendar_in_english() -> None:
    plan = advise(UNPAID, LEFT)
    file = calendar_file(plan.clocks, date(2026, 4, 1), english=True).decode()
    assert "Last day: Apply for labour arbitration of unpaid wages" in file.replace("\r\n ", "")
    assert not CHINESE.search(file)


@pytest.mark.parametrize("code", sorted(topics().topics))
def test_every_english_answer_stands_on_its_plan(code: str) -> None:
    plan = advise("", codes=[code])
    assert check(plan, text_of(plan, "en")) == []


@pytest.mark.parametrize(
    "said",
    [
        "Under Art. 47 of 劳动合同法 you can claim severance.",
        "Art. 50 of 刑法 says so.",
        "Under Article 276 the boss goes to prison.",
        "The Labour Happiness Law helps you.",
        "You can get 99,999 yuan.",
        "Act before 1 May 2026.",
        "You have five years to file.",
        "You can claim twelve times your wages.",
        "You can claim double pay.",
        "You will certainly win.",
        "You will get the money back.",
        "The union guarantees the result.",
    ],
)
def test_an_english_rewording_that_says_more_is_refused(said: str) -> None:
    assert check(advise(UNPAID, LEFT), said)


@pytest.mark.parametrize(
    "said",
    [
        "The employer must pay on time. Go to the labour inspectorate, phone 12333. See Art. 50 of 劳动法.",
        "You have one year to file, until 10 March 2027.",
        "The inspectorate closes a case within 60 working days. Make sure to keep the proof.",
        "It is not certain how much you can get back.",
    ],
)
def test_an_english_rewording_of_what_is_there_passes(said: str) -> None:
    assert check(advise(UNPAID, LEFT), said) == []
