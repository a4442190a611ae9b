"""Walking every address of the project, as somebody, against objects that are somebody else's.

The addresses come from the URL map itself. A parameter is filled by its name from `fillings`; one that nobody filled
yet fails the walk, so that a new route cannot be left out of it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
API = "api/"
METHODS = ("GET", "POST")
API_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Refusals: no such thing, not yours, not this way, not any more, who are you.
DENIED = frozenset({400, 401, 403, 404, 405, 409, 410, 415, 422})
MOST_REDIRECTS = 4


@dataclass(frozen=True)
class Route:
    """One address with its parameters: `desk:matter`, `desk/matter/<int:matter_id>/`."""

    name: str
    pattern: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(PARAMETER.findall(self.pattern))

    @property
    def for_programs(self) -> bool:
        return self.pattern.startswith(API)

    @property
    def methods(self) -> tuple[str, ...]:
        return API_METHODS if self.for_programs else METHODS

    def addresses(self, fillings: dict[str, list[str]]) -> Iterator[tuple[str, dict[str, str]]]:
        """Every address with its parameters. `fillings` may name `route.parameter` or just the parameter."""
        found = []
        for name in self.parameters:
            values = fillings.get(f"{self.name}.{name}", fillings.get(name))
            assert values, f"{self.pattern}: the parameter {name!r} of {self.name} is unknown: add it to KNOWN"
            found.append(values)
        for chosen in product(*found):
            filled = dict(zip(self.parameters, chosen, strict=True))
            yield "/" + PARAMETER.sub(lambda match, filled=filled: filled[match[1]], self.pattern), filled  # type: ignore[misc]


def routes() -> list[Route]:
    """Every address of the project, each pattern once."""

    def below(patterns: list[Any], before: str, space: str) -> Iterator[Route]:
        for entry in patterns:
            pattern = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from below(entry.url_patterns, pattern, entry.namespace or space)
            elif isinstance(entry, URLPattern):
                yield Route(f"{space}:{entry.name}" if space else str(entry.name), pattern)

    found: dict[str, Route] = {}
    for route in below(get_resolver().url_patterns, "", ""):
        found.setdefault(route.pattern, route)
    return list(found.values())


@dataclass(frozen=True)
class Answer:
    """What came back in the end, after redirects: its text, and whether it was a refusal."""

    method: str
    address: str
    status: int
    text: str
    signed_out: bool

    @property
    def refused(self) -> bool:
        return self.status in DENIED or self.signed_out

    def __str__(self) -> str:
        return f"{self.method} {self.address} → {self.status}"


@dataclass
class Visitor:
    """Somebody at the door: a browser with its session, or a program with its token."""

    client: Client
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_program(self) -> bool:
        return bool(self.headers)

    def ask(self, method: str, address: str, data: dict[str, Any]) -> Answer:
        """Send it, and follow redirects as a browser does. Nothing of it is kept: see `undone`."""
        # Rate limits count in memory, and a walk asks more than anybody.
        cache.clear()
        # Whoever pressed "sign out" a moment ago is signed in again: else all the rest would be asked by nobody.
        cookies = deepcopy(self.client.cookies)
        try:
            return self._ask(method, address, data)
        finally:
            self.client.cookies = cookies

    def _ask(self, method: str, address: str, data: dict[str, Any]) -> Answer:
        query = {name: value for name, value in data.items() if isinstance(value, str | int)}
        if method == "GET":
            response = self.client.get(address, query, headers=self.headers)
        elif address.startswith(f"/{API}") and not address.endswith("/materials"):
            body = json.dumps(data, default=str)
            response = self.client.generic(method, address, body, content_type="application/json", headers=self.headers)
        else:
            response = self.client.post(address, data, headers=self.headers)
        texts = [read(response)]
        signed_out = False
        for _number in range(MOST_REDIRECTS):
            if response.status_code not in (301, 302, 303):
                break
            # The door of the house is the same for all who are sent there, and is itself among the addresses.
            if signed_out := urlsplit(response["Location"]).path.endswith("/sign-in/"):
                break
            response = self.client.get(response["Location"])
            texts.append(read(response))
        return Answer(method, address, response.status_code, "\n".join(texts), signed_out)


def read(response: Any) -> str:
    """Everything an answer says: headers, body, and what is inside of a spreadsheet."""
    body = response.getvalue()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    text = body.decode("utf-8", "replace")
    if "json" in response.get("Content-Type", ""):
        # Escaped letters would hide a marker.
        text = json.dumps(json.loads(text), ensure_ascii=False) if text else ""
    return f"{head}\n{text}"


WRITES = ("INSERT", "UPDATE", "DELETE")
# Tables that every visit may write: they hold nothing of anybody's case.
OF_VISITS = ("django_session", "axes_", "people_staffsession")


@contextmanager
def undone() -> Iterator[list[str]]:
    """Whatever the body writes is taken back: each question finds the same world. Yields the statements that wrote."""
    written: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(WRITES) and not any(table in sql[:80] for table in OF_VISITS):
            written.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield written
        transaction.set_rollback(True)
