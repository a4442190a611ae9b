"""签名密钥: kept encrypted in the vault as other secrets are, replaced at a command, the old one published a while."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from joserfc.jwk import KeySet, RSAKey

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.times import now
from gonghui.signon.models import SigningKey
from gonghui.signon.rules import numbers

ALGORITHM = "RS256"
STREAM = "signon:keys"


def signing() -> RSAKey:
    """The key that signs now; the first one is made when it is first needed."""
    row = SigningKey.objects.filter(current=True).first()
    if row is None:
        try:
            with transaction.atomic():
                row = _make(SYSTEM)
        except IntegrityError:
            # Another process made it in the same moment.
            row = SigningKey.objects.get(current=True)
    return RSAKey.import_key(json.loads(row.private_jwk))


@transaction.atomic
def rotate(actor: Actor, *, at_once: bool = False) -> SigningKey:
    """Sign with a new key from now on. The old one stays published until all it has signed has run out; `at_once`, for
    one that may have been stolen: nothing it signed is worth anything from this moment."""
    at = now()
    until = at if at_once else at + timedelta(days=numbers()["old_key_days"])
    for row in SigningKey.objects.select_for_update().filter(current=True):
        row.current, row.replaced_at, row.published_until = False, at, until
        row.save()
    if at_once:
        SigningKey.objects.filter(current=False, published_until__gt=at).update(published_until=at)
    return _make(actor, at_once=at_once)


def _make(actor: Actor, *, at_once: bool = False) -> SigningKey:
    kid = secrets.token_urlsafe(12)
    key = RSAKey.generate_key(numbers()["key_bits"], {"kid": kid, "use": "sig", "alg": ALGORITHM})
    row = SigningKey.objects.create(
        kid=kid,
        private_jwk=json.dumps(key.as_dict(private=True)),
        public_jwk=key.as_dict(private=False),
        created_at=now(),
    )
    trail.record(STREAM, "new_key", actor=actor, after={"kid": kid, "at_once": at_once})
    return row


def published(at: datetime | None = None) -> dict[str, Any]:
    """The JWK set that everybody may read: the key that signs, and those whose signatures still count."""
    signing()
    counted = Q(current=True) | Q(published_until__gt=at or now())
    return {"keys": list(SigningKey.objects.filter(counted).order_by("-pk").values_list("public_jwk", flat=True))}


def verifying() -> KeySet:
    """The published keys, to check what we signed ourselves."""
    return KeySet.import_key_set(published())  # type: ignore[arg-type]


def forget_old() -> int:
    """Delete keys that are published no more (a worker duty)."""
    return SigningKey.objects.filter(current=False, published_until__lte=now()).delete()[0]
