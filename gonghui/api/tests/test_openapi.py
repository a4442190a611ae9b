"""The description is valid OpenAPI 3.1, says everything, and its page needs nobody else's server."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from gonghui.api.rules import scopes
from gonghui.api.tests.support import BASE, Program
from gonghui.appeals.tests.support import PROVINCE, House


@pytest.fixture
def described(db: Any) -> dict[str, Any]:
    return Client().get(f"{BASE}/openapi.json").json()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, said) for path, methods in described["paths"].items() for method, said in methods.items()]


def test_it_is_valid(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    validate(described, cls=OpenAPIV31SpecValidator)


def test_every_operation_says_its_errors_its_key_and_its_scope(described: dict[str, Any]) -> None:
    for path, method, said in operations(described):
        assert "application/problem+json" in said["responses"]["default"]["content"], path
        assert set(said.get("x-scopes", [])) <= set(scopes())
        assert said["summary"]
        if path != f"{BASE}/health":
            assert said["security"], path
        keyed = any(one["name"] == "Idempotency-Key" for one in said.get("parameters", []))
        writes = ("/appeals", "/materials", "/actions/{name}", "/webhooks", "/signals")
        assert keyed == (path.endswith(writes) and method == "post")


def test_every_address_of_the_api_is_described(described: dict[str, Any], house: House) -> None:
    from django.urls import get_resolver

    known = {path.removeprefix("/api/v1/") for path in described["paths"]}
    patterns: Any = get_resolver().url_patterns
    api = next(found for found in patterns if str(found.pattern) == "api/")
    for pattern in api.url_patterns[0].url_patterns:
        address = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        assert address in known | {"", "docs", "openapi.json"}


def test_the_page_says_all_of_it_and_brings_its_own_parts(described: dict[str, Any]) -> None:
    page = Client().get(f"{BASE}/docs")
    html = page.content.decode()
    for path, method, said in operations(described):
        assert f"{method.upper()} {path}" in html
        assert said["summary"] in html
        for one in said.get("parameters", []):
            assert f"<code>{one['name']}</code>" in html
    parts = [part for part in re.findall(r'(?:src|href)="([^"]+)"', html) if not part.startswith("#")]
    assert parts and all(part.startswith(("/", "tel:")) for part in parts)
    assert not re.search(r"<script(?![^>]*src=)", html)
    headings = re.findall(r'id="([^"]+)"', html)
    assert len(headings) == len(set(headings))


def test_answers_have_the_shape_that_is_described(house: House, described: dict[str, Any]) -> None:
    """Each list that needs no parameters, checked against its own schema."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(described))
    house.dispatched(house.receive().matter)
    program = Program(PROVINCE, *scopes())
    checked = 0
    for path, method, said in operations(described):
        if method != "get" or any(one.get("required") for one in said.get("parameters", [])):
            continue
        answer = program.get(path.removeprefix(BASE))
        assert answer.status_code == 200, path
        reference = "/".join(["paths", path.replace("~", "~0").replace("/", "~1"), "get/responses/200/content"])
        schema = {"$ref": f"urn:api#/{reference}/application~1json/schema"}
        Draft202012Validator(schema, registry=registry).validate(answer.json())
        checked += 1
    assert checked >= 6
