"""The reader's pages: every law, parts, links, history, the text of a day."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote, unquote

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gonghui.law.shelf import Shelf
from gonghui.law.tests.test_pages import body

pytestmark = pytest.mark.django_db


def article(article_id: str) -> str:
    return reverse("law:article", args=[article_id])


def test_the_front_page_leads_to_all_shelves_and_places(client: Client) -> None:
    page = body(client, "/law/")
    shelf = Shelf.default()
    for name in (*shelf.categories, *shelf.places):
        assert quote(name) in page
    for query in ({"shelf": "行政法规"}, {"place": "上海"}):
        listed = body(client, "/law/", **query)
        assert listed.count('href="/law/') > 5
    assert "契税暂行条例" in (page := body(client, "/law/", shelf="行政法规"))
    assert "已废止" in page


def test_an_unknown_shelf_is_the_front_page(client: Client) -> None:
    assert "全部法律法规" in body(client, "/law/", shelf="<script>", place="火星")


def test_a_law_of_every_category_and_place_opens(client: Client) -> None:
    shelf = Shelf.default()
    seen: set[tuple[str, str]] = set()
    for volume in shelf.volumes:
        if (volume.category, volume.place) not in seen:
            seen.add((volume.category, volume.place))
            page = body(client, volume.path)
            assert page.count("/law/article/") == volume.articles + (1 if volume.ended_by else 0)
            assert not volume.place or f"这是{volume.place}的地方规定" in page


def test_laws_are_found_by_name_beside_the_articles(client: Client) -> None:
    page = body(client, "/law/", q="民诉法")
    assert reverse("law:law", args=["民事诉讼法-2023-09-01"]) in page
    assert "名称相符的法律法规" in page


def test_a_part_is_shown_by_its_citation(client: Client) -> None:
    page = body(client, "/law/", q="劳动合同法第三十八条第一款第（三）项")
    assert "《劳动合同法》第三十八条第一款第（三）项" in page
    assert f"{article('劳动合同法-2012-12-28-38')}?k=1&amp;x=3#k1x3" in page


def test_a_number_or_part_that_is_not_there_is_said(client: Client) -> None:
    page = body(client, "/law/", q="劳动合同法第九百条")
    assert "《劳动合同法》没有第九百条，收录的文本共 98 条" in page
    assert "/law/article/" not in page
    assert "没有这一款、项" in body(client, "/law/", q="劳动合同法 38.9")


def test_an_article_outside_the_searched_laws_is_found_by_number(client: Client) -> None:
    page = body(client, "/law/", q="刑法第二百七十六条之一")
    assert article("刑法-undated-276之一") in page


def test_paragraphs_and_items_have_places_of_their_own(client: Client) -> None:
    page = body(client, article("劳动合同法-2012-12-28-38"), k="1", x="3")
    assert all(f'id="{anchor}"' in page for anchor in ("k1", "k2", "k1x1", "k1x6"))
    assert re.search(r'id="k1x3" class="law-chosen"', page)
    assert page.count("未依法为劳动者缴纳社会保险费的") == 1


def test_links_lead_both_ways(client: Client) -> None:
    page = body(client, article("劳动合同法-2012-12-28-38"))
    assert article("劳动合同法-2012-12-28-46") in page
    assert f"{article('劳动合同法-2012-12-28-26')}#k1" in page
    assert "引用在本文本之前" in page


def test_history_shows_what_changed_and_where_the_article_moved(client: Client) -> None:
    page = body(client, article("公司法-2023-12-29-16"))
    assert "<del>必须</del><ins>应当</ins>" in page
    assert "条号不同，最相近的是第十七条，文字有改动" in page
    assert article("公司法-2018-10-26-17") in page
    assert "只收录了这部法律的一个文本" in body(client, article("劳动合同法-2012-12-28-38"))


def test_the_text_of_a_day(client: Client) -> None:
    page = body(client, article("民事诉讼法-2023-09-01-122"), on="2022-05-01")
    assert "您查看的是 2022-05-01 时的文本：2021-12-24 通过或修改" in page
    assert "没有施行日期" in page
    assert "这是旧文本" in page
    law = body(client, "/law/民事诉讼法-2023-09-01/", on="2022-05-01")
    assert article("民事诉讼法-2021-12-24-122") in law
    assert 'href="/law/article/' in law
    response = client.get("/law/民事诉讼法/", {"on": "2022-05-01"}, follow=True)
    assert "2021-12-24 通过或修改" in response.content.decode()


def test_a_day_before_all_texts_is_said(client: Client) -> None:
    page = body(client, article("劳动合同法-2012-12-28-38"), on="2012-05-01")
    assert "没有收录 2012-05-01 或之前通过的文本" in page
    assert "用人单位有下列情形之一的" in page


def test_a_day_on_which_the_number_meant_another_matter_is_said(client: Client) -> None:
    page = body(client, article("公司法-2023-12-29-16"), on="2020-01-01")
    assert "同一条号写的是别的内容" in page
    assert article("公司法-2018-10-26-17") in page


def test_a_text_without_dates_is_said(client: Client) -> None:
    assert "没有通过日期，不能判断" in body(client, article("刑法-undated-1"), on="2020-01-01")


@pytest.mark.parametrize("day", ["yesterday", "2020-13-01", "", "<script>", "0001-01-01", "9999-12-31"])
def test_any_day_gives_a_page(client: Client, day: str) -> None:
    for path in (article("民事诉讼法-2023-09-01-1"), "/law/民事诉讼法-2023-09-01/"):
        page = body(client, path, on=day)
        assert "<script>" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert "请填日期" in body(client, "/law/民事诉讼法-2023-09-01/", on="2020-13-01")


@pytest.mark.parametrize(
    ("article_id", "said"),
    [
        ("契税暂行条例-2019-03-02-1", "自 2021-09-01 起不再适用"),
        ("治安管理处罚法-2012-10-26-1", "自 2026-01-01 起不再适用"),
        ("民事诉讼法-2021-12-24-1", "这是旧文本"),
        ("河南省工伤保险条例-2007-06-01-1", "这是河南的地方规定，只在当地适用"),
        ("刑事诉讼法-2018-10-26-127", "缺少以下条号：128"),
        ("国务院关于渐进式延迟法定退休年龄的办法-2024-09-13-1", "尚未与官方文本核对"),
        ("中华人民共和国劳动保险条例-1953-01-02-1", "待核对"),
        ("刑法-undated-1", "没有写明这个文本的通过日期"),
        ("宪法修正案（2018年）-undated-32", "条号从第 32 条起"),
    ],
)
def test_marks(client: Client, article_id: str, said: str) -> None:
    shelf = Shelf.default()
    found = shelf.get(article_id) or shelf.get(article_id.removeprefix("中华人民共和国"))
    assert found is not None
    assert said in body(client, found.article.path)
    assert said in body(client, found.article.law_path)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/law/劳动合同法/38/", "/law/article/劳动合同法-2012-12-28-38/"),
        ("/law/劳动合同法/38.1(3)/", "/law/article/劳动合同法-2012-12-28-38/?k=1&x=3#k1x3"),
        ("/law/劳合/第四十条第二项/", "/law/article/劳动合同法-2012-12-28-40/?x=2#k1x2"),
        ("/law/民事诉讼法-2021-12-24/5/", "/law/article/民事诉讼法-2021-12-24-5/"),
    ],
)
def test_a_citation_is_an_address(client: Client, path: str, target: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert unquote(response.headers["Location"]) == target


@pytest.mark.parametrize(
    "path", ["/law/劳动合同法/900/", "/law/劳动合同法/38.9/", "/law/没有/3/", "/law/劳动合同法/x/"]
)
def test_a_citation_that_leads_nowhere_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


class AnyArticle(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.data(), st.dates(min_value=date(1950, 1, 1), max_value=date(2030, 1, 1)))
    def test_every_article_opens_on_any_day(self, data: st.DataObject, day: date) -> None:
        shelf = Shelf.default()
        volume = data.draw(st.sampled_from(shelf.volumes))
        chosen = data.draw(st.sampled_from(shelf.open(volume).articles))
        response = self.client.get(chosen.path, {"on": day.isoformat()})
        assert response.status_code == 200
        assert self.client.get(chosen.path).status_code == 200
