"""Errors as problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.people.http import Request

logger = logging.getLogger(__name__)
STATUS = {
    "not_found": 404,
    "not_allowed": 403,
    "conflict": 409,
    "guard_refused": 409,
    "invalid": 422,
    "idempotency_key_reused": 422,
    "request_in_progress": 409,
    "draft_expired": 410,
}


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> HttpResponse:
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": detail, **more}
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def install(api: NinjaAPI) -> None:
    """Register a handler for everything that can be raised."""

    @api.exception_handler(KernelError)
    def _kernel(request: Request, error: KernelError) -> HttpResponse:
        more: dict[str, Any] = {}
        if isinstance(error, InvalidData):
            more["errors"] = [{"field": name, "detail": text} for name, texts in error.errors.items() for text in texts]
        elif isinstance(error, GuardRefused):
            more["reasons"] = error.reasons
        elif isinstance(error, Conflict):
            more["changes"] = [
                {"verb": entry.verb, "at": entry.at, "by": entry.actor_name, "after": entry.after}
                for entry in error.changes
            ]
        titles = {
            NotFound: _("没有找到"),
            NotAllowed: _("没有权限"),
            Conflict: _("已被他人更新"),
            GuardRefused: _("条件还不满足"),
            InvalidData: _("有内容需要更正"),
        }
        title = next((text for kind, text in titles.items() if isinstance(error, kind)), _("不能办理"))
        return problem(STATUS.get(error.code, 400), error.code, title, str(error), **more)

    @api.exception_handler(ValidationError)
    def _validation(request: Request, error: ValidationError) -> HttpResponse:
        rows = []
        for item in error.errors:
            place = [str(part) for part in item["loc"]]
            field = ".".join(place[2:]) or ".".join(place[1:]) or ".".join(place)
            context = item.get("ctx") or {}
            rows.append({"field": str(context.get("field") or field), "detail": str(item["msg"])})
        return problem(422, "invalid", _("有内容需要更正"), _("请按 errors 里的说明更正后再提交。"), errors=rows)

    @api.exception_handler(AuthenticationError)
    def _authentication(request: Request, error: AuthenticationError) -> HttpResponse:
        answer = problem(401, "unauthenticated", _("需要有效的密钥"), _("请在 Authorization 头里带上 Bearer 密钥。"))
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(Throttled)
    def _throttled(request: Request, error: Throttled) -> HttpResponse:
        wait = int(getattr(error, "wait", None) or 60)
        answer = problem(429, "too_many_requests", _("请求太频繁"), _("请 %(wait)d 秒后再试。") % {"wait": wait})
        answer["Retry-After"] = str(wait)
        return answer

    @api.exception_handler(Http404)
    def _missing(request: Request, error: Http404) -> HttpResponse:
        return problem(404, "not_found", _("没有找到"))

    @api.exception_handler(HttpError)
    def _http(request: Request, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "bad_request", str(error) or _("请求有误"))

    @api.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> HttpResponse:
        from gonghui.kernel.middleware import is_disk_full

        logger.exception("API request failed: %s %s", request.method, request.path)
        if is_disk_full(error):
            return problem(507, "disk_full", _("暂时无法保存"), _("没有保存成功，请稍后再试。"))
        return problem(500, "internal", _("系统出错"), _("没有保存成功，请稍后再试。"))
