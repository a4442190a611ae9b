"""What may be asked about organisations and employers. None of it is personal, so none of it is scoped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from rapidfuzz import fuzz

from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.models import DutyShift, Employer, EmployerGram, Organisation, Region
from gonghui.organisations.names import employer_key, grams

LOCAL_LEVELS = ("province", "city", "county", "town", "national")
CANDIDATES = 60
LEAST_SCORE = 0.6


def organisation_for_region(code: str) -> Organisation | None:
    """The union responsible for a place: the county's, else the city's, else the province's. None for no place."""
    region = Region.objects.filter(pk=code).first()
    while region is not None:
        found = Organisation.objects.filter(region=region, active=True, level__in=LOCAL_LEVELS[:3]).first()
        if found:
            return found
        region = region.parent
    return None


def by_path(path: str) -> Organisation | None:
    return Organisation.objects.filter(path=path).select_related("region").first()


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Names by path, for lists."""
    return dict(Organisation.objects.filter(path__in=set(paths)).values_list("path", "name"))


def common_higher(first: str, second: str) -> str:
    """The lowest organisation above (or at) both paths (信访工作条例 24: the common superior decides)."""
    shared = [a for a, b in zip(ancestors(first), ancestors(second), strict=False) if a == b]
    existing = set(Organisation.objects.filter(path__in=shared).values_list("path", flat=True))
    return next((path for path in reversed(shared) if path in existing), shared[0] if shared else "")


def parent_path(path: str) -> str:
    """The path of the nearest organisation that really exists above; empty at the top."""
    above = ancestors(path)[:-1]
    existing = set(Organisation.objects.filter(path__in=above).values_list("path", flat=True))
    return next((item for item in reversed(above) if item in existing), "")


def subtree(path: str) -> QuerySet[Organisation]:
    """The organisation and all below it: one index range."""
    return Organisation.objects.filter(path__gte=path, path__lt=path + "/").order_by("path")


def children(path: str) -> QuerySet[Organisation]:
    """The organisations directly below, passing over made-up levels."""
    return Organisation.objects.filter(parent__path=path, active=True).order_by("path")


def search(words: str, within: str = "cn", most: int = 20) -> list[Organisation]:
    """Organisations whose name holds the words, higher levels first."""
    words = (words or "").strip()
    if not words:
        return []
    found = subtree(within).filter(name__icontains=words, active=True)
    order = {level: place for place, level in enumerate(Organisation.Level.values)}
    return sorted(found[:200], key=lambda item: (order[item.level], item.path))[:most]


@dataclass(frozen=True)
class EmployerMatch:
    """A candidate for a name somebody wrote: score 0–1 and why."""

    employer: Employer
    score: float
    why: str

    def __iter__(self):
        return iter((self.employer, self.score, self.why))


def find_employer(name: str, uscc: str = "", region: str = "", most: int = 5) -> list[EmployerMatch]:
    """Employers that a written name may mean, best first. A right code decides alone; otherwise names are compared
    without legal form and place, aliases included, after narrowing by two-character pieces (an indexed look-up)."""
    if uscc:
        known = Employer.objects.filter(uscc=uscc.strip().upper(), merged_into__isnull=True).first()
        if known:
            return [EmployerMatch(known, 1.0, "uscc")]
    key = employer_key(name)
    pieces = grams(key)
    if not pieces:
        return []
    ids = list(
        EmployerGram.objects.filter(gram__in=pieces)
        .values("employer_id")
        .annotate(shared=Count("pk"))
        .order_by("-shared", "employer_id")
        .values_list("employer_id", flat=True)[:CANDIDATES]
    )
    matches: dict[int, EmployerMatch] = {}
    for employer in Employer.objects.filter(pk__in=ids).select_related("merged_into").prefetch_related("aliases"):
        target = employer.merged_into or employer
        keys = [(employer.key, "name"), *((alias.key, "alias") for alias in employer.aliases.all())]
        score, why = max((fuzz.ratio(key, other) / 100, label) for other, label in keys)
        if len(key) >= 4 and any(key in other or other in key for other, _label in keys if len(other) >= 3):
            score = max(score, 0.85)
        if region and target.region_id and target.region_id[:4] == region[:4]:
            score = min(1.0, score + 0.05)
        best = matches.get(target.pk)
        if score >= LEAST_SCORE and (best is None or score > best.score):
            matches[target.pk] = EmployerMatch(target, round(score, 4), why)
    return sorted(matches.values(), key=lambda match: (-match.score, match.employer.pk))[:most]


def on_duty(organisation: Organisation, at: datetime) -> list[DutyShift]:
    """Who is on duty at a moment, first contact first. A shift for the date goes before the weekday's."""
    local = at.astimezone(SHANGHAI)
    order = {place: index for index, place in enumerate(DutyShift.Place.values)}
    found: dict[str, DutyShift] = {}
    shifts = list(organisation.shifts.select_related("account"))
    for shift in sorted(shifts, key=lambda item: item.date is None):
        for day in (local.date(), local.date() - timedelta(days=1)):
            if shift.date != day and (shift.date is not None or shift.weekday != day.weekday()):
                continue
            begins = datetime.combine(day, shift.starts, tzinfo=SHANGHAI)
            ends = datetime.combine(day, shift.ends, tzinfo=SHANGHAI)
            if ends <= begins:
                ends += timedelta(days=1)
            if begins <= local < ends:
                found.setdefault(shift.place, shift)
    return sorted(found.values(), key=lambda shift: order[shift.place])
