"""Pages for what went wrong before or outside a room's own views, and the handlers that Django calls for them.

They need neither database nor session nor the rooms' templates: they must work when nothing else does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_noop as _

HOTLINE = _("紧急情况请拨打 12351。")
# Code: (title, what happened and what to do).
TEXTS = {
    "bad_address": (_("网址有误"), _("网址里有无法识别的字符。请检查链接，或从首页重新进入。")),
    "bad_text": (_("内容无法识别"), _("提交的文字里有无法识别的字符，没有保存。请返回，删除特殊符号后再提交。")),
    "broken": (_("提交不完整"), _("提交的内容没有完整收到，没有保存。请返回上一页再提交一次。")),
    "bad_request": (_("请求有误"), _("无法处理这次请求，没有保存任何内容。请返回上一页再试，或从首页重新进入。")),
    "expired": (
        _("页面已过期"),
        _("这个页面停留太久或在别处登录过，为了安全没有提交。请返回上一页，刷新后再提交。"),
    ),
    "forbidden": (_("没有权限"), _("您的账号不能打开这个页面。如果工作需要，请联系本单位的管理员。")),
    "not_found": (_("没有找到"), _("没有这个页面，或者您无权查看。请检查网址，或从首页重新进入。")),
    "too_big": (
        _("内容太大"),
        _("提交的内容超过上限，没有保存。请精简文字，附件每个不超过 20 MB，可以分几次提交。"),
    ),
    "disk_full": (_("暂时无法保存"), _("系统暂时无法保存，您的内容没有提交成功，请稍后再试。")),
    "database": (_("系统繁忙"), _("系统暂时繁忙，您的内容没有提交成功，请稍后再试。")),
    "server_error": (_("系统出错"), _("系统出了问题，这一步可能没有完成。请稍后查看结果或再试一次。")),
}
URGENT = frozenset({"disk_full", "database", "server_error"})
RETRY_SECONDS = 60
CSRF = "csrfmiddlewaretoken"
SECRETS = ("password", "otp", "code", "secret")


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form brought that could not be saved, so that the page can send it again: nobody writes it twice.

    Never secrets; files cannot be kept by a page. Empty when the form itself could not be read.
    """
    if request.method != "POST":
        return []
    try:
        found = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    except Exception:
        # Whatever it was that could not be read: there is nothing to keep.
        return []
    return [(name, value) for name, value in found if not any(secret in name for secret in SECRETS)]


def problem(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """The page, or for programs (`/api/`) RFC 9457 problem+json, in the reader's language."""
    with translation.override(translation.get_language_from_request(request)):
        title, detail = (translation.gettext(text) for text in TEXTS[code])
        if code in URGENT:
            detail = f"{detail}{translation.gettext(HOTLINE)}"
        if request.path_info.startswith("/api/"):
            content = json.dumps(
                {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code},
                ensure_ascii=False,
            )
            response = HttpResponse(content, status=status, content_type="application/problem+json")
        else:
            fields = typed(request) if code in URGENT else []
            context = {"title": title, "detail": detail, "status": status, "fields": fields}
            context["words"] = max((value for name, value in fields if name != CSRF), key=len, default="")
            page = render_to_string(f"errors/{status}.html", context)
            response = HttpResponse(page, status=status)
            # The middleware that usually says this may stand further inside than the fault.
            response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        response["Content-Language"] = translation.get_language() or ""
        if status in (503, 507):
            response["Retry-After"] = str(RETRY_SECONDS)
        return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler400`."""
    return problem(request, 400, "bad_request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler403`."""
    return problem(request, 403, "forbidden")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return problem(request, 403, "expired")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler404`."""
    return problem(request, 404, "not_found")


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """Django's `handler500`; a full disk or a lost database met by another middleware gets its own words."""
    from gonghui.kernel.middleware import failure

    return problem(request, *(failure(sys.exc_info()[1]) or (500, "server_error")))
