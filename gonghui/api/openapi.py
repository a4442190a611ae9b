"""The API's own description: OpenAPI 3.1 with its errors, keys and scopes."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from gonghui.api.problems import MEDIA_TYPE
from gonghui.api.reading import groups

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `title` and `detail` are for people.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["invalid", "not_found", "conflict", "guard_refused"]},
        "detail": {"type": "string"},
        "errors": {
            "description": "422: what is wrong, field by field",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "reasons": {"description": "409 guard_refused", "type": "array", "items": {"type": "string"}},
        "changes": {"description": "409 conflict: what happened meanwhile", "type": "array", "items": {}},
    },
}
ANSWER = {
    "description": "错误 / error (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "同一个值的重复请求只办一次 / a repeated request with the same key is done once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120},
}


class PlainParser(Parser):
    """JSON without what only Python calls JSON (NaN, Infinity)."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class PlainRenderer(JSONRenderer):
    """Chinese stays readable on the wire."""

    json_dumps_params = {"ensure_ascii": False}


class DocsPage(DocsBase):
    """The description to read in a browser."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        described = api.get_openapi_schema(path_params=kwargs)
        return render(
            request,
            "api/docs.html",
            {"url": self.get_openapi_url(api, kwargs), "version": api.version, "groups": groups(described)},
        )


class DescribedAPI(NinjaAPI):
    """NinjaAPI whose description also says errors, idempotency keys and scopes."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = PROBLEM
        views = {
            self.get_openapi_operation_id(made): made.view_func
            for router in self._get_bound_routers()
            for paths in router.path_operations.values()
            for made in paths.operations
        }
        for methods in schema["paths"].values():
            for said in methods.values():
                view = views[said["operationId"]]
                said["responses"]["default"] = ANSWER
                if getattr(view, "idempotent", False):
                    said["parameters"] = [*said.get("parameters", []), KEY]
                if scopes := getattr(view, "scopes", ()):
                    said["x-scopes"] = list(scopes)
                    text = f"权限 / scopes: {' | '.join(f'`{scope}`' for scope in scopes)}"
                    said["description"] = f"{said.get('description', '')}\n\n{text}".strip()
        return schema
