"""Taking a partner's catalogue in: all of it or nothing. What vanished there vanishes here."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from gonghui.exchange import fetching, signing, verifying
from gonghui.exchange.document import Document, Entry
from gonghui.exchange.models import ForeignService, Partner
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import stem

logger = logging.getLogger(__name__)
NAMED_MOST = 200


@dataclass(frozen=True)
class Change:
    """Names of services that are new, changed and gone."""

    new: list[str]
    changed: list[str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def kept(self) -> dict[str, list[str]]:
        return {"new": self.new[:NAMED_MOST], "changed": self.changed[:NAMED_MOST], "gone": self.gone[:NAMED_MOST]}


def digest(entry: Entry) -> str:
    return hashlib.sha256(entry.model_dump_json().encode()).hexdigest()


def change(partner: Partner, document: Document) -> Change:
    """What a catalogue would change here."""
    held = {(row.service_id, row.variant): row for row in partner.services.all()}
    coming = {entry.key: entry for entry in document.services}
    return Change(
        [_name(entry) for key, entry in coming.items() if key not in held],
        [_name(entry) for key, entry in coming.items() if key in held and held[key].digest != digest(entry)],
        [_name(row.entry) for key, row in held.items() if key not in coming],
    )


def _name(entry: Entry) -> str:
    return f"{entry.id}{f' ({entry.variant})' if entry.variant else ''} {entry.name.zh}"


def visit(partner: Partner) -> bool:
    """Fetch and take in; whether it went well. What is wrong changes nothing but what is told of it."""
    try:
        got = fetching.fetch(partner)
        if got.document is not None:
            _fits_our_tree(got.document)
    except WrongCatalogue as error:
        _failed(partner, error)
        return False
    with transaction.atomic():
        row = Partner.objects.select_for_update().get(pk=partner.pk)
        if (row.state, row.kid) != (partner.state, partner.kid):
            # Somebody decided something meanwhile: the next round fetches by that.
            return True
        _keep_key(row, got)
        row.catalogue, row.etag = got.catalogue, got.etag
        row.checked_at = row.fetched_at = now()
        row.failures, row.problem, row.problem_detail = 0, "", ""
        row.next_at = now() + timedelta(minutes=rules().fetch.every_minutes)
        if got.document is not None:
            row.pending = {"serial": got.document.serial, "token_digest": verifying.digest_of(got.token),
                           "document": got.document.model_dump(mode="json")}  # fmt: skip
            if row.state == Partner.State.ACTIVE:
                accept(row, SYSTEM)
        row.save()
        if expired(row):
            # Not modified since, yet past its day.
            return _tell_expired(row)
    return True


def _fits_our_tree(document: Document) -> None:
    """A union that we know ourselves has the level and the place that we know of it."""
    union = document.organisation
    ours = Organisation.objects.filter(path=union.code).first()
    if ours is not None and union.level != ours.level:
        raise WrongCatalogue("organisation", f"organisation.level: {union.level}, {ours.level}")
    if ours is not None and union.level != "national" and union.region != (ours.region_id or ""):
        raise WrongCatalogue("organisation", f"organisation.region: {union.region}, {ours.region_id}")
    if union.level == "national" and union.code != "cn":
        raise WrongCatalogue("organisation", f"organisation.code: {union.code}")


def _keep_key(row: Partner, got: fetching.Fetched) -> None:
    kid = signing.kid_of(got.key)
    if kid != row.kid:
        _record(row, "key", SYSTEM, kid=kid, before=row.kid)
        row.key_changed_at = now()
    row.kid, row.jwk = kid, signing.public(got.key)


def accept(row: Partner, actor: Actor) -> Change:
    """Put the pending catalogue of a locked partner in force. The row is saved here and again by the caller."""
    held = row.pending or {}
    document = Document.model_validate(held["document"])
    union = document.organisation
    found = change(row, document)
    row.name, row.name_en = union.name.zh[:120], union.name.en[:200]
    row.organisation, row.level, row.region = union.code, union.level, union.region
    if document.serial != row.serial:
        facts = {"serial": document.serial, "before": row.serial, "services": len(document.services)}
        _record(row, "take_in", actor, **facts, digest=held["token_digest"], **found.kept())
        row.last_change = {**found.kept(), "at": now().isoformat()}
    row.serial, row.digest, row.pending = document.serial, held["token_digest"], None
    row.issued_at = datetime.fromtimestamp(document.iat, UTC)
    row.expires_at = datetime.fromtimestamp(document.exp, UTC)
    # The search takes a service in when it is saved, and looks then whether its partner is shown.
    row.save()
    _write(row, document)
    return found


def _write(row: Partner, document: Document) -> None:
    """Row by row, as the search listens to each that is saved."""
    held = {(one.service_id, one.variant): one for one in row.services.all()}
    for place, entry in enumerate(document.services):
        one = held.pop(entry.key, None)
        fresh = digest(entry)
        if one is not None and (one.digest, one.place) == (fresh, place):
            continue
        one = one or ForeignService(partner=row, service_id=entry.id, variant=entry.variant)
        one.place, one.digest, one.data = place, fresh, entry.model_dump(mode="json")
        one.stems = f",{','.join(stem(code) for code in entry.regions)},"
        one.valid_from, one.valid_to = entry.valid_from, entry.valid_to
        one.save()
    for gone in held.values():
        gone.delete()


def hide(row: Partner) -> None:
    """Show nothing of a locked partner any more. The serial stays, so that nothing older can follow."""
    for one in row.services.all():
        one.delete()
    row.pending, row.etag = None, ""


def expired(row: Partner) -> bool:
    return row.state == Partner.State.ACTIVE and row.expires_at is not None and row.expires_at <= now()


def _tell_expired(row: Partner) -> bool:
    _failed(row, WrongCatalogue("expired", f"{row.catalogue}: exp: {row.expires_at}"))
    return False


def _failed(partner: Partner, error: WrongCatalogue) -> None:
    """The trail tells a trouble when it begins or becomes another one, not at every try."""
    numbers = rules().fetch
    with transaction.atomic():
        row = Partner.objects.select_for_update().get(pk=partner.pk)
        if row.problem != error.code:
            _record(row, "wrong", SYSTEM, code=error.code, detail=error.detail)
        row.checked_at, row.failures = now(), row.failures + 1
        row.problem, row.problem_detail = error.code, error.detail
        wait = min(numbers.retry_most_minutes, numbers.retry_minutes * 2 ** min(row.failures - 1, 10))
        row.next_at = now() + timedelta(minutes=wait)
        # The address may have moved on the partner's own site: it is read anew.
        row.catalogue, row.etag = "", ""
        if expired(row):
            hide(row)
        row.save()
    logger.warning("catalogue of %s: %s %s", partner.issuer, error.code, error.detail)


def _record(row: Partner, verb: str, actor: Actor, **facts: Any) -> None:
    after = {"issuer": row.issuer, **facts}
    trail.record(f"exchange:{row.pk}", verb, actor=actor, after=after, org_path=settings.ORGANISATION)


def due() -> list[Partner]:
    """Partners to be asked now: those that are waited for, and those that are shown."""
    states = (Partner.State.PROPOSED, Partner.State.ACTIVE)
    return list(Partner.objects.filter(state__in=states, next_at__lte=now()).order_by("next_at")[:200])


def drop_expired() -> int:
    """Let go of the services of partners whose catalogue has run out; how many partners."""
    rows = Partner.objects.filter(state=Partner.State.ACTIVE, expires_at__lte=now(), services__isnull=False).distinct()
    found = list(rows)
    for row in found:
        _tell_expired(row)
    return len(found)
