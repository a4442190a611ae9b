"""From words to an answer: what is said, asked and refused."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gonghui.law.advice import advise, check, tell, wiring
from gonghui.law.advice.asking import MOST_QUESTIONS
from gonghui.law.advice.concluding import conclude
from gonghui.law.advice.plan import lasting
from gonghui.law.advice.words import text_of
from gonghui.law.calculators import Context, FactsError, calculators
from gonghui.law.topics import topics
from gonghui.law.topics.topic import Calculation
from gonghui.organisations.located import Found

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


def test_what_happened_before_the_rules_is_said_with_the_conclusion() -> None:
    plan = advise("被公司辞退了", {"started_on": "2000-10-31", "ended_on": "2006-01-01"})
    conclusion = next(block for block in tell(plan) if block.kind == "conclusion")
    assert "适用当时的规定" in "".join(conclusion.lines)
    assert "rules of that time" in text_of(plan, "en")
    assert "适用当时的规定" not in text_of(advise("被公司辞退了", {"ended_on": "2026-01-01"}))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"started_on": "2026-10-31", "ended_on": "2020-01-01"}, "早于第一天"),
        ({"employed": "yes", "ended_on": "2026-01-01"}, "请改正其中一项"),
        ({"claimed_on": "2099-01-01"}, "在今天以后"),
    ],
)
def test_answers_that_cannot_be_so_together_are_named_first(facts: dict[str, str], said: str) -> None:
    plan = advise(UNPAID, facts)
    block = tell(plan)[0]
    assert block.kind == "problems" and said in block.lines[0]
    assert plan.to_dict("en")["problems"][0].isascii()


def test_who_says_both_staying_and_left_is_told_the_earlier_last_day() -> None:
    clocks = advise(UNPAID, {"employed": "yes", "ended_on": "2026-03-10"}).clocks
    assert next(clock for clock in clocks if clock.code == "L2").last_day == date(2027, 3, 10)


@pytest.mark.parametrize(
    ("text", "facts", "topic", "first"),
    [
        ("我15岁，被厂里辞退，工资没给", {}, "R71", True),
        ("被公司辞退了", {"age": "66"}, "R81", False),
        ("拖欠工资", {"worker_kind": "foreigner"}, "R85", False),
    ],
)
def test_what_differs_for_children_the_old_and_foreigners_is_told(
    text: str, facts: dict[str, str], topic: str, first: bool
) -> None:
    found = [section.topic.id for section in advise(text, facts).sections]
    assert topic in found and len(found) <= 3
    assert (found[0] == topic) == first


def test_the_last_day_to_sue_is_told_even_where_no_situation_is_found() -> None:
    plan = advise("仲裁裁决书收到了，不服", {"award_received_on": "2026-11-20"})
    assert not plan.sections and "2026年12月7日" in text_of(plan)


@pytest.mark.parametrize(("said", "sum_"), [("5,000", "5000"), ("5000元", "5000"), ("12，000.50 元", "12000.50")])
def test_a_sum_may_be_written_as_people_write_it(said: str, sum_: str) -> None:
    assert str(advise(UNPAID, {"monthly_wage": said}).facts["monthly_wage"]) == sum_


def test_danger_comes_before_the_law() -> None:
    blocks = tell(advise("老板不给工资，我站在楼顶要跳下去了"))
    assert blocks[0].kind == "urgent" and "12356" in "".join(blocks[0].lines)


def test_english_is_told_where_there_is_english() -> None:
    assert "Wages must be paid" in text_of(advise(UNPAID), "en")


def test_the_answer_itself_passes_the_check() -> None:
    plan = advise(UNPAID, {"employed": "no", "ended_on": "2026-03-10"})
    assert check(plan, text_of(plan)) == []


def test_a_time_limit_is_told_with_the_article_that_sets_it() -> None:
    plan = advise(UNPAID)
    law = "《劳动争议调解仲裁法》第二十七条"
    lines = next(block.lines for block in tell(plan) if block.kind == "limits")
    assert lines[0].endswith(f"（依据：{law}）")
    assert plan.to_dict()["limits"][0]["citations"][0]["citation"] == law
    assert law in [article.citation for article in plan.articles]


@pytest.mark.parametrize(
    "said",
    [
        "根据《劳动合同法》第二十二条，您可以要求补偿。",
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


def test_an_unlikely_answer_is_asked_back_before_anything_is_reckoned_with_it() -> None:
    plan = advise("公司辞退我，没给补偿", {"monthly_wage": "3", "started_on": "2015-01-01", "ended_on": "2026-10-01"})
    assert "monthly_wage" not in plan.facts
    assert plan.questions[0].fact == "monthly_wage"
    assert "3 元？这很少见" in text_of(plan)
    assert "3 yuan? That is rare" in text_of(plan, "en")
    assert plan.to_dict()["doubted"][0]["value"] == "3"
    told = advise("公司辞退我，没给补偿", {"monthly_wage": "3"}, sure=["monthly_wage"])
    assert not told.doubted
    assert str(told.facts["monthly_wage"]) == "3"


def test_an_unlikely_sum_that_the_text_tells_is_asked_too() -> None:
    plan = advise("老板拖欠我工资 9000 万元一直不给")
    assert "owed" not in plan.facts
    assert [one.fact for one in plan.doubted] == ["owed"]


def test_what_nearly_nobody_is_comes_after_what_anybody_may_be() -> None:
    """R66 began with households and platforms, R49 with civil servants, R44 with what its reader had not said."""
    for code, leads, last in (
        ("R66", "怀孕满 7 个月", "platform"),
        ("R49", "缴费满一年", "pensioner"),
        ("R44", "没有批准的按标准工时", "civil_servant"),
        ("R30", "单位要拿得出", "institution"),
    ):
        conclusion, otherwise = conclude(topics().topics[code], {})
        assert leads in conclusion.text
        assert otherwise[-1].branch == last
    # Danger is told first, whoever is in it.
    assert conclude(topics().topics["R91"], {})[1][0].branch == "danger"


@pytest.mark.parametrize("code", sorted(topics().topics))
def test_every_situation_can_be_told_and_stands_on_its_plan(code: str) -> None:
    plan = advise(topics().topics[code].definition, codes=[code])
    kinds = [block.kind for block in tell(plan)]
    assert kinds.count("conclusion") == 1
    assert {"rights", "evidence", "steps", "bodies", "union", "dangers"} <= set(kinds)
    assert check(plan, text_of(plan)) == []
    assert all(block.heading and all(block.lines) for block in tell(plan, "en"))


def test_a_sum_is_told_with_its_condition_when_local_numbers_are_not_known() -> None:
    facts = {"started_on": "2020-01-01", "ended_on": "2024-06-30", "average_wage": "5200", "employed": "yes"}
    plan = advise(UNPAID, facts)
    amount = next(amount for amount in plan.sections[0].amounts if amount.calculator == "C1")
    assert amount.result is not None and str(amount.result.amount) == "26000.00"
    assert amount.result.sure == "U" and any("先按月工资" in step for step in amount.result.steps)


def test_every_sum_that_a_situation_names_is_reached_by_its_questions() -> None:
    assert wiring.problems(topics(), Context.usual()) == []


def test_a_sum_that_no_question_reaches_is_named() -> None:
    library = topics()
    # Nothing asks how many people live in a household.
    poor = library.topics["R01"].model_copy(update={"calculators": (Calculation(id="C33", gives="困难测算。"),)})
    spoilt = copy(library)
    spoilt.topics = {"R01": poor}
    assert "R01.yaml: calculators: C33 is never told" in wiring.problems(spoilt, Context.usual())[0]


ANSWERS = {
    "bool": "yes", "choice": "", "number": "3", "months": "3", "money": "6000", "date": "2026-06-30",
    "started_on": "2020-01-01", "ended_on": "2026-08-31", "paid": "1000", "employed": "no", "work_years": "12",
    "low_months": "2", "local_minimum": "2130",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "number"), [("R01", "C24"), ("R06", "C5"), ("R42", "C6"), ("R05", "C8"), ("R19", "C7"), ("R65", "C17")]
)
def test_answering_what_is_asked_page_by_page_ends_in_the_sum(code: str, number: str) -> None:
    library, given, without = topics(), {}, set()  # type: ignore[var-annotated]
    for _ in range(12):
        plan = advise("", given, codes=[code], without=without)
        amount = next(a for a in plan.sections[0].amounts if a.calculator == number)
        if amount.result is not None or not plan.questions:
            break
        for question in plan.questions:
            fact = library.facts[question.fact]
            told = ANSWERS.get(question.fact) or ANSWERS[fact.kind] or fact.usual or next(iter(fact.options))
            given[question.fact] = told
    assert amount.result is not None, amount


def test_wages_owed_are_added_up_from_months_and_what_was_paid() -> None:
    facts = {"months_owed": "3", "monthly_wage": "6000", "paid": "1000", "ended_on": "2026-08-31", "employed": "no"}
    amount = next(a for a in advise("", facts, codes=["R01"]).sections[0].amounts if a.calculator == "C24")
    assert amount.result is not None and str(amount.result.amount) == "15000.00"


def test_a_class_of_grades_is_no_grade_and_gives_no_error() -> None:
    facts = {"injured_on": "2026-01-10", "monthly_wage": "7000", "grade": "7_10", "insured": "none"}
    amount = next(a for a in advise("", facts, codes=["R55"]).sections[0].amounts if a.calculator == "C10")
    assert not amount.problems


def test_whoever_still_works_there_is_told_severance_as_of_today() -> None:
    facts = {"started_on": "2020-01-01", "average_wage": "5200", "employed": "yes"}
    plan = advise(UNPAID, facts)
    amount = next(a for a in plan.sections[0].amounts if a.calculator == "C1")
    assert amount.result is not None and amount.supposed
    assert "按今天离开来算" in text_of(plan)


def test_all_wires_lead_to_fields_that_are_there() -> None:
    for calculator in calculators().values():
        assert set(wiring.wires_of(calculator)) == {field.name for field in calculator.fields}


OFFICE = Found(
    name="南明区监察大队", region="520102", address="甲路 1 号", phone="0851-12333", hours="周一至周五 09:00–12:00",
    open=True, latitude=None, longitude=None, online="", source="区政府网站", checked_on=date(2025, 1, 2), old=True,
)  # fmt: skip


def test_offices_are_told_where_they_are_known_and_change_nothing_else() -> None:
    plain = advise(UNPAID, region="520102")
    asked: list[tuple[str, str]] = []

    def offices(body: str, region: str) -> tuple[Found, ...]:
        asked.append((body, region))
        return (OFFICE,) if body == "B1" else ()

    located = advise(UNPAID, region="520102", offices=offices)
    assert located.version == plain.version
    assert {region for _body, region in asked} == {"520102"}
    bodies = {row["code"]: row["offices"] for row in located.to_dict()["bodies"]}
    assert [row["name"] for row in bodies["B1"]] == ["南明区监察大队"] and bodies["B2"] == []
    told = text_of(located)
    assert "地址：甲路 1 号" in told and "现在开着" in told and "2025年1月2日核对" in told
    assert "一年多没有核对" in told and "call before you go" in text_of(located, "en")
    assert check(located, "去甲路 1 号。周一至周五 09:00–12:00。电话 0851-12333。") == []
    kept = text_of(lasting(located))
    assert "甲路 1 号" in kept and "现在开着" not in kept
    # Without its offices it is the same answer.
    bare = [replace(s, bodies=tuple(replace(b, offices=()) for b in s.bodies)) for s in located.sections]
    assert tuple(bare) == plain.sections


def test_without_a_place_no_office_is_asked_for() -> None:
    def offices(body: str, region: str) -> tuple[Found, ...]:
        raise AssertionError(region)

    assert advise(UNPAID, offices=offices).place == ""
    assert advise(UNPAID, offices=offices, region="520000").place == ""
    assert advise(UNPAID, usual_region="520102").place == "贵州省贵阳市南明区"


def test_what_runs_out_within_thirty_days_stands_first() -> None:
    today = Context.usual().today
    injured = (today - timedelta(days=350)).isoformat()
    plan = advise("我在车间受了工伤，公司不报", {"injured_on": injured})
    blocks = tell(plan)
    assert blocks[0].kind == "soon" and "申请工伤认定" in blocks[0].lines[0]
    # The employer's thirty days are not the worker's loss.
    assert all("单位申请" not in line for line in blocks[0].lines)
    assert tell(plan, "en")[0].heading == "Soon too late"
    far = advise("我在车间受了工伤，公司不报", {"injured_on": (today - timedelta(days=90)).isoformat()})
    assert "soon" not in [block.kind for block in tell(far)]


def test_what_few_need_stands_at_the_end_and_nothing_of_it_is_lost() -> None:
    plan = advise("", codes=["R18"])
    blocks = {block.kind: block for block in tell(plan)}
    short, whole = text_of(plan, whole=False), text_of(plan)
    assert len(short) < 3600 < len(whole)
    assert blocks["more"].lines and not any(line in short for line in blocks["more"].lines)
    section = plan.sections[0]
    assert all(right.text in whole for right in section.rights)
    assert all(other.text in whole for other in section.otherwise)
    assert [block.kind for block in tell(plan)].index("more") > [block.kind for block in tell(plan)].index("uncertain")
    assert "If you want to read on" in text_of(plan, "en")


def test_what_is_known_to_hold_is_told_before_the_rest() -> None:
    said = "没有执照的单位里受伤"
    for facts, kind in (({}, "more"), ({"licence": "none"}, "rights")):
        blocks = tell(advise("", facts, codes=["R18"]))
        assert [block.kind for block in blocks if any(said in line for line in block.lines)] == [kind]


def test_a_law_is_named_once_in_a_row_of_its_articles() -> None:
    assert "《劳动争议调解仲裁法》第四十八条、第五十条" in text_of(advise("", codes=["R01", "R06"]))
    for plan in (advise("", codes=["R18"]), advise(UNPAID)):
        assert not check(plan, text_of(plan))


def test_a_law_whose_name_has_another_in_it_keeps_its_name() -> None:
    plan = advise("", {"union_block": "funds"}, codes=["R88"])
    law = "《最高人民法院关于在民事审判工作中适用《中华人民共和国工会法》若干问题的解释》"
    said = text_of(plan)
    assert f"（依据：{law}第三条、第四条）" in said and said.count("若干问题的解释》") == said.count(law)
    assert not check(plan, said)
