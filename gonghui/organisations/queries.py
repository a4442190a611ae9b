"""What may be asked about organisations and employers. None of it is personal, so none of it is scoped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, QuerySet, When

from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.hours import within
from gonghui.organisations.matching import EmployerMatch, canonical, find_employer, same_employer_ids
from gonghui.organisations.models import DutyShift, Office, Organisation, Region

__all__ = [
    "EmployerMatch",
    "by_path",
    "canonical",
    "children",
    "common_higher",
    "employer_name",
    "find_employer",
    "higher_path",
    "is_open",
    "names_of",
    "on_duty",
    "on_duty_or_above",
    "organisation_for_region",
    "same_employer_ids",
    "search",
    "subtree",
    "takes",
]
LOCAL_LEVELS = (Organisation.Level.PROVINCE, Organisation.Level.CITY, Organisation.Level.COUNTY)


def organisation_for_region(code: str) -> Organisation | None:
    """The union responsible for a place: the county's, else the city's, else the province's. None for no place.

    A town's code that is not in the table (only those of cities without districts are) answers with its county.
    """
    region = Region.objects.filter(pk__in=(code, code[:6])).order_by("-level").first()
    while region is not None:
        found = Organisation.objects.filter(region=region, active=True, level__in=LOCAL_LEVELS).first()
        if found:
            return found
        region = region.parent
    return None


def by_path(path: str) -> Organisation | None:
    return Organisation.objects.filter(path=path).select_related("region").first()


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Names by path, for lists."""
    return dict(Organisation.objects.filter(path__in=set(paths)).values_list("path", "name"))


def employer_name(organisation: Organisation) -> str:
    """The name of the unit whose union it is, as the register of employers has it; "" for a union of none."""
    employer = organisation.employers.filter(merged_into=None).order_by("pk").first()
    return employer.name if employer is not None else ""


def common_higher(first: str, second: str) -> str:
    """The lowest organisation above (or at) both paths (信访工作条例 24: the common superior decides)."""
    shared = [a for a, b in zip(ancestors(first), ancestors(second), strict=False) if a == b]
    existing = set(Organisation.objects.filter(path__in=shared).values_list("path", flat=True))
    return next((path for path in reversed(shared) if path in existing), shared[0] if shared else "")


def higher_path(path: str) -> str | None:
    """The path of the nearest active organisation above this one, or None at the top."""
    above = ancestors(path)[:-1]
    found = set(Organisation.objects.filter(path__in=above, active=True).values_list("path", flat=True))
    return next((item for item in reversed(above) if item in found), None)


def subtree(path: str) -> QuerySet[Organisation]:
    """The organisation and all below it: one index range."""
    # Children begin with "path."; "/" is the letter after ".". A neighbour such as "path-x" sorts before and is none.
    below = Q(path__gte=path + ".", path__lt=path + "/")
    return Organisation.objects.filter(Q(path=path) | below).order_by("path")


def children(path: str) -> QuerySet[Organisation]:
    """The organisations directly below, passing over made-up levels."""
    return Organisation.objects.filter(parent__path=path, active=True).order_by("path")


def search(words: str, within: str = "cn", most: int = 20) -> list[Organisation]:
    """Organisations whose name holds the words, higher levels first."""
    words = (words or "").strip()
    if not words:
        return []
    rank = Case(
        *(When(level=level, then=place) for place, level in enumerate(Organisation.Level.values)),
        output_field=IntegerField(),
    )
    found = subtree(within).filter(name__icontains=words, active=True)
    return list(found.order_by(rank, "path")[:most])


def takes(organisation: Organisation, kind: str) -> bool:
    """Whether the organisation takes matters of this kind; one that names no kinds takes all."""
    return organisation.active and (not organisation.handles_kinds or kind in organisation.handles_kinds)


def is_open(organisation: Organisation | Office, at: datetime) -> bool | None:
    """Whether the office is open at a moment: its hours on a working day. None where no hours are known.

    A make-up day is a weekday's work done on a weekend: where the office has no hours for it, Monday's hold.
    """
    if not organisation.hours:
        return None
    local = at.astimezone(SHANGHAI)
    if not default_calendar().is_workday(local.date()):
        return False
    spans = organisation.hours.get(str(local.weekday())) or organisation.hours.get("0", [])
    return within(spans, local.time())


def on_duty(organisation: Organisation, at: datetime) -> list[DutyShift]:
    """Who is on duty at a moment: 主班, 副班, 带班领导, as far as there are any. A shift entered for a date goes before
    the weekday's of the same place; a shift that ends on the next day still counts then."""
    local = at.astimezone(SHANGHAI)
    days = (local.date(), local.date() - timedelta(days=1))
    weekday_rows = Q(date__isnull=True, weekday__in=[day.weekday() for day in days])
    shifts = organisation.shifts.filter(Q(date__in=days) | weekday_rows).select_related("account").order_by("pk")
    found: dict[str, DutyShift] = {}
    for shift in sorted(shifts, key=lambda item: item.date is None):
        for day in days:
            if shift.date != day and (shift.date is not None or shift.weekday != day.weekday()):
                continue
            begins = datetime.combine(day, shift.starts, tzinfo=SHANGHAI)
            ends = datetime.combine(day, shift.ends, tzinfo=SHANGHAI)
            if ends <= begins:
                ends += timedelta(days=1)
            if begins <= local < ends:
                found.setdefault(shift.place, shift)
    return [found[place] for place in DutyShift.Place.values if place in found]


def on_duty_or_above(path: str, at: datetime) -> list[DutyShift]:
    """Who is on duty here, else at the nearest organisation above where somebody is (handbook 5.14: 叫应 goes up)."""
    rows = {item.path: item for item in Organisation.objects.filter(path__in=ancestors(path), active=True)}
    for above in reversed(ancestors(path)):
        if above in rows and (shifts := on_duty(rows[above], at)):
            return shifts
    return []
