from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.law.store import LawStore

pytestmark = pytest.mark.django_db


def body(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_front_page_lists_every_law(client: Client, store: LawStore) -> None:
    page = body(client, "/law/")
    assert all(reverse("law:law", args=[slug]) in page for slug in store.laws)
    assert "不是法律意见" in page


def test_search_shows_full_text_reason_and_disclaimer(client: Client) -> None:
    page = body(client, "/law/", q="老板不发工资")
    assert "不得克扣或者无故拖欠劳动者的工资" in page
    assert "您说的情况涉及：拖欠工资" in page
    assert "以下是相关法条，不是法律意见" in page


def test_search_by_number_shows_that_article_first(client: Client, store: LawStore) -> None:
    page = body(client, "/law/", q="劳动合同法第三十八条")
    first = page.index("/law/article/")
    assert page[first:].startswith(store.by_number("劳合", 38).path)  # type: ignore[union-attr]


def test_superseded_texts_are_hidden_unless_asked_for_and_then_marked(client: Client) -> None:
    assert "《信访条例》" not in body(client, "/law/", q="信访人 信访事项 答复")
    page = body(client, "/law/", q="信访人 信访事项 答复", all="1")
    assert "《信访条例》" in page
    assert "本文本已废止" in page
    assert "本文本已废止" in body(client, "/law/", q="信访条例第一条")


def test_an_article_has_a_stable_address_that_the_pure_part_knows(client: Client, store: LawStore) -> None:
    for article in store.articles:
        assert article.path == reverse("law:article", args=[article.id])
        assert article.law_path == reverse("law:law", args=[article.slug])
    page = body(client, "/law/article/劳动合同法-2012-12-28-38/")
    assert "未按照劳动合同约定提供劳动保护或者劳动条件的" in page
    assert "劳动合同法-2012-12-28-37" in page or quote("劳动合同法-2012-12-28-37") in page
    assert "不是法律意见" in page


def test_the_end_of_a_text_is_said_on_its_pages(client: Client, store: LawStore) -> None:
    article = store.by_number("信访条例", 1)
    assert article is not None
    page = body(client, article.path)
    assert "自 2022-05-01 起不再适用" in page
    assert reverse("law:law", args=[store.newest_slug("信访工作条例")]) in page
    assert "本文本已废止" in body(client, article.law_path)
    partly = body(client, store.by_number("解一", 32).path)  # type: ignore[union-attr]
    assert "有关部分自 2025-09-01 起不再适用" in partly
    assert partly.index("<del>") < partly.index("按劳务关系处理") < partly.index("</del>")


def test_unchecked_texts_are_marked(client: Client) -> None:
    assert "尚未与官方文本核对" in body(client, "/law/article/国务院关于渐进式延迟法定退休年龄的办法-2024-09-13-1/")


def test_every_law_has_a_contents_page(client: Client, store: LawStore) -> None:
    for slug, articles in store.laws.items():
        page = body(client, reverse("law:law", args=[slug]))
        assert page.count("/law/article/") == len(articles)


def test_a_plain_name_leads_to_the_newest_version(client: Client) -> None:
    response = client.get("/law/劳动合同法/")
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("law:law", args=["劳动合同法-2012-12-28"])


@pytest.mark.parametrize("path", ["/law/没有/", "/law/article/没有-1/", "/law/article/<script>/", "/law/'OR 1=1/"])
def test_unknown_addresses_are_not_found(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert b"<script>/" not in response.content


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>工资",
        '"><img src=x onerror=alert(1)>',
        "' OR 1=1 --",
        "😀",
        "\u202e工资",
        "工资" * 40_000,
    ],
)
def test_any_query_gives_a_page_and_is_escaped(client: Client, words: str) -> None:
    page = body(client, "/law/", q=words)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_pages_only_read(client: Client) -> None:
    for path in ("/law/", "/law/劳动合同法-2012-12-28/", "/law/article/劳动合同法-2012-12-28-38/"):
        assert client.post(path).status_code in (403, 405)
