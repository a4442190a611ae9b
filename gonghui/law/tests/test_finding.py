"""From words to a situation: what a message tells, and which situation is found for it."""

from __future__ import annotations

import numpy as np
import pytest

from gonghui.brain import understand
from gonghui.brain.neighbours.vectors import vector_of
from gonghui.brain.text import normalise
from gonghui.law.advice import advise
from gonghui.law.advice.learnt import Examples, Learnt
from gonghui.law.advice.matching import fresh, matcher, tells
from gonghui.law.advice.reading import patterns
from gonghui.law.topics import topics

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"


@pytest.mark.parametrize(
    ("text", "facts", "branch"),
    [
        ("公司没签合同", {"started_on": "2026-01-31", "ended_on": "2026-09-30"}, "first_year"),
        ("公司没签合同", {"started_on": "2024-10-01", "ended_on": "2025-12-31"}, "plain"),
        ("干了三个月没签合同，老板不要我了", {}, "first_year"),
        ("上班一年半了公司一直没有签劳动合同", {}, "plain"),
    ],
)
def test_how_long_there_was_no_contract_follows_from_what_was_told(
    text: str, facts: dict[str, str], branch: str
) -> None:
    plan = advise(text, facts)
    section = next(section for section in plan.sections if section.topic.id == "R14")
    assert section.conclusion.branch == branch
    assert "unsigned_months" not in [question.fact for question in plan.questions]


def test_a_term_that_was_signed_is_no_time_without_a_contract() -> None:
    assert "unsigned_months" not in advise("签了三年合同，现在到期没签，公司辞退我").facts


def test_the_vectors_are_of_these_phrasings() -> None:
    assert fresh(), "run `gonghui law vectors`"


@pytest.mark.parametrize("code", sorted(topics().topics))
def test_a_situation_is_found_by_the_ways_of_saying_it(code: str) -> None:
    """Phrasings find their own situation among the first three: those of others do not stand in their way."""
    texts = topics().topics[code].phrasings[:3]
    found = [code in {m.topic.id for m in matcher().find(understand(text, facts=False))} for text in texts]
    assert sum(found) >= 2, [text for text, ok in zip(texts, found, strict=True) if not ok]


@pytest.mark.parametrize(
    ("text", "fact", "day"),
    [
        ("我2023年3月5日入职，一直没签合同，公司不给工资", "started_on", "2023-03-05"),
        ("公司2026年5月8日把我辞退了，没给赔偿", "ended_on", "2026-05-08"),
        ("我2026年6月1日在车间受伤，公司不报工伤", "injured_on", "2026-06-01"),
        ("2026年11月20日收到仲裁裁决书，不服怎么办，公司欠我工资", "award_received_on", "2026-11-20"),
    ],
)
def test_days_in_the_message_are_read_by_their_event(text: str, fact: str, day: str) -> None:
    assert advise(text).to_dict()["facts"][fact] == day


def test_what_words_tell_is_a_fact_of_the_situations() -> None:
    facts = topics().facts
    for fact, value, _, _ in patterns():
        assert facts[fact].read(value) == value


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("我是律所的授薪律师，主任让我走，一分补偿没有", "post_kind", "lawyer"),
        ("我是公司的股东，也天天上班领工资，现在说我不是员工", "post_kind", "board"),
        ("厂里让我签了承包协议，还是按时打卡，算不算职工", "post_kind", "contractor"),
        ("店里没有营业执照，受了伤找谁", "licence", "none"),
        ("站长让我注册成个体工商户，送餐摔伤没人管", "platform_paper", "business"),
        ("我签了两次合同，公司说不续了", "renew_offer", "none"),
        ("我签了两次合同，公司说不续了", "fixed_terms", 2),
        ("合同到期没人来签，我还在上班，有八个月了", "renew_offer", "silent"),
        ("文凭是假的，干了三年公司才发现，要开除我", "contract_fault", "untrue"),
        ("面试时没说怀孕，现在公司说我欺骗", "bias_at", "hidden"),
        ("入职让我签了放弃年休假的承诺书", "leave_refused", "waived"),
        ("进厂时写了不缴社保的保证书", "signed_paper", "waiver"),
        ("我被集中隔离了二十天，公司不发工资", "leave_kind", "isolation"),
        ("我口头跟老板说了不干，他说不算", "resign_notice", "oral"),
        ("我在雇主家里做保姆，被拖欠工钱", "employer_kind", "household"),
    ],
)
def test_what_is_said_plainly_is_read(text: str, fact: str, value: str | int) -> None:
    assert advise(text).facts.get(fact) == value


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("公司有没有营业执照我不清楚", "licence"),
        ("我请律师帮我打劳动关系的官司", "post_kind"),
        ("公司董事长说我们没有劳动关系", "post_kind"),
        ("居委会帮忙调解了劳动合同的事", "post_kind"),
        ("单位让我续签，是我不想续签了", "renew_offer"),
        ("我没有签过放弃年休假的承诺", "leave_refused"),
        ("同事孤立我，我像被隔离起来一样", "leave_kind"),
        ("家政公司派我到人家里做保姆", "employer_kind"),
    ],
)
def test_what_is_said_of_others_or_denied_is_not_read(text: str, fact: str) -> None:
    assert fact not in advise(text).facts


@pytest.mark.parametrize(
    ("text", "code", "branch"),
    [
        ("密切接触者隔离了半个月，工资怎么算", "R11", "isolation"),
        ("仲裁认定合同无效以后，干了一年的工资和损失还能要吗", "R17", "void"),
        ("简历里编造了工作经历，公司发现后说合同无效", "R17", "untrue"),
        ("签过自愿放弃年休假的承诺书，还能要年假工资吗", "R42", "waived"),
        ("第二次劳动合同快期满，公司说不续签，合法吗", "R29", "two_terms"),
        ("入职时隐瞒已婚，公司以此为由要开除我", "R69", "hidden"),
    ],
)
def test_the_case_that_was_told_leads_the_answer(text: str, code: str, branch: str) -> None:
    told = {section.topic.id: section.conclusion.branch for section in advise(text).sections}
    assert told.get(code) == branch, told


# Messages that nothing has learnt from; the first three must hold the situation.
HELD_OUT = [
    ("R14", "来这家五金店快八个月了，天天搬货理货，老板一直没跟我签合同，说没必要"),
    ("R23", "昨天主管突然让我收拾东西，说从明天起不用来了，一分补偿不谈，我没犯过错"),
    ("R42", "工作第六年了，从来没休过年假，人事说年底清零也不折钱，这合理吗"),
    ("R51", "我爸在楼里刷墙，脚手架一晃人摔下来骨折了，老板垫了五千就不露面了"),
    ("R45", "单位说社保折成三百块发在工资里，不给缴，我查了一个月都没有"),
    ("R64", "刚告诉领导我有两个月身孕，第二周就把我调去夜班，话里话外要我自己走"),
    ("R84", "我在一户人家做住家保姆，女主人嫌饭不好吃就不让干了，上个月工钱拖着不给"),
]


@pytest.mark.parametrize(("code", "text"), HELD_OUT)
def test_a_message_in_other_words_finds_its_situation(code: str, text: str) -> None:
    assert code in [match.topic.id for match in matcher().find(understand(text, facts=False))]


# Neighbours that speak of the same thing: who lost work on trial is not asking how long a trial may be.
NEIGHBOURS = [
    ("R20", "试用期还没满，主管说我不符合录用条件，让我明天就走人"),
    ("R79", "送外卖路上被车撞骨折了，平台和站点都说不归他们管"),
    ("R61", "我住院做手术请了两个月病假，公司发通知把我辞退了"),
    ("R34", "辞职两个月了，原单位一直不给我办社保减员，新公司没法接续"),
    ("R40", "我不同意周末加班，公司按旷工把我开除了"),
]


@pytest.mark.parametrize(("code", "text"), NEIGHBOURS)
def test_a_situation_stands_before_its_neighbours(code: str, text: str) -> None:
    assert matcher().find(understand(text, facts=False))[0].topic.id == code


def test_every_situation_has_words_that_tell_it_from_others() -> None:
    """One that has none would stand behind each neighbour that has."""
    assert set(tells()) == {topic.id for topic in matcher().topics}


def test_what_was_learnt_knows_every_situation() -> None:
    """One that is added later scores nothing until `gonghui law fit` has run; the others keep their scores."""
    codes = [topic.id for topic in matcher().topics]
    text, vector = normalise(UNPAID), vector_of("", UNPAID)
    known, wider = Learnt(codes), Learnt(["X99", *codes])
    assert known.tells.any(axis=0).all(), "run `gonghui law fit`"
    assert wider.scores(text, vector)[0] == 0.0 and not wider.tells[:, 0].any()
    assert wider.scores(text, vector)[1:] == pytest.approx(known.scores(text, vector), abs=1e-6)


def test_an_example_is_nearest_to_the_situations_it_tells() -> None:
    """Five sentences decide; a situation with fewer is not helped by the missing ones."""
    vectors = np.eye(8, dtype=np.float32)
    tells = np.zeros((8, 2), dtype=bool)
    tells[:6, 0] = tells[7, 1] = True
    near, far = Examples(vectors, tells).nearest(vectors[:5].sum(axis=0)[None])[0]
    assert near == pytest.approx(1.0) and far == 0.0


def test_pay_that_is_owed_is_told_beside_the_contract_and_its_end() -> None:
    told = advise("公司没签合同，2026年3月10日把我辞退，还欠我三个月工资一万八").sections
    assert "R01" in [section.topic.id for section in told] and len(told) <= 3
