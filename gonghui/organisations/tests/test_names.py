"""Names people write are cut into what can be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.organisations.build import read
from gonghui.organisations.names import employer_key, grams, region_short_name, split_name, union_name


@pytest.mark.parametrize(
    ("name", "key", "own"),
    [
        ("贵州省贵阳市星河建筑工程（集团）有限公司", "星河建筑工程", "星河"),
        ("贵阳星河建筑工程有限责任公司", "星河建筑工程", "星河"),
        ("星河建筑工程(集团)股份有限公司", "星河建筑工程", "星河"),
        (" 星 河 建 筑 工 程 公 司 ", "星河建筑工程", "星河"),
        ("遵义恒岳纺织制衣厂", "恒岳纺织制衣", "恒岳"),
        ("星河公司贵阳分公司", "星河", "星河"),
        ("星河建筑有限公司花果园项目部", "星河建筑", "星河"),
        ("ＡＢＣ科技有限公司", "ABC科技", "ABC"),
        ("沃尔玛超市有限公司", "沃尔玛超市", "沃尔玛"),
        ("朝阳轮胎有限公司", "朝阳轮胎", "朝阳轮胎"),
        ("", "", ""),
        ("（）", "", ""),
    ],
)
def test_a_name_loses_its_legal_form_place_and_punctuation(name: str, key: str, own: str) -> None:
    parts = split_name(name)
    assert (parts.key, parts.own) == (key, own)


@pytest.mark.parametrize("name", ["贵阳市公交集团有限公司", "贵阳公交公司", "贵州省贵阳公交"])
def test_a_place_stays_where_the_rest_only_says_the_trade(name: str) -> None:
    assert employer_key(name) == "贵阳公交"


def test_places_are_compared_by_where_they_lie() -> None:
    city, county, other, none = map(split_name, ("贵阳星河建筑", "贵阳市南明区星河建筑", "遵义星河建筑", "星河建筑"))
    assert city.key == county.key == other.key == none.key
    assert city.same_place(county)
    assert city.same_place(none)
    assert not city.same_place(other)
    # Four cities have a 鼓楼区; named without its city it may be any of them.
    assert split_name("鼓楼区星河建筑").same_place(split_name("南京市星河建筑"))
    assert not split_name("福州市鼓楼区星河建筑").same_place(split_name("南京市星河建筑"))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("贵阳市", "贵阳"),
        ("黔东南苗族侗族自治州", "黔东南"),
        ("新疆维吾尔自治区", "新疆"),
        ("内蒙古自治区", "内蒙古"),
        ("伊犁哈萨克自治州", "伊犁"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡族"),
        ("城区", "城区"),
    ],
)
def test_short_names_of_regions(name: str, short: str) -> None:
    assert region_short_name(name) == short


def test_every_region_has_a_short_name_of_two_characters_or_more() -> None:
    short = [region_short_name(row["name"]) for row in read() if len(row["name"]) > 1]
    assert min(map(len, short)) >= 2


def test_an_office_in_a_places_name_is_not_in_its_unions() -> None:
    assert union_name("乌拉盖管理区管委会") == "乌拉盖管理区总工会"
    assert union_name("南明区") == "南明区总工会"


def test_grams_of_short_keys() -> None:
    assert grams("星河建") == {"星河", "河建"}
    assert grams("星") == {"星"}
    assert grams("") == set()


@given(st.text(max_size=300))
def test_any_text_gives_a_key_that_fits_the_column(name: str) -> None:
    parts = split_name(name)
    assert len(parts.key) <= 120
    assert parts.key.startswith(parts.own)


@given(
    st.sampled_from(["星河建筑", "云岭物流", "甲厂", "黔望"]), st.sampled_from(["有限公司", "集团有限公司", "厂", ""])
)
def test_the_key_does_not_depend_on_the_legal_form(own: str, form: str) -> None:
    assert employer_key(own + form) == employer_key(own)
