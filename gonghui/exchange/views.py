"""The addresses for other installations. What they read is open, says the same to everybody, and writes nothing; what a
partner below tells is taken by its signature alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_POST, require_safe

from gonghui.exchange import keys, publishing, reporting
from gonghui.exchange.fetching import JOSE
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel.rates import counted, line_of
from gonghui.kernel.scope import as_system
from gonghui.people.actions.sessions import client_ip

View = Callable[[HttpRequest], HttpResponse]
MINUTE = 60


def _limited(view: View) -> View:
    """So many requests a minute from one address."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        many = counted(f"rate:exchange:{line_of(client_ip(request))}", MINUTE) > rules().rate
        if many:
            return _problem(429, _("请求太多，请过一分钟再来。"), {"Retry-After": str(MINUTE)})
        response = view(request)
        patch_cache_control(response, public=True, max_age=MINUTE)
        return response

    return checked


def _problem(status: int, title: str, headers: dict[str, str] | None = None, **more: str) -> HttpResponse:
    said = {"type": "about:blank", "status": status, "title": title, **more}
    return JsonResponse(
        said, status=status, headers=headers, content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )  # fmt: skip


@_limited
@require_safe
def announcement(request: HttpRequest) -> HttpResponse:
    """Who we are, where the catalogue is, the public keys."""
    if keys.current() is None:
        return _problem(404, _("这个平台没有开通目录交换。"))
    return JsonResponse(keys.announcement(), json_dumps_params={"ensure_ascii": False})


def _etag(request: HttpRequest) -> str | None:
    with as_system("our own catalogue is open to everybody"):
        edition = publishing.newest()
    return f'"{edition.serial}-{edition.digest[:16]}"' if edition is not None else None


@_limited
@require_safe
@condition(etag_func=_etag)
def catalogue(request: HttpRequest) -> HttpResponse:
    """The newest edition: a compact JWS."""
    with as_system("our own catalogue is open to everybody"):
        edition = publishing.newest()
    if edition is None:
        return _problem(404, _("这个平台没有开通目录交换。"))
    return HttpResponse(edition.token, content_type=JOSE)


@csrf_exempt
@_limited
@require_POST
def figures(request: HttpRequest) -> HttpResponse:
    """每日统计 of a partner below: a compact JWS. 204 when it was taken; else what is wrong, and nothing is kept."""
    if request.content_type != JOSE:
        # Of a form nothing is left to be read here.
        return _problem(415, _("统计要以 application/jose 发来。"))
    try:
        reporting.take(request.body.decode("ascii", "replace").strip())
    except RequestDataTooBig:
        return _problem(413, _("统计太大。"))
    except WrongCatalogue as error:
        return _problem(403 if error.code == "stranger" else 422, str(error), code=error.code, detail=error.detail)
    return HttpResponse(status=204)
