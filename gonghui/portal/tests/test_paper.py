"""Papers written from the answers: prefilled, kept when wrong, previewed, downloaded; nothing is stored or cached."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from docx import Document

from gonghui.law.documents import sources
from gonghui.law.documents.pdf import chromium
from gonghui.law.topics.topic import DOCUMENTS

pytestmark = pytest.mark.django_db
UNPAID = "我在饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"
URL = "/rights/paper/arbitration_application/"
TOLD = {"text": UNPAID, "owed": "18000", "employed": "yes"}
TYPED = {
    "paper-person_name": "王小明",
    "paper-person_phone": "13800138000",
    "paper-claims": "请求支付工资 18,000.00 元。",
}


def word_text(body: bytes) -> str:
    document = Document(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_answer_offers_a_button_for_each_paper_with_what_was_told(client: Client) -> None:
    page = client.post("/rights/", TOLD).content.decode()
    assert f'formaction="{URL}"' in page and "劳动仲裁申请书" in page
    assert '<input type="hidden" name="owed" value="18000">' in page


def test_the_form_is_prefilled_with_what_the_answer_knows(client: Client) -> None:
    response = client.post(URL, TOLD)
    page = response.content.decode()
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    assert "18,000.00" in page and UNPAID in page and 'name="paper-person_id_number"' in page
    assert '<input type="hidden" name="owed" value="18000">' in page


def test_a_preview_shows_the_paper_and_carries_what_was_typed(client: Client) -> None:
    page = client.post(URL, {**TOLD, **TYPED, "go": "preview"}).content.decode()
    assert '<article class="paper paper-application"' in page and "申请人：王小明" in page
    assert '<input type="hidden" name="paper-person_name" value="王小明">' in page
    assert "处空着" in page and "身份证号码" in page
    again = client.post(URL, {**TOLD, **TYPED, "go": "edit"}).content.decode()
    assert 'value="王小明"' in again and 'name="paper-person_name"' in again


def test_a_wrong_number_is_said_beside_its_field_and_everything_is_kept(client: Client) -> None:
    wrong = {"paper-person_id_number": "520102199003071239", "paper-person_age": "x", "paper-employer_uscc": "12"}
    for go in ("preview", "word", "pdf"):
        response = client.post(URL, {**TOLD, **TYPED, **wrong, "go": go})
        page = response.content.decode()
        assert response.status_code == 422
        assert "身份证号码不对" in page and "请填整数" in page and "统一社会信用代码是 18 位" in page
        assert (
            'value="520102199003071239"' in page and 'value="王小明"' in page and "请求支付工资 18,000.00 元。" in page
        )


def test_the_word_file_holds_what_was_typed(client: Client) -> None:
    response = client.post(URL, {**TOLD, **TYPED, "go": "word"})
    assert response["Content-Type"].endswith("wordprocessingml.document")
    assert quote("劳动仲裁申请书.docx") in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment") and "no-store" in response["Cache-Control"]
    text = word_text(response.content)
    assert "申请人：王小明" in text and "1．请求支付工资 18,000.00 元。" in text


def test_what_is_cleared_is_a_blank(client: Client) -> None:
    text = word_text(client.post(URL, {**TOLD, "paper-account": "", "go": "word"}).content)
    assert "18,000" not in text and UNPAID not in text


def test_the_pdf_is_downloaded(client: Client) -> None:
    response = client.post(URL, {**TOLD, **TYPED, "go": "pdf"})
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
    assert quote("劳动仲裁申请书.pdf") in response["Content-Disposition"]


def test_without_chromium_the_reason_is_said_and_the_word_file_offered(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    settings.CHROMIUM = "/none/chromium"
    assert chromium() == ""
    response = client.post(URL, {**TOLD, **TYPED, "go": "pdf"})
    page = response.content.decode()
    assert response.status_code == 503 and "Chromium" in page and "下载 Word" in page and "王小明" in page


def test_markup_in_a_name_stays_text(client: Client) -> None:
    bad = '<script>alert(1)</script>{{ 7*7 }}{% raise %}"&'
    response = client.post(URL, {**TOLD, "paper-person_name": bad, "go": "preview"})
    page = response.content.decode()
    assert "<script>alert" not in page and "{{ 7*7 }}" in page
    assert bad in word_text(client.post(URL, {**TOLD, "paper-person_name": bad, "go": "word"}).content)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if not name.startswith("union_")])
def test_every_paper_opens_empty_and_is_made_empty(client: Client, name: str) -> None:
    assert client.get(f"/rights/paper/{name}/").status_code == 200
    assert client.post(f"/rights/paper/{name}/", {"go": "preview"}).status_code == 200
    assert "＿＿" in word_text(client.post(f"/rights/paper/{name}/", {"go": "word"}).content)


def test_there_is_no_other_paper_and_the_unions_letters_are_not_for_everybody(client: Client) -> None:
    assert client.get("/rights/paper/divorce/").status_code == 404
    assert sources()["union_reminder"].by == "union"
    assert client.get("/rights/paper/union_reminder/").status_code == 404


def test_too_many_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonghui.portal.views.paper.allowed", lambda *_: False)
    response = client.post(URL, {**TOLD, "go": "pdf"})
    assert response.status_code == 429 and "请过一会儿再试" in response.content.decode()
