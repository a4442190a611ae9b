"""低保标准: what a county's staff enter of what was published, with its source, and another of them confirms.

Nothing is guessed, and what one person typed decides about no other family.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.aid.means import around
from gonghui.aid.models import SubsistenceLine
from gonghui.aid.queries import READERS
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import lies_in, stem


def history(region: str) -> list[SubsistenceLine]:
    """What was confirmed for a place and what it lies in, the newest first."""
    rows = SubsistenceLine.objects.filter(region__in=around(region)).exclude(confirmed_at=None)
    return list(rows.order_by("-since", "-region")[:50])


def proposed(region: str) -> list[SubsistenceLine]:
    """What nobody has confirmed yet, of a place and of all in it."""
    if not region:
        return []
    rows = SubsistenceLine.objects.filter(region__startswith=stem(region), confirmed_at=None)
    return list(rows.select_related("entered_by").order_by("-at", "-pk")[:50])


def enter(actor: Actor, organisation: Organisation, since: date, amount: Decimal, source: str) -> SubsistenceLine:
    """Propose a line for the region of one's union. InvalidData beside what cannot be."""
    if not source.strip():
        raise InvalidData({"source": [_("请写明出处。")]})
    if since > today() + timedelta(days=366):
        raise InvalidData({"since": [_("日期太远了，请核对。")]})
    return propose(actor, organisation.region_id or "", since, amount, source)


@transaction.atomic
def propose(actor: Actor, region: str, since: date, amount: Decimal, source: str) -> SubsistenceLine:
    """What somebody read somewhere, for another to confirm. Ten visits that say the same are one."""
    waiting = SubsistenceLine.objects.filter(region=region, amount=amount, confirmed_at=None, since__lte=since)
    if (found := waiting.order_by("since", "pk").first()) is not None:
        return found
    row = SubsistenceLine.objects.create(
        region=region, since=since, amount=amount, source=source.strip(), entered_by_id=actor.account_id, at=now()
    )
    _note(row, "propose", actor)
    return row


@transaction.atomic
def confirm(actor: Actor, line_id: int) -> SubsistenceLine:
    """By another than who entered it, of the place's union or one above. What was confirmed for the same day before
    gives way to it."""
    row = _open(actor, line_id)
    if row.entered_by_id is not None and row.entered_by_id == actor.account_id:
        raise GuardRefused([_("这个标准是您登记的，要由另一位同事确认。")])
    row.confirmed_by_id, row.confirmed_at = actor.account_id, now()
    try:
        with transaction.atomic():
            SubsistenceLine.objects.filter(region=row.region, since=row.since).exclude(confirmed_at=None).delete()
            row.save(update_fields=["confirmed_by", "confirmed_at"])
    except IntegrityError as error:
        raise GuardRefused([_("刚刚有人确认了同一天的另一个标准，请刷新再看。")]) from error
    _note(row, "confirm", actor)
    return row


@transaction.atomic
def reject(actor: Actor, line_id: int) -> None:
    """Not what was published: it goes, and the trail keeps that it was there."""
    row = _open(actor, line_id)
    _note(row, "reject", actor)
    row.delete()


def _open(actor: Actor, line_id: int) -> SubsistenceLine:
    """A proposed line of a place in which the actor's union is responsible. NotFound for any other, GuardRefused where
    somebody has confirmed it meanwhile."""
    row = SubsistenceLine.objects.select_for_update().filter(pk=line_id).first()
    unions = Organisation.objects.filter(path__in=actor.paths_as(*READERS)).values_list("region_id", flat=True)
    if row is None or not any(lies_in(row.region, code or "") for code in unions):
        raise NotFound
    if row.confirmed_at is not None:
        raise GuardRefused([_("这个标准已经有人确认了，请刷新再看。")])
    return row


def _note(row: SubsistenceLine, verb: str, actor: Actor) -> None:
    after = {"region": row.region, "since": row.since.isoformat(), "amount": str(row.amount), "source": row.source}
    trail.record(f"dibao:{row.region}", verb, actor=actor, after=after)
