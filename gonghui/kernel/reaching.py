"""Ask an address that somebody else chose, so that neither our inner network nor our patience is at their mercy.

Every connection goes to an address that was looked up once and checked, never through a proxy or a redirect, and the
whole exchange has one deadline: a receiver that sends a byte now and then cannot hold the worker.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

from gonghui.kernel.outbox import Undeliverable

# An IPv4 address, perhaps a private one, dressed as IPv6: NAT64 (RFC 6052), and the compatible form of old (RFC 4291).
CARRIERS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
# Nobody's on the internet, though Python calls them global: NAT64 and site-local addresses of a network's own
# (RFC 8215, RFC 3879), and the address at which a machine of a public cloud asks that cloud for its keys.
INNER = tuple(ipaddress.ip_network(text) for text in ("64:ff9b:1::/48", "fec0::/10", "168.63.129.16/32"))


class NotSent(Exception):
    """The receiver could not be reached, was too slow or broke off. Trying again may help."""


def is_public(address: str) -> bool:
    """Is this an ordinary address of the public internet? Addresses that carry another one inside are judged by it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is None and any(found in carrier for carrier in CARRIERS):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner)) and not found.is_multicast
    return found.is_global and not found.is_multicast and not any(found in network for network in INNER)


def public_addresses(host: str) -> list[str]:
    """The host's addresses, best first; Undeliverable when any of them is not public, OSError when it has none."""
    found = list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))
    for address in found:
        if not is_public(address):
            raise Undeliverable(f"{host} is not a public address")
    return found


class _Stream(httpcore.NetworkStream):
    """A connection on which no wait is longer than what is left until the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float], most: int) -> None:
        self.inner, self.left, self.most = inner, left, most

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part = self.inner.read(max_bytes, self.left())
        self.most -= len(part)
        if self.most < 0:
            raise httpcore.ReadError("the answer is too long")
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, self.left()), self.left, self.most)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, *, whole: float, connect: float, most: int, public_only: bool) -> None:
        self.until = time.monotonic() + whole
        self.connect, self.most, self.public_only = connect, most, public_only
        self.inner = httpcore.SyncBackend()

    def left(self) -> float:
        rest = self.until - time.monotonic()
        if rest <= 0:
            raise httpcore.ReadTimeout("the receiver took too long")
        return rest

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = public_addresses(host) if self.public_only else [host]
        for last, address in enumerate(addresses, start=1):
            wait = min(self.connect, self.left())
            try:
                stream = self.inner.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == len(addresses):
                    raise
                continue
            return _Stream(stream, self.left, self.most)
        raise httpcore.ConnectError(f"{host} has no address")


@dataclass(frozen=True)
class Limits:
    """Seconds for the whole exchange and for connecting, bytes of the answer, and whether to stay on the internet."""

    whole: float
    connect: float
    most: int
    public_only: bool


@dataclass(frozen=True)
class Got:
    """An answer: `headers` by lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(method: str, url: str, headers: dict[str, str], body: bytes, limits: Limits) -> Got:
    """Ask, and read the answer. NotSent or Undeliverable when there was none."""
    with _answer(method, url, headers, body, limits) as answer:
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Got(answer.status, named, answer.read())


def post(url: str, headers: dict[str, str], body: bytes, limits: Limits) -> int:
    """The status that the receiver answered; the answer is not read. NotSent or Undeliverable when there was none."""
    with _answer("POST", url, headers, body, limits) as answer:
        return answer.status


@contextmanager
def _answer(method: str, url: str, headers: dict[str, str], body: bytes, limits: Limits) -> Iterator[httpcore.Response]:
    backend = _Backend(whole=limits.whole, connect=limits.connect, most=limits.most, public_only=limits.public_only)
    context = ssl.create_default_context()
    lines = {**headers, "Content-Length": str(len(body))} if body or method != "GET" else headers
    try:
        with (
            httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool,
            pool.stream(method, url, headers=list(lines.items()), content=body) as answer,
        ):
            yield answer
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error
    except (httpcore.UnsupportedProtocol, ValueError) as error:
        raise Undeliverable(f"the address cannot be used: {error}") from error
