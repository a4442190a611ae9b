"""What the tests of single sign-on share: a party of its own that says who people are, and may lie."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client
from joserfc import jwt
from joserfc.jwk import RSAKey

from gonghui.kernel.actor import SYSTEM
from gonghui.people.testing import organisation, staff_actor
from gonghui.signon import partners, registry
from gonghui.signon.models import Client as App
from gonghui.signon.models import Partner

COUNTY, PROVINCE = "cn.52.5201.520102", "cn.52"
BACK = "https://app.example/back"
KEYS = {kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}) for kid in ("one", "two")}


def an_app(*scopes: str, name: str = "星河应用", path: str = COUNTY, accounts: str = "worker") -> tuple[App, str]:
    """A registered app and its secret."""
    organisation(path)
    return registry.register(SYSTEM, path, name, accounts, [BACK], ["https://app.example/bye"], scopes or ["profile"])


@dataclass
class Idp:
    """Another platform's sign-in service. `claims` and `keys` are what it says and signs with; change them to lie."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: str = "one"
    algorithm: str = "RS256"
    publishes: tuple[str, ...] = ("one",)
    document: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    received: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
                "userinfo_endpoint": f"{self.url}/userinfo", "authorization_response_iss_parameter_supported": True,
                **self.document,
            }  # fmt: skip
        if path == "/keys":
            return 200, {"keys": [KEYS[name].as_dict(private=False) for name in self.publishes]}
        if path == "/userinfo":
            return 200, {"sub": self.claims.get("sub", "zhang"), "name": "张**", "phone_number": "+8613800138000"}
        self.received = form
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.id_token()}

    def id_token(self) -> str:
        at = int(time.time())
        claims = {"iss": self.url, "aud": "us", "sub": "zhang", "iat": at, "exp": at + 300, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signs_with}
        if self.algorithm == "none":
            parts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
            return ".".join([*parts, ""])
        return jwt.encode(header, claims, KEYS[self.signs_with])


@contextmanager
def idp() -> Iterator[Idp]:
    """The service, really listening."""
    told = Idp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, found = told.answer(urlsplit(self.path).path, form)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def a_partner(service: Idp, accounts: str = "worker", **more: Any) -> Partner:
    organisation(PROVINCE)
    found = partners.register(
        staff_actor("partner-keeper", "admin", PROVINCE),
        PROVINCE,
        "province",
        "省平台",
        service.url,
        "us",
        "our-secret",
        accounts,
        shown=True,
        **more,
    )
    partners.confirm(staff_actor("second-keeper", "admin", PROVINCE), found, found.asked)
    found.refresh_from_db()
    return found


def begin(browser: Client, wanted: str = "") -> dict[str, str]:
    """What the browser takes along to the partner's sign-in."""
    answer = browser.get("/signon/with/province/", {"next": wanted})
    assert answer.status_code == 302, answer.content.decode()
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(browser: Client, service: Idp, wanted: str = "", **changed: str) -> Any:
    """A whole sign-in at the partner; its ID token carries the nonce it was given unless `claims` say otherwise."""
    taken = begin(browser, wanted)
    service.claims.setdefault("nonce", taken["nonce"])
    answer = browser.get(
        "/signon/back/province/", {"code": "a-code", "state": taken["state"], "iss": service.url, **changed}
    )
    service.claims.pop("nonce", None)
    if service.received:
        digest = sha256(service.received["code_verifier"].encode()).digest()
        assert urlsafe_b64encode(digest).decode().rstrip("=") == taken["code_challenge"]
    return answer
