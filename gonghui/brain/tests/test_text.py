"""Cleaning, masking, numerals, similarity."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain import (
    bands,
    estimated_similarity,
    fingerprint,
    mask_personal,
    near_duplicates,
    normalise,
    similarity,
    understand,
)
from gonghui.brain.numerals import parse_number
from gonghui.brain.text import in_chinese

APPEAL = (
    "我们三十二个人在城东安置房工地做木工,从去年九月干到今年一月,包工头说好过年前结清工资,结果一直拖着不给,"
    "打电话也不接,项目部说钱已经付给劳务公司了,让我们自己去找他要。"
)


def test_normalise_makes_full_width_and_invisible_characters_plain() -> None:
    assert normalise("工资\u200b１２００\u202e元　　未\u2060发\ufeff") == "工资1200元 未发"
    assert normalise("  一行 \r\n\r\n 二行  ") == "一行\n二行"


@given(st.text())
def test_normalise_is_idempotent_and_leaves_no_invisible_character(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert not set(once) & set("\u200b\u200e\u202e\u2066\ufeff\x00\x1b")


@given(st.text(alphabet="工资１a1 　\n，：；！？（）％～…·“”—\r\u2028é", max_size=60))
def test_a_message_of_common_characters_is_made_plain_as_any_other(text: str) -> None:
    # A hidden character keeps the quick way for common characters from being taken.
    assert normalise(text) == normalise("\u200b" + text)


def test_normalise_drops_lone_surrogates_so_that_text_can_be_stored() -> None:
    assert normalise("工资\ud800未发").encode("utf-8").decode("utf-8") == "工资未发"


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("电话138 1234 5678", "电话138 **** 5678"),
        ("电话１３８１２３４５６７８", "电话１３８****５６７８"),
        ("身份证11010519491231002X,", "身份证1101************2X,"),
        ("卡号6222021234567890123", "卡号6222*************23"),
        ("座机0851-12345678", "座机085*-****5678"),
        ("欠我12000元,2024年3月15日", "欠我12000元,2024年3月15日"),
    ],
)
def test_mask_hides_phones_identity_numbers_and_cards_only(raw: str, masked: str) -> None:
    assert mask_personal(raw) == masked


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True).filter(str.isascii), st.sampled_from(["", "电话", " ", "a", ","]))
def test_no_mobile_number_survives_masking(phone: str, before: str) -> None:
    assert phone not in mask_personal(f"{before}{phone}{before}")


@given(st.integers(min_value=1, max_value=99_999_999))
def test_chinese_numerals_are_read_as_cn2an_writes_them(number: int) -> None:
    assert parse_number(cn2an.an2cn(number, "low")) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一万二", 12000),
        ("1万2", 12000),
        ("1万2千", 12000),
        ("一万零二", 10002),
        ("3.5万", 35000),
        ("8千", 8000),
        ("5k", 5000),
        ("2w", 20000),
        ("两千五", 2500),
        ("二百五", 250),
        ("二百零五", 205),
        ("十五", 15),
        ("12,000.50", Decimal("12000.50")),
        ("二〇二四", 2024),
        ("1万2000", 12000),
    ],
)
def test_lay_numerals(text: str, value: int | Decimal) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "万", "abc", "百", "一一十", "元"])
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    assert parse_number(text) is None


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿0123456789.,kw多余几", max_size=12))
def test_number_parsing_never_raises(text: str) -> None:
    value = parse_number(text)
    assert value is None or value >= 0


@given(st.text(max_size=80), st.text(max_size=80))
def test_similarity_is_symmetric_and_bounded(left: str, right: str) -> None:
    assert similarity(left, right) == similarity(right, left)
    assert 0.0 <= similarity(left, right) <= 1.0


def test_same_message_with_other_punctuation_is_the_same() -> None:
    spaced = APPEAL.replace(",", ", ").replace("。", "!!\n")
    assert similarity(APPEAL, spaced) == 1.0
    assert fingerprint(APPEAL) == fingerprint(spaced)


def test_a_small_edit_stays_a_near_duplicate_and_shares_a_band() -> None:
    edited = APPEAL.replace("三十二", "三十三") + "求帮助"
    found = near_duplicates(edited, [("other", "公司不给我缴社保怎么办"), ("same", APPEAL)])
    assert [key for key, _ in found] == ["same"]
    assert set(bands(fingerprint(edited))) & set(bands(fingerprint(APPEAL)))


def test_different_matters_share_no_band() -> None:
    other = "孩子学校食堂的饭菜太贵了,校长说这是市里定的价格,请问有没有人管一管这个事情,我们家长意见很大。"
    assert not set(bands(fingerprint(other))) & set(bands(fingerprint(APPEAL)))
    assert similarity(other, APPEAL) < 0.05


@given(st.integers(min_value=0, max_value=len(APPEAL)))
def test_estimated_similarity_follows_the_exact_one(cut: int) -> None:
    part = APPEAL[:cut] + "另外还有押金五百块没退,工作服也扣了钱。"
    estimate = estimated_similarity(fingerprint(part), fingerprint(APPEAL))
    assert abs(estimate - similarity(part, APPEAL)) < 0.3


def test_fingerprint_is_the_same_in_another_process() -> None:
    code = f"from gonghui.brain import fingerprint; print(fingerprint({APPEAL!r}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{fingerprint(APPEAL)}\n"}


def test_text_without_letters_has_no_fingerprint_and_resembles_nothing() -> None:
    assert fingerprint("!!! 😀") == []
    assert bands([]) == []
    assert similarity("😀", "😀") == 0.0


def test_a_summary_is_punctuated_as_people_write() -> None:
    said = understand("从今年七月开始就没发过工资。", title="做了两年，没发工资，怎么办？")
    assert said.summary == "做了两年，没发工资，怎么办？"
    assert in_chinese("欠薪,没给(三个月):5,000元,12:30到") == "欠薪，没给（三个月）:5,000元，12:30到"
