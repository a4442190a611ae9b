"""What a message tells twice and differently is said and asked, and nothing is reckoned with it."""

from __future__ import annotations

import re

import pytest

from gonghui.law.advice import advise, check, tell
from gonghui.law.advice.clashes import clash_rows
from gonghui.law.advice.words import text_of
from gonghui.law.english import CHINESE
from gonghui.law.topics import topics


@pytest.mark.parametrize(
    ("text", "fact", "words"),
    [
        ("没签过合同，合同上写试用期六个月，月薪5000", "contract_state", ("没签过合同", "合同上写")),
        ("合同签了三年，公司没和我签劳动合同", "contract_state", ("没和我签劳动合同", "合同签了")),
        ("我和厂里签了劳动合同，可我从来没有签合同，能要双倍工资吗", "contract_state", ("没有签合同", "签了劳动合同")),
        ("公司已经把我开除了，我现在还在公司上班，想要赔偿", "employed", ("开除", "现在还在公司上班")),
        ("没签过合同，合同约定月薪五千", "contract_state", ("没签过合同", "合同约定")),
        ("公司没签合同，可老板和我签了合同", "contract_state", ("没签合同", "签了合同")),
        ("公司上月底把我辞退了，我今天还在公司上班", "employed", ("把我辞退", "今天还在公司上班")),
        ("公司给我交了社保，可是公司没给我交社保，怎么投诉", "insured", ("没给我交社保", "交了社保")),
        ("我今年18岁，在厂里干了20年，厂里要辞退我", "age", ("18岁", "干了20年")),
    ],
)
def test_both_are_told_back_and_the_fact_is_asked_first(text: str, fact: str, words: tuple[str, str]) -> None:
    plan = advise(text)
    block = tell(plan)[0]
    assert block.kind == "problems" and all(one in block.lines[0] for one in words)
    assert fact not in plan.facts and plan.questions[0].fact == fact and len(plan.questions) <= 5
    assert not check(plan, text_of(plan))


def test_nothing_that_was_read_with_it_is_left() -> None:
    plan = advise("合同签了三年，公司没和我签劳动合同")
    assert not {"contract_state", "relation", "unsigned_months"} & plan.facts.keys()


@pytest.mark.parametrize("said", ["never", "signed"])
def test_an_answer_ends_it(said: str) -> None:
    plan = advise("没签过合同，合同上写试用期六个月", {"contract_state": said})
    assert not plan.problems and plan.facts["contract_state"] == said


def test_who_cannot_tell_is_not_asked_again_but_told_still() -> None:
    plan = advise("没签过合同，合同上写试用期六个月", without=["contract_state"])
    assert plan.problems and "contract_state" not in [one.fact for one in plan.questions]


def test_it_is_told_in_english_with_the_workers_own_words() -> None:
    (line,) = advise("没签过合同，合同上写试用期六个月").to_dict("en")["problems"]
    assert not CHINESE.search(re.sub("“[^”]*”", "", line)) and "没签过合同" in line


@pytest.mark.parametrize(
    "text",
    [
        "没签劳动合同，只签了劳务合同，合同上写按天算钱",
        "合同到期没有签合同，之前合同上写月薪五千",
        "干了半年没签合同，后来签了劳动合同",
        "我没签劳动合同，同事的合同上写了五险一金",
        "没签过劳动合同，公司说合同以后再说",
        "从来没有人和我签过劳动合同",
        "被公司辞退了，现在在另一家公司上班，还在等赔偿",
        "以前公司交了社保，这家公司没给我交社保",
        "我没交社保，自己买了社保",
        "包工头没跟我们签合同，他和总包签了合同",
        "没和用工单位签合同，和派遣公司签了合同",
        "我没和用工单位签合同，合同签的是派遣公司",
        "我没签过合同，公司拿出一份合同，合同上签的名字不是我的",
        "我没签过合同，合同上写的字是伪造的",
        "没签合同，招聘时说合同约定月薪五千",
        "已经通知把我辞退，月底走，我现在还在公司上班",
        "公司下个月把我辞退，我现在还在公司上班",
        "正式工都交了社保，我们临时工没有交社保",
        "公司没给我交社保，给我办了社保卡",
        "我今年45岁，在厂里干了20年",
        "我儿子15岁，我在厂里干了20年",
    ],
)
def test_what_may_both_be_so_is_left_alone(text: str) -> None:
    assert not advise(text).problems


def test_the_rows_name_facts_and_values_that_are_there() -> None:
    facts = topics().facts
    for row in clash_rows():
        assert row.fact in facts and not set(row.drops) - facts.keys()
        fact = facts[row.fact]
        assert row.value in fact.options if fact.kind == "choice" else isinstance(row.value, bool)
