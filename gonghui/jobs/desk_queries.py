"""What the union's people see of jobs: what waits for them, postings with their doubts, what fits whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from gonghui.jobs import applying, postings, seekers, tables
from gonghui.jobs.checks import Hit, serious
from gonghui.jobs.matching import Fit
from gonghui.jobs.models import JobApplication, Posting, Seeker
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.vault import mask_name

HANDS = ("handler", "dispatcher", "leader")
COUNTERS = ("dispatcher", "leader", "supervisor", "analyst", "auditor")
MOST = 100


@dataclass(frozen=True)
class Waiting:
    """A posting that waits, with what is doubtful about it."""

    posting: Posting
    state: str
    serious: list[Hit]
    others: list[Hit]
    reports: int


def _open(actor: Actor, *states: str) -> QuerySet[Matter]:
    return visible_to(actor).filter(state__in=states, is_open=True)


def queue(actor: Actor) -> list[Waiting]:
    """Postings to check and reported ones, the oldest first."""
    with bind(actor):
        mine = _open(actor, "applied", "published", "paused").filter(kind__startswith="services.J01.")
        ids = list(mine.values_list("pk", flat=True)[:2000])
    with as_system("the actor sees these matters"):
        rows = (
            Posting.objects.select_related("matter", "region")
            .filter(matter_id__in=ids)
            .annotate(reports_open=Count("reports", filter=Q(reports__settled_at__isnull=True)))
            .filter(Q(matter__state__in=("applied", "paused")) | Q(reports_open__gt=0))
            .order_by("handed_in_at")[:MOST]
        )
        found = []
        for row in rows:
            hits = postings.hits_of(row)
            grave = serious(hits)
            others = [hit for hit in hits if not hit.check.serious]
            found.append(Waiting(row, state_text(row.matter), grave, others, row.reports_open))
    return found


def waiting(actor: Actor) -> list[tuple[Seeker, str, list[str]]]:
    """Who waits for a recommendation: (registration, masked name, groups), those helped first before the others."""
    with bind(actor):
        ids = list(_open(actor, "applied").filter(kind__startswith="services.M07.").values_list("pk", flat=True)[:500])
    with as_system("the actor sees these matters"):
        rows = list(Seeker.objects.select_related("matter", "region").filter(matter_id__in=ids).order_by("pk")[:MOST])
    rows.sort(key=lambda row: not row.groups)
    names = tables.groups()
    return [(row, mask_name(row.seeker_name), [str(names[g]) for g in row.groups if g in names]) for row in rows]


def unanswered(actor: Actor) -> list[JobApplication]:
    """Who did not answer after thirty or ninety days, for a call."""
    with bind(actor):
        ids = list(_open(actor, "check30", "check90").filter(kind=applying.KIND).values_list("pk", flat=True)[:500])
    with as_system("the actor sees these matters"):
        rows = JobApplication.objects.select_related("matter", "posting").filter(matter_id__in=ids)
        return list(rows.order_by("matter__state_since")[:MOST])


def open_postings(actor: Actor) -> list[tuple[Posting, int]]:
    """Published postings the actor sees, with how many applied."""
    with bind(actor):
        ids = list(
            _open(actor, "published").filter(kind__startswith="services.J01.").values_list("pk", flat=True)[:500]
        )
    with as_system("the actor sees these matters"):
        rows = Posting.objects.select_related("matter", "region").filter(matter_id__in=ids)
        return [(row, row.count) for row in rows.annotate(count=Count("applications")).order_by("-published_at")[:MOST]]


# Panels of the matter page. The caller has checked that the actor sees the matter.


@dataclass(frozen=True)
class SeenPosting:
    posting: Posting
    pay: str
    hits: list[Hit]
    reports: list[Any] = field(default_factory=list)
    applied: int = 0


def seen_posting(matter: Matter) -> SeenPosting:
    with as_system("the actor sees this matter"):
        posting = Posting.objects.select_related("region").get(matter=matter)
        reports = list(posting.reports.order_by("-at")[:20])
        hits = postings.hits_of(posting)
        reasons = tables.reasons()
        told = [(str(reasons[row.reason]) if row.reason in reasons else row.reason, row) for row in reports]
        return SeenPosting(posting, postings.pay_words(posting), hits, told, posting.applications.count())


def seen_seeker(matter: Matter) -> tuple[Seeker, list[tuple[Posting, str, Fit]]]:
    with as_system("the actor sees this matter"):
        seeker = Seeker.objects.select_related("matter").get(matter=matter)
    fits = seekers.jobs_for(seeker, 8) if seeker.active else []
    return seeker, [(row, postings.pay_words(row), fit) for row, fit in fits]


@dataclass(frozen=True)
class SeenApplication:
    row: JobApplication
    groups: list[str]
    name: str
    phone: str


def seen_application(actor: Actor, matter: Matter) -> SeenApplication:
    """The union sees how it goes. Whom to call it reads only where it has to ask, and only at the union itself."""
    with as_system("the actor sees this matter"):
        row = JobApplication.objects.select_related("posting__region", "seeker").get(matter=matter)
    holds = any(duty.role in HANDS and duty.path == matter.holder_path for duty in actor.duties)
    calls = holds and matter.state in ("hired", "check30", "check90")
    names = tables.groups()
    groups = [str(names[code]) for code in row.groups if code in names]
    name = row.seeker.seeker_name
    return SeenApplication(row, groups, name if calls else mask_name(name), row.seeker.seeker_phone if calls else "")
