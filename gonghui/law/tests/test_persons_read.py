"""Who writes, and when something happened, as a letter tells it; and what the answer then says differently."""

from __future__ import annotations

from typing import Any

import pytest

from gonghui.law.advice import advise
from gonghui.law.advice.matching import matcher, needs
from gonghui.law.advice.words import text_of


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("我是县财政局的公务员，领导把年终奖扣了", "worker_kind", "civil_servant"),
        ("我们是参公管理事业单位的干部，车补停发了", "worker_kind", "civil_servant"),
        ("我是公立医院在编护士，医院要解除聘用合同", "worker_kind", "institution"),
        ("我是大三学生，暑假在奶茶店打工两个月，老板不给工资", "worker_kind", "student"),
        ("我在校大学生实习被扣工资", "worker_kind", "student"),
        ("我65岁领养老金，在小区当保安受伤了", "worker_kind", "pensioner"),
        ("我65岁领养老金，在小区当保安受伤了", "pension_drawn", True),
        ("我已经65岁领养老金了，在小区当保安受伤了", "worker_kind", "pensioner"),
        ("我已经65岁领养老金了，在小区当保安受伤了", "pension_drawn", True),
        ("我今年61岁，早就领养老金了，物业欠我工资", "pension_drawn", True),
        ("我62岁了，现在领着退休金，在厂里看门受伤了", "worker_kind", "pensioner"),
        ("我每月领退休金，返聘回厂里，厂里欠我工资", "worker_kind", "pensioner"),
        ("我是越南人，在厂里干了两年，老板不给工资", "worker_kind", "foreigner"),
        ("我是美国外教，学校没办工作许可，拖欠工资", "work_permit", "none"),
        ("我是越南人，有永久居留证，被厂里辞退", "work_permit", "permanent"),
        ("我63岁，没有领养老金，扫雪摔断腿，物业说我超龄不算工伤", "pension_drawn", False),
        ("我63岁，没有领养老金，扫雪摔断腿，物业说我超龄不算工伤", "senior_issue", "injury"),
        ("我退休领养老金了，返聘回厂里，现在不要我了", "pension_drawn", True),
        ("我送外卖，站长每天排班要打卡，迟到罚款，说我是自己当老板", "platform_control", "full"),
        ("我开自己的货车，物流公司欠我三个月运费", "freight_issue", "unpaid"),
        ("厂里一直没签合同，干了8个月，现在把我辞退了", "unsigned_months", 8),
        ("手被轧断，老板让我签字了结，我签了", "signed_paper", "settlement"),
    ],
)
def test_a_letter_tells_who_writes(text: str, fact: str, value: Any) -> None:
    assert advise(text).facts.get(fact) == value


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("我不是公务员，是编外人员，单位不给年终奖", "worker_kind"),
        ("我是公务员家属，在超市上班，老板拖欠工资", "worker_kind"),
        ("我是编外人员，不是在编的，工资比在编的少一半", "worker_kind"),
        ("公司的领导领着退休金还来上班，却把我辞退了", "pension_drawn"),
        ("我想问什么时候能领到养老金，公司没交社保", "work_permit"),
        ("签了三年合同，干了8个月，现在把我辞退了", "unsigned_months"),
        ("我60岁领养老金需要缴多少年社保，公司少给我缴了三年", "pension_drawn"),
        ("我父亲65岁领养老金，我在厂里受伤了", "worker_kind"),
    ],
)
def test_what_is_denied_or_is_somebody_elses_is_not_read(text: str, fact: str) -> None:
    assert fact not in advise(text).facts


@pytest.mark.parametrize(
    "text",
    [
        "我到60岁领养老金还差5年，公司把我辞退了",
        "我想60岁领养老金，公司断缴怎么办",
        "我想60岁领退休金，公司断缴怎么办",
        "我还有三年60岁领养老金，公司把我辞退了",
        "我明年60岁领养老金，公司把我辞退了",
        "我还差一年就可以领养老金了，公司把我辞退了",
        "再过两年我就领养老金了，公司不给缴社保",
        "我还有三年退休领养老金，公司断缴社保",
        "女工50岁领养老金还是55岁领养老金",
    ],
)
def test_who_will_draw_a_pension_does_not_draw_it(text: str) -> None:
    facts = advise(text).facts
    assert not facts.get("pension_drawn") and facts.get("worker_kind") != "pensioner"


def test_a_civil_servant_is_not_sent_to_labour_arbitration() -> None:
    plan = advise("我是县财政局的公务员，领导把我从副科降到科员，年终奖也扣了，能申请劳动仲裁吗？")
    assert plan.sections and all(section.person == "civil_servant" for section in plan.sections)
    assert "劳动人事争议仲裁委员会" not in text_of(plan) and "复核" in text_of(plan)


def test_what_happened_is_told_beside_who_one_is() -> None:
    """A foreigner who was dismissed without a contract asks about that too."""
    plan = advise("我是越南人，嫁到中国有永久居留证，厂里没给我签合同，干了8个月，现在把我辞退了")
    told = [section.topic.id for section in plan.sections]
    assert told[0] == "R85" and "R14" in told


def test_months_that_cannot_be_so_together_are_asked_back() -> None:
    assert advise("我2024年5月入职，2023年12月被辞退，赔多少钱").problems
    assert not advise("我2023年5月入职，2023年12月被辞退，赔多少钱").problems
    # Of one year alone the order is not known.
    assert not advise("我2023年入职，2023年2月被辞退，赔多少钱").problems


def test_a_year_before_the_cited_rules_is_said() -> None:
    assert "适用当时的规定" in text_of(advise("1993年我在集体厂被除名，没有任何手续，现在能要赔偿吗"))
    assert "适用当时的规定" not in text_of(advise("2024年我在厂里被除名，没有任何手续，现在能要赔偿吗"))


def test_a_month_that_was_taken_back_counts_no_longer() -> None:
    assert not advise("我2024年5月入职，2023年12月被辞退，赔多少钱", not_so=["ended_on"]).problems


@pytest.mark.parametrize("text", ["公司说2030年1月要裁掉我，我2010年入职", "我是大三学生，奶茶店老板不给我工资"])
def test_situations_whose_word_is_missing_are_not_told(text: str) -> None:
    assert not {section.topic.id for section in advise(text).sections} & {"R20", "R85"}


def test_every_way_of_saying_a_situation_has_its_word() -> None:
    """Else a worker who says it so would never be told of it."""
    for place, phrasing in matcher().phrasings:
        name = matcher().topics[place].id
        if name in needs() and phrasing != matcher().topics[place].zh:
            assert needs()[name].search(phrasing.lower()), (name, phrasing)


@pytest.mark.parametrize("text", ["我家楼上漏水怎么办", "今天天气真好", "孩子上学学区怎么划分"])
def test_what_is_no_work_gets_no_situation(text: str) -> None:
    assert not advise(text).sections
