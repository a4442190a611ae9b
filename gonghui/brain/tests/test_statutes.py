"""Ranking of statutes, on a small corpus with the real encoder and the packaged order."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.brain.statutes import Article, CorpusError, Question, Ranker, build_index, read_corpus, read_questions
from gonghui.brain.statutes.postings import Postings, pairs, runs

ARTICLES = [
    Article(
        "劳动合同法-2012-12-28-38",
        "中华人民共和国劳动合同法第三十八条",
        "用人单位未及时足额支付劳动报酬的，劳动者可以解除劳动合同。",
    ),
    Article(
        "劳动合同法-2012-12-28-82",
        "中华人民共和国劳动合同法第八十二条",
        "用人单位超过一个月不满一年未与劳动者订立书面劳动合同的，应当每月支付二倍的工资。",
    ),
    Article(
        "劳动合同法-2012-12-28-85",
        "中华人民共和国劳动合同法第八十五条",
        "未按约定支付劳动报酬的，由劳动行政部门责令限期支付劳动报酬、加班费或者经济补偿。",
    ),
    Article(
        "工伤保险条例-2010-12-20-14",
        "工伤保险条例第十四条",
        "在工作时间和工作场所内，因工作原因受到事故伤害的，应当认定为工伤。",
    ),
    Article(
        "民法典-2020-05-28-1188",
        "中华人民共和国民法典第一千一百八十八条",
        "无民事行为能力人造成他人损害的，由监护人承担侵权责任。",
    ),
    Article("物业管理条例-2018-03-19-41", "物业管理条例第四十一条", "业主应当根据物业服务合同的约定交纳物业服务费用。"),
    Article(
        "商标法-2019-04-23-10",
        "中华人民共和国商标法第十条",
        "下列标志不得作为商标使用：同中华人民共和国的国家名称相同或者近似的。",
    ),
]
LEARNT = [
    Question("1", "入职半年没签合同能要双倍工资吗", ("劳动合同法-2012-12-28-82",), "没签书面劳动合同可以要求二倍工资"),
    Question("2", "孩子打伤同学谁来赔", ("民法典-2020-05-28-1188",), "由监护人赔偿"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("index")
    build_index(ARTICLES, LEARNT, made)
    return made


@pytest.fixture(scope="module")
def ranker(folder: Path) -> Ranker:
    return Ranker.load(folder)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("老板一直不和我签合同，有什么赔偿", "劳动合同法-2012-12-28-82"),
        ("上班的时候手被机器压断了算工伤吗", "工伤保险条例-2010-12-20-14"),
        ("我家小孩把别人打伤了要赔吗", "民法典-2020-05-28-1188"),
        ("物业费不交可以吗", "物业管理条例-2018-03-19-41"),
    ],
)
def test_a_lay_question_finds_its_article_first(ranker: Ranker, question: str, wanted: str) -> None:
    assert ranker.rank(question, 3)[0].id == wanted


def test_an_article_is_explained_by_words_and_questions_it_answered(ranker: Ranker) -> None:
    first = ranker.rank("没签劳动合同可以要双倍工资吗", 1, explain=True)[0]
    assert first.why is not None
    assert "劳动合同" in first.why["words"]
    assert first.why["like_questions"] == ["入职半年没签合同能要双倍工资吗"]
    assert set(first.why["numbers"]) >= {"meaning", "votes"}


@pytest.mark.parametrize("text", ["", "。。。", "😀", "   \n"])
def test_a_text_without_a_letter_finds_nothing(ranker: Ranker, text: str) -> None:
    assert ranker.rank(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "工资" * 200_000,
        "unpaid wages help",
        "老闆拖欠薪資三個月",
        "\ud800工资",
        "工 资 没 发 ①②③",
        "<script>欠薪</script>",
    ],
)
def test_any_text_is_ranked_without_error(ranker: Ranker, text: str) -> None:
    found = ranker.rank(text, 5)
    assert len({article.id for article in found}) == len(found) <= 5


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_scores_never_rise_down_the_list(ranker: Ranker, text: str) -> None:
    scores = [article.score for article in ranker.rank(text)]
    assert scores == sorted(scores, reverse=True)


def test_a_corpus_without_remembered_questions_is_ranked_too(tmp_path: Path) -> None:
    build_index(ARTICLES, [], tmp_path)
    found = [article.id for article in Ranker.load(tmp_path).rank("一个月没订立书面劳动合同怎么办", 2)]
    assert "劳动合同法-2012-12-28-82" in found


def test_gold_that_the_corpus_lacks_is_left_out(tmp_path: Path) -> None:
    build_index(ARTICLES[:4], LEARNT, tmp_path)
    assert Ranker.load(tmp_path).manifest["articles"] == 4


def test_a_folder_without_an_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="brain build"):
        Ranker.load(tmp_path)


def test_an_interrupted_build_leaves_no_index(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.name != "manifest.json":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(CorpusError):
        Ranker.load(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "a", "name": "b"}', "needs id, name, text"),
        ('{"id": "a", "name": "b", "text": "c"}\n{"id": "a", "name": "b", "text": "c"}', "twice"),
        ("", "no articles"),
    ],
)
def test_a_wrong_corpus_is_named_by_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(CorpusError, match=words):
        read_corpus(path)


def test_questions_are_read_from_gzip_with_their_ids_as_text(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"query_id": 7, "text": "欠薪"}).encode()))
    assert read_questions(path) == [Question("7", "欠薪")]


@given(st.lists(st.lists(st.sampled_from(["工资", "合同", "工伤", "社保"]), max_size=6), min_size=1, max_size=8))
def test_postings_score_only_documents_that_hold_the_term(documents: list[list[str]]) -> None:
    postings = Postings.build(documents)
    places, known = postings.find(["工资", "没有"])
    scores = postings.score(places)
    assert known == (["工资"] if any("工资" in d for d in documents) else [])
    assert [score > 0 for score in scores] == ["工资" in document for document in documents]
    assert np.allclose(postings.score(places, [2.0] * len(places)), 2 * scores)


def test_pairs_and_runs_stay_within_chinese_words() -> None:
    assert pairs("劳动法,A厂") == ["劳动", "动法"]
    assert "劳动合同" in runs("劳动合同 工资")
    assert "同工" not in runs("劳动合同 工资")
