"""Whether a partner's catalogue is to be believed: functions of data alone. What is wrong is a WrongCatalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import OKPKey

from gonghui.exchange import signing
from gonghui.exchange.document import Document, read
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.organisations.regions import stem

ROTATIONS_MOST = 20


@dataclass(frozen=True)
class Known:
    """What is known of a partner before: empty or 0 where nothing is."""

    issuer: str
    organisation: str = ""
    level: str = ""
    region: str = ""
    serial: int = 0
    digest: str = ""


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def verified(token: str, key: OKPKey, known: Known, *, us: str, at: datetime, source: str) -> Document:
    """The catalogue, if `key` signed it, it comes from that partner, is of now, not older than the last one, and speaks
    only for what is the partner's own. `us` is our own public address."""
    found = read(signing.opened(token, key, signing.CATALOGUE), source)
    if found.iss != known.issuer:
        raise WrongCatalogue("issuer", f"{source}: iss: {found.iss}")
    if found.aud and us not in found.aud:
        raise WrongCatalogue("audience", f"{source}: aud: {', '.join(found.aud)}"[:300])
    in_time(found.iat, found.exp, at, source)
    union = (found.organisation.code, found.organisation.level, found.organisation.region)
    if known.organisation and union != (known.organisation, known.level, known.region):
        raise WrongCatalogue("organisation", f"{source}: organisation: {' '.join(union)}")
    if found.serial < known.serial:
        raise WrongCatalogue("replayed", f"{source}: serial: {found.serial} < {known.serial}")
    if found.serial == known.serial and known.digest and digest_of(token) != known.digest:
        raise WrongCatalogue("same_serial", f"{source}: serial: {found.serial}")
    _its_own(found, known.issuer, source)
    return found


def in_time(iat: int, exp: int, at: datetime, source: str) -> None:
    """WrongCatalogue for what is not of now, or is promised for too long."""
    moment, skew = at.timestamp(), rules().skew_seconds
    if exp <= iat or exp - iat > rules().valid_most_hours * 3600:
        raise WrongCatalogue("validity", f"{source}: iat {_day(iat)}, exp {_day(exp)}")
    if iat > moment + skew:
        raise WrongCatalogue("early", f"{source}: iat: {_day(iat)}")
    if exp <= moment:
        raise WrongCatalogue("expired", f"{source}: exp: {_day(exp)}")


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _its_own(found: Document, issuer: str, source: str) -> None:
    """Addresses on the partner's own site, regions within its own place, nothing twice."""
    union, home = found.organisation, urlsplit(issuer)
    if union.level != "national" and not union.region:
        raise WrongCatalogue("region", f"{source}: organisation.region")
    below = stem(union.region) if union.region else ""
    seen: set[tuple[str, str]] = set()
    for place, entry in enumerate(found.services):
        where = f"{source}: services.{place} ({entry.id})"
        try:
            there = urlsplit(entry.address)
        except ValueError as error:
            raise WrongCatalogue("address", f"{where}.address: {error}") from error
        if (there.scheme, there.netloc) != (home.scheme, home.netloc) or "\\" in entry.address:
            raise WrongCatalogue("address", f"{where}.address: {entry.address}")
        if union.level != "national" and not (entry.regions and all(stem(c).startswith(below) for c in entry.regions)):
            raise WrongCatalogue("region", f"{where}.regions: {', '.join(entry.regions) or '—'}"[:300])
        if entry.key in seen:
            raise WrongCatalogue("doubled", f"{where}.id")
        seen.add(entry.key)


def key_named(keys: Any, kid: str) -> OKPKey | None:
    """The announced key whose own thumbprint is `kid`, whatever name it is announced under."""
    for jwk in keys if isinstance(keys, list) else []:
        try:
            key = signing.read_key(jwk)
        except ValueError:
            continue
        if signing.kid_of(key) == kid:
            return key
    return None


def successor(pinned: OKPKey, wanted: str, rotations: Iterable[Any], *, issuer: str, at: datetime) -> OKPKey:
    """The key named `wanted`, if the pinned one vouches for it, itself or through keys it vouches for. WrongCatalogue
    (`unknown_key`) where it does not, or no longer."""
    said = [text for text in rotations if isinstance(text, str)][:ROTATIONS_MOST]
    key = pinned
    for _step in range(len(said)):
        following = _vouched(key, said, issuer, at)
        if following is None:
            break
        key = following
        if signing.kid_of(key) == wanted:
            return key
    raise WrongCatalogue("unknown_key", f"{signing.fingerprint(wanted)}" if len(wanted) == 43 else wanted[:80])


def _vouched(key: OKPKey, statements: list[str], issuer: str, at: datetime) -> OKPKey | None:
    for text in statements:
        try:
            said = signing.opened(text, key, signing.STATEMENT)
            if said["iss"] == issuer and said["previous"] == signing.kid_of(key) and said["exp"] > at.timestamp():
                return signing.read_key(said["next"])
        except (WrongCatalogue, ValueError, KeyError, TypeError):
            continue
    return None
