"""The main path: a message in, proposals out; and that nothing makes it raise."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.brain import VERSION, Message, understand, understand_many
from gonghui.brain.text import MAX_CHARS

WRITTEN = datetime(2024, 11, 20, tzinfo=UTC)
WORDS = [
    *(
        "公司",
        "拖欠",
        "工资",
        "三个月",
        "1万2",
        "没有",
        "跳楼",
        "贵阳市",
        "南明区",
        "有限公司",
        "2024年3月",
        "上个月15号",
    ),
    *(
        "去年底",
        "三十多人",
        "13812345678",
        "11010519491231002X",
        "怀孕",
        "辞退",
        "😀",
        "\u202e",
        "\u200d",
        "<b>",
        "';--",
    ),
    *("。", ",", "\n", "年", "月", "个", "半", "万", "元", "第", "(", ")", "“", "”", "İ", "ﷺ"),
]


def test_a_construction_worker_is_understood() -> None:
    result = understand(
        "我在贵阳市南明区一个工地干了三年零四个月,包工头拖欠我们三十多人工资共计1万2,老板跑了,从去年底到现在没发。",
        time=WRITTEN,
    )
    assert result.understood
    assert result.version == VERSION
    assert result.categories[0].code == "0108"
    assert [entity.value for entity in result.entities_of("place")] == ["520102"]
    assert [entity.value for entity in result.entities_of("money")] == ["12000"]
    assert [entity.value for entity in result.entities_of("duration")] == [40.0]
    assert [entity.value for entity in result.entities_of("people_count")] == [30]
    assert [entity.value for entity in result.entities_of("date")] == ["2023-12"]
    assert result.urgency.level == "P1"
    assert result.jurisdiction.rule == "work_place_county"
    assert result.jurisdiction.region_code == "520102"
    assert result.is_labour.code == "labour"
    json.dumps(result.to_dict(), ensure_ascii=False)


SENTENCES = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SENTENCES, SENTENCES), max_size=70), st.booleans())
def test_many_messages_read_at_once_mean_what_each_means_alone(messages: list[tuple[str, str]], facts: bool) -> None:
    together = list(understand_many((Message(text, title, WRITTEN) for text, title in messages), facts=facts))
    assert together == [understand(text, title, WRITTEN, facts=facts) for text, title in messages]


def test_nothing_hangs_on_which_messages_are_read_together() -> None:
    """More than are read at once, short, long and empty ones beside each other."""
    texts = ["", "拖欠我们三十个人工资", "好" * 3_000, "🙂30名工人被欠薪", "hello", "没有拖欠工资。" * 300, "我要自杀"]
    alone = [understand(text, facts=False) for text in texts]
    together = list(understand_many((Message(texts[at % 7]) for at in range(300)), facts=False))
    assert together == [alone[at % 7] for at in range(300)]


@pytest.mark.parametrize(
    "part",
    [
        *(" ", "\n", "啊", "不", "欠", "1", "三", "🙂", "\u0301", "\u200d", "\ud800", "ﷺ", "“", "\t \n", "三十人"),
        *("我要自杀", "我们三十人正在聚集堵路", "没有拖欠工资", "老闆拖欠薪資", "ᄀ\u1161\u11a8"),
        "工资 wage зарплата 賃金 أجر 급여 💰\u0301１㎡\n",
    ],
    ids=ascii,
)
def test_a_megabyte_of_anything_is_read_as_far_as_a_message_goes(part: str) -> None:
    text = part * (1_000_000 // len(part))
    result = understand(text, text[:300], facts=False)
    assert len(result.text) <= MAX_CHARS and len(result.entities) <= 300 and len(result.urgency.alarms) <= 100
    assert result.truncated or not result.text
    json.dumps(result.to_dict(), ensure_ascii=False)


def test_triage_alone_says_the_same_of_the_matter() -> None:
    text = "我们厂六十多名员工被拖欠三个月工资,老板电话打不通,包工头也跑了,请帮帮我们。"
    whole, quick = understand(text), understand(text, facts=False)
    assert (quick.categories, quick.nature, quick.is_labour) == (whole.categories, whole.nature, whole.is_labour)
    assert (quick.urgency.level, quick.worker_type) == (whole.urgency.level, whole.worker_type)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀",
        "😀😀😀",
        "My boss has not paid me for three months",
        "12345",
        "<script>alert(1)</script>",
        "\u200b\u202e",
        "?",
    ],
)
def test_what_cannot_be_read_is_said_to_be_not_understood(text: str) -> None:
    result = understand(text)
    assert not result.understood
    assert result.categories == []
    assert result.worker_type is None
    assert result.urgency.level == "P3"


@pytest.mark.parametrize(
    "text",
    ["欠薪", "讨薪!!", "boss欠薪不给钱 please help", "<p>公司拖欠工资</p>", "'; DROP TABLE 工资; -- 拖欠工资不发"],
)
def test_short_or_mixed_text_about_work_is_understood(text: str) -> None:
    assert understand(text).understood


def test_markup_and_hidden_characters_do_not_hide_the_matter() -> None:
    plain = understand("公司拖欠工资三个月")
    hidden = understand("公司\u200b拖\u200b欠\u202e工\u2060资三个月")
    assert hidden.categories == plain.categories


def test_a_huge_text_is_cut_and_says_so() -> None:
    result = understand("公司拖欠工资。" * 150_000)
    assert result.truncated
    assert len(result.text) <= MAX_CHARS
    assert result.understood
    assert not understand("公司拖欠工资").truncated


@pytest.mark.parametrize(
    "piece", ["一", "1", "年1", "3月", "(", "没不", "公司", "不给工资", "我要跳楼没有", "١", "贵阳市"]
)
def test_a_long_repetition_is_read_without_raising(piece: str) -> None:
    _check(piece * (MAX_CHARS // len(piece)), "", WRITTEN, None)


def test_the_title_is_read_too_and_given_back_as_the_summary() -> None:
    result = understand("请尽快处理,谢谢。", title="公司拖欠工资三个月")
    assert result.categories[0].code == "0101"
    assert result.summary == "公司拖欠工资三个月"
    assert result.text[result.body_start :] == "请尽快处理,谢谢。"


def test_the_summary_is_short_skips_the_greeting_and_hides_phones() -> None:
    result = understand(
        "尊敬的领导:您好!我叫小王,电话13812345678。我在砖厂干活,老板拖欠我工资一万二,电话13812345678打不通,怎么办?" * 2
    )
    assert len(result.summary) <= 40
    assert "拖欠" in result.summary
    assert "13812345678" not in result.summary
    assert not result.summary.startswith("尊敬")


@given(st.text(), st.text(max_size=60), st.sampled_from([None, WRITTEN]), st.sampled_from([None, "520102", "x", "９"]))
@settings(max_examples=300, deadline=None)
def test_no_text_raises_and_spans_are_true(text: str, title: str, time: datetime | None, hint: str | None) -> None:
    _check(text, title, time, hint)


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join), st.sampled_from([None, WRITTEN]))
@settings(max_examples=400, deadline=None)
def test_no_mixture_of_our_own_words_raises(text: str, time: datetime | None) -> None:
    _check(text, "", time, None)


def _check(text: str, title: str, time: datetime | None, hint: str | None) -> None:
    result = understand(text, title=title, time=time, region_hint=hint)
    json.dumps(result.to_dict(), ensure_ascii=False).encode("utf-8")
    assert len(result.summary) <= 40
    assert result.urgency.level in ("P0", "P1", "P2", "P3")
    for entity in result.entities:
        assert result.text[entity.start : entity.end] == entity.text
        assert 0.0 < entity.confidence <= 1.0
    for scored in [*result.categories, result.nature, result.is_labour]:
        assert 0.0 <= scored.score <= 1.0


@given(st.lists(st.sampled_from(WORDS), max_size=20).map("".join))
@settings(max_examples=50, deadline=None)
def test_the_same_text_is_always_read_the_same(text: str) -> None:
    assert understand(text, time=WRITTEN) == understand(text, time=WRITTEN)
