"""A program that calls the API in tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from gonghui.api.actions import create_token
from gonghui.api.models import ApiToken
from gonghui.appeals.tests.support import TEXT

BASE = "/api/v1"
APPEAL = {"description": TEXT, "phone": "13800138000", "reporter_name": "王小明", "work_region": "520102"}


class Program:
    """Another program with a token of one organisation."""

    def __init__(self, path: str, *scopes: str, days: int = 365) -> None:
        self.token: ApiToken
        self.token, self.secret = create_token("another program", path, scopes, days=days)
        # The test client's own exceptions would hide what a caller sees.
        self.client = Client(raise_request_exception=False)

    def headers(self, more: dict[str, str] | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}", **(more or {})}

    def get(self, address: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(BASE + address, query, headers=self.headers(headers))

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            BASE + address, body if body is not None else {}, content_type="application/json",
            headers=self.headers({name.replace("_", "-"): text for name, text in headers.items()}),
        )  # fmt: skip

    def send(self, method: str, address: str, body: Any = None) -> Any:
        return self.client.generic(
            method, BASE + address, body or b"", content_type="application/json", headers=self.headers()
        )


def lodge(program: Program, **fields: Any) -> dict[str, Any]:
    """Lodge an appeal and give back the answer."""
    response = program.post("/appeals", {**APPEAL, **fields})
    assert response.status_code == 201, response.content.decode()
    return response.json()


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, which must be one, of this status and code, with a title for people."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    found = response.json()
    assert (found["status"], found["code"], found["type"]) == (status, code, f"/problems/{code}")
    assert found["title"]
    return found
