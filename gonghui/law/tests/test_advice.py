"""From words to an answer: what is said, asked and refused."""

from __future__ import annotations

from datetime import date

import pytest

from gonghui.brain import understand
from gonghui.law.advice import advise, check, tell
from gonghui.law.advice.matching import fresh, matcher
from gonghui.law.advice.plan import MOST_QUESTIONS
from gonghui.law.advice.words import text_of
from gonghui.law.calculators import FactsError
from gonghui.law.topics import topics

UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"


def test_unpaid_wages_are_found_with_articles_bodies_and_steps() -> None:
    data = advise(UNPAID).to_dict()
    assert data["topics"][0]["id"] == "R01"
    assert {c["article"] for r in data["rights"] for c in r["citations"]} >= {"第五十条", "第八十五条"}
    assert data["bodies"][0]["code"] == "B1"
    assert len(data["steps"]) >= 3
    assert "arbitration_application" in data["documents"]
    assert data["facts"]["owed"] == "18000"


def test_at_most_five_questions_none_of_them_known_or_unknowable() -> None:
    plan = advise(UNPAID, {"employed": "no"}, without={"iou"})
    asked = [question.fact for question in plan.questions]
    assert 1 <= len(asked) <= MOST_QUESTIONS
    assert not {"employed", "iou", "owed"} & set(asked)


def test_an_answer_changes_the_conclusion() -> None:
    branches = {
        kind: advise(UNPAID, {"employer_kind": kind}).sections[0].conclusion.branch
        for kind in ("company", "site", "household")
    }
    assert branches["site"] == "site" and branches["household"] == "household"
    assert branches["company"] not in ("site", "household")


def test_civil_servants_are_told_that_labour_law_is_not_theirs() -> None:
    plan = advise(UNPAID, {"worker_kind": "civil_servant"})
    assert "不归劳动法管" in plan.sections[0].conclusion.text


def test_the_last_day_follows_from_the_day_of_leaving() -> None:
    plan = advise(UNPAID, {"employed": "no", "ended_on": "2026-03-10"})
    clock = next(clock for clock in plan.clocks if clock.code == "L2")
    assert clock.last_day == date(2027, 3, 10)
    later = advise(UNPAID, {"employed": "no", "ended_on": "2026-03-10", "claimed_on": "2026-06-01"})
    assert next(c for c in later.clocks if c.code == "L2").last_day == date(2027, 6, 1)
    assert any("2027年3月10日" in line for block in tell(plan) for line in block.lines)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"owed": "一百万个亿"}, "owed"),
        ({"owed": "-5"}, "owed"),
        ({"ended_on": "昨天"}, "ended_on"),
        ({"employed": "perhaps"}, "employed"),
        ({"shoe_size": "42"}, "shoe_size"),
    ],
)
def test_a_bad_answer_is_named(facts: dict[str, str], name: str) -> None:
    with pytest.raises(FactsError) as caught:
        advise(UNPAID, facts)
    assert list(caught.value.errors) == [name]


@pytest.mark.parametrize("text", ["", " ", "😀", "hello there, how are you", "asdf" * 3000, "？？？", "\x00\x01"])
def test_what_cannot_be_understood_is_asked_for_again(text: str) -> None:
    plan = advise(text)
    assert not plan.sections
    assert tell(plan)[-1].kind == "nothing"


def test_an_event_before_the_rules_gets_no_answer_by_later_rules() -> None:
    assert not advise(UNPAID, on=date(1990, 5, 1)).sections


def test_danger_comes_before_the_law() -> None:
    blocks = tell(advise("老板不给工资，我站在楼顶要跳下去了"))
    assert blocks[0].kind == "urgent" and "12356" in "".join(blocks[0].lines)


def test_english_is_told_where_there_is_english() -> None:
    assert "Wages must be paid" in text_of(advise(UNPAID), "en")


def test_the_answer_itself_passes_the_check() -> None:
    plan = advise(UNPAID, {"employed": "no", "ended_on": "2026-03-10"})
    assert check(plan, text_of(plan)) == []


@pytest.mark.parametrize(
    "said",
    [
        "根据《劳动合同法》第四十七条，您可以要求补偿。",
        "根据《刑法》第二百七十六条之一，老板要坐牢。",
        "您可以拿到 99999 元。",
        "请在 2031 年 5 月 1 日前办理。",
        "您肯定能拿到这笔钱，保证能赢。",
        "可以要求十二倍工资。",
        "根据《劳动幸福法》处理。",
    ],
)
def test_a_rewording_that_says_more_is_refused(said: str) -> None:
    assert check(advise(UNPAID), said)


def test_a_rewording_of_what_is_there_passes() -> None:
    plan = advise(UNPAID)
    assert check(plan, "单位要按时发工资。您可以找劳动监察，电话 12333。依据是《劳动法》第五十条。") == []


def test_the_vectors_are_of_these_phrasings() -> None:
    assert fresh(), "run `gonghui law vectors`"


@pytest.mark.parametrize("code", sorted(topics().topics))
def test_every_situation_can_be_told_and_stands_on_its_plan(code: str) -> None:
    plan = advise(topics().topics[code].definition, codes=[code])
    kinds = [block.kind for block in tell(plan)]
    assert kinds.count("conclusion") == 1
    assert {"rights", "evidence", "steps", "bodies", "union", "dangers"} <= set(kinds)
    assert check(plan, text_of(plan)) == []
    assert all(block.heading and all(block.lines) for block in tell(plan, "en"))


@pytest.mark.parametrize("code", sorted(topics().topics))
def test_a_situation_is_found_by_the_ways_of_saying_it(code: str) -> None:
    """Phrasings find their own situation among the first three: those of others do not stand in their way."""
    texts = topics().topics[code].phrasings[:3]
    found = [code in {m.topic.id for m in matcher().find(understand(text, facts=False))} for text in texts]
    assert sum(found) >= 2, [text for text, ok in zip(texts, found, strict=True) if not ok]


def test_a_sum_is_told_with_its_condition_when_local_numbers_are_not_known() -> None:
    facts = {"started_on": "2020-01-01", "ended_on": "2024-06-30", "average_wage": "5200", "employed": "yes"}
    plan = advise(UNPAID, facts)
    amount = next(amount for amount in plan.sections[0].amounts if amount.calculator == "C1")
    assert amount.result is not None and str(amount.result.amount) == "26000.00"
    assert amount.result.sure == "U" and any("先按月工资" in step for step in amount.result.steps)


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
