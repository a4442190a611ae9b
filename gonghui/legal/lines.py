"""经济困难标准 at the desk: a union enters the line its province set, with day and paper; eligibility reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.times import now
from gonghui.legal import eligibility
from gonghui.legal.models import MeansLine
from gonghui.organisations.models import Organisation
from gonghui.organisations.regions import stem

SETTERS = ("supervisor", "leader")
LEVELS = (Organisation.Level.PROVINCE, Organisation.Level.CITY, Organisation.Level.COUNTY)


def entered() -> tuple[eligibility.Line, ...]:
    """All lines that unions entered, as eligibility takes them."""
    return tuple(
        eligibility.Line(
            region=row.region,
            monthly=row.monthly,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            source=row.source,
            status="V" if row.confirmed else "U",
        )
        for row in MeansLine.objects.all()
    )


def places(actor: Actor) -> dict[str, str]:
    """Region code → name of the union, for the places whose line the actor may enter: its own organisations'."""
    own = Organisation.objects.filter(path__in=actor.paths_as(*SETTERS), level__in=LEVELS).exclude(region=None)
    return {stem(str(one.region_id)): one.name for one in own.order_by("path")}


def may_change(actor: Actor, region: str) -> bool:
    """Whoever sets the line of a province may also take back one of a city in it."""
    return any(region.startswith(own) for own in places(actor))


def set_line(
    actor: Actor,
    region: str,
    monthly: Decimal,
    valid_from: date,
    source: str,
    *,
    valid_to: date | None = None,
    confirmed: bool = False,
) -> MeansLine:
    """Enter a line. Applications are judged by the one of the day they were made: an older line stays for older ones.

    Raises NotAllowed for another region, InvalidData for a day that has one already.
    """
    if not may_change(actor, region):
        raise NotAllowed
    wrong = {}
    if monthly <= 0:
        wrong["monthly"] = [_("请填大于 0 的金额。")]
    if valid_to is not None and valid_to < valid_from:
        wrong["valid_to"] = [_("截止日期不能早于开始日期。")]
    if not source.strip():
        wrong["source"] = [_("请写明文件名称和文号。")]
    if wrong:
        raise InvalidData(wrong)
    try:
        with transaction.atomic():
            line = MeansLine.objects.create(
                region=region,
                monthly=monthly,
                valid_from=valid_from,
                valid_to=valid_to,
                source=source.strip()[:200],
                confirmed=confirmed,
                by_id=actor.account_id,
                at=now(),
            )
            after = {"monthly": str(monthly), "from": str(valid_from), "source": line.source, "confirmed": confirmed}
            trail.record(f"means_line:{region}", "set_line", actor=actor, after=after)
    except IntegrityError:
        raise InvalidData({"valid_from": [_("这一天已经有一条标准；要改请先删除那一条。")]}) from None
    return line


def drop_line(actor: Actor, line: MeansLine) -> None:
    """Take a line back. Decisions that were made by it keep their words."""
    if not may_change(actor, line.region):
        raise NotAllowed
    with transaction.atomic():
        before = {"monthly": str(line.monthly), "from": str(line.valid_from), "source": line.source}
        trail.record(f"means_line:{line.region}", "drop_line", actor=actor, before=before)
        line.delete()
