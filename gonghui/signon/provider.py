"""我们作为登录方: the authorization server, made of Authlib's grants over our own tables.

Authlib judges the protocol (RFC 6749, 7636, 7009, OpenID Connect Core 1.0); here stand what we keep and what we demand
beyond it: PKCE with S256 from everybody, secrets kept as hashes, refresh tokens that serve once.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.django_oauth2 import (
    AuthorizationServer,
    BearerTokenValidator,
    ResourceProtector,
    RevocationEndpoint,
)
from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload, DjangoOAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, OAuth2Request, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from django.conf import settings
from django.http import HttpRequest
from joserfc.jwk import RSAKey

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.kernel.vault import hash_of_secret
from gonghui.people.models import Account
from gonghui.signon import consents, keys
from gonghui.signon.models import TOKEN_ENDPOINTS, AuthorizationCode, Client, Grant, Token
from gonghui.signon.rules import numbers

METHODS = list(TOKEN_ENDPOINTS)
TOKEN_LETTERS, NONCE_MOST = 48, 200


class RequestNotSupported(OAuth2Error):
    """A request object by value (OpenID Connect Core 1.0, 3.1.2.6)."""

    error = "request_not_supported"


class RequestUriNotSupported(OAuth2Error):
    error = "request_uri_not_supported"


class OwnRequest(DjangoOAuth2Request):
    """A request at our address. Whether it must be https is settled once, by `settings.HTTPS`, for every page."""

    def __init__(self, request: HttpRequest) -> None:
        address = f"https://{request.get_host()}{request.get_full_path()}"
        OAuth2Request.__init__(self, method=str(request.method), uri=address, headers=request.headers)
        self.payload = DjangoOAuth2Payload(request)
        self._request = request
        self.auth_time = 0


class Strict:
    """What we demand of an authorization request beyond the RFCs; a wrong one is told so at its own address."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.judge)

    def judge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if "request" in data:
            raise RequestNotSupported()
        if "request_uri" in data:
            raise RequestUriNotSupported()
        if data.get("response_mode", "query") != "query":
            raise InvalidRequestError("Only response_mode=query is supported.")
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method=S256.")
        if len(data.get("nonce", "")) > NONCE_MOST:
            raise InvalidRequestError("The nonce is too long.")
        if not data.get("max_age", "0").isdigit():
            raise InvalidRequestError("max_age is not a number of seconds.")


class CodeGrant(grants.AuthorizationCodeGrant):
    """The authorization code flow (RFC 6749, 4.1). Runs in a transaction of the caller's."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        grant = consents.standing(request.user, request.client)
        if grant is None:
            raise InvalidRequestError("There is no consent.")
        at = now()
        AuthorizationCode.objects.create(
            code_hash=hash_of_secret(code),
            grant=grant,
            redirect_uri=request.payload.redirect_uri,
            scopes=[name for name in request.scope.split() if name in grant.scopes],
            nonce=data.get("nonce", ""),
            code_challenge=data["code_challenge"],
            code_challenge_method=data["code_challenge_method"],
            auth_time=request.auth_time,
            family=secrets.token_hex(16),
            created_at=at,
            expires_at=at + timedelta(seconds=numbers()["code"]),
        )

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
        rows = AuthorizationCode.objects.select_for_update(of=("self",)).select_related(
            "grant__account", "grant__client"
        )
        row = rows.filter(code_hash=hash_of_secret(code), grant__client=client).first()
        if row is None:
            return None
        if row.used_at is not None:
            # Somebody has a copy of it: what came of it ends (RFC 6749, 4.1.2).
            end_family(row.grant, row.family, "code_replayed")
            return None
        return row if row.expires_at > now() and row.grant.stands else None

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        """Kept for a while as used, so that a replay is recognised."""
        authorization_code.used_at = now()
        authorization_code.save(update_fields=["used_at"])

    def authenticate_user(self, authorization_code: AuthorizationCode) -> Account | None:
        account = authorization_code.grant.account
        return account if account.is_active else None

    def generate_token(self, *args: Any, **kwargs: Any) -> Any:
        """A refresh token only for whom the person lets look again while they are away."""
        kwargs["include_refresh_token"] = "offline_access" in kwargs["scope"].split()
        return super().generate_token(*args, **kwargs)


class RefreshGrant(grants.RefreshTokenGrant):
    """A refresh token serves once (RFC 9700, 4.14.2); one that comes again ends all that came of that sign-in."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        rows = Token.objects.select_for_update(of=("self",)).select_related("grant__account", "grant__client")
        row = rows.filter(token_hash=hash_of_secret(refresh_token), kind=Token.Kind.REFRESH).first()
        if row is None or not row.check_client(self.request.client):
            return None
        if row.used_at is not None:
            end_family(row.grant, row.family, "refresh_replayed")
            return None
        return None if row.is_expired() or row.is_revoked() else row

    def authenticate_user(self, refresh_token: Token) -> Account:
        account: Account = refresh_token.grant.account
        return account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        refresh_token.used_at = now()
        refresh_token.save(update_fields=["used_at"])


class SignedIn(OpenIDCode):
    """The ID token: who signed in, when, for whom; everything else is told by UserInfo."""

    DEFAULT_EXPIRES_IN = numbers()["id_token"]

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """A nonce serves one sign-in of its app."""
        return AuthorizationCode.objects.filter(
            grant__client__client_id=request.payload.client_id, nonce=nonce
        ).exists()

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        return keys.signing()

    def get_encode_header(self, client: Client) -> dict[str, Any]:
        return {"alg": keys.ALGORITHM, "kid": keys.signing().kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": settings.PUBLIC_URL, "aud": client.client_id}

    def get_compatible_claims(self, request: OAuth2Request) -> dict[str, Any]:
        """With the person as this app knows them."""
        subject = Grant.objects.values_list("subject", flat=True).get(account=request.user, client=request.client)
        return {**super().get_compatible_claims(request), "sub": subject}

    def generate_user_info(self, user: Account, scope: str) -> dict[str, Any]:
        return {}


class Server(AuthorizationServer):
    """One for the process: what a request brings it finds in the request."""

    def __init__(self) -> None:
        super().__init__(Client, Token)
        strict = [Strict(), CodeChallenge(required=True)]
        self.register_grant(CodeGrant, [SignedIn(), *strict])
        self.register_grant(RefreshGrant)
        self.register_endpoint(Revoking)

    def query_client(self, client_id: str) -> Client | None:
        return Client.objects.filter(client_id=client_id, active=True).first()

    def create_oauth2_request(self, request: HttpRequest) -> OwnRequest:
        return OwnRequest(request)

    def create_bearer_token_generator(self) -> BearerTokenGenerator:
        def made(*args: Any, **kwargs: Any) -> str:
            return str(generate_token(TOKEN_LETTERS))

        return BearerTokenGenerator(made, made, numbers()["access"])

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        source: AuthorizationCode | Token = request.authorization_code or request.refresh_token
        at = now()
        lives = {
            "access_token": (Token.Kind.ACCESS, timedelta(seconds=numbers()["access"])),
            "refresh_token": (Token.Kind.REFRESH, timedelta(days=numbers()["refresh_days"])),
        }
        for name, (kind, life) in lives.items():
            if name in token:
                Token.objects.create(
                    token_hash=hash_of_secret(token[name]),
                    kind=kind,
                    grant=source.grant,
                    scopes=token["scope"].split(),
                    family=source.family,
                    created_at=at,
                    expires_at=at + life,
                )
        account = source.grant.account
        verb = "signon" if isinstance(source, AuthorizationCode) else "signon_refresh"
        trail.record(
            f"account:{account.pk}", verb, actor=app_actor(request.client),
            after={"app": request.client.client_id, "scopes": token["scope"].split()},
        )  # fmt: skip


class Revoking(RevocationEndpoint):
    """RFC 7009: an app ends what it holds. With a refresh token goes all that came of that sign-in."""

    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token: str, token_type_hint: str | None) -> Token | None:
        return (
            Token.objects.select_related("grant__account", "grant__client")
            .filter(token_hash=hash_of_secret(token))
            .first()
        )

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        if token.kind == Token.Kind.REFRESH:
            end_family(token.grant, token.family, "signon_revoked")
        elif token.revoked_at is None:
            token.revoked_at = now()
            token.save(update_fields=["revoked_at"])
            _record(token.grant, "signon_revoked", 1)


def app_actor(client: Client) -> Actor:
    """Who acts when an app asks by itself."""
    return Actor(kind="api", name=client.name, via="signon")


def end_family(grant: Grant, family: str, verb: str) -> None:
    """End every token that came of one sign-in."""
    _record(grant, verb, Token.objects.filter(family=family, revoked_at=None).update(revoked_at=now()))


def _record(grant: Grant, verb: str, ended: int) -> None:
    trail.record(
        f"account:{grant.account_id}",
        verb,
        actor=app_actor(grant.client),
        after={"app": grant.client.client_id, "ended": ended},
    )


class Validator(BearerTokenValidator):
    """Of access tokens at UserInfo."""

    def authenticate_token(self, token_string: str) -> Token | None:
        return (
            Token.objects.select_related("grant__account", "grant__client")
            .filter(token_hash=hash_of_secret(token_string), kind=Token.Kind.ACCESS)
            .first()
        )


server = Server()
protector = ResourceProtector()
protector.register_token_validator(Validator(Token))
