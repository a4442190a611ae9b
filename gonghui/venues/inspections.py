"""检查、巡查: which are due, writing one down, reminding of those that are late, and what is found put right.

A regular one is due by the end of its month or year (handbook 5.12: monthly online, yearly on-site).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import now, today
from gonghui.venues import faults, tables
from gonghui.venues.models import Inspection, Venue
from gonghui.venues.queries import HANDS
from gonghui.venues.tables import Inspecting

# A reminder goes out when so much of the period is over.
REMIND_AT = 0.8
TOLD = {
    "remind": "{place}的{what}还没有做，{last}前要做完。",
    "overdue": "{place}的{what}（{period}）没有按时做，请补查并说明。",
}


def period_of(kind: Inspecting, day: date) -> str:
    return {"month": f"{day:%Y-%m}", "year": f"{day:%Y}", "": ""}[kind.every]


def bounds(kind: Inspecting, day: date) -> tuple[date, date]:
    """First and last day of the period in which `day` lies."""
    if kind.every == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """A regular inspection that was not yet made in the present period. `last`: the last day for it."""

    venue: Venue
    kind: Inspecting
    period: str
    last: date

    @property
    def days(self) -> int:
        return (self.last - today()).days


def of_kind(venue: Venue) -> list[Inspecting]:
    """What is inspected at such a place."""
    return [kind for kind in tables.inspecting() if venue.kind in kind.kinds]


def due(venues: Iterable[Venue], day: date | None = None) -> list[Due]:
    """What is still to be done in the present month and year, the earliest first. Not of places that are closed."""
    day = day or today()
    rows = [venue for venue in venues if venue.state == Venue.State.OPEN]
    periods = {period_of(kind, day) for kind in tables.inspecting() if kind.every}
    made = set(Inspection.objects.filter(venue__in=rows, period__in=periods).values_list("venue", "what", "period"))
    found = [
        Due(venue, kind, period, bounds(kind, day)[1])
        for venue in rows
        for kind in of_kind(venue)
        if kind.every and (venue.pk, kind.code, period := period_of(kind, day)) not in made
    ]
    return sorted(found, key=lambda one: (one.last, one.venue.pk))


def inspect(actor: Actor, venue: Venue, what: str, found: str = "", note: str = "") -> Inspection:
    """Somebody has looked. `found`: what is to be put right; it becomes a 报修 with its limits. InvalidData beside
    fields, NotAllowed for who does not look after this place."""
    if venue.organisation.path not in actor.paths_as(*HANDS):
        raise NotAllowed(_("只有管理这个场所的工会可以修改。"))
    kind = next((one for one in of_kind(venue) if one.code == what), None)
    if kind is None:
        raise InvalidData({"what": [_("请选择做了什么检查。")]})
    try:
        with transaction.atomic():
            row = Inspection.objects.create(
                venue=venue, what=what, period=period_of(kind, today()), note=note.strip()[:300], at=now(),
                by_id=actor.account_id,
            )  # fmt: skip
            if found.strip():
                try:
                    matter = faults.report(actor, venue, found)
                except InvalidData as error:
                    raise InvalidData({"found": error.texts}) from error
                row.fault = matter.fault
                row.save(update_fields=["fault"])
    except IntegrityError as error:
        raise InvalidData({"what": [_("这一期已经有人检查过。")]}) from error
    return row


def remind(day: date | None = None) -> None:
    """Tell those who look after a place, once, what is due soon; and their head what was not done in the period
    before."""
    day = day or today()
    venues = list(Venue.objects.select_related("organisation").filter(state=Venue.State.OPEN))
    for one in due(venues, day):
        first, last = bounds(one.kind, day)
        if (day - first).days >= REMIND_AT * (last - first).days:
            _tell(one, "remind", HANDS)
    regular = [kind for kind in tables.inspecting() if kind.every]
    before = {bounds(kind, day)[0] - timedelta(days=1) for kind in regular}
    for last_day in before:
        # Only what was inspected before, or was late already, can be missed: a new place begins with its period.
        known = set(Inspection.objects.filter(at__date__lte=last_day).values_list("venue", flat=True).distinct())
        for one in due(venues, last_day):
            if one.last == last_day and one.venue.pk in known:
                _tell(one, "overdue", ("leader",))


def _tell(one: Due, step: str, roles: tuple[str, ...]) -> None:
    text = TOLD[step].format(place=one.venue.name, what=one.kind.zh, period=one.period, last=f"{one.last:%m-%d}")
    key = f"venues:{one.venue.pk}:{one.kind.code}:{one.period}:{step}"
    if OutboxMessage.objects.filter(key__startswith=f"{key}:").exists():
        return
    for account in on_duty(one.venue.organisation.path, roles):
        outbox.enqueue("notice.app", f"{key}:{account.pk}", {"text": text}, account_id=account.pk)
