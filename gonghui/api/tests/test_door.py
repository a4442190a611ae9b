"""Who is let in, how often, and how every refusal is said."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gonghui.api import limits
from gonghui.api.actions import create_token, revoke_token
from gonghui.api.models import ApiToken
from gonghui.api.rules import scopes
from gonghui.api.tests.support import APPEAL, BASE, Program, problem
from gonghui.appeals.models import Appeal
from gonghui.appeals.tests.support import COUNTY, PROVINCE, House
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.times import time_shifted
from gonghui.people.roles import roles


def test_without_a_good_token_nobody_comes_in(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    for header in (
        "",
        "Bearer",
        "Bearer x",
        "Basic eA==",
        f"Bearer {program.secret}x",
        f"Bearer {program.secret[:11]}",
    ):
        answer = Client().get(f"{BASE}/regions", headers={"Authorization": header} if header else {})
        problem(answer, 401, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"
    assert program.get("/regions").status_code == 200


def test_a_token_ends_on_its_day_and_when_it_is_revoked(house: House) -> None:
    short, long = Program(PROVINCE, "appeals:read", days=1), Program(PROVINCE, "appeals:read")
    with time_shifted(timedelta(days=2)):
        problem(short.get("/regions"), 401, "unauthenticated")
        assert long.get("/regions").status_code == 200
    revoke_token(SYSTEM, long.token)
    problem(long.get("/regions"), 401, "unauthenticated")
    assert [entry.verb for entry in TrailEntry.objects.filter(stream=f"token:{long.token.pk}")] == ["create", "revoke"]


def test_only_a_hash_of_the_secret_is_kept(house: House) -> None:
    program = Program(PROVINCE, "appeals:read")
    row = ApiToken.objects.values().get(pk=program.token.pk)
    assert program.secret.removeprefix(row["prefix"]) not in json.dumps(row, default=str)


@pytest.mark.parametrize(
    ("organisation", "wanted"), [("cn.99", ["appeals:read"]), (PROVINCE, []), (PROVINCE, ["everything"])]
)
def test_a_token_for_nobody_or_nothing_is_not_made(house: House, organisation: str, wanted: list[str]) -> None:
    with pytest.raises(InvalidData):
        create_token("x", organisation, wanted)
    assert not ApiToken.objects.exists()


def test_every_scope_stands_for_a_role_that_exists() -> None:
    assert {row["role"] for row in scopes().values()} - {""} <= set(roles())


def test_a_scope_opens_only_its_own_addresses(house: House) -> None:
    reader = Program(PROVINCE, "appeals:read")
    assert "appeals:write" in problem(reader.post("/appeals", APPEAL), 403, "not_allowed")["detail"]
    problem(reader.get("/matters"), 403, "not_allowed")
    problem(reader.get("/webhooks"), 403, "not_allowed")
    assert not Appeal.objects.exists()


def test_too_many_requests_wait_and_then_go_on(house: House, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATE_LIMIT = "3/m"
    clock = [1_800_000_000.0]
    monkeypatch.setattr(limits.time, "time", lambda: clock[0])
    program, other = Program(PROVINCE, "appeals:read"), Program(PROVINCE, "appeals:read")
    assert [program.get("/flows").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = program.get("/flows")
    problem(answer, 429, "too_many_requests")
    assert other.get("/flows").status_code == 200
    clock[0] += int(answer["Retry-After"])
    assert program.get("/flows").status_code == 200


@given(steps=st.lists(st.floats(min_value=0, max_value=90), min_size=1, max_size=60), most=st.integers(1, 8))
def test_waiting_as_told_is_enough_and_no_minute_sees_more_than_allowed(steps: list[float], most: int) -> None:
    from django.core.cache import cache
    from django.test import override_settings

    cache.clear()
    token, at, passed = ApiToken(pk=1), 1_800_000_000.0, []
    with pytest.MonkeyPatch.context() as patch, override_settings(API_RATE_LIMIT=f"{most}/m"):
        for step in steps:
            at += step
            patch.setattr(limits.time, "time", lambda: at)  # noqa: B023 - used at once
            wait = limits.wait_for(token)
            if wait:
                at += wait
                assert limits.wait_for(token) == 0
            passed.append(at)
    for start in passed:
        # Two counters stand for a sliding window: what they let through is at most twice the rate, in the worst case.
        assert sum(1 for one in passed if start <= one < start + 60) <= 2 * most


def test_a_cache_that_is_away_stops_nobody(house: House, settings: Any) -> None:
    program = Program(PROVINCE, "appeals:read")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert program.get("/regions").status_code == 200


@pytest.mark.parametrize("address", ["/api/", "/api/v1/", "/api/v1/nowhere", "/api/v2/appeals", "/api/v1/appeals/"])
def test_an_unknown_address_is_a_problem(house: House, address: str) -> None:
    problem(Client().get(address), 404, "not_found")


def test_a_wrong_method_says_which_are_right(house: House) -> None:
    answer = Program(PROVINCE, "matters:read").send("DELETE", "/matters")
    assert "GET" in problem(answer, 405, "method_not_allowed")["detail"]
    assert answer["Allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"description":', 400, "bad_json"),
        (b'{"description": NaN}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b'{"description": "\xff\xfe"}', 400, "bad_text"),
        (b'{"description": "\\u0000"}', 400, "bad_text"),
        (b'{"description": "\\ud800"}', 400, "bad_text"),
        (b"[1, 2]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"", 422, "invalid"),
        (b'{"description": ""}', 422, "invalid"),
        (b'{"description": "\\ud83d\\ude00"}', 422, "invalid"),
        (b'{"description": {"a": 1}}', 422, "invalid"),
        (b'{"description": "' + b"a" * 1_000_000 + b'"}', 422, "invalid"),
        (b'{"description": "' + b"a" * 6_000_000 + b'"}', 413, "too_big"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_in_words_and_stores_nothing(house: House, body: bytes, status: int, code: str) -> None:
    program = Program(PROVINCE, "appeals:write")
    problem(program.send("POST", "/appeals", body), status, code)
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_a_body_of_the_wrong_type_is_415(house: House, kind: str) -> None:
    program = Program(PROVINCE, "appeals:write")
    answer = program.client.generic(
        "POST", f"{BASE}/appeals", json.dumps(APPEAL), content_type=kind, headers=program.headers()
    )
    problem(answer, 415, "unsupported_media_type")


def test_each_wrong_field_is_named_in_plain_words(house: House) -> None:
    program = Program(PROVINCE, "appeals:write")
    wrong = {
        **APPEAL, "phone": "1", "id_no": "110105194912310021", "incident_date": "2999-01-01", "avg_wage": "x",
        "is_member": "perhaps", "gender": "z", "named_workers": [{"name": "甲", "amount": -1}], "colour": "red",
    }  # fmt: skip
    found = problem(program.post("/appeals", wrong), 422, "invalid")
    fields = {row["field"] for row in found["errors"]}
    assert fields == set(wrong) - set(APPEAL) - {"named_workers"} | {"phone", "named_workers.0.amount"}
    assert all("Input should" not in row["detail"] for row in found["errors"])


def test_hostile_texts_are_kept_as_text(house: House) -> None:
    program = Program(PROVINCE, "appeals:write", "appeals:read")
    text = "老板欠薪<script>alert(1)</script>'; DROP TABLE kernel_matter; -- \u202e反\u200b写😀"
    answer = program.post("/appeals", {**APPEAL, "description": text})
    assert answer.status_code == 201
    shown = program.get(f"/appeals/{answer.json()['number']}").json()["description"]
    assert "<script>" in shown and "DROP TABLE" in shown and "😀" in shown
    assert "\u202e" not in shown and "\u200b" not in shown


def test_a_fault_inside_is_a_problem_without_its_insides(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from gonghui.api.routes import reference

    def broken() -> Any:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(reference, "all_flows", broken)
    answer = Program(PROVINCE, "appeals:read").get("/flows")
    problem(answer, 500, "server_error")
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "status", "code"), [("database is locked", 503, "database"), ("disk is full", 507, "disk_full")]
)
def test_a_database_that_cannot_take_it_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch, text: str, status: int, code: str
) -> None:
    from django.db import OperationalError

    from gonghui.api.routes import appeals

    def broken(*_args: Any, **_more: Any) -> Any:
        raise OperationalError(text)

    monkeypatch.setattr(appeals.actions, "receive", broken)
    program = Program(PROVINCE, "appeals:write")
    answer = program.post("/appeals", APPEAL, Idempotency_Key="a")
    problem(answer, status, code)
    assert int(answer["Retry-After"]) > 0
    monkeypatch.undo()
    assert program.post("/appeals", APPEAL, Idempotency_Key="a").status_code == 201


def test_no_answer_is_kept_on_the_way_and_the_language_is_the_readers(house: House) -> None:
    program = Program(COUNTY, "appeals:read")
    for language in ("zh-CN", "en"):
        answer = program.client.get(f"{BASE}/categories", headers=program.headers({"Accept-Language": language}))
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Language"] == {"zh-CN": "zh-hans", "en": "en"}[language]
        assert ("拖欠工资" in answer.content.decode()) == (language == "zh-CN")


def test_health_needs_no_token_and_tells_no_details(house: House) -> None:
    answer = Client().get(f"{BASE}/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"ok", "failed", "warnings"}
    assert "worker" in answer.json()["failed"]
