"""低保标准: what a county's staff enter of what was published, with its source. Nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.aid.models import SubsistenceLine
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import now, today
from gonghui.law.parameters import regions_of
from gonghui.organisations.models import Organisation


def history(region: str) -> list[SubsistenceLine]:
    """What was entered for a place and what it lies in, the newest first."""
    places = [code.ljust(6, "0") for code in regions_of(region) if code.isdigit()] if region else []
    return list(SubsistenceLine.objects.filter(region__in=places).order_by("-since", "-region")[:50])


@transaction.atomic
def enter(actor: Actor, organisation: Organisation, since: date, amount: Decimal, source: str) -> SubsistenceLine:
    """Enter a line for the region of one's union. InvalidData beside what cannot be."""
    if not source.strip():
        raise InvalidData({"source": [_("请写明出处。")]})
    if since > today() + timedelta(days=366):
        raise InvalidData({"since": [_("日期太远了，请核对。")]})
    row, made = SubsistenceLine.objects.update_or_create(
        region=organisation.region_id or "",
        since=since,
        defaults={"amount": amount, "source": source.strip(), "entered_by_id": actor.account_id, "at": now()},
    )
    after = {"region": row.region, "since": since.isoformat(), "amount": str(amount), "source": row.source}
    trail.record(f"dibao:{row.region}", "create" if made else "change", actor=actor, after=after)
    return row
