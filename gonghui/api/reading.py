"""The description of the API as a page to read: plain HTML made here, without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a body, as the page shows it."""

    name: str
    place: str
    type: str
    required: bool
    note: str


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    summary: str
    paragraphs: list[str]
    scopes: list[str]
    open: bool
    asked: list[Field]
    answers: list[tuple[str, list[Field]]]

    @property
    def anchor(self) -> str:
        return f"{self.method}-{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")


def groups(described: dict[str, Any]) -> list[tuple[str, list[Call]]]:
    """The operations by their tag, in the order of the description."""
    found: dict[str, list[Call]] = {}
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            found.setdefault(said["tags"][0], []).append(_call(described, path, method, said))
    return list(found.items())


def _call(described: dict[str, Any], path: str, method: str, said: dict[str, Any]) -> Call:
    asked = [
        Field(one["name"], one["in"], _type(one["schema"]), one.get("required", False), one.get("description", ""))
        for one in said.get("parameters", [])
    ]
    for content in said.get("requestBody", {}).get("content", {}).values():
        asked += _fields(described, content["schema"], "body")
    answers = [
        (status, _fields(described, content["schema"], ""))
        for status, answer in said["responses"].items()
        if status != "default"
        for content in (answer.get("content") or {"": {"schema": {}}}).values()
    ]
    text = said.get("description", "").partition("权限 / scopes:")[0]
    return Call(
        method=method.upper(),
        path=path,
        summary=said["summary"],
        paragraphs=[" ".join(part.split()) for part in text.split("\n\n") if part.strip()],
        scopes=said.get("x-scopes", []),
        open="security" not in said,
        asked=asked,
        answers=answers,
    )


def _resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _fields(described: dict[str, Any], schema: dict[str, Any], place: str) -> list[Field]:
    """The fields of an object, or of the objects of a list."""
    found = _resolved(described, schema)
    if found.get("type") == "array":
        found, place = _resolved(described, found["items"]), f"{place}[]"
    required = found.get("required", [])
    return [
        Field(name, place, _type(one), name in required, one.get("description", ""))
        for name, one in found.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(str(one) or "“”" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))}[]"
    return str(schema.get("format") or schema.get("type") or "JSON")
