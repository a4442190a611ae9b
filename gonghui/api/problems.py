"""Errors as problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from gonghui.api.shapes import shown_moment
from gonghui.kernel import pages
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.middleware import failure
from gonghui.people.http import Request

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
STATUS = {
    "not_found": 404,
    "not_allowed": 403,
    "conflict": 409,
    "guard_refused": 409,
    "invalid": 422,
    "idempotency_key_reused": 422,
    "draft_expired": 410,
}


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> HttpResponse:
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def bare(response: HttpResponse) -> HttpResponse:
    """An error that somebody below answered without a body of ours, e.g. a method that an address does not know."""
    texts = {
        400: ("bad_request", _("请求有误")),
        403: ("not_allowed", _("没有权限")),
        404: ("not_found", _("没有找到")),
        405: ("method_not_allowed", _("这个地址不支持这种请求方式")),
    }
    code, title = texts.get(response.status_code, ("bad_request", _("请求有误")))
    allowed = response.get("Allow", "")
    detail = _("可用：%(methods)s") % {"methods": allowed} if allowed else ""
    answer = problem(response.status_code, code, title, detail)
    for name in ("Allow", "Retry-After", "Content-Language"):
        if name in response:
            answer[name] = response[name]
    return answer


def _sentence(item: dict[str, Any]) -> str:
    """What is wrong with one field, as a plain sentence: the framework's own words are English and for programmers."""
    kind = str(item.get("type", ""))
    if kind == "gonghui":
        return str(item["msg"])
    if kind == "missing":
        return _("请填写这一项。")
    if kind == "extra_forbidden":
        return _("不认识这一项。")
    if kind.startswith(("date", "time")):
        return _("日期写法不对，请写成 2026-01-31 这样。")
    if kind.startswith(("decimal", "int", "float", "greater", "less", "finite")):
        return _("请填写合适的数字，金额最多写到分。")
    if kind.startswith("bool"):
        return _("请填写 true 或 false。")
    if kind.startswith("string_too_long"):
        return _("太长了，请精简。")
    if kind.startswith("string"):
        return _("请填写文字。")
    if kind.startswith(("list", "tuple", "set")):
        return _("请填写一个列表。")
    if kind.startswith(("dict", "model")):
        return _("请填写一个 JSON 对象。")
    return _("没有这个选项，请重新选择。")


def _field(item: dict[str, Any]) -> str:
    """The field's name as the caller wrote it: without the framework's `body` and parameter name in front."""
    named = (item.get("ctx") or {}).get("field")
    place = [str(part) for part in item["loc"]]
    return str(named or ".".join(place[2:] if place[0] == "body" else place[1:]) or place[-1])


def _more(error: KernelError) -> dict[str, Any]:
    """What a program needs beside the sentence."""
    if isinstance(error, InvalidData):
        rows = [{"field": name, "detail": text} for name, texts in error.errors.items() for text in texts]
        return {"errors": rows}
    if isinstance(error, GuardRefused):
        return {"reasons": error.reasons}
    if isinstance(error, Conflict):
        changes = [
            {"verb": entry.verb, "at": shown_moment(entry.at), "by": who(entry), "after": entry.after}
            for entry in error.changes
        ]
        return {"changes": changes}
    return {}


def who(entry: Any) -> str:
    """Who made a trail entry. A worker stays a worker: programs are not told names with the trail."""
    return _("职工") if entry.actor_kind in ("worker", "anonymous") else str(entry.actor_name)


def install(api: NinjaAPI) -> None:
    """Register a handler for everything that can be raised."""

    @api.exception_handler(KernelError)
    def _kernel(request: Request, error: KernelError) -> HttpResponse:
        titles: dict[type[KernelError], str] = {
            NotFound: _("没有找到"),
            NotAllowed: _("没有权限"),
            Conflict: _("已被他人更新"),
            GuardRefused: _("条件还不满足"),
            InvalidData: _("有内容需要更正"),
        }
        title = next((text for kind, text in titles.items() if isinstance(error, kind)), _("不能办理"))
        detail = str(error)
        if isinstance(error, Conflict):
            # The error's own words are for staff: they name whoever acted, who may be the worker.
            detail = _("您读取之后，这件事项已被更新（见 changes），操作没有保存。请重新读取后再决定。")
        return problem(STATUS.get(error.code, 400), error.code, title, detail, **_more(error))

    @api.exception_handler(ValidationError)
    def _validation(request: Request, error: ValidationError) -> HttpResponse:
        rows = [{"field": _field(item), "detail": _sentence(item)} for item in error.errors]
        return problem(422, "invalid", _("有内容需要更正"), _("请按 errors 里的说明更正后再提交。"), errors=rows)

    @api.exception_handler(AuthenticationError)
    def _authentication(request: Request, error: AuthenticationError) -> HttpResponse:
        answer = problem(401, "unauthenticated", _("需要有效的密钥"), _("请在 Authorization 头里带上 Bearer 密钥。"))
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(Throttled)
    def _throttled(request: Request, error: Throttled) -> HttpResponse:
        wait = int(error.wait or 60)
        answer = problem(429, "too_many_requests", _("请求太频繁"), _("请 %(wait)d 秒后再试。") % {"wait": wait})
        answer["Retry-After"] = str(wait)
        return answer

    @api.exception_handler(Http404)
    def _missing(request: Request, error: Http404) -> HttpResponse:
        return problem(404, "not_found", _("没有找到"), _("没有这项内容，或者您无权查看。"))

    @api.exception_handler(HttpError)
    def _http(request: Request, error: HttpError) -> HttpResponse:
        # The framework raises this only for a body that cannot be read.
        return problem(error.status_code, "bad_json", _("不是有效的 JSON"), _("请检查请求内容的格式。"))

    @api.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> HttpResponse:
        found = failure(error)
        logger.error("API request failed: %s %s", request.method, request.path, exc_info=found is None)
        return pages.problem(request, *(found or (500, "server_error")))
