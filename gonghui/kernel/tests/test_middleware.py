"""Input that nothing can use and faults that nothing can hide: each answered with what happened and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gonghui.kernel import pages
from gonghui.kernel.models import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("gonghui.kernel.tests.urls")]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def visitor() -> Client:
    """A visitor over HTTPS that gets error pages, not exceptions."""
    return Client(raise_request_exception=False, headers={"accept-language": "zh-hans"})


def said(response: Any) -> str:
    return response.content.decode()


def check_page(response: Any, status: int, code: str) -> None:
    assert response.status_code == status
    title, detail = pages.TEXTS[code]
    assert title in said(response)
    assert detail in said(response)
    assert 'lang="zh-hans"' in said(response)


def test_ordinary_text_with_emoji_and_marks_passes_unchanged(visitor: Client) -> None:
    text = "欠薪😀\u200f\u200b<b>' OR 1=1 --\n第二行"
    assert said(visitor.post("/keep", {"text": text})) == "saved:" + text
    assert said(visitor.post("/keep", {"text": text + "1", "f": SimpleUploadedFile("a.txt", b"\xff\x00")})).endswith(
        "1"
    )
    body = json.dumps({"text": text + "2"})
    assert said(visitor.post("/keep", body, content_type="application/json")) == "saved:" + text + "2"
    assert Counter.objects.count() == 3


@pytest.mark.parametrize("address", ["/keep?text=%FF", "/keep?a=%00", "/ke%00ep", "/%C3%28", "/keep?%e6%96=1"])
def test_an_address_with_bytes_that_are_no_text_is_refused(visitor: Client, address: str) -> None:
    check_page(visitor.get(address), 400, "bad_address")


def test_an_address_with_a_percent_sign_in_it_is_no_mistake(visitor: Client) -> None:
    check_page(visitor.get("/%2500"), 404, "not_found")


@pytest.mark.parametrize("body", [b"text=%FF%FE", b"text=a%00b", b"text=\xff", b"%00=a"])
def test_a_form_with_bytes_that_are_no_text_is_refused_and_nothing_is_kept(visitor: Client, body: bytes) -> None:
    check_page(visitor.generic("POST", "/keep", body, content_type=FORM), 400, "bad_text")
    assert not Counter.objects.exists()


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"a\x00b"])
def test_the_same_in_a_form_with_attachments(visitor: Client, bad: bytes) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + bad + b"\r\n--x--\r\n"
    response = visitor.generic("POST", "/keep", body, content_type="multipart/form-data; boundary=x")
    check_page(response, 400, "bad_text")
    assert not Counter.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=\xe5", "multipart/form-data", f"{FORM}; charset=gbk"]
)
def test_a_broken_form_is_refused_in_words(visitor: Client, content_type: str) -> None:
    response = visitor.generic("POST", "/keep", b"--x\r\nrubbish", content_type=content_type)
    check_page(response, 400, "broken")


@pytest.mark.parametrize(
    "body", [b'{"text": "\xff"}', b'{"text": "a\\u0000"}', b'{"text": "\\ud83d"}', b'{"text": "a\x00"}']
)
@pytest.mark.parametrize("content_type", ["application/json", "application/merge-patch+json", "text/plain"])
def test_json_with_text_that_no_database_stores_is_refused(visitor: Client, body: bytes, content_type: str) -> None:
    response = visitor.generic("POST", "/api/keep", body, content_type=content_type)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "bad_text"
    assert not Counter.objects.exists()


@pytest.mark.parametrize("text", ["\\u0000", "😀", "C:\\ud83d"])
def test_json_that_only_looks_like_it_passes(visitor: Client, text: str) -> None:
    response = visitor.post("/api/keep", json.dumps({"text": text}), content_type="application/json")
    assert said(response) == "saved:" + text


def test_a_file_sent_as_the_body_is_not_taken_for_text(visitor: Client) -> None:
    response = visitor.generic("POST", "/raw", b"\xff\xd8\xff\x00", content_type="image/jpeg")
    assert said(response) == "4"


def test_a_form_that_is_too_long_is_413_with_the_limit(visitor: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    check_page(visitor.post("/keep", {"text": "长" * 1000}), 413, "too_big")
    body = "text=" + "a" * 2000
    check_page(visitor.generic("POST", "/guarded", body, content_type=FORM), 413, "too_big")
    response = visitor.post("/api/raw", b"1" * 2000, content_type="application/octet-stream")
    assert (response.status_code, json.loads(response.content)["code"]) == (413, "too_big")
    assert not Counter.objects.exists()


def test_a_request_beyond_every_limit_is_refused_before_it_is_read(visitor: Client, settings: Any) -> None:
    settings.REQUEST_MAX_BYTES = 10_000
    file = SimpleUploadedFile("big.pdf", b"x" * 20_000)
    check_page(visitor.post("/keep", {"text": "a", "file": file}), 413, "too_big")


def test_too_many_fields_are_413(visitor: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    check_page(visitor.post("/keep", {f"f{n}": "1" for n in range(9)}), 413, "too_big")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/fill-disk", "/fill-files"])
def test_a_full_disk_is_said_and_never_acknowledged(visitor: Client, address: str) -> None:
    response = visitor.post(address, {"text": "a"})
    check_page(response, 507, "disk_full")
    assert "12351" in said(response)
    assert response["Retry-After"]
    response = visitor.post("/api" + address, "{}", content_type="application/json")
    assert (response.status_code, json.loads(response.content)["status"]) == (507, 507)


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_when_the_disk_was_full_can_be_sent_again_without_typing_it_again(visitor: Client) -> None:
    words = "老板欠我三个月工资 <b>不给</b>"
    page = said(visitor.post("/fill-disk", {"text": words, "password": "geheim-123"}))
    assert "老板欠我三个月工资 &lt;b&gt;不给&lt;/b&gt;" in page
    assert 'name="text"' in page and "再提交一次" in page
    assert "geheim-123" not in page


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said_and_never_acknowledged(visitor: Client) -> None:
    check_page(visitor.post("/lose-database", {"text": "a"}), 503, "database")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_met_outside_the_view_is_said_too(visitor: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "gonghui.kernel.tests.test_middleware.disk_full_afterwards"]
    check_page(visitor.post("/raw", {"a": "b"}), 507, "disk_full")


def disk_full_afterwards(get_response: Any) -> Any:
    """A middleware that, like the one of the sessions, writes after the view and finds the disk full."""

    def middleware(request: Any) -> Any:
        get_response(request)
        Path("/dev/full").write_text("x")

    return middleware


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [("/nothing", 404, "not_found"), ("/forbidden", 403, "forbidden"), ("/broken", 500, "server_error")],
)
def test_other_faults_have_their_page_and_programs_their_json(
    visitor: Client, address: str, status: int, code: str
) -> None:
    response = visitor.get(address)
    check_page(response, status, code)
    assert "RuntimeError" not in said(response)
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    answer = json.loads(visitor.get("/api" + address).content)
    assert (answer["status"], answer["code"]) == (status, code)


def test_a_form_whose_token_expired_is_explained() -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-hans"})
    check_page(strict.post("/guarded", {"text": "a"}), 403, "expired")


def test_a_page_speaks_the_readers_language(visitor: Client) -> None:
    response = visitor.get("/nothing", headers={"accept-language": "en"})
    assert 'lang="en"' in said(response)
    assert response["Content-Language"] == "en"
