"""Situations as data: what is wrong in a file is named, and a decision table decides every case."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.advice.plan import conclude
from gonghui.law.calculators import calculators
from gonghui.law.topics import Library, TopicError, topics
from gonghui.law.topics.facts import Fact, holds
from gonghui.law.topics.library import HERE, checked
from gonghui.law.topics.table import pieces_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy with one situation, to be spoilt."""
    (tmp_path / "data").mkdir()
    shutil.copytree(HERE / "facts", tmp_path / "facts")
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
    assert "R01.yaml: rights[0]: no article 劳动合同法 999" in said


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
