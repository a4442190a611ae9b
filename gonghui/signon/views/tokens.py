"""What apps ask by themselves: tokens for a code, their end, and who the person is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from authlib.oauth2 import OAuth2Error
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.people.http import Request
from gonghui.signon import claims
from gonghui.signon.guards import limited, whole
from gonghui.signon.models import Token
from gonghui.signon.provider import Revoking, protector, server

View = Callable[..., HttpResponse]
SECRETS = ("client_secret", "code", "code_verifier", "refresh_token", "token")


def judged(view: View) -> View:
    """One transaction; what cannot be a request of the protocol at all is `invalid_request`, and no fault of ours."""

    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                response = view(request, *args, **kwargs)
        except ValueError:
            response = JsonResponse({"error": "invalid_request"}, status=400)
        if response.status_code == 401 and "WWW-Authenticate" not in response:
            # RFC 6749, 5.2.
            response["WWW-Authenticate"] = 'Basic realm="gonghui"'
        return response

    return checked


@csrf_exempt
@require_POST
@never_cache
@sensitive_post_parameters(*SECRETS)
@limited("token")
@whole
@judged
def token(request: Request) -> HttpResponse:
    """RFC 6749, 3.2."""
    response: HttpResponse = server.create_token_response(request)
    return response


@csrf_exempt
@require_POST
@never_cache
@sensitive_post_parameters(*SECRETS)
@limited("token")
@whole
@judged
def revoke(request: Request) -> HttpResponse:
    """RFC 7009."""
    response: HttpResponse = server.create_endpoint_response(Revoking.ENDPOINT_NAME, request)
    return response


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
@limited("userinfo")
@whole
def userinfo(request: Request) -> HttpResponse:
    """OpenID Connect Core 1.0, 5.3: what the person lets the app know, as it stands now."""
    try:
        held: Token = protector.acquire_token(request, "openid")
    except OAuth2Error as error:
        status, body, headers = error()
        response = JsonResponse(dict(body) if not isinstance(body, dict) else body, status=status)
        for name, value in headers:
            response[name] = value
        return response
    return JsonResponse(claims.of(held.grant, held.scopes))
