"""Citations within statutes, and the check of the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.law.checks import problems
from gonghui.law.links import LinkReader

READER = LinkReader(
    {
        "中华人民共和国劳动合同法": "中华人民共和国劳动合同法",
        "中华人民共和国香港特别行政区基本法": "中华人民共和国香港特别行政区基本法",
        "最高人民法院关于适用《中华人民共和国民事诉讼法》的解释": "民诉解释",
        "刑法": "刑法",
    }
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "依照《中华人民共和国劳动合同法》第三十八条第一款第（三）项、第四十条和第四十一条之一",
            "劳 38.1(3) 40 41之一",
        ),
        ("《劳动合同法》（以下简称本法）第三条", "劳 3"),
        ("违反刑法第二十条第三款的", "刑 20.3"),
        ("本法第二条", "自 2"),
        ("香港特别行政区基本法第二条", "香 2"),
        ("某地基本法第二条", ""),
        ("《最高人民法院关于适用〈中华人民共和国民事诉讼法〉的解释》第九条", "民 9"),
        ("《不在这里的法》第三条、第四条", "? 3 ? 4"),
        ("依照第三条的规定", ""),
        ("工伤10级，第三款", ""),
    ],
)
def test_the_name_is_read_backwards_from_the_number(text: str, found: str) -> None:
    short = {"中华人民共和国劳动合同法": "劳", "刑法": "刑", "自己": "自", "民诉解释": "民", None: "?"}
    said: list[str] = []
    for one in READER.find(text, own="自己"):
        name = short.get(one.law, "香")
        said += [one.place] if said and name == said[0] and name != "?" else [name, one.place]
    assert " ".join(said) == found


@given(st.text(alphabet="《》〈〉()（）第条款项一二三本法刑、和 1a", max_size=80))
def test_any_text_may_be_read(text: str) -> None:
    assert all(one.number > 0 for one in READER.find(text, own="自己"))


def test_every_citation_of_the_project_resolves() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("a.py", "from x import articles\narticles(CONTRACT, 38, 99)\n", "a.py:2: no article 劳动合同法-2012-12-28-99"),
        ("b.py", 'WHY = "见劳动合同法第三百条"\n', "b.py:1: no article 劳动合同法 300"),
        ("c.yaml", "- source: 劳动合同法第三十八条第五款\n", "c.yaml:[0].source: no article 劳动合同法 38.5"),
        ("d.yaml", "why: [《没有这部法》第三条]\n", "d.yaml:why[0]: no article 没有这部法 3"),
    ],
)
def test_a_citation_that_leads_nowhere_is_named(tmp_path: Path, name: str, text: str, cause: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = problems(folder=tmp_path)
    assert any(cause in line for line in found), found


def test_what_says_that_its_text_is_not_at_hand_is_not_looked_up(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- 《没有这部法》第三条（转引）\n", encoding="utf-8")
    assert problems(folder=tmp_path) == []
