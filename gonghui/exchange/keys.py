"""Our own keys: made once, changed with a time in which the old one vouches for the new one (轮换)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from joserfc.jwk import OKPKey

from gonghui.exchange import signing
from gonghui.exchange.models import SigningKey
from gonghui.exchange.rules import rules
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

STREAM = "exchange:own"


def current() -> SigningKey | None:
    """The key that signs now; None before `gonghui exchange key` was run."""
    with as_system("our own key signs what is open to everybody"):
        return SigningKey.objects.filter(signs=True).first()


def private_of(key: SigningKey) -> OKPKey:
    return signing.read_key(json.loads(key.exchange_private_jwk))


def make(actor: Actor = SYSTEM) -> SigningKey:
    """The key that signs; made when there is none yet."""
    found = current()
    if found is not None:
        return found
    with as_system("the command line or the desk of the top organisation makes the key"), transaction.atomic():
        return _add(actor, "")


def rotate(actor: Actor = SYSTEM, overlap_days: int | None = None) -> SigningKey:
    """A new key signs from now on. The old one vouches for it for `overlap_days`; 0 (it was lost or stolen): never, and
    every partner has to compare the new fingerprint. Its private half is gone at once. InvalidData for other numbers.
    """
    days = rules().overlap_days if overlap_days is None else overlap_days
    if not 0 <= days <= rules().overlap_most_days:
        text = _("交接期是 0 至 %(most)d 天。") % {"most": rules().overlap_most_days}
        raise InvalidData({"overlap_days": [text]})
    with as_system("the command line changes the key"), transaction.atomic():
        old = SigningKey.objects.select_for_update().filter(signs=True).first()
        if old is None:
            return _add(actor, "")
        vouching, until = private_of(old), now() + timedelta(days=days)
        old.signs, old.exchange_private_jwk, old.trusted_until = False, "", until
        old.save(update_fields=["signs", "exchange_private_jwk", "trusted_until"])
        if not days:
            # Whoever has the lost key could vouch for one of their own: nothing that it introduced counts any more.
            SigningKey.objects.update(statement="", statement_until=None)
            return _add(actor, old.kid)
        added = _add(actor, old.kid)
        said = {
            "iss": settings.PUBLIC_URL, "previous": old.kid, "next": added.public_jwk,
            "iat": int(now().timestamp()), "exp": int(until.timestamp()),
        }  # fmt: skip
        added.statement, added.statement_until = signing.sign(said, vouching, signing.STATEMENT), until
        added.save(update_fields=["statement", "statement_until"])
        return added


def _add(actor: Actor, before: str) -> SigningKey:
    made = signing.new_key()
    kid = signing.kid_of(made)
    added = SigningKey.objects.create(
        kid=kid,
        public_jwk=signing.public(made),
        exchange_private_jwk=signing.private(made),
        created_at=now(),
        signs=True,
    )
    trail.record(STREAM, "key", actor=actor, before={"kid": before}, after={"kid": kid})
    return added


def announcement() -> dict[str, Any]:
    """What stands at the well-known address: who we are, where the catalogue is, the keys, and who vouches for whom."""
    at = now()
    with as_system("public keys are public"):
        rows = list(SigningKey.objects.order_by("-signs", "-pk"))
    return {
        "format": 1,
        "issuer": settings.PUBLIC_URL,
        "catalogue": f"{settings.PUBLIC_URL}/exchange/catalogue",
        "keys": [
            {**row.public_jwk, "kid": row.kid, "use": "sig", "alg": signing.ALGORITHM}
            for row in rows
            if row.signs or (row.trusted_until is not None and row.trusted_until > at)
        ],
        "rotations": [
            row.statement for row in rows if row.statement and row.statement_until and row.statement_until > at
        ],
    }
