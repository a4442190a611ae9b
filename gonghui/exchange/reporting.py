"""每日统计: our figures go up to the partners above, signed; those of the partners below are taken in (handbook 4.2).

Sent, not published: they are for the unions above alone. Each installation tells of its own applications, so that
nothing is counted twice.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from gonghui.exchange import document, keys, publishing, signing, verifying
from gonghui.exchange.document import Report
from gonghui.exchange.fetching import JOSE
from gonghui.exchange.models import Partner, PartnerFigures
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel import reaching, trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.outbox import Undeliverable
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.organisations.regions import stem
from gonghui.services import tally

logger = logging.getLogger(__name__)
PATH = "/exchange/figures"
SOURCE = "figures"


def above_us(partner: Partner) -> bool:
    """Whether it is the installation of a union above ours."""
    ours = settings.ORGANISATION
    return bool(partner.organisation) and ours != partner.organisation and within(ours, partner.organisation)


def own(day: date) -> list[tally.Line]:
    """Our figures as they stand, small counts left out."""
    home = publishing.region_of(publishing.own())
    return tally.lines(day, home, rules().figures.least_shown)


def content(day: date, receiver: str) -> dict[str, Any]:
    """What one partner above is told."""
    at = now()
    return {
        "format": 1,
        "iss": settings.PUBLIC_URL,
        "aud": [receiver],
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(hours=rules().figures.valid_hours)).timestamp()),
        "organisation": publishing.publisher(publishing.own()),
        "day": day.isoformat(),
        "lines": [_told(line) for line in own(day)],
    }


def _told(line: tally.Line) -> dict[str, Any]:
    said = asdict(line)
    return {**said, **{name: str(said[name]) for name in ("amount", "stars") if said[name] is not None}}


def due() -> list[Partner]:
    """Partners above that were not told of today yet."""
    rows = Partner.objects.filter(state=Partner.State.ACTIVE).exclude(figures_day=today())
    at = now()
    return [row for row in rows if above_us(row) and (row.figures_next_at is None or row.figures_next_at <= at)]


def send(partner: Partner) -> bool:
    """Tell a partner above how we stand; whether it took it. What went wrong stands beside the partner."""
    day, key = today(), keys.current()
    if key is None:
        return False
    with as_system("counts alone, for a union above"):
        said = content(day, partner.issuer)
        # What our own readers would refuse must not leave the house.
        document.read_report(said, SOURCE)
        problem = _post(partner, signing.sign(said, keys.private_of(key), signing.FIGURES))
        with transaction.atomic():
            row = Partner.objects.select_for_update().get(pk=partner.pk)
            if problem:
                row.figures_next_at = now() + timedelta(minutes=rules().figures.retry_minutes)
            else:
                row.figures_day, row.figures_next_at = day, None
                _record(row, "figures_sent", day=day.isoformat(), lines=len(said["lines"]))
            row.figures_problem = problem[:300]
            row.save(update_fields=["figures_day", "figures_next_at", "figures_problem"])
    if problem:
        logger.warning("figures for %s: %s", partner.issuer, problem)
    return not problem


def _post(partner: Partner, token: str) -> str:
    """What the partner has against it; empty where it took it."""
    numbers = rules().fetch
    limits = reaching.Limits(numbers.seconds, numbers.connect_seconds, numbers.bytes, settings.PRODUCTION)
    address = f"{partner.issuer}{PATH}"
    headers = {"User-Agent": "gonghui-exchange/1", "Content-Type": JOSE}
    try:
        got = reaching.ask("POST", address, headers, token.encode(), limits)
    except (reaching.NotSent, Undeliverable) as error:
        return f"{address}: {error}"
    return "" if got.status == 204 else f"{address}: {got.status} {got.body[:200].decode('utf-8', 'replace')}"


def take(token: str) -> PartnerFigures:
    """Keep what a partner below tells. WrongCatalogue for whatever is wrong: then nothing is kept."""
    signer = signing.signer_of(token, signing.FIGURES)
    with as_system("a partner tells its counts"), transaction.atomic():
        row = Partner.objects.select_for_update().filter(kid=signer, state=Partner.State.ACTIVE).first()
        if row is None or not row.jwk or not _below_us(row):
            raise WrongCatalogue("stranger", f"kid {signer!r}"[:200])
        found = document.read_report(signing.opened(token, signing.read_key(row.jwk), signing.FIGURES), SOURCE)
        _believed(found, row)
        return _kept(row, found, verifying.digest_of(token))


def _below_us(partner: Partner) -> bool:
    ours = settings.ORGANISATION
    return bool(partner.organisation) and partner.organisation != ours and within(partner.organisation, ours)


def _believed(found: Report, row: Partner) -> None:
    if found.iss != row.issuer:
        raise WrongCatalogue("issuer", f"iss: {found.iss}")
    if settings.PUBLIC_URL not in found.aud:
        raise WrongCatalogue("audience", f"aud: {', '.join(found.aud)}"[:300])
    verifying.in_time(found.iat, found.exp, now(), SOURCE)
    if abs((found.day - today()).days) > 1:
        raise WrongCatalogue("validity", f"day: {found.day}")
    union = found.organisation
    if (union.code, union.level, union.region) != (row.organisation, row.level, row.region):
        raise WrongCatalogue("organisation", f"organisation: {union.code} {union.level} {union.region}")
    for place, line in enumerate(found.lines):
        if not line.region or not line.region.startswith(stem(row.region)):
            raise WrongCatalogue("region", f"lines.{place}.region: {line.region or '—'}")


def _kept(row: Partner, found: Report, digest: str) -> PartnerFigures:
    issued = datetime.fromtimestamp(found.iat, UTC)
    newest = PartnerFigures.objects.filter(partner=row).order_by("-issued_at").first()
    if newest is not None and newest.digest == digest:
        return newest
    if newest is not None and issued <= newest.issued_at:
        raise WrongCatalogue("replayed", f"iat: {issued.isoformat()}")
    values = {"issued_at": issued, "received_at": now(), "digest": digest, "data": found.model_dump(mode="json")}
    made, _new = PartnerFigures.objects.update_or_create(partner=row, day=found.day, defaults=values)
    PartnerFigures.objects.filter(partner=row, day__lt=today() - timedelta(days=rules().figures.kept_days)).delete()
    _record(row, "figures", day=found.day.isoformat(), lines=len(found.lines), digest=digest)
    return made


def _record(row: Partner, verb: str, **facts: Any) -> None:
    after = {"issuer": row.issuer, **facts}
    trail.record(f"exchange:{row.pk}", verb, actor=SYSTEM, after=after, org_path=settings.ORGANISATION)
