"""Dangers that no word list knows, and calm messages that only sound like one (险情)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain import understand
from gonghui.brain.alarms import find_alarms, rules
from gonghui.brain.danger import EACH_END, read_sentences, sentences_of
from gonghui.brain.teaching import situations
from gonghui.brain.text import normalise

NOVEMBER = datetime(2024, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "钱我不要了，明天让公司给我爹妈送骨灰盒吧",
        "我在阳台上抽最后一支烟，孩子睡了，别找我",
        "死都要死在塔吊上头",
        "項目部不給錢，我就從樓頂跳下去",
        "项目部门口现在坐了五十多号人，不给钱不走",
        "十几个人被老板关在山里的厂子，手机也收了",
        "人挂在脚手架外头下不来了，快来人",
    ],
)
def test_a_danger_told_in_words_of_ones_own_is_an_emergency(text: str) -> None:
    urgency = understand(text, closely=True).urgency
    assert urgency.level == "P0"
    assert urgency.why, "every level shows what it stands on"


@pytest.mark.parametrize(
    "text",
    [
        "老板拖欠我三个月工资不发。",
        "公司拖欠我的工资，请帮忙",
        "没有想过轻生，只想把工资要回来",
        "同事去世了，大家凑了份子钱，工会有慰问吗",
        "宿舍着火那次是前年的事，已经整改",
        "公司不给我缴社保，怎么补缴",
        "年休假没休完可以折算成钱吗",
    ],
)
def test_an_everyday_message_stays_calm_however_closely_it_is_read(text: str) -> None:
    assert understand(text, time=NOVEMBER, closely=True).urgency.level == "P3"


def test_a_word_of_alarm_in_a_short_calm_question_is_doubted_aloud() -> None:
    urgency = understand("请问公司注销以后社保怎么转？", closely=True).urgency
    assert urgency.level in ("P2", "P3")


def test_what_is_read_closely_says_that_a_person_must_check() -> None:
    urgency = understand("钱我不要了，明天让公司给我爹妈送骨灰盒吧", closely=True).urgency
    assert any("自杀自伤" in reason and "请人核对" in reason for reason in urgency.why)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("兴业银行提款员上吊自杀以后，公司还收我们的押金", "P1"),
        ("工人站在楼顶扬言自杀，快来救人", "P0"),
        ("我想自杀", "P0"),
    ],
)
def test_whose_life_is_meant_decides(text: str, level: str) -> None:
    (alarm, *_) = [alarm for alarm in find_alarms(normalise(text)) if alarm.kind == "self_harm"]
    assert alarm.level == level


def test_nothing_to_hold_on_to_is_no_denial() -> None:
    (alarm,) = find_alarms("孩子大了,别的没什么牵挂")
    assert (alarm.kind, alarm.negated, alarm.level) == ("self_harm", False, "P0")


def test_old_beatings_outside_work_are_no_emergency_of_the_union() -> None:
    text = "小区开发商交房质量差，业主维权，物业公司的人打伤业主，物业费还涨价，请住建局查处，小区道路也没有修好。"
    assert understand(text).urgency.level in ("P2", "P3")


def test_the_writer_and_nine_others_are_ten() -> None:
    assert understand("我及其他九名工友的工资一直没发，请帮忙", time=NOVEMBER).urgency.level == "P1"
    assert understand("其中九名工友的工资已经发了，我的没发", time=NOVEMBER).urgency.level != "P1"


def test_the_situations_are_of_known_kinds_each_with_near_misses_in_both_halves() -> None:
    every = situations()
    assert len({one.text for one in every}) == len(every)
    levels = {(one.kind, one.level == "P3", one.teaches) for one in every if one.kind != "plain"}
    for kind in rules().raw["by_meaning"]["kinds"]:
        assert all((kind, calm, half) in levels for calm in (True, False) for half in (True, False))
    assert {one.kind for one in every} == {*rules().raw["by_meaning"]["kinds"], "plain"}
    assert Counter(one.level for one in every)["P0"] > 100


@given(st.text(alphabet="工资不发,。!?;:\n 好a1", max_size=400))
def test_sentences_keep_the_text_and_are_none_of_them_long(text: str) -> None:
    sentences = sentences_of(normalise(text))
    kept = "".join(sentences)
    assert all(len(sentence) <= 120 for sentence in sentences)
    assert set(kept) <= set(normalise(text)) | {","}
    read, whole = read_sentences(normalise(text))
    assert len(read) <= 2 * EACH_END
    assert whole == (len(sentences) <= 2 * EACH_END)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n。。。!!!",
        "😀",
        "工资" * 250_000,
        "help me, boss owes wages",
        "\ud800工资\udfff",
        "要命啦佬,冇钱畀啊嘛",
        "エ资|丕发,老扳逃|跑",
        "拖欠" + "\u200b" * 5_000 + "工资",
        "12345678901234567890",
    ],
)
def test_bad_input_is_read_closely_without_fail(text: str) -> None:
    result = understand(text, closely=True)
    assert result.urgency.level in ("P0", "P1", "P2", "P3")
