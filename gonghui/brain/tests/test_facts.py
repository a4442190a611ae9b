"""Facts that calculators and officers need, from a worker's own words."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain.text import normalise
from gonghui.brain.understand import extract


def facts(text: str, kind: str, written: str = "2019-05-20") -> list[object]:
    found = extract(normalise(text), datetime.fromisoformat(written))
    return [entity.value for entity in found if entity.kind == kind]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("入职八个月不签劳动合同", "unsigned"),
        ("公司一直没有和我签订书面劳动合同", "unsigned"),
        ("干了两年没合同", "unsigned"),
        ("签了劳动合同，合同不给我一份", "signed"),
        ("劳动合同也不会给员工", "none_given"),
        ("老板让我签空白合同", "blank"),
        ("当初是口头约定的工资", "oral"),
    ],
)
def test_contract_is_read_from_plain_words(text: str, value: str) -> None:
    assert value in facts(text, "contract")


@pytest.mark.parametrize(
    "text",
    [
        "请问有没有签合同有什么区别",
        "如果公司没签劳动合同怎么办",
        "用人单位未与劳动者订立书面劳动合同的，应当支付二倍工资",
        "叫他签字他也不签",
    ],
)
def test_a_question_a_rule_or_another_paper_is_no_contract_fact(text: str) -> None:
    assert "unsigned" not in facts(text, "contract")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("公司三年没给我交社保", "none"),
        ("不给员工购买社会保险", "none"),
        ("公司一直欠缴社保", "arrears"),
        ("社保只按最低基数交", "low_base"),
        ("进厂签了自愿放弃社保的协议", "waived"),
    ],
)
def test_insurance_is_read_from_plain_words(text: str, value: str) -> None:
    assert value in facts(text, "insurance")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我被公司无故辞退了", "dismissed"),
        ("公司逼我主动辞职", "forced"),
        ("上个月我辞职了", "resigned"),
        ("公司已经倒闭了", "closed"),
    ],
)
def test_how_employment_ended_is_read(text: str, value: str) -> None:
    assert value in facts(text, "employment_end")


def test_a_defendant_is_not_somebody_dismissed() -> None:
    assert facts("支付被告违法解除劳动合同的赔偿金34000元", "employment_end") == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("我今年53岁", "age", 53),
        ("每天工作12小时", "hours_per_day", 12.0),
        ("每天要上十二个半小时", "hours_per_day", 12.5),
        ("24小时值班", "hours_per_day", 24.0),
        ("每周上6天班", "days_per_week", 6),
        ("试用期三个月", "trial", 3),
        ("六个月试用期满", "trial", 6),
        ("我是一名货车司机，跑长途", "job", "货车司机"),
    ],
)
def test_numbers_of_work_are_read(text: str, kind: str, value: object) -> None:
    assert facts(text, kind) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三个月工资一万五千元", ["15000"]),
        ("年工资 5 000 元", ["5000"]),
        ("每月工资2300", ["2300"]),
        ("欠薪近百万元", ["1000000"]),
        ("拖欠数十万元", []),
        ("交了20万首付", ["200000"]),
        ("他们一个小时16", ["16"]),
        ("工资2019年没发", []),
        ("外面5毛，贵一半", ["0.50"]),
    ],
)
def test_sums_are_read_as_people_write_them(text: str, value: list[str]) -> None:
    assert facts(text, "money") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("公积金只交到2015年元月份", ["2015-01"]),
        ("98年毕业分配到乡政府", ["1998"]),
        ("2019 年 5 月 10 日入职", ["2019-05-10"]),
        ("2016年10月10日起未发放9月份工资", ["2016-10-10", "2016-09"]),
        ("10月1号没到账，到11号我去问", ["2018-10-01", "2018-10-11"]),
        ("宽劳人仲不字[2016]24号通知书", []),
        ("今年才签合同", ["2019"]),
        ("今年53岁", []),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, value: list[str]) -> None:
    assert facts(text, "date") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("在教育系统干了三十多年", [360.0]),
        ("赔一年一个月的工资", [1.0]),
        ("10日内支付", [0.33]),
        ("前12个月平均工资", [12.0]),
    ],
)
def test_lengths_are_read_as_people_write_them(text: str, value: list[float]) -> None:
    assert facts(text, "duration") == value


@given(
    st.text(
        alphabet="没有未不签订合同社保交缴被辞退公司每天小时岁试用期个月一二三十0123456789，。《》[]() 年号日元毛百万",
        max_size=60,
    )
)
def test_any_run_of_such_words_is_read_without_error_and_spans_are_true(text: str) -> None:
    clean = normalise(text)
    for entity in extract(clean, datetime.fromisoformat("2024-02-29")):
        assert clean[entity.start : entity.end] == entity.text


def test_pay_of_three_months_is_a_total_and_no_monthly_rate() -> None:
    found = extract(normalise("拖欠三个月工资一万五千元，月工资5000元"), None)
    assert [(e.value, e.qualifier) for e in found if e.kind == "money"] == [("15000", None), ("5000", "per_month")]
