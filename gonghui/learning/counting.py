"""场次、人次、目标: what counts, how far a union is, and the light (handbook 5.15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.scope import as_system, at_or_below, within
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.learning.models import Evidence, Target
from gonghui.learning.tables import numbers
from gonghui.organisations.models import Organisation
from gonghui.services.models import Offer

SERVICE = "M08"
SETTERS = ("leader", "dispatcher")


@dataclass(frozen=True)
class Session:
    """One session with what came of it. `counts`: it is a 场; else `missing` says what it lacks."""

    offer: Offer
    present: int
    missing: tuple[str, ...]

    @property
    def counts(self) -> bool:
        return not self.missing


def period(year: int, quarter: int) -> tuple[date, date]:
    """First and last day of a year, or of one quarter."""
    if not quarter:
        return date(year, 1, 1), date(year, 12, 31)
    first = date(year, 3 * quarter - 2, 1)
    following = date(year + 1, 1, 1) if quarter == 4 else date(year, 3 * quarter + 1, 1)
    return first, following - timedelta(days=1)


def sessions(path: str, since: date, until: date) -> list[Session]:
    """The lectures of a union and all below it that began in these days, with how many were there."""
    begin = datetime.combine(since, datetime.min.time(), SHANGHAI)
    end = datetime.combine(until + timedelta(days=1), datetime.min.time(), SHANGHAI)
    below = at_or_below("organisation__path", [path])
    return _held(below & Q(starts__gte=begin, starts__lt=end))


def session(offer: Offer) -> Session | None:
    """One lecture with what came of it; None before it began, or where it was called off."""
    return next(iter(_held(Q(pk=offer.pk))), None)


def _held(wanted: Q) -> list[Session]:
    with as_system("counted, nobody is named"):
        rows = (
            Offer.objects.select_related("organisation", "record")
            .filter(wanted, service=SERVICE)
            .filter(starts__lte=now())
            .exclude(status__in=(Offer.Status.DRAFT, Offer.Status.CANCELLED))
            .annotate(came=Count("seats", filter=Q(seats__checked_in_at__isnull=False, seats__state="taken")))
            .order_by("-starts")
        )
        kinds: dict[int, set[str]] = {}
        for offer_id, kind in Evidence.objects.filter(record__offer__in=rows.values("pk")).values_list(
            "record__offer_id", "kind"
        ):
            kinds.setdefault(offer_id, set()).add(kind)
        return [_session(row, kinds.get(row.pk, set())) for row in rows]


def _session(row: Offer, kinds: set[str]) -> Session:
    record = getattr(row, "record", None)
    present = int(getattr(row, "came", 0)) + (record.others if record is not None else 0)
    missing = []
    if present < numbers().attendees_least:
        missing.append(_("不到 %(n)d 人") % {"n": numbers().attendees_least})
    if "photo" not in kinds:
        missing.append(_("缺现场照片"))
    if "sheet" not in kinds and row.data.get("mode") != "online":
        missing.append(_("缺签到表"))
    return Session(row, present, tuple(missing))


def due_share(since: date, until: date, day: date) -> Decimal:
    """Which part of the period has passed by the end of a day: 0 to 1."""
    if day < since:
        return Decimal(0)
    whole = (until - since).days + 1
    return Decimal(min((day - since).days + 1, whole)) / whole


def light(done: int, target: int, due: Decimal) -> str:
    """green, yellow, red by the share of what should be reached by now; grey where nothing is due yet."""
    expected = target * due
    if expected <= 0:
        return "grey"
    reached = done * 100 / expected
    return "green" if reached >= numbers().green else "yellow" if reached >= numbers().yellow else "red"


@dataclass(frozen=True)
class Line:
    """One measure of a target: done, target, what should be done by today, the light. Widths are percents of a bar."""

    label: str
    done: int
    target: int
    due: int
    light: str

    @property
    def width(self) -> int:
        return min(100, self.done * 100 // self.target) if self.target else 0

    @property
    def due_width(self) -> int:
        return min(100, self.due * 100 // self.target) if self.target else 0


@dataclass(frozen=True)
class Standing:
    target: Target
    sessions: Line
    people: Line


def standing(target: Target, day: date | None = None) -> Standing:
    """How far the union of a target is."""
    since, until = period(target.year, target.quarter)
    found = [one for one in sessions(target.organisation.path, since, until) if one.counts]
    due = due_share(since, until, day or today())
    return Standing(
        target,
        _line(_("场次"), len(found), target.sessions, due),
        _line(_("人次"), sum(one.present for one in found), target.people, due),
    )


def _line(label: str, done: int, target: int, due: Decimal) -> Line:
    return Line(label, done, target, int(target * due), light(done, target, due))


def standings(paths: Iterable[str], year: int) -> list[Standing]:
    """The targets of these unions and of those below them in a year, the highest first."""
    wanted = at_or_below("organisation__path", paths)
    rows = Target.objects.select_related("organisation").filter(wanted, year=year)
    return [standing(row) for row in rows.order_by("organisation__path", "quarter")[:60]]


@transaction.atomic
def set_target(actor: Actor, union: Organisation, year: int, quarter: int, sessions: int, people: int) -> Target:
    """下达目标: for one's own union or one below it."""
    if not any(within(union.path, path) for path in actor.paths_as(*SETTERS)):
        raise NotAllowed(_("只能给本单位和下级工会定目标。"))
    if sessions <= 0 or people <= 0:
        raise InvalidData({"sessions": [_("目标要大于零。")]})
    row, _made = Target.objects.update_or_create(
        organisation=union, year=year, quarter=quarter, defaults={"sessions": sessions, "people": people}
    )
    after = {"year": year, "quarter": quarter, "sessions": sessions, "people": people}
    trail.record(f"target:{row.pk}", "target", actor=actor, after=after, org_path=union.path)
    return row
