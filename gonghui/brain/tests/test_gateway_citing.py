"""Which article of which law an answer names, and whether it was given as that pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain.gateway import CheckFailed, Evidence
from gonghui.brain.gateway.citing import Reading, invented, law_title
from gonghui.brain.gateway.guard import Gate, cited
from gonghui.brain.laws import laws_from, named_laws

CONTRACT = Evidence(
    "《劳动合同法》第八十二条",
    "用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。"
    "用人单位违反本法规定不订立无固定期限劳动合同的，依照本法第十四条执行。",
)
LABOUR = Evidence("《劳动法》第五十条", "工资应当以货币形式按月支付给劳动者本人。")
TRIAL = Evidence("劳动合同法-19", "劳动合同期限三个月以上不满一年的，试用期不得超过一个月。")
CRIME = Evidence("《刑法》第二百七十六条之一", "以转移财产、逃匿等方法逃避支付劳动者的劳动报酬，数额较大的。")
COURT = Evidence("《最高人民法院关于审理劳动争议案件适用法律问题的解释（一）》第二条", "劳动者以欠条起诉的。")
PIECES = (CONTRACT, LABOUR, TRIAL, CRIME, COURT)


@pytest.mark.parametrize(
    "text",
    [
        "《劳动合同法》第八十二条",
        "《中华人民共和国劳动合同法》（2012修正）第八十二条第一款第(二)项",
        "根据劳动法第50条，工资按月付。",
        "根据劳动合同法82条",
        "我国劳动合同法第八十二条",
        "“劳动合同法”第８２条",
        "**《劳动合同法》** 第 82 条",
        "劳动合同法规定第八十二条",
        "《劳动合同法》明确规定：第八十二条适用。",
        "《劳动合同法》第十九条、第八十二条",
        "《劳动合同法》第19、82条",
        "《劳动合同法》第八十二条第一款、第二款和《劳动法》第五十条",
        "刑法第二百七十六条之一",
        "劳动合同法-82",
        "劳动争议司法解释（一）第二条",
        "第八十二条规定二倍工资〔《劳动合同法》第八十二条〕。",
        "Article 82 says so",
        "第一条途径是协商，第二条途径是仲裁。",
        # A piece quoted word for word: 本法 is its own law, whatever law was named before.
        "工资应当以货币形式按月支付给劳动者本人。〔《劳动法》第五十条〕用人单位违反本法规定不订立无固定期限劳动合同的，"
        "依照本法第十四条执行。〔《劳动合同法》第八十二条〕",
    ],
)
def test_an_article_that_was_given_passes_however_it_is_written(text: str) -> None:
    assert invented(text, PIECES) is None


@pytest.mark.parametrize(
    "text",
    [
        # The law is given, and the number is given, but not of that law.
        "《劳动法》第八十二条",
        "《劳动合同法》第五十条",
        "劳动法第82条",
        "根据劳动法82条",
        "“劳动法”第８２条",
        "劳动法-82",
        "《劳动法》第五十条、第八十二条",
        "《劳动合同法》第19、50条",
        "《劳动法》规定工资按月支付。第八十二条规定二倍。",
        "第五十一条规定〔《劳动法》第五十条〕",
        # Ranges hold everything between.
        "《劳动合同法》第八十二条至第八十五条",
        "《劳动合同法》第19-82条",
        "《劳动合同法》的第八十二条及八十三条",
        # 条之一 is another article.
        "刑法第二百七十六条",
        "刑法第二百七十六条之二",
        # Another law whose name ends or begins alike.
        "合同法第八十二条",
        "贵州省劳动合同法第八十二条",
        "劳动合同法实施条例第82条",
        "劳动法实施细则第50条",
        "社会保险法第五十条",
        "幻想条例第八十二条",
        # Hidden by odd characters, spaces, other forms.
        "劳动合同法第八\u200b十三条",
        "《劳动合同法》第 九 百 九 十 九 条",
        "《劳动法》第五十條、第八十二條",
        "《劳动合同法》\n第八十三条",
        "Article 83 says so",
        # Nothing says of which law.
        "第八十二条规定二倍工资。",
        "合同第五条约定",
    ],
)
def test_another_pair_of_law_and_number_is_invented(text: str) -> None:
    assert invented(text, PIECES) is not None


def test_a_summary_may_name_what_the_letter_names_and_an_answer_may_not() -> None:
    letter = "公司违反《劳动合同法》第三十八条，劳动合同第五条写明月薪六千。"
    assert invented("公司违反劳动合同法第38条。", (), letter, from_letter=True) is None
    assert invented("公司违反劳动法第38条。", (), letter, from_letter=True)
    assert invented("公司违反劳动合同法第38条。", PIECES, letter)
    assert invented("劳动合同第五条写明月薪六千。", PIECES, letter) is None


def test_ids_are_known_as_the_masked_text_writes_them() -> None:
    # Masking makes full-width brackets plain, so the model never sees the id as it was.
    said = "欠条可以起诉〔《最高人民法院关于审理劳动争议案件适用法律问题的解释(一)》第二条〕。"
    assert cited(said, PIECES, must=True) == (COURT.id,)
    assert cited("二倍工资〔劳动合同法-19、《劳动法》第五十条〕", PIECES, must=True) == (TRIAL.id, LABOUR.id)


def test_an_honest_no_needs_no_citation() -> None:
    assert cited("现有依据不足。", PIECES, must=True) == ()


def test_every_law_that_has_a_name_is_known_by_it() -> None:
    """Without it 劳动合同法第82条 in running words could be taken for an unknown law, or for a shorter name's."""
    assert len(named_laws()) > 20
    for law in named_laws():
        title = law_title(law.title)
        for name in (title, *law.names):
            (named,) = Reading.of(f"根据{name.replace('《', '').replace('》', '')}第一条").numbers
            assert named.law == title


def test_one_name_is_of_one_law() -> None:
    with pytest.raises(ValueError, match=r"laws\.yaml: 劳合 names two laws"):
        laws_from({"中华人民共和国劳动法": {"marks": ["劳合"]}, "中华人民共和国劳动合同法": {"names": ["劳合"]}})


@given(
    st.text(alphabet="工资。！\n;〔劳动法-50〕《》第五十条 1. ”", max_size=60),
    st.lists(st.integers(min_value=1, max_value=7), max_size=60),
)
def test_a_gate_shows_all_of_a_good_text_and_of_a_bad_one_only_what_was_checked(text: str, sizes: list[int]) -> None:
    """However a text is cut into pieces."""
    evidence = [Evidence("劳动法-50", "工资应当按月支付。")]
    gate = Gate(lambda so_far, whole: cited(so_far, evidence, must=False), must=False)
    shown, at = "", 0
    try:
        for size in [*sizes, len(text)]:
            shown += gate.take(text[at : at + size])
            at += size
        shown += gate.end()
    except CheckFailed:
        assert text.startswith(shown)
        cited(shown, evidence, must=False)
    else:
        assert shown == text
