"""The API's door: who asks, what the token allows, how often, and repeated requests answered once."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from gonghui.api.actions import actor_of, find_token
from gonghui.api.http import Request
from gonghui.api.models import ApiToken, IdempotencyRecord
from gonghui.kernel.errors import KernelError, NotAllowed
from gonghui.kernel.scope import as_system, bind
from gonghui.kernel.times import now

KEEP_ANSWERS = timedelta(days=2)
STALE_AFTER = timedelta(minutes=2)


class KeyReused(KernelError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"


class StillRunning(KernelError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "request_in_progress"


class TokenAuth(HttpBearer):
    """`Authorization: Bearer gh_…`."""

    def authenticate(self, request: Request, token: str) -> ApiToken | None:
        with as_system("who is asking"):
            found = find_token(token)
        if found is not None:
            request.actor = actor_of(found)
        return found


class TokenThrottle(SimpleRateThrottle):
    """So many requests a token; the count is shared by all web processes through the cache."""

    scope = "token"

    def __init__(self) -> None:
        super().__init__(settings.API_RATE_LIMIT)

    def get_cache_key(self, request: Request) -> str | None:
        token = getattr(request, "auth", None)
        return f"api:{token.pk}" if isinstance(token, ApiToken) else None


def operation(*scopes: str, idempotent: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Demand one of these scopes, bind what the token's organisation may see, and, for writes, honour an
    Idempotency-Key."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
            token = request.auth
            if scopes and not set(scopes) & set(token.scopes):
                raise NotAllowed(_("密钥没有这项权限，需要：%(scopes)s。") % {"scopes": " / ".join(scopes)})
            with bind(request.actor):
                if idempotent and request.headers.get("Idempotency-Key"):
                    return _once(request, token, lambda: view(request, *args, **kwargs))
                return view(request, *args, **kwargs)

        # The framework reads the annotations, and would look their names up in this module instead of the view's.
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        return guarded

    return decorate


def request_hash(request: Request) -> str:
    """What makes two requests the same: method, address and body (files by their content)."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name in sorted(request.POST):
            digest.update(f"{name}={request.POST.getlist(name)}\n".encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _once(request: Request, token: ApiToken, answer: Callable[[], Any]) -> Any:
    key, fingerprint = request.headers["Idempotency-Key"][:120], request_hash(request)
    with as_system("answers kept for repeated requests"):
        record, first = _claim(token, key, fingerprint)
    if not first:
        if record.request_hash != fingerprint:
            raise KeyReused(_("这个 Idempotency-Key 已用于另一个请求，请换一个。"))
        if record.status is None:
            raise StillRunning(_("同一请求正在处理，请稍后再试。"))
        response = HttpResponse(record.body, status=record.status, content_type="application/json")
        response["Idempotency-Replayed"] = "true"
        return response
    try:
        result = answer()
    except Exception:
        with as_system("answers kept for repeated requests"):
            record.delete()
        raise
    status, body = result if isinstance(result, tuple) else (200, result)
    text = json.dumps(body, ensure_ascii=False, default=str)
    with as_system("answers kept for repeated requests"):
        record.status, record.body = status, text
        record.save(update_fields=["status", "body"])
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")


def _claim(token: ApiToken, key: str, fingerprint: str) -> tuple[IdempotencyRecord, bool]:
    """The record of this key, and whether this request is the first (or takes over one that died on the way)."""
    at = now()
    try:
        with transaction.atomic():
            return (
                IdempotencyRecord.objects.create(token=token, key=key, request_hash=fingerprint, created_at=at),
                True,
            )
    except IntegrityError:
        record = IdempotencyRecord.objects.get(token=token, key=key)
    dead = record.status is None and at - record.created_at > STALE_AFTER
    if dead and record.request_hash == fingerprint:
        taken = IdempotencyRecord.objects.filter(pk=record.pk, created_at=record.created_at, status=None).update(
            created_at=at
        )
        return record, bool(taken)
    return record, False


def forget_old_answers() -> int:
    """Delete kept answers past their time (a worker duty)."""
    count, _rows = IdempotencyRecord.objects.filter(created_at__lt=now() - KEEP_ANSWERS).delete()
    return count
