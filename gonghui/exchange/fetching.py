"""Fetching from a partner: a bounded answer in a bounded time, from its own site and no other."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from joserfc.jwk import OKPKey

from gonghui.exchange import signing, verifying
from gonghui.exchange.document import Document
from gonghui.exchange.models import Partner
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel import reaching
from gonghui.kernel.outbox import Undeliverable
from gonghui.kernel.times import now

WELL_KNOWN = "/.well-known/gonghui-exchange"
JOSE = "application/jose"


@dataclass(frozen=True)
class Fetched:
    """What a partner gave. `document` None: nothing new since `etag`. `key`: the one that signed it."""

    document: Document | None
    key: OKPKey
    catalogue: str
    etag: str = ""
    token: str = field(default="", repr=False)


def site(address: str) -> str:
    """The address of an installation as it names itself. ValueError for what cannot be one: only https (http outside
    production), a host and perhaps a port."""
    parts = urlsplit(address.strip())
    allowed = ("https",) if settings.PRODUCTION else ("https", "http")
    if parts.scheme not in allowed or not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError("no https address")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("more than a host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def fetch(partner: Partner) -> Fetched:
    """The partner's catalogue, verified against what is known of it. WrongCatalogue for whatever is wrong."""
    announced: dict[str, Any] | None = None
    if not partner.jwk or not partner.catalogue:
        announced = _announcement(partner.issuer)
    pinned = signing.read_key(partner.jwk) if partner.jwk else _pinned(announced or {}, partner.kid)
    address = _catalogue_of(partner, announced) if announced is not None else partner.catalogue
    got = _get(address, {"Accept": JOSE, **({"If-None-Match": partner.etag} if partner.etag else {})})
    if got.status == 304 and partner.etag:
        return Fetched(None, pinned, address, partner.etag)
    if got.status != 200:
        raise WrongCatalogue("status", f"{address}: {got.status}")
    token = got.body.decode("ascii", "replace").strip()
    signer, key = signing.signer_of(token, signing.CATALOGUE), pinned
    if signer != partner.kid:
        announced = announced or _announcement(partner.issuer)
        rotations = announced.get("rotations")
        key = verifying.successor(
            pinned, signer, rotations if isinstance(rotations, list) else [], issuer=partner.issuer, at=now()
        )
    # A catalogue that waits to be accepted is not to be followed by an older one either.
    waiting = partner.pending or {"serial": partner.serial, "token_digest": partner.digest}
    known = verifying.Known(
        partner.issuer,
        partner.organisation,
        partner.level,
        partner.region,
        waiting["serial"],
        waiting["token_digest"],
    )
    found = verifying.verified(token, key, known, us=settings.PUBLIC_URL, at=now(), source=address)
    return Fetched(found, key, address, got.headers.get("etag", "")[:128], token)


def _announcement(issuer: str) -> dict[str, Any]:
    address = f"{issuer}{WELL_KNOWN}"
    got = _get(address, {"Accept": "application/json"})
    if got.status != 200:
        raise WrongCatalogue("status", f"{address}: {got.status}")
    try:
        said = json.loads(got.body)
    except (ValueError, RecursionError) as error:
        raise WrongCatalogue("announcement", f"{address}: {error}") from error
    if not isinstance(said, dict):
        raise WrongCatalogue("announcement", f"{address}: not an object")
    return said


def _pinned(announced: dict[str, Any], kid: str) -> OKPKey:
    key = verifying.key_named(announced.get("keys"), kid)
    if key is None:
        raise WrongCatalogue("unknown_key", signing.fingerprint(kid))
    return key


def _catalogue_of(partner: Partner, announced: dict[str, Any]) -> str:
    """Where the catalogue stands, on the partner's own site."""
    address = announced.get("catalogue")
    if not isinstance(address, str) or not address.startswith(f"{partner.issuer}/") or len(address) > 300:
        raise WrongCatalogue("announcement", f"catalogue: {str(address)[:200]}")
    return address


def _get(address: str, headers: dict[str, str]) -> reaching.Got:
    numbers = rules().fetch
    limits = reaching.Limits(numbers.seconds, numbers.connect_seconds, numbers.bytes, settings.PRODUCTION)
    try:
        got = reaching.ask("GET", address, {"User-Agent": "gonghui-exchange/1", **headers}, b"", limits)
    except reaching.NotSent as error:
        raise WrongCatalogue("unreachable", f"{address}: {error}") from error
    except Undeliverable as error:
        raise WrongCatalogue("private", f"{address}: {error}") from error
    if 300 <= got.status < 400 and got.status != 304:
        raise WrongCatalogue("redirected", f"{address}: {got.status} {got.headers.get('location', '')[:200]}")
    return got
