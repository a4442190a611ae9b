"""Walking the intake as a browser without JavaScript does: follow where the last answer leads."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import TEXT
from gonghui.people.testing import PNG as PNG
from gonghui.people.testing import png as png

ANSWERS: dict[str, dict[str, Any]] = {"contact": {"how": "phone", "phone": "13800138000", "reporter_name": "王小明"}}
MOST_STEPS = 12


def picture(name: str = "工资条.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def begin(client: Client, text: str = TEXT) -> str:
    """Write what happened; the address of the first question."""
    response = client.post(reverse("portal:ask"), {"description": text})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def name_of(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def token_of(address: str) -> str:
    return address.split("/")[2]


def step(token: str, name: str) -> str:
    return reverse("portal:ask_step", args=[token, name])


def walk(client: Client, text: str = TEXT, **answers: dict[str, Any]) -> tuple[str, list[str]]:
    """Answer every question that is asked; the address of the check page and the names of the questions."""
    asked: list[str] = []
    address = begin(client, text)
    for _number in range(MOST_STEPS):
        if name_of(address) == "check":
            return address, asked
        asked.append(name_of(address))
        response = client.post(address, {**ANSWERS, **answers}.get(name_of(address), {}))
        assert response.status_code == 302, response.content.decode()
        address = response["Location"]
    raise AssertionError(f"the intake does not end: {asked}")


def lodge(client: Client, text: str = TEXT, files: tuple[Any, ...] = (), **answers: dict[str, Any]) -> Appeal:
    """The whole intake; the appeal that came of it."""
    address, _asked = walk(client, text, **answers)
    response = client.post(address, {"consent": "on", "files": list(files)}, follow=True)
    assert response.status_code == 200, response.content.decode()
    appeal = Appeal.objects.latest("pk")
    assert appeal.query_code == code_on(response)
    return appeal


def code_on(response: Any) -> str:
    """The query code that the last page shows."""
    found = re.search(r'id="query-code">([A-Z0-9]+)<', response.content.decode())
    assert found, "no query code on the page"
    return found.group(1)
