"""The API's door: who asks, what the token allows, how often, in which form, and repeated requests answered once."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Status
from ninja.errors import Throttled
from ninja.operation import Operation
from ninja.security import HttpBearer
from ninja.utils import contribute_operation_callback

from gonghui.api.actions import actor_of, find_token
from gonghui.api.http import Request
from gonghui.api.limits import wait_for
from gonghui.api.models import ApiToken, IdempotencyRecord
from gonghui.api.problems import problem
from gonghui.api.rules import rules
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed
from gonghui.kernel.scope import as_system, bind
from gonghui.kernel.times import now

JSON = "application/json"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class KeyReused(KernelError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"


class TokenAuth(HttpBearer):
    """`Authorization: Bearer gh_…`. Every request of a good token counts towards its rate."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        with as_system("who is asking"):
            found = find_token(token)
        if found is not None and (wait := wait_for(found)):
            raise Throttled(wait=wait)
        return found


def operation(*scopes: str, idempotent: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Demand one of these scopes, act with the duties of those the token has, see what its organisation sees, and, for
    writes, honour an Idempotency-Key."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
            token = request.auth
            held = [scope for scope in scopes if scope in token.scopes]
            if scopes and not held:
                raise NotAllowed(_("密钥没有这项权限，需要：%(scopes)s。") % {"scopes": " / ".join(scopes)})
            request.actor = actor_of(token, held)
            with bind(request.actor):
                if idempotent and "Idempotency-Key" in request.headers:
                    return _once(request, token, lambda: view(request, *args, **kwargs))
                return view(request, *args, **kwargs)

        # The framework reads the annotations, and would look their names up in this module instead of the view's.
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        guarded.scopes, guarded.idempotent = scopes, idempotent  # type: ignore[attr-defined]
        contribute_operation_callback(guarded, _check_form)
        return guarded

    return decorate


def _check_form(made: Operation) -> None:
    """Refuse a body of the wrong media type before anything reads it (415)."""
    sources = {model.__ninja_param_source__ for model in made.models}
    taken = (JSON,) if "body" in sources else FORMS if sources & {"form", "file"} else ()

    def check(run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        def checked(request: Request, **values: Any) -> Any:
            has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
            if taken and has_body and request.content_type not in taken:
                wanted = _("请用 Content-Type：%(types)s。") % {"types": " / ".join(taken)}
                return problem(415, "unsupported_media_type", _("请求内容的类型不对"), wanted)
            return run(request, **values)

        return checked

    made.run = check(made.run)  # type: ignore[method-assign]
    # Where the router copies an operation, it applies these again.
    made._run_decorators = [check]  # type: ignore[attr-defined]


def idempotency_key(request: Request) -> str:
    """The request's Idempotency-Key, "" without one. InvalidData when it is empty or too long."""
    if "Idempotency-Key" not in request.headers:
        return ""
    key, most = request.headers["Idempotency-Key"].strip().strip('"'), rules()["key_most"]
    if not 0 < len(key) <= most:
        raise InvalidData({"Idempotency-Key": [_("1 到 %(most)d 个字符。") % {"most": most}]})
    return key


def request_hash(request: Request) -> str:
    """What makes two requests the same: method, address and body (files by name and content)."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type in FORMS:
        for name in sorted(request.POST):
            digest.update(json.dumps([name, request.POST.getlist(name)]).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(json.dumps([name, file.name, file.size]).encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _once(request: Request, token: ApiToken, answer: Callable[[], Any]) -> HttpResponse:
    """Do it and keep the answer in one transaction: a crash leaves both or neither. A second request with the same key
    waits at the unique key until the first has ended, and then gets its answer; after an error it is tried anew."""
    key, fingerprint = idempotency_key(request), request_hash(request)
    with transaction.atomic():
        record, first = _claim(token, key, fingerprint)
        if first:
            result = answer()
            record.status, value = (result.status_code, result.value) if isinstance(result, Status) else (200, result)
            record.body = json.dumps(value, ensure_ascii=False, default=str)
            with as_system("answers kept for repeated requests"):
                record.save(update_fields=["status", "body"])
    if record.request_hash != fingerprint:
        raise KeyReused(_("这个 Idempotency-Key 已用于另一个请求，请换一个。"))
    response = HttpResponse(record.body, status=record.status, content_type="application/json; charset=utf-8")
    if not first:
        response["Idempotency-Replayed"] = "true"
    return response


def _claim(token: ApiToken, key: str, fingerprint: str) -> tuple[IdempotencyRecord, bool]:
    """The record of this key, and whether this request is the first."""
    with as_system("answers kept for repeated requests"):
        try:
            with transaction.atomic():
                made = IdempotencyRecord.objects.create(
                    token=token, key=key, request_hash=fingerprint, status=0, created_at=now()
                )
                return made, True
        except IntegrityError:
            return IdempotencyRecord.objects.get(token=token, key=key), False


def forget_old_answers() -> int:
    """Delete kept answers past their time (a worker duty)."""
    until = now() - timedelta(days=rules()["keep_answers_days"])
    count, _rows = IdempotencyRecord.objects.filter(created_at__lt=until).delete()
    return count
