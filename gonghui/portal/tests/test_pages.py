"""The pages around the intake: first page, help, large letters, language, and what no page may do."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.portal.tests.support import lodge

PAGES = ("portal:home", "portal:ask", "portal:track", "portal:help")
LARGE, HOME = "portal:large_text", "portal:home"


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_pages_open_for_everybody_and_run_no_inline_script(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    page = response.content.decode()
    assert response.status_code == 200
    assert 'lang="zh-hans"' in page
    assert 'href="#content"' in page
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "tel:12351" in page


@pytest.mark.django_db
def test_the_first_page_is_small(client: Client) -> None:
    assert len(client.get(reverse(HOME)).content) < 16_000


@pytest.mark.django_db
def test_large_letters_are_switched_and_remembered(client: Client) -> None:
    assert "data-large-text" not in client.get(reverse(HOME)).content.decode()
    response = client.post(reverse(LARGE), {"next": reverse("portal:help")})
    assert response["Location"] == reverse("portal:help")
    assert "data-large-text" in client.get(reverse(HOME)).content.decode()
    client.post(reverse(LARGE), {"next": "/"})
    assert "data-large-text" not in client.get(reverse(HOME)).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(client: Client, address: str) -> None:
    assert client.post(reverse(LARGE), {"next": address})["Location"] == reverse(HOME)


@pytest.mark.django_db
def test_the_language_is_switched_and_remembered(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    page = client.get(reverse(HOME)).content.decode()
    assert 'lang="en"' in page
    assert "中文" in page
    # The law is in Chinese: so are the words it is searched with.
    assert f"?q={quote('加班费')}" in page


def test_a_form_without_its_token_is_refused_with_words(house: House) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("portal:ask"), {"description": "老板不发工资"})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_pages_with_a_persons_words_are_not_kept_by_caches(client: Client, house: House) -> None:
    matter = lodge(client).orders.get().matter
    for address in (reverse("portal:case", args=[matter.pk]), reverse("portal:track"), reverse("portal:ask")):
        assert "no-store" in client.get(address)["Cache-Control"]
