"""A partner of one's own making: a real HTTP server with a key, which says whatever a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc.jwk import OKPKey

from gonghui.exchange import partners, signing, taking
from gonghui.exchange.fetching import JOSE, WELL_KNOWN
from gonghui.exchange.models import Partner
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.testing import staff_actor

TOP = "cn"
Said = dict[str, Any]


def keeper(which: str = "first") -> Actor:
    return staff_actor(f"keeper-{which}", "admin", TOP)


def service(issuer: str, service_id: str = "X01", zh: str = "爱心雨伞", **more: Any) -> Said:
    return {
        "id": service_id, "version": 1, "name": {"zh": zh, "en": "Umbrellas"}, "level": "county",
        "purpose": {"zh": "给户外作业的职工送雨伞", "en": "Umbrellas for outdoor workers"},
        "who": [{"zh": "要满十六周岁", "en": "At least sixteen"}], "needs": ["扫马路没有伞", "领雨伞"],
        "regions": ["620000"], "valid_from": "2020-01-01", "address": f"{issuer}/services/{service_id}/",
        "hotline": "0931-12351", **more,
    }  # fmt: skip


def document(issuer: str, services: list[Said], *, serial: int = 1, at: datetime | None = None, **more: Any) -> Said:
    moment = at or now()
    return {
        "format": 1, "iss": issuer, "serial": serial, "iat": int(moment.timestamp()),
        "exp": int((moment + timedelta(days=7)).timestamp()), "services": services,
        "organisation": {
            "code": "cn.62", "name": {"zh": "甘肃省总工会", "en": "Gansu Federation"}, "level": "province",
            "region": "620000",
        },
        **more,
    }  # fmt: skip


def statement(issuer: str, old: OKPKey, new: OKPKey, *, until: datetime | None = None) -> str:
    """The old key vouches for the new one."""
    ends = until or now() + timedelta(days=30)
    said = {"iss": issuer, "previous": signing.kid_of(old), "next": signing.public(new), "exp": int(ends.timestamp())}
    return signing.sign(said, old, signing.STATEMENT)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        other = self.server.other
        other.asked.append((self.path, dict(self.headers.items())))
        status, headers, body = other.answer(self.path, self.headers.get("If-None-Match", ""))
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, said = self.server.other.takes(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    other: Other

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of a flood is what is wanted."""


@dataclass
class Other:
    """The other installation. `token` is what it serves; `instead` answers in place of the catalogue; `takes` what is
    posted to it."""

    issuer: str
    key: OKPKey = field(default_factory=signing.new_key)
    token: str = ""
    rotations: list[str] = field(default_factory=list)
    instead: tuple[int, dict[str, str], bytes] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    takes: Callable[[str, bytes], tuple[int, bytes]] = lambda path, body: (405, b"")

    def answer(self, path: str, etag: str) -> tuple[int, dict[str, str], bytes]:
        if path == WELL_KNOWN:
            said = {"issuer": self.issuer, "catalogue": f"{self.issuer}/exchange/catalogue",
                    "keys": [signing.public(self.key)], "rotations": self.rotations}  # fmt: skip
            return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()
        if self.instead is not None:
            return self.instead
        mark = f'"{hash(self.token)}"'
        if etag == mark:
            return 304, {"ETag": mark}, b""
        return 200, {"Content-Type": JOSE, "ETag": mark}, self.token.encode()

    def serve(self, *services: Said, **more: Any) -> str:
        """Publish these services, signed; the token."""
        self.token = signing.sign(document(self.issuer, list(services), **more), self.key, signing.CATALOGUE)
        return self.token

    def service(self, service_id: str = "X01", zh: str = "爱心雨伞", **more: Any) -> Said:
        return service(self.issuer, service_id, zh, **more)

    @property
    def fingerprint(self) -> str:
        return signing.fingerprint(signing.kid_of(self.key))


@contextmanager
def other_installation() -> Iterator[Other]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.other = Other(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.other
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def visited(other: Other) -> Partner:
    """The partner as it is after the platform has asked it once more."""
    row = Partner.objects.get(issuer=other.issuer)
    taking.visit(row)
    row.refresh_from_db()
    return row


def joined(other: Other) -> Partner:
    """Proposed by one, looked at, confirmed by another."""
    partners.propose(keeper(), other.issuer, other.fingerprint, "今天上午电话核对")
    row = visited(other)
    assert row.pending is not None, row.problem_detail
    return partners.confirm(keeper("second"), row, seen=row.pending["serial"])
