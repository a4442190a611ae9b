"""What everybody may read of us: the discovery document and the keys (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gonghui.people.http import Request
from gonghui.signon import keys
from gonghui.signon.guards import whole
from gonghui.signon.models import TOKEN_ENDPOINTS
from gonghui.signon.rules import scopes

AN_HOUR = 3600


@require_safe
@cache_control(public=True, max_age=AN_HOUR)
def configuration(request: Request) -> HttpResponse:
    """`/.well-known/openid-configuration`."""
    own = settings.PUBLIC_URL
    methods = list(TOKEN_ENDPOINTS)
    return JsonResponse(
        {
            "issuer": own,
            "authorization_endpoint": own + reverse("signon:authorize"),
            "token_endpoint": own + reverse("signon:token"),
            "userinfo_endpoint": own + reverse("signon:userinfo"),
            "jwks_uri": own + reverse("signon:jwks"),
            "revocation_endpoint": own + reverse("signon:revoke"),
            "end_session_endpoint": own + reverse("signon:end_session"),
            "scopes_supported": list(scopes()),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [keys.ALGORITHM],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash",
                "name", "account", "membership", "phone_number", "phone_number_verified",
            ],
            "prompt_values_supported": ["none", "login", "consent"],
            "ui_locales_supported": ["zh-Hans", "en"],
            "authorization_response_iss_parameter_supported": True,
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
    )  # fmt: skip


@require_safe
@cache_control(public=True, max_age=300)
@whole
def jwks(request: Request) -> HttpResponse:
    """Our public keys."""
    return JsonResponse(keys.published(), content_type="application/jwk-set+json")
