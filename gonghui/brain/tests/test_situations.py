"""The handbook's situations as questions: every citation stands in the packaged corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonghui.brain.statutes import Article, CorpusError, Ranker, build_index, read_corpus
from gonghui.brain.statutes.index import ARTEFACTS
from gonghui.brain.statutes.situations import articles_by_place, situation_questions, situations_version

NOTICE = Article(
    "工伤保险条例-2010-12-20-17", "工伤保险条例第十七条", "应当自事故伤害发生之日起30日内提出工伤认定申请。"
)
PREGNANT = Article("女职工规定-2012-04-28-5", "女职工劳动保护特别规定第五条", "不得因女职工怀孕降低其工资、予以辞退。")


def test_every_cited_article_is_in_the_packaged_corpus() -> None:
    articles = read_corpus(ARTEFACTS / "corpus.jsonl.gz")
    names = {article.id: article.name for article in articles}
    questions = situation_questions(articles)
    assert len({question.text for question in questions}) == len(questions) >= 150
    unsigned = next(question for question in questions if question.id == "R14:1")
    assert "中华人民共和国劳动合同法第八十二条" in {names[article] for article in unsigned.gold}
    fled = next(question for question in questions if question.id == "R03:1")
    assert "中华人民共和国刑法第二百七十六条之一" in {names[article] for article in fled.gold}


def test_a_citation_that_does_not_resolve_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "situations.yaml"
    file.write_text("situations:\n  R51: {cites: {工伤: [17, 999]}, asks: [手断了怎么办]}\n")
    with pytest.raises(CorpusError, match=r"R51: no article 999 of 工伤保险条例"):
        situation_questions([NOTICE], file)
    assert [q.gold for q in situation_questions([NOTICE], file, strict=False)] == [(NOTICE.id,)]
    file.write_text("situations:\n  R51: {cites: {火星: [17]}, asks: [手断了怎么办]}\n")
    with pytest.raises(CorpusError, match="R51: no law 火星"):
        situation_questions([NOTICE], file)


def test_the_newest_version_of_an_article_is_meant() -> None:
    old = Article("工伤保险条例-2003-04-27-17", NOTICE.name, "旧文")
    assert articles_by_place([NOTICE, old])["工伤保险条例", "17"] == NOTICE.id


def test_a_changed_file_has_another_version(tmp_path: Path) -> None:
    file = tmp_path / "situations.yaml"
    file.write_text("situations: {}\n")
    assert situations_version(file) != situations_version()


def test_a_remembered_situation_lifts_its_article(tmp_path: Path) -> None:
    articles = [
        NOTICE,
        PREGNANT,
        Article("物业管理条例-2018-03-19-41", "物业管理条例第四十一条", "业主应当交纳物业费。"),
    ]
    build_index(articles, situation_questions(articles, strict=False), tmp_path)
    found = Ranker.load(tmp_path).rank("我怀了四个月的孕，公司说要辞退我")
    assert found[0].id == PREGNANT.id
