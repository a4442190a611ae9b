"""Extraction: what is found, its normal form, and what must stay silent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.brain import Entity, Gazetteer, understand
from gonghui.brain.identity import id_number_is_valid

WRITTEN = datetime(2024, 11, 20, 10, 0, tzinfo=UTC)


def found(text: str, kind: str, time: datetime | None = WRITTEN, hint: str | None = None) -> list[Entity]:
    return understand(text, time=time, region_hint=hint).entities_of(kind)


def values(text: str, kind: str, time: datetime | None = WRITTEN) -> list[object]:
    return [entity.value for entity in found(text, kind, time)]


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("老板一共欠我1万2没给", "12000", None),
        ("欠了工资8千", "8000", None),
        ("月薪5k,没有社保", "5000", "per_month"),
        ("总共拖欠一万二千元", "12000", None),
        ("赔了3.5万", "35000", None),
        ("工资5200元/月", "5200", "per_month"),
        ("每月工资4500元", "4500", "per_month"),
        ("一天200块钱", "200", "per_day"),
        ("时薪18.5元", "18.50", "per_hour"),
        ("扣了我五百块", "500", None),
        ("工程款120万元没付", "1200000", None),
        ("花了2万多元医药费", "20000", "approx"),
        ("押金¥300不退", "300", None),
        ("共计12,000元", "12000", None),
    ],
)
def test_money(text: str, value: str, qualifier: str | None) -> None:
    entities = found(text, "money")
    assert [(entity.value, entity.qualifier) for entity in entities] == [(value, qualifier)]


@pytest.mark.parametrize(
    "text",
    [
        "拖欠三个月工资",
        "我们3千人的厂",
        "大家一块去找老板",
        "工资3000-5000元面议",
        "2024元旦放假",
        "有8千名工人",
        "补助改为500,400元",
        "三四千块",
    ],
)
def test_no_sum_where_the_text_has_none_or_leaves_it_open(text: str) -> None:
    assert values(text, "money") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024年3月15日被辞退", "2024-03-15"),
        ("2024-03-15被辞退", "2024-03-15"),
        ("2023年5月入职", "2023-05"),
        ("二〇二三年五月入职", "2023-05"),
        ("19年3月进厂", "2019-03"),
        ("从去年底到现在没发", "2023-12"),
        ("去年8月份开始欠的", "2023-08"),
        ("上个月15号开除我", "2024-10-15"),
        ("昨天被打了", "2024-11-19"),
        ("3月份的工资没发", "2024-03"),
        ("12月25日要放假", "2024-12-25"),
        ("上周五通知我", "2024-11-15"),
        ("三个月前辞职了", "2024-08"),
        ("前年进的厂", "2022"),
    ],
)
def test_dates_are_read_from_the_day_of_writing(text: str, value: str) -> None:
    assert values(text, "date") == [value]


def test_a_yearless_day_follows_the_date_named_before_it() -> None:
    assert values("2019年12月入职,2月14日被辞退", "date") == ["2019-12", "2020-02-14"]


def test_relative_dates_stay_silent_without_a_day_of_writing() -> None:
    assert values("昨天被辞退,上个月15号发的通知,去年入职", "date", None) == []
    assert values("2024年3月入职", "date", None) == ["2024-03"]


def test_the_day_of_writing_is_the_chinese_day() -> None:
    late_in_london = datetime(2024, 11, 20, 17, 0, tzinfo=UTC)
    assert values("昨天被辞退", "date", late_in_london) == ["2024-11-20"]


def test_impossible_days_are_left_out() -> None:
    assert values("2024年2月30日和2023年13月1日", "date") == []


@pytest.mark.parametrize(
    ("text", "months", "qualifier"),
    [
        ("干了三年零四个月", 40.0, None),
        ("干了3年4个月", 40.0, None),
        ("在厂里做了半年", 6.0, None),
        ("工作了两年半", 30.0, None),
        ("拖欠三个月工资", 3.0, "of_wages"),
        ("欠了两个半月工资", 2.5, "of_wages"),
        ("工作了19年", 228.0, None),
        ("干了一年多", 12.0, "approx"),
        ("等了15天", 0.5, None),
    ],
)
def test_durations_in_months(text: str, months: float, qualifier: str | None) -> None:
    assert [(e.value, e.qualifier) for e in found(text, "duration")] == [(months, qualifier)]


@pytest.mark.parametrize(
    "text", ["三年前的事", "2019年的事", "一年级", "19年底进厂", "干了一两年", "干了几十年", "每年都这样"]
)
def test_what_is_no_length_of_time(text: str) -> None:
    assert values(text, "duration") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我们三十多人没拿到工资", 30),
        ("20余名工友", 20),
        ("一共12个农民工", 12),
        ("几十人都没发", 20),
        ("被欠工资的有150人", 150),
        ("三十多人工资", 30),
    ],
)
def test_people(text: str, count: int) -> None:
    assert values(text, "people_count") == [count]


@pytest.mark.parametrize("text", ["我一个人", "第三人", "二人世界", "300人民币", "5人间宿舍", "12个月"])
def test_what_counts_no_people(text: str) -> None:
    assert values(text, "people_count") == []


def test_phone_and_identity_number_are_not_read_as_anything_else() -> None:
    result = understand("我的电话13812345678,身份证11010519491231002X", time=WRITTEN)
    assert [(e.kind, e.value) for e in result.entities] == [("phone", "13812345678"), ("id_no", "11010519491231002X")]
    assert result.entities[1].confidence > 0.9
    assert "13812345678" not in str(result.to_dict(masked=True))
    assert "11010519491231002X" not in str(result.to_dict(masked=True))


def test_a_wrong_check_digit_lowers_confidence() -> None:
    assert found("身份证110105194912310021", "id_no")[0].confidence < 0.5
    assert not id_number_is_valid("110105194902300020")


@given(st.from_regex(r"[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}", fullmatch=True))
def test_exactly_one_check_digit_is_right(stem: str) -> None:
    if stem.isascii():
        assert sum(id_number_is_valid(stem + digit) for digit in "0123456789X") == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我在贵州宏图建筑工程有限公司上班", "贵州宏图建筑工程有限公司"),
        ("本人是南明区红星电子厂的员工", "南明区红星电子厂"),
        ("投诉鑫源物流有限责任公司不发工资", "鑫源物流有限责任公司"),
        ("入职于深圳市华新科技有限公司贵阳分公司", "深圳市华新科技有限公司贵阳分公司"),
        ("我是金阳大酒店的服务员", "金阳大酒店"),
    ],
)
def test_employers(text: str, name: str) -> None:
    assert values(text, "employer") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "我们公司不发工资",
        "请问公司拖欠工资怎么办",
        "怀孕了公司要辞退我",
        "这家工厂",
        "劳务公司说没钱",
        "去了医院",
        "因为公司搬迁",
        "公司法",
    ],
)
def test_generic_words_are_no_employer(text: str) -> None:
    assert values(text, "employer") == []


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("我在贵阳市南明区上班", "520102", "贵州省贵阳市南明区"),
        ("我在贵阳南明上班", "520102", "贵州省贵阳市南明区"),
        ("在黔东南打工", "522600", "贵州省黔东南苗族侗族自治州"),
        ("在内蒙古的工地", "150000", "内蒙古自治区"),
        ("北京市朝阳区的公司", "110105", "北京市朝阳区"),
        ("在福建省福州市鼓楼区", "350102", "福建省福州市鼓楼区"),
        ("在河南省开封市打工", "410200", "河南省开封市"),
        ("东莞市长安镇的厂", "441900", None),
    ],
)
def test_places(text: str, code: str, name: str | None) -> None:
    place = found(text, "place")[0]
    assert place.value == code
    assert name is None or place.qualifier == name


def test_a_county_name_of_several_places_is_left_open() -> None:
    place = found("我在鼓楼区上班", "place")[0]
    assert place.value is None
    assert place.confidence <= 0.3
    assert "350102" in str(place.qualifier)
    assert "320106" in str(place.qualifier)


def test_a_hint_or_a_city_elsewhere_in_the_text_decides_among_namesakes() -> None:
    assert found("我在鼓楼区上班", "place", hint="320100")[0].value == "320106"
    texts = found("我是南京人。公司在鼓楼区", "place")
    assert [place.value for place in texts] == ["320100", "320106"]


@pytest.mark.parametrize("text", ["阿里巴巴的客服", "我住北京路", "为了长治久安", "东方不亮西方亮", "中山大道"])
def test_ordinary_words_and_streets_are_no_places(text: str) -> None:
    assert values(text, "place") == []


def test_a_gazetteer_can_be_built_from_rows() -> None:
    small = Gazetteer(
        [("990000", "云上省", 1, ""), ("990100", "花溪市", 2, "990000"), ("990102", "月亮县", 3, "990100")]
    )
    result = understand("我在花溪市月亮县上班", gazetteer=small)
    assert [(e.value, e.qualifier) for e in result.entities_of("place")] == [("990102", "云上省花溪市月亮县")]


def test_every_county_of_the_packaged_table_is_found_by_its_full_name() -> None:
    table = Gazetteer.default()
    counties = [region for region in table.regions.values() if region.level == 3]
    assert len(counties) == 2974
    missed = [
        region.code
        for region in counties
        if table.full_name(region.code)
        and [place.value for place in table.find(table.full_name(region.code))] != [region.code]
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("我们县的厂不发工资", "522634", "522634"),
        ("我们市里的公司不交社保", "520103", "520100"),
        ("本省的最低工资是多少", "520103", "520000"),
        ("本县哪里可以投诉欠薪", "520100", None),
        ("我们县的厂不发工资", None, None),
        ("高新区一家工厂欠我工资", "520103", "520100"),
        ("高新区一家工厂欠我工资", None, None),
        ("贵阳高新区一家公司欠薪", None, "520100"),
        ("我县开发区的厂欠薪", "522634", "522634"),
        ("苏州工业园区的厂欠薪", None, "320576"),
    ],
)
def test_the_writers_own_place_and_zones_answer_with_a_division(text: str, hint: str | None, value: str | None) -> None:
    places = found(text, "place", hint=hint)
    assert [place.value for place in places] == [value]
    assert (places[0].confidence < 0.5) == (value is None)


@pytest.mark.parametrize("text", ["我省下的钱都交了押金", "本市场的老板欠薪", "本区别对待我们", "我们区分不了合同真假"])
def test_words_that_only_look_like_ones_own_place(text: str) -> None:
    assert found(text, "place", hint="520103") == []
