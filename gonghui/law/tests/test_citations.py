from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.citations import Citation, to_int
from gonghui.law.store import LawStore

CONTRACT = "中华人民共和国劳动合同法"


@pytest.mark.parametrize(
    ("text", "citation"),
    [
        ("劳动合同法第三十八条", Citation(CONTRACT, 38)),
        ("《中华人民共和国劳动合同法》第三十八条", Citation(CONTRACT, 38)),
        ("《劳动合同法》38条", Citation(CONTRACT, 38)),
        ("劳动合同法 ３８", Citation(CONTRACT, 38)),
        ("劳合38", Citation(CONTRACT, 38)),
        ("劳动法 50", Citation("中华人民共和国劳动法", 50)),
        ("劳50", Citation("中华人民共和国劳动法", 50)),
        ("调仲27", Citation("中华人民共和国劳动争议调解仲裁法", 27)),
        ("劳合例第十条", Citation("中华人民共和国劳动合同法实施条例", 10)),
        ("劳动合同法实施条例第十条", Citation("中华人民共和国劳动合同法实施条例", 10)),
        ("劳动合同法第四十条第二项", Citation(CONTRACT, 40, item=2)),
        ("劳动合同法第十四条第二款第（三）项", Citation(CONTRACT, 14, paragraph=2, item=3)),
        ("劳动合同法第十四条之一", Citation(CONTRACT, 14, "之一")),
        ("民法典第一千一百九十一条", Citation("中华人民共和国民法典", 1191)),
        ("解释(一)第32条", Citation("最高人民法院关于审理劳动争议案件适用法律问题的解释（一）", 32)),
    ],
)
def test_a_citation_is_read_in_every_usual_spelling(store: LawStore, text: str, citation: Citation) -> None:
    assert store.citations.parse(text) == citation


@pytest.mark.parametrize(
    "text", ["", "劳动合同法", "第三十八条", "无此法第3条", "劳动法0", "劳动法第条", "查劳动法50条"]
)
def test_what_is_no_citation_alone_is_none(store: LawStore, text: str) -> None:
    assert store.citations.parse(text) is None


def test_citations_within_a_text_need_the_word_article(store: LawStore) -> None:
    text = "工伤10级，公司2012年说按《劳动合同法》第四十条第一项、第二项和第四十一条，还有劳动法50条办，妇3条"
    assert [(c.law[7:], c.number) for c in store.citations.find(text)] == [
        ("劳动合同法", 40),
        ("劳动合同法", 41),
        ("劳动法", 50),
    ]


def test_this_law_means_the_law_of_the_article(store: LawStore) -> None:
    article = store.by_number("劳动合同法", 21)
    assert article is not None
    assert [a.number for a in store.cited_by(article)] == [39, 40]


def test_every_citation_within_the_collection_resolves(store: LawStore) -> None:
    missing = [
        (article.citation, citation)
        for article in store.articles
        for citation in store.citations.find(article.text, own=article.law)
        if store.by_number(citation.law, citation.number, citation.suffix) is None
    ]
    assert missing == []


@given(st.integers(min_value=1, max_value=1999))
def test_a_numeral_reads_the_same_in_both_scripts(number: int) -> None:
    assert to_int(str(number)) == number
    assert to_int(cn2an.an2cn(number)) == number


@given(st.text(max_size=300))
def test_any_text_may_be_read_for_citations(text: str) -> None:
    citations = LawStore.default().citations
    found = [*citations.find(text), citations.parse(text)]
    assert all(c is None or c.number > 0 for c in found)
