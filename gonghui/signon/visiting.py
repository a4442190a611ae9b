"""从别处登录: a sign-in at a partner, from its beginning in one browser to its return in the same one.

What the session keeps of it (state, nonce, PKCE verifier) ties the return to this browser; the ID token must be signed
by the partner, for us, now, and for this very sign-in (OpenID Connect Core 1.0, 3.1.3.7; RFC 9207; RFC 9700).
"""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.utils.translation import gettext as _
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gonghui.kernel.errors import KernelError
from gonghui.kernel.times import now
from gonghui.kernel.vault import hash_of_secret
from gonghui.people.http import Request
from gonghui.signon.models import Partner
from gonghui.signon.partners import PartnerFails, ask, key_set, metadata
from gonghui.signon.rules import numbers

logger = logging.getLogger(__name__)
BEGUN = "signon_begun"
ALGORITHMS = ["RS256", "PS256", "ES256"]
ASKED = "openid profile"
METHODS = ("client_secret_basic", "client_secret_post")


class NotSignedIn(KernelError):
    """The return from the partner is no sign-in. `str(error)` is fit to be shown."""

    code = "not_signed_in"

    def __init__(self, message: object, cause: str) -> None:
        self.cause = cause
        super().__init__(message)


@dataclass(frozen=True)
class Known:
    """Who came back, as the partner knows them: never more than a hash of its name for them, and what to call them."""

    partner: Partner
    subject_hash: str
    called: str
    wanted: str


def callback_address(partner: Partner) -> str:
    """Where the partner sends people back to: it must be registered there letter by letter."""
    return f"{settings.PUBLIC_URL}/signon/back/{partner.slug}/"


def begin(request: Request, partner: Partner, wanted: str) -> str:
    """The address at the partner where the sign-in begins. PartnerFails when it cannot be asked."""
    found = metadata(partner)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _number in range(3))
    begun = _begun(request)
    begun[state] = {
        "partner": partner.pk,
        "nonce": nonce,
        "verifier": verifier,
        "wanted": wanted,
        "at": int(now().timestamp()),
    }
    newest = sorted(begun, key=lambda name: begun[name]["at"])[-numbers()["partner"]["at_once"] :]
    request.session[BEGUN] = {name: begun[name] for name in newest}
    query = {
        "response_type": "code",
        "client_id": partner.client_id,
        "redirect_uri": callback_address(partner),
        "scope": _scope(found),
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return str(add_params_to_uri(found["authorization_endpoint"], query))


def _scope(found: dict[str, Any]) -> str:
    """What we ask for: who it is and how to call them, as far as the partner knows these words."""
    known = found.get("scopes_supported")
    return " ".join(name for name in ASKED.split() if name == "openid" or not isinstance(known, list) or name in known)


def _begun(request: Request) -> dict[str, dict[str, Any]]:
    """Sign-ins begun in this browser and not too long ago."""
    since = int(now().timestamp()) - numbers()["partner"]["begun"]
    return {state: row for state, row in request.session.get(BEGUN, {}).items() if row["at"] >= since}


def finish(request: Request, partner: Partner) -> Known:
    """Who came back. NotSignedIn for whatever is not the end of a sign-in that this browser began, PartnerFails when
    the partner's machine fails. A state serves once, whatever comes of it."""
    begun = _begun(request)
    row = begun.pop(request.GET.get("state", ""), None)
    request.session[BEGUN] = begun
    if row is None or row["partner"] != partner.pk:
        raise NotSignedIn(_("这次登录不是从这个浏览器开始的，或已过期。请重新登录。"), "unknown state")
    found = metadata(partner)
    named = request.GET.get("iss", "")
    if named != partner.issuer and (named or found.get("authorization_response_iss_parameter_supported")):
        raise NotSignedIn(_("登录没有成功，请重新登录。"), f"answered by {named}")
    if (error := request.GET.get("error", "")) or not request.GET.get("code"):
        refused = error == "access_denied"
        raise NotSignedIn(_("您没有同意，没有登录。") if refused else _("登录没有成功，请重新登录。"), error[:80])
    answer = _exchanged(partner, found, request.GET["code"], row["verifier"])
    claims = _checked(partner, answer, row["nonce"])
    return Known(partner, hash_of_secret(claims["sub"]), _called(found, answer, claims), row["wanted"])


def _exchanged(partner: Partner, found: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
    """The token answer for a code."""
    body = urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback_address(partner),
            "code_verifier": verifier,
        }
    )
    known = found.get("token_endpoint_auth_methods_supported") or METHODS[:1]
    method = next((name for name in METHODS if name in known), METHODS[0])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _uri, headers, body = ClientAuth(partner.client_id, partner.partner_secret, method).prepare(
        "POST", found["token_endpoint"], headers, body
    )
    status, answer = ask("POST", found["token_endpoint"], headers, body.encode())
    if status != 200:
        raise NotSignedIn(_("登录没有成功，请重新登录。"), f"token endpoint: {status} {answer.get('error', '')}")
    if not isinstance(answer.get("id_token"), str) or not isinstance(answer.get("access_token"), str):
        raise PartnerFails(f"{partner.issuer}: no tokens")
    return answer


def _checked(partner: Partner, answer: dict[str, Any], nonce: str) -> CodeIDToken:
    """The claims of the ID token; NotSignedIn unless it is signed by the partner, for us, now, for this sign-in."""
    try:
        kid = str(jws.extract_compact(answer["id_token"].encode()).headers().get("kid", ""))
        token = jwt.decode(answer["id_token"], KeySet.import_key_set(key_set(partner, kid)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": partner.issuer},
                "aud": {"essential": True, "value": partner.client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": partner.client_id, "access_token": answer["access_token"]},
        )
        claims.validate(leeway=numbers()["partner"]["leeway"])
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn(_("登录没有成功，请重新登录。"), f"id token: {error}") from error
    subject, audience = claims["sub"], claims["aud"]
    many = isinstance(audience, list) and len(audience) > 1
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or (many and claims.get("azp") != partner.client_id):
        raise NotSignedIn(_("登录没有成功，请重新登录。"), "subject or audience")
    return claims


def _called(found: dict[str, Any], answer: dict[str, Any], claims: CodeIDToken) -> str:
    """How the partner calls the person, so that they see which account they came with; "" when it does not say."""
    address = found.get("userinfo_endpoint")
    if not isinstance(address, str):
        return ""
    try:
        status, told = ask("GET", address, {"Authorization": f"Bearer {answer['access_token']}"})
    except PartnerFails as error:
        logger.warning("userinfo: %s", error.cause)
        return ""
    same = isinstance(told.get("sub"), str) and hmac.compare_digest(told["sub"].encode(), claims["sub"].encode())
    name = told.get("name")
    return name[:60] if status == 200 and same and isinstance(name, str) else ""
