"""Situations as data: what is wrong in a file is named, and a decision table decides every case."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.advice import advise
from gonghui.law.advice.concluding import conclude
from gonghui.law.calculators import calculators
from gonghui.law.topics import Library, TopicError, topics
from gonghui.law.topics.facts import Fact, holds
from gonghui.law.topics.library import HERE, checked
from gonghui.law.topics.table import pieces_of
from gonghui.law.topics.topic import Limit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy with one situation, to be spoilt."""
    (tmp_path / "data").mkdir()
    shutil.copytree(HERE / "facts", tmp_path / "facts")
    shutil.copy(HERE / "persons.yaml", tmp_path)
    shutil.copy(HERE / "data" / "R01.yaml", tmp_path / "data")
    return tmp_path


def spoil(folder: Path, change: Any) -> str:
    """What is said of the file after a change."""
    path = folder / "data" / "R01.yaml"
    row = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(row)
    path.write_text(yaml.safe_dump(row, allow_unicode=True), encoding="utf-8")
    with pytest.raises(TopicError) as caught:
        Library(folder)
    return str(caught.value)


def test_all_packaged_situations_are_sound() -> None:
    library = Library(tables=True)
    assert len(library.topics) == 95
    assert checked(library.version), "run `gonghui topic --check`"
    for topic in library.topics.values():
        for _, cite in topic.citations():
            article = library.cited(cite)
            assert article is not None and article.current
        for one in topic.calculators:
            assert one.id in calculators(), (topic.id, one.id)


def test_an_article_that_is_not_there_is_named(folder: Path) -> None:
    said = spoil(folder, lambda row: row["rights"][0].update(cites=["劳动合同法 999"]))
    assert "R01.yaml: rights[0]: 找不到法条 / no article 劳动合同法 999" in said


def test_a_paragraph_that_is_not_there_is_named(folder: Path) -> None:
    assert "no article 劳动法 50.7" in spoil(folder, lambda row: row["rights"][0].update(cites=["劳动法 50.7"]))


def test_a_repealed_text_is_refused(folder: Path) -> None:
    assert "not in force" in spoil(folder, lambda row: row["rights"][0].update(cites=["信访条例 1"]))


def test_a_promise_and_a_long_sentence_are_refused(folder: Path) -> None:
    assert "promises a result" in spoil(folder, lambda row: row["rights"][0].update(text="您一定能拿到钱。"))
    assert "a sentence of" in spoil(folder, lambda row: row["rights"][0].update(text="钱" * 90))


def test_what_was_not_read_must_not_be_called_verified(folder: Path) -> None:
    assert "mark V needs an article" in spoil(folder, lambda row: row["rights"][0].update(cites=[], basis="听说"))


def test_a_branch_that_no_facts_reach_is_named(folder: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        row["branches"].insert(1, {**row["branches"][0], "id": "narrower", "when": {"worker_kind": "civil_servant"}})

    assert "branch narrower is never reached" in spoil(folder, change)


def test_branches_that_contradict_each_other_are_named(folder: Path) -> None:
    def change(row: dict[str, Any]) -> None:
        row["branches"].insert(1, {**row["branches"][0], "id": "twin", "conclusion": "另一个说法。"})

    assert "civil_servant and twin have the same conditions" in spoil(folder, change)


def test_a_fact_that_nobody_defines_and_an_option_that_is_not_there_are_named(folder: Path) -> None:
    assert "no fact weather" in spoil(folder, lambda row: row["rights"][0].update(when={"weather": True}))


def test_a_test_of_another_kind_is_named(folder: Path) -> None:
    said = spoil(folder, lambda row: row["rights"][0].update(when={"worker_kind": "astronaut"}))
    assert "has no option ['astronaut']" in said


def test_a_misspelt_key_is_named(folder: Path) -> None:
    assert "dangerz" in spoil(folder, lambda row: row.update(dangerz=["x"]))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("money", "-1"),
        ("money", "很多"),
        ("money", "1e99"),
        ("number", "2.5"),
        ("date", "2026-02-30"),
        ("bool", "maybe"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(kind: Any, raw: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Fact(kind=kind, zh="？", en="?").read(raw)


@given(st.data())
def test_the_conclusion_is_that_of_the_first_row_that_holds(data: st.DataObject) -> None:
    library = topics()
    topic = library.topics[data.draw(st.sampled_from(sorted(library.topics)))]
    names = sorted({name for branch in topic.branches for name in branch.when})
    case = {
        name: data.draw(
            st.sampled_from(pieces_of(library.facts[name], [b.when[name] for b in topic.branches if name in b.when]))
        )
        for name in names
    }
    first = next(branch for branch in topic.branches if holds(branch.when, case))
    found, otherwise = conclude(topic, case)
    assert found.branch == first.id
    assert not otherwise


@given(st.data())
def test_more_facts_never_bring_back_what_was_ruled_out(data: st.DataObject) -> None:
    library = topics()
    topic = library.topics[data.draw(st.sampled_from(sorted(library.topics)))]
    names = sorted({name for branch in topic.branches for name in branch.when})
    case: dict[str, Any] = {}
    possible = {branch.id for branch in topic.branches}
    for name in data.draw(st.permutations(names)):
        tests = [b.when[name] for b in topic.branches if name in b.when]
        case[name] = data.draw(st.sampled_from(pieces_of(library.facts[name], tests)))
        found, otherwise = conclude(topic, case)
        now = {found.branch} | {one.branch for one in otherwise}
        assert now <= possible
        possible = now | {topic.branches[-1].id}


WHO: dict[str, dict[str, str]] = {
    "civil_servant": {"worker_kind": "civil_servant", "employer_kind": "public"},
    "institution": {"worker_kind": "institution", "employer_kind": "public"},
    "household": {"employer_kind": "household", "home_hired_by": "family"},
    "student": {"worker_kind": "student", "intern_kind": "school"},
    "pensioner": {"worker_kind": "pensioner", "pension_drawn": "yes"},
    "platform": {"employer_kind": "platform", "platform_control": "free"},
}
# Days that would start clocks under labour law.
DAYS = {"started_on": "2024-03-01", "ended_on": "2026-03-01", "injured_on": "2026-02-01", "employed": "no"}


@pytest.mark.parametrize("who", WHO)
def test_persons_outside_labour_law_get_their_own_answer_in_every_situation(who: str) -> None:
    library = topics()
    person = library.persons[who]
    for topic in library.topics.values():
        if topic.id in person.same_in:
            continue
        plan = advise("", WHO[who] | DAYS, codes=[topic.id])
        section = plan.sections[0]
        assert section.person == who, topic.id
        meant = {id(part) for _, part in topic.parts() if person.means(part, who)}
        own = {id(part) for part in (*person.steps, *person.limits, *person.bodies)}
        bodies = {body.code for body in person.bodies}
        open_bodies = {body.code for body in topic.bodies if id(body) in meant} | bodies
        assert not {b.code for b in section.bodies} & set(person.closed.bodies) - open_bodies, topic.id
        for part in (*section.limits, *section.steps):
            is_open = isinstance(part, Limit) and part.code not in person.closed.limits
            assert id(part) in meant | own or is_open, (topic.id, part)
        assert not {a.calculator for a in section.amounts} & set(person.closed.calculators), topic.id
        assert not set(plan.documents) & set(person.closed.documents), topic.id
        # Something else stands there: where to go, what to do, by when.
        assert bodies <= {b.code for b in section.bodies} and section.recourse
        assert all(step in section.steps for step in person.steps)
        assert section.rights[0].text == person.rights[0].text


@pytest.mark.parametrize("who", ["civil_servant", "household"])
def test_no_labour_arbitration_is_shown_to_civil_servants_and_household_workers(who: str) -> None:
    for code in topics().topics:
        plan = advise("", WHO[who] | DAYS, codes=[code])
        section = plan.sections[0]
        assert not {"B2"} & {b.code for b in section.bodies}, code
        assert not {"L1", "L2", "L7"} & {limit.code for limit in section.limits}, code
        assert not plan.clocks, code
        assert not {"C1", "C2", "C3", "C4", "C5", "C9", "C10", "C24"} & {a.calculator for a in section.amounts}, code
        assert not {"arbitration_application", "supervision_complaint"} & set(plan.documents), code
        told = " ".join(step.do + step.where for step in section.steps)
        assert "仲裁" not in told.replace("不用先仲裁", ""), code
        assert "仲裁" not in section.recourse.replace("不用先仲裁", ""), code


@pytest.mark.parametrize("who", [who for who in WHO if who != "institution"])
def test_who_may_not_go_to_arbitration_is_offered_no_paper_for_it(who: str) -> None:
    """先予执行 in the words of 调仲 44 and the group's choice under 调仲 7 go to the commission."""
    to_the_commission = {"advance_payment_application", "group_representatives"}
    for code, topic in topics().topics.items():
        if to_the_commission & {paper.id for paper in topic.documents}:
            assert to_the_commission & set(advise("", DAYS, codes=[code]).documents), code
            assert not to_the_commission & set(advise("", WHO[who] | DAYS, codes=[code]).documents), code


def test_a_company_that_hires_domestic_workers_is_an_employer() -> None:
    plan = advise("", {"employer_kind": "household", "home_hired_by": "company"}, codes=["R84"])
    assert "B2" in {body.code for body in plan.sections[0].bodies}


def test_a_rider_with_a_labour_contract_is_a_worker_like_others() -> None:
    facts = {"employer_kind": "platform", "platform_control": "free"}
    assert advise("", facts, codes=["R01"]).sections[0].person == "platform"
    assert advise("", facts | {"relation": "contract"}, codes=["R01"]).sections[0].person == ""


def test_somebody_in_danger_is_told_so_whoever_they_are() -> None:
    plan = advise("", {"worker_kind": "civil_servant", "danger_now": "yes"}, codes=["R22"])
    assert "110" in plan.sections[0].conclusion.text


def test_a_person_that_nobody_knows_is_named(folder: Path) -> None:
    assert "no person astronaut" in spoil(folder, lambda row: row["steps"][0].update(also_for=["astronaut"]))


@pytest.mark.parametrize(
    ("code", "facts", "row"),
    [
        ("R50", {"employer_kind": "platform", "relation": "service"}, "platform"),
        ("R50", {"employer_kind": "platform", "relation": "contract", "fund_state": "never"}, "never"),
        ("R65", {"employer_kind": "platform", "relation": "contract", "birth_kind": "difficult"}, "difficult"),
        ("R66", {"employer_kind": "platform", "relation": "contract", "woman_stage": "nursing"}, "nursing"),
        ("R67", {"employer_kind": "platform", "relation": "dispatch", "woman_stage": "pregnant"}, "pregnant"),
        ("R67", {"employer_kind": "household"}, "household"),
        ("R23", {"protected": "maternity", "end_reason": "misconduct"}, "protected_fault"),
        ("R23", {"protected": "maternity", "end_reason": "redundancy"}, "protected"),
        ("R23", {"protected": "medical", "end_reason": "other"}, "protected_other"),
        ("R82", {"retire_issue": "forced", "protected": "senior"}, "forced_senior"),
        ("R63", {"heat_person": "pregnant", "heat_place": "indoor", "heat_level": "from_37"}, "pregnant_indoor"),
        ("R63", {"heat_person": "pregnant", "heat_place": "cold"}, "pregnant_cold"),
        ("R63", {"heat_person": "young", "heat_place": "outdoor", "heat_level": "from_35"}, "protected"),
        ("R68", {"employed": False, "harasser": "superior"}, "left"),
        ("R68", {"victim_woman": False, "complained_inside": True}, "man_no_answer"),
        ("R14", {"contract_state": "backdated", "left_over_year": True}, "late"),
        ("R14", {"contract_state": "expired", "left_over_year": False}, "expired"),
        ("R74", {"relation": "dispatch", "dispatch_issue": "returned"}, "returned"),
        (
            "R74",
            {"relation": "dispatch", "dispatch_issue": "returned", "return_reason": "business"},
            "returned_business",
        ),
    ],
)
def test_what_was_decided_wrongly_before(code: str, facts: dict[str, Any], row: str) -> None:
    library = topics()
    found, _ = conclude(library.topics[code], facts)
    assert found.branch == row


def test_a_civil_servant_is_not_asked_what_only_labour_law_needs_nor_told_its_doubts() -> None:
    plan = advise("", WHO["civil_servant"], codes=["R01"])
    assert not plan.questions
    assert not any("仲裁" in line or "加付" in line for s in plan.sections for line in (*s.dangers, *s.uncertain))
    assert advise("", codes=["R01"]).sections[0].uncertain


ROWS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "handbook_rows.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("code", sorted(ROWS))
def test_no_situation_is_shallower_than_the_row_of_the_handbook(code: str) -> None:
    row, topic = ROWS[code], topics().topics[code]
    cited = [topics().cited(cite) for _, cite in topic.citations()]
    assert not [cite for cite in row["articles"] if topics().cited(cite) not in cited]
    limits = {limit.code for limit in topic.limits}
    # While the relation lasts pay is not limited, after it a year: one limit tells both.
    limits |= {"L1" for limit in topic.limits if limit.code == "L2" and "一年" in limit.starts}
    assert not set(row["limits"]) - limits
    assert not set(row["bodies"]) - {body.code for body in topic.bodies}
    assert not set(row["evidence"]) - {one.pack for one in topic.evidence}
    assert not set(row["calculators"]) - {one.id for one in topic.calculators}
    assert len(topic.phrasings) >= 8 and topic.dangers and topic.union_help and topic.steps and topic.documents


def test_only_a_chair_or_vice_chair_is_told_of_the_protection_against_being_moved() -> None:
    """工会法 18 protects 主席、副主席; a committee member (委员) has the contract's extension alone."""
    topic = topics().topics["R87"]
    (moved,) = (right for right in topic.rights if "调动您的工作" in right.text)
    assert moved.text.startswith("您是主席、副主席的") and moved.cites == ("工会法 18.1",)
    assert not any("调动" in line for line in topic.union_help)


def test_an_article_stands_under_what_it_says() -> None:
    """Each has a sentence of its own: under another's it would be shown as if it said that."""
    said = {("R59", "职业病防治法 50"): "报告", ("R59", "职业病防治法 45"): "标准", ("R02", "农工资 18"): "用工单位",
            ("R02", "农工资 20"): "出资人", ("R71", "禁止使用童工规定 8"): "录用登记"}  # fmt: skip
    for (code, cite), word in said.items():
        rights = [r for r in topics().topics[code].rights if cite in (*r.cites, *r.also_cites)]
        assert rights and all(word in right.text for right in rights), (code, cite)


def test_the_table_names_every_situation() -> None:
    assert set(ROWS) == set(topics().topics)
