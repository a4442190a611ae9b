"""Urgency over sentences of our own (`urgent.yaml`), each by what the guideline calls it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gonghui import yamls
from gonghui.brain import understand
from gonghui.brain.alarms import find_alarms
from gonghui.brain.amounts import find_people
from gonghui.brain.moments import SHANGHAI
from gonghui.brain.text import normalise

SENTENCES: dict[str, list[str]] = yamls.read(
    (Path(__file__).resolve().parent / "urgent.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("text", SENTENCES["life"])
def test_every_threat_to_life_is_an_emergency(text: str) -> None:
    assert understand(text).urgency.level == "P0"
    # What the intake looks at before anything else is read.
    assert any(alarm.level == "P0" and not alarm.negated for alarm in find_alarms(normalise(text)))


@pytest.mark.parametrize("text", SENTENCES["harmless"])
def test_what_only_sounds_like_one_is_none(text: str) -> None:
    assert understand(text).urgency.level in ("P2", "P3")


@pytest.mark.parametrize("text", SENTENCES["now"])
def test_body_liberty_and_crowds_in_danger_now_are_emergencies(text: str) -> None:
    assert understand(text).urgency.level == "P0"


@pytest.mark.parametrize("text", SENTENCES["urgent"])
def test_what_the_guideline_calls_urgent_is_urgent(text: str) -> None:
    assert understand(text).urgency.level in ("P0", "P1")


@pytest.mark.parametrize("text", SENTENCES["calm"])
def test_what_the_guideline_does_not_call_urgent_is_calm(text: str) -> None:
    assert understand(text).urgency.level in ("P2", "P3")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("木工8个人，瓦工6个人，工资都没结", "8个人、6个人"),
        ("公司停缴１８名职工的社保", "18名职工"),
        ("全体员工三个月没发工资", "全体员工"),
        ("我今晚就喝除草剂", "喝除草剂"),
    ],
)
def test_a_level_tells_the_words_it_stands_on(text: str, reason: str) -> None:
    assert any(reason in why for why in understand(text).urgency.why)


def test_five_or_six_are_not_fifty_six() -> None:
    assert find_people("我们五六个人去要工资") == []


def test_a_crowd_of_another_matter_is_no_emergency_of_the_union() -> None:
    assert understand("小区两百名业主上周在售楼部门口拉横幅，要求开发商退房款。").urgency.level == "P3"


def test_a_threat_behind_many_harmless_words_is_still_found() -> None:
    assert understand("这药要按时吃。" * 300 + "工资再不发，我就割腕给他们看。").urgency.level == "P0"
    assert understand("这药要按时吃。" * 300).urgency.level == "P3"


@pytest.mark.parametrize("facts", [True, False])
@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("{day}上午工地塌方压住三个人", ("P0",)),
        ("{month}起被关在厂里不让离开", ("P0",)),
        ("上诉期只到{soon}还剩3天", ("P0", "P1")),
    ],
)
def test_a_date_of_these_days_is_not_the_past(text: str, levels: tuple[str, ...], facts: bool) -> None:
    now = datetime.now(SHANGHAI)
    soon = now + timedelta(days=3)
    said = text.format(
        day=f"{now.year}年{now.month}月{now.day}日",
        month=f"{now.year}年{now.month}月",
        soon=f"{soon.year}年{soon.month}月{soon.day}日",
    )
    assert understand(said, time=now, facts=facts).urgency.level in levels


def test_a_year_long_past_is() -> None:
    now = datetime.now(SHANGHAI)
    assert understand(f"{now.year - 6}年工地塌方压住三个人", time=now).urgency.level in ("P2", "P3")
