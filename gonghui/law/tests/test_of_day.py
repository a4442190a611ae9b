"""Search as of a day: the text of that day, what has ended since, what is only at hand in a younger text."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.law.of_day import search_of_day
from gonghui.law.shelf import Shelf
from gonghui.law.store import LawStore
from gonghui.law.tests.test_pages import body

WORDS = "妇女 就业 性别 歧视"


def test_the_text_of_the_day_is_found_and_said_to_be_old(store: LawStore) -> None:
    found = search_of_day(store, Shelf.default(), "妇女权益保障法 录用女职工 限制结婚生育", date(2020, 1, 1), 10)
    women = [hit for hit in found if "妇女权益保障法" in hit.article.law]
    assert women
    assert {hit.article.adopted for hit in women} == {date(2018, 10, 26)}
    assert all("ended_since" in hit.flags for hit in women)


def test_a_rule_that_held_then_and_was_repealed_is_found_for_its_day_only(store: LawStore) -> None:
    words = "信访人 信访事项 书面答复"

    def laws(day: date) -> set[str]:
        return {hit.article.law for hit in search_of_day(store, Shelf.default(), words, day, 20)}

    assert "信访条例" in laws(date(2015, 6, 1))
    assert "信访条例" not in laws(date(2023, 6, 1))


def test_what_is_only_there_in_a_younger_text_says_so(store: LawStore) -> None:
    found = search_of_day(store, Shelf.default(), "克扣或者无故拖欠劳动者的工资", date(2015, 1, 1), 5)
    labour = next(hit for hit in found if hit.article.law.endswith("国劳动法") and hit.article.number == 50)
    assert "adopted_after_event" in labour.flags
    contract = next(hit for hit in found if hit.article.law.endswith("劳动合同法"))
    assert not contract.flags


@settings(max_examples=15, deadline=None)
@given(st.dates(date(1980, 1, 1), date(2030, 1, 1)))
def test_no_text_of_a_later_day_is_shown_unmarked(day: date) -> None:
    for hit in search_of_day(LawStore.default(), Shelf.default(), WORDS, day, 20):
        assert not hit.article.newer_than(day) or "adopted_after_event" in hit.flags
        assert hit.article.review_status != "unverified"


@pytest.mark.django_db
def test_the_page_takes_a_day_and_a_wrong_one_is_said_beside_the_field(client: Client) -> None:
    page = body(client, "/law/", q="妇女权益保障法第二十三条", on="2020-01-01")
    assert "下面是 2020-01-01 时的文本" in page
    assert "这个文本那一天适用，后来已修改、废止或被取代" in page
    page = body(client, "/law/", q=WORDS, on="2020-13-01")
    assert "请填日期，例如 2012-05-01。" in page
    assert 'value="2020-13-01"' in page
