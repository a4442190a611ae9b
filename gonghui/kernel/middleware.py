"""Input that no page can use is answered before anything reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

DISK_FULL = ("disk is full", "No space left", "could not extend file", "readonly database")


class CleanInputMiddleware:
    """Refuses invalid UTF-8 and NUL bytes, and turns a full disk or an oversize body into a clear page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for raw in (request.META.get("PATH_INFO", ""), request.META.get("QUERY_STRING", "")):
            if not _clean(raw):
                return problem(request, 400, "bad_address")
        if request.method in ("POST", "PUT", "PATCH") and not _clean_form(request):
            return problem(request, 400, "bad_text")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
            return problem(request, 413, "too_big")
        if is_disk_full(error):
            return problem(request, 507, "disk_full")
        if isinstance(error, OperationalError):
            return problem(request, 503, "database")
        return None


def is_disk_full(error: BaseException) -> bool:
    """A write that the disk had no room for, from the database or the file system."""
    if isinstance(error, OSError) and error.errno == 28:
        return True
    return isinstance(error, OperationalError) and any(text in str(error) for text in DISK_FULL)


def _clean(text: str) -> bool:
    raw = unquote_to_bytes(text.encode("latin-1", "replace"))
    try:
        return "\x00" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _clean_form(request: HttpRequest) -> bool:
    """A urlencoded form's body must be UTF-8 without NUL; multipart and JSON are judged by their readers."""
    if request.content_type != "application/x-www-form-urlencoded":
        return True
    try:
        body = request.body
    except RequestDataTooBig:
        # Said when the view reads it, as `too_big`.
        return True
    return _clean(body.decode("latin-1"))


def texts(code: str) -> tuple[str, str]:
    """Title and sentence of a problem, in the reader's language."""
    return {
        "bad_address": (_("网址有误"), _("网址里有无法识别的字符。请检查链接，或从首页重新进入。")),
        "bad_text": (_("内容无法识别"), _("提交的文字里有无法识别的字符，没有保存。请删除特殊符号后再提交。")),
        "too_big": (
            _("内容太大"),
            _("提交的内容超过上限，没有保存。文字请精简到 4000 字以内，附件每个不超过 20 MB。"),
        ),
        "disk_full": (
            _("暂时无法保存"),
            _("系统暂时无法保存，您的内容没有提交成功。请保留好文字稍后再试，紧急情况请拨打 12351。"),
        ),
        "database": (
            _("系统繁忙"),
            _("系统暂时繁忙，您的内容没有提交成功。请稍后再试，紧急情况请拨打 12351。"),
        ),
    }[code]


def problem(request: HttpRequest, status: int, code: str) -> HttpResponse:
    """The page (or, for programs, RFC 9457 problem+json) for something that stopped a request early."""
    with translation.override(translation.get_language_from_request(request)):
        title, detail = texts(code)
        if request.path_info.startswith("/api/"):
            body = json.dumps({"type": f"/problems/{code}", "title": title, "status": status, "detail": detail})
            return HttpResponse(body, status=status, content_type="application/problem+json")
        page = render_to_string("errors/problem.html", {"title": title, "detail": detail, "status": status})
        return HttpResponse(page, status=status)
