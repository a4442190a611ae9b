"""What people and machines may type: a clear message beside the field, never a fault, never code that runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import TEXT, House
from gonghui.kernel.models import Matter
from gonghui.portal.tests.support import begin, lodge, picture, step, token_of, walk

XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ASK = "portal:ask"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请写下您遇到的事"),
        ("   \n\t ", "请写下您遇到的事"),
        ("\u200b\u200d\ufeff", "请写下您遇到的事"),
        ("😭😭😭", "请用文字写一两句"),
        ("欠" * 4321, "最多4000个字，现在有4321个"),
    ],
)
def test_a_text_that_says_nothing_or_too_much_is_told(client: Client, house: House, text: str, words: str) -> None:
    response = client.post(reverse(ASK), {"description": text})
    shown = response.content.decode()
    assert response.status_code == 422
    assert words in shown
    assert 'aria-invalid="true"' in shown
    assert text.strip() in shown


def test_a_megabyte_of_text_is_refused_with_its_length(client: Client, house: House) -> None:
    response = client.post(reverse(ASK), {"description": "工资" * 524_288})
    assert response.status_code == 422
    assert "1048576" in response.content.decode()


def test_invalid_utf8_is_answered_before_anything_reads_it(client: Client, house: House) -> None:
    response = client.post(reverse(ASK), b"description=%ff%fe%c3%28", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert "无法识别" in response.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        XSS + "老板不发工资",
        "'; DROP TABLE appeals_appeal; -- 老板不发工资",
        "老\u200b板\u202e不发\u2066工资，一直拖着",
        "老板不发工资😭，👨‍👩‍👧 都等着",
        "{{ 7|add:7 }}{% load x %} 老板不发工资",
    ],
)
def test_odd_texts_go_through_every_page_as_plain_words(client: Client, house: House, text: str) -> None:
    appeal = lodge(client, text, employer={"employer_name": XSS}, demand={"demand": XSS})
    matter = Matter.objects.get()
    shown = client.get(reverse("portal:case", args=[matter.pk])).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "\u202e" not in appeal.description
    assert Appeal.objects.count() == 1


def test_names_of_files_are_shown_as_plain_words(client: Client, house: House) -> None:
    lodge(client, files=(picture("<img src=x onerror=alert(1)>.png"),))
    shown = client.get(reverse("portal:case", args=[Matter.objects.get().pk])).content.decode()
    assert "<img src=x" not in shown


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("people", {"people_count": "很多"}, "请填数字"),
        ("people", {"people_count": "0"}, "至少是1"),
        ("people", {"people_count": "99999999"}, "太大"),
        ("demand", {"demand_amount": "很多钱"}, "合适的数字"),
        ("demand", {"demand_amount": "-5"}, "合适的数字"),
        ("demand", {"demand_amount": "NaN"}, "合适的数字"),
        ("demand", {"tried": ["hack"]}, "hack"),
        ("worker", {"worker_type": "king"}, "king"),
        ("category", {"category": "9999"}, "9999"),
        ("place", {"place": "南明区", "asked": "贵阳市", "work_region": "x"}, "work_region"),
        ("contact", {"how": "phone", "phone": "99999999999"}, "电话号码不对"),
    ],
)
def test_impossible_answers_are_refused_beside_their_field(
    client: Client, house: House, name: str, data: dict[str, Any], words: str
) -> None:
    token = token_of(begin(client))
    response = client.post(step(token, name), data)
    assert response.status_code == 422
    assert words in response.content.decode()


def test_an_employers_name_too_long_is_told(client: Client, house: House) -> None:
    token = token_of(begin(client))
    response = client.post(step(token, "employer"), {"employer_name": "公" * 400})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.png", b"<html><script>alert(1)</script></html>"),
        ("empty.png", b""),
        ("archive.pdf", b"PK\x03\x04" + b"\x00" * 64),
    ],
)
def test_files_are_known_by_their_content_not_their_name(
    client: Client, house: House, name: str, content: bytes
) -> None:
    address, _asked = walk(client)
    response = client.post(address, {"consent": "on", "files": [picture(name, content)]})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not Appeal.objects.exists()


def test_a_draft_that_changed_underneath_cannot_submit_an_empty_text(client: Client, house: House) -> None:
    address, _asked = walk(client)
    response = client.post(step(token_of(address), "text"), {"description": " "})
    assert response.status_code == 422
    client.post(address, {"consent": "on"})
    assert Appeal.objects.get().description == TEXT
