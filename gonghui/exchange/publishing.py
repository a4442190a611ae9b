"""What this installation publishes: its open services as a signed catalogue, and never anything about a person."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from gonghui.exchange import document, keys, signing
from gonghui.exchange.models import Edition, SigningKey
from gonghui.exchange.rules import rules
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import stem
from gonghui.services.catalogue import Catalogue, catalogue
from gonghui.services.queries import usual_steps
from gonghui.services.spec import Service

HOTLINE = "12351"
# Older editions are nobody's any more; some are kept to be looked at.
KEPT = 20


class NoOrganisation(Exception):
    """GONGHUI_ORGANISATION names a union that is not there."""


def own() -> Organisation:
    """The top organisation of this installation (GONGHUI_ORGANISATION)."""
    found = Organisation.objects.select_related("region").filter(path=settings.ORGANISATION, active=True).first()
    if found is None:
        raise NoOrganisation(f"GONGHUI_ORGANISATION: no organisation {settings.ORGANISATION!r}")
    return found


def published(service: Service) -> bool:
    """Whether a service goes into the catalogue: what its file says, else the default for its kind."""
    usual = rules().publish
    chosen = service.exchange
    if chosen is None:
        chosen = service.kind in usual.kinds and service.handled_by.level in usual.levels
    return chosen and service.state == "open" and not service.part_of and service.valid(today())


def listed(given: Catalogue, region: str) -> list[tuple[Service, str]]:
    """(service, region of the variant) in the catalogue's order: those of a place as they hold there today, each with
    its variants of the places within."""
    own = stem(region)
    inside = [
        (one, code, other) for (one, code), other in given.variants().items() if code.startswith(own) and code != own
    ]
    found = [
        pair
        for one in given.services
        if (service := given.find(one, own)) is not None
        for pair in [(service, ""), *((other, code) for name, code, other in inside if name == one)]
    ]
    return [pair for pair in found if published(pair[0])]


def entry(service: Service, variant: str, union: Organisation) -> dict[str, Any]:
    """One service as it is published."""
    region = variant.ljust(6, "0") if variant else (union.region_id or "")
    if union.level == Organisation.Level.NATIONAL and not variant:
        region = ""
    return {
        "id": service.id,
        "variant": variant,
        "version": service.version,
        "kind": service.kind,
        "name": _words(service),
        "purpose": _words(service.purpose),
        "who": [{"zh": one.zh, "en": one.en} for one in service.eligibility],
        "result": _words(service.result_words) if service.result_words else None,
        "steps": [_words(one) for one in usual_steps(service)],
        "needs": list(service.needs),
        "level": service.handled_by.level,
        "regions": [region] if region else [],
        "valid_from": service.valid_from.isoformat(),
        "valid_to": service.valid_to.isoformat() if service.valid_to else None,
        "address": f"{settings.PUBLIC_URL}{reverse('portal:service', args=[service.id])}",
        "hotline": union.phone or HOTLINE,
    }


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def region_of(union: Organisation) -> str:
    """The region for which a union speaks; empty for the whole country."""
    return "" if union.level == Organisation.Level.NATIONAL else (union.region_id or "")


def publisher(union: Organisation) -> dict[str, Any]:
    """Who publishes."""
    name = {"zh": union.name, "en": ""}
    return {"code": union.path, "name": name, "level": union.level, "region": region_of(union)}


def content() -> dict[str, Any]:
    """The catalogue without its serial and times."""
    union = own()
    return {
        "format": 1,
        "iss": settings.PUBLIC_URL,
        "organisation": publisher(union),
        "services": [entry(service, variant, union) for service, variant in listed(catalogue(), region_of(union))],
    }


def newest() -> Edition | None:
    return Edition.objects.order_by("-serial").first()


def publish() -> Edition | None:
    """The edition that holds now: a new one where the services, the key or the address changed, or the old one ends
    soon. None without a key.

    Its serial is the time at least, so that one restored from a back-up does not begin below what partners have seen.
    """
    with as_system("our own catalogue is open to everybody"), transaction.atomic():
        key = SigningKey.objects.select_for_update().filter(signs=True).first()
        if key is None:
            return None
        said = content()
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        last, at = newest(), now()
        fresh = last is not None and last.expires_at - at > timedelta(hours=rules().renew_hours)
        if last is not None and fresh and (last.digest, last.kid) == (digest, key.kid):
            return last
        serial = max(last.serial + 1 if last else 0, int(at.timestamp()))
        ends = at + timedelta(hours=rules().valid_hours)
        whole = {**said, "serial": serial, "iat": int(at.timestamp()), "exp": int(ends.timestamp())}
        # What our own readers would refuse must not leave the house.
        document.read(whole, "catalogue")
        made = Edition.objects.create(
            serial=serial,
            digest=digest,
            kid=key.kid,
            token=signing.sign(whole, keys.private_of(key), signing.CATALOGUE),
            issued_at=at,
            expires_at=ends,
        )
        kept = Edition.objects.order_by("-serial").values_list("pk", flat=True)[:KEPT]
        Edition.objects.exclude(pk__in=list(kept)).delete()
        after = {"serial": serial, "services": len(said["services"]), "digest": digest, "kid": key.kid}
        trail.record(keys.STREAM, "publish", actor=SYSTEM, after=after)
        return made
