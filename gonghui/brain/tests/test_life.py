"""What sounds like a threat to life is heard, wherever it stands and in whatever words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain import understand
from gonghui.brain.alarms import find_alarms
from gonghui.brain.life import life
from gonghui.brain.text import normalise

# None of these holds an alarm word.
OBLIQUE = [
    "存折压在枕头下，密码是娃的生日，明天早上不用等我吃饭了",
    "药片我数过了，够了，今晚睡过去就不醒了",
    "绳子挂好了，我先走一步，替我跟爸妈说声对不起",
    "银行卡在第二个抽屉，密码你知道，骨灰撒在老家后山就行",
]
CALM = ["公司三个月没有发工资", "我在这个厂做了八年", "请工会帮我们协调一下", "社保也没有给我们交", "上个月主管换了人"]


@pytest.mark.parametrize("text", OBLIQUE)
def test_a_threat_in_words_that_no_rule_knows_is_an_emergency_for_a_person_to_look_at(text: str) -> None:
    assert not any(alarm.level in ("P0", "P1") for alarm in find_alarms(normalise(text), heard=False))
    urgency = understand(text).urgency
    assert urgency.level == "P0" and any("请人核对" in why for why in urgency.why)


def test_one_line_in_a_long_letter_is_heard_and_told() -> None:
    letter = "。".join([*CALM * 8, OBLIQUE[1], *CALM * 8])
    urgency = understand(letter, title="反映拖欠工资").urgency
    assert urgency.level == "P0"
    told = next(alarm for alarm in urgency.alarms if alarm.level == "P0")
    assert told.word.rstrip("。,，") in normalise(OBLIQUE[1]) and letter.count("。") >= 80


@given(st.sampled_from(OBLIQUE), st.lists(st.sampled_from(CALM)), st.lists(st.sampled_from(CALM)))
def test_what_stands_around_a_threat_does_not_silence_it(text: str, before: list[str], behind: list[str]) -> None:
    said = normalise(text)
    alone = life().hear(said).share
    assert life().hear("。".join([*before, said, *behind])).share >= alone - 0.02


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "😀", "a" * 3000, "。" * 500, "死" * 3000, "\udcff坏字节", "ABC 123", "\u200b"],
)
def test_nothing_that_is_typed_raises(text: str) -> None:
    heard = life().hear(text)
    assert 0 <= heard.share <= 1 and 0 <= heard.start <= heard.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "干完这个月就不干了，我想回老家带孩子，工资还没结清",
        "我从没想过自杀，就是想问问失眠算不算职业病",
        "楼顶刷防水没有安全绳，老板说出了事自己负责",
        "农药厂的防护手套不发，手都烂了，算不算职业病",
        "我爸去年在工地走了，丧葬费到现在没给",
        "加班加到人都没了半条命，这班上得真没意思",
    ],
)
def test_what_only_sounds_near_is_none(text: str) -> None:
    assert understand(text).urgency.level != "P0"
