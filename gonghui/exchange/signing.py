"""Signed documents: compact JWS with Ed25519 (RFC 7515, RFC 9864), keys named by their RFC 7638 thumbprint.

A fingerprint (指纹) is that thumbprint in hexadecimal, in groups of four, so that two people can read it to each other.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue

ALGORITHM = "Ed25519"


class _Registry(jws.JWSRegistry):
    """The library's own bound is 128 kB; a province's catalogue may be as long as what is fetched of it."""

    max_payload_length = rules().fetch.bytes


_registry = _Registry(algorithms=[ALGORITHM])
CATALOGUE, STATEMENT, FIGURES = "gonghui-catalogue+jws", "gonghui-key+jws", "gonghui-figures+jws"
_HEX = re.compile(r"[0-9A-F]{64}")
_KID = re.compile(r"[A-Za-z0-9_-]{43}")


def new_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


def public(key: OKPKey) -> dict[str, Any]:
    """The public half alone, as it is published."""
    found = key.as_dict(private=False)
    return {name: found[name] for name in ("kty", "crv", "x")}


def private(key: OKPKey) -> str:
    return json.dumps(key.as_dict(private=True))


def read_key(jwk: Any) -> OKPKey:
    """ValueError for what is no Ed25519 key. Members other than the key's own are left out."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != ALGORITHM:
        raise ValueError("no Ed25519 key")
    try:
        return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "d") if name in jwk})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError(str(error)) from error


def kid_of(key: OKPKey) -> str:
    return str(key.thumbprint())


def fingerprint(kid: str) -> str:
    """The key's name for people: sixteen groups of four hexadecimal digits."""
    letters = base64.urlsafe_b64decode(kid + "=").hex().upper()
    return " ".join(letters[n : n + 4] for n in range(0, len(letters), 4))


def read_fingerprint(text: str) -> str:
    """The key's name from a fingerprint as people write it, or from the name itself. ValueError for anything else."""
    bare = re.sub(r"[\s:·.]+", "", text)
    letters = bare.replace("-", "").upper()
    if _HEX.fullmatch(letters):
        return base64.urlsafe_b64encode(bytes.fromhex(letters)).rstrip(b"=").decode()
    if _KID.fullmatch(bare):
        try:
            # Written another way, the same bytes would be another name.
            raw = base64.urlsafe_b64decode(bare + "=")
        except binascii.Error as error:
            raise ValueError(str(error)) from error
        if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == bare:
            return bare
    raise ValueError("no fingerprint")


def sign(payload: dict[str, Any], key: OKPKey, kind: str) -> str:
    header = {"alg": ALGORITHM, "kid": kid_of(key), "typ": kind}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact(header, text.encode(), key, registry=_registry)


def signer_of(token: str, kind: str) -> str:
    """Which key claims to have signed it. WrongCatalogue (`not_signed`) for what is no such document at all."""
    try:
        header = jws.extract_compact(token.encode("ascii"), registry=_registry).headers()
    except (JoseError, ValueError, TypeError, UnicodeError) as error:
        raise WrongCatalogue("not_signed", str(error)) from error
    if header.get("alg") != ALGORITHM or header.get("typ") != kind:
        raise WrongCatalogue("not_signed", f"alg {header.get('alg')!r}, typ {header.get('typ')!r}")
    return str(header.get("kid", ""))


def opened(token: str, key: OKPKey, kind: str) -> dict[str, Any]:
    """What it says, if `key` signed it. WrongCatalogue: `not_signed`, `bad_signature`, `schema` for no JSON object."""
    if (signer := signer_of(token, kind)) != kid_of(key):
        raise WrongCatalogue("unknown_key", f"kid {signer!r}")
    try:
        found = jws.deserialize_compact(token, key, registry=_registry)
    except (JoseError, ValueError, TypeError) as error:
        raise WrongCatalogue("bad_signature", str(error)) from error
    try:
        said = json.loads(found.payload or b"")
    except (ValueError, RecursionError) as error:
        raise WrongCatalogue("schema", str(error)) from error
    if not isinstance(said, dict):
        raise WrongCatalogue("schema", "not an object")
    return said
