"""就业服务统计: postings, places, applications, hired, at work, and after ninety days; by group and trade.

Counted over what the actor's organisation sees. Nobody is named; groups are counted as they were told when applying.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from gonghui.jobs import tables
from gonghui.jobs.models import JobApplication, Posting, PostingReport, Seeker
from gonghui.kernel.actor import Actor
from gonghui.kernel.models import MatterScope
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, today


@dataclass
class Line:
    """The way from the application to ninety days, for some of the applications."""

    label: str
    applied: int = 0
    interviews: int = 0
    hired: int = 0
    arrived: int = 0
    asked90: int = 0
    stayed90: int = 0


@dataclass
class Figures:
    since: date
    until: date
    postings: int = 0
    places: int = 0
    open_now: int = 0
    refused: int = 0
    seekers: int = 0
    all: Line = field(default_factory=lambda: Line(""))
    by_group: list[Line] = field(default_factory=list)
    by_trade: list[tuple[str, int, int]] = field(default_factory=list)
    by_campaign: list[tuple[str, int, int, int]] = field(default_factory=list)
    by_month: list[tuple[str, int, int]] = field(default_factory=list)
    reports: int = 0
    upheld: int = 0


def default_period() -> tuple[date, date]:
    day = today()
    return date(day.year, 1, 1), day


def _moments(since: date, until: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(since, time(), SHANGHAI),
        datetime.combine(until + timedelta(days=1), time(), SHANGHAI),
    )


def _seen(paths: tuple[str, ...], matter: str = "matter") -> Exists:
    return Exists(MatterScope.objects.filter(matter=OuterRef(matter), path__in=paths))


def figures(actor: Actor, since: date, until: date, roles: tuple[str, ...]) -> Figures:
    """Counted by the day a posting was handed in, or an application was made."""
    first, last = _moments(since, until)
    paths = actor.paths_as(*roles)
    found = Figures(since, until)
    with as_system("counted over the actor's own organisations, nobody is named"):
        postings = Posting.objects.filter(_seen(paths), handed_in_at__gte=first, handed_in_at__lt=last)
        counted = postings.aggregate(
            count=Count("pk", filter=Q(published_at__isnull=False)),
            places=Sum("number", filter=Q(published_at__isnull=False)),
            open=Count("pk", filter=Q(open=True)),
            refused=Count("pk", filter=Q(matter__state__in=("refused", "removed"))),
        )
        found.postings, found.places = counted["count"], counted["places"] or 0
        found.open_now, found.refused = counted["open"], counted["refused"]
        found.seekers = Seeker.objects.filter(
            _seen(paths), matter__opened_at__gte=first, matter__opened_at__lt=last
        ).count()
        applications = JobApplication.objects.filter(_seen(paths), applied_at__gte=first, applied_at__lt=last)
        rows = list(
            applications.values_list(
                "groups", "interview_at", "hired_at", "arrived_on", "day90", "posting__trade", "posting__campaign",
                "applied_at",
            )
        )  # fmt: skip
        reported = PostingReport.objects.filter(_seen(paths, "posting__matter"), at__gte=first, at__lt=last)
        found.reports, found.upheld = reported.count(), reported.filter(upheld=True).count()
        places = Counter[str]()
        campaign_places = Counter[str]()
        campaign_posts = Counter[str]()
        for trade, campaign, number in postings.filter(published_at__isnull=False).values_list(
            "trade", "campaign", "number"
        ):
            places[trade] += number
            campaign_places[campaign] += number
            campaign_posts[campaign] += 1
    _count(found, rows, places)
    arrived = Counter(row[6] for row in rows if row[3])
    found.by_campaign = [
        (str(row), campaign_posts[code], campaign_places[code], arrived[code])
        for code, row in tables.campaigns().items()
        if campaign_posts[code]
    ]
    return found


def _count(found: Figures, rows: list[tuple[Any, ...]], places: Counter[str]) -> None:
    groups = {code: Line(str(row)) for code, row in tables.groups().items()}
    hired = Counter[str]()
    months: dict[str, list[int]] = {}
    for told, interview, hired_at, arrived, day90, trade, _campaign, applied_at in rows:
        lines = [found.all, *(groups[code] for code in told if code in groups)]
        for line in lines:
            line.applied += 1
            line.interviews += interview is not None
            line.hired += hired_at is not None
            line.arrived += arrived is not None
            line.asked90 += bool(day90)
            line.stayed90 += day90 == JobApplication.Answer.WORKS
        hired[trade] += arrived is not None
        months.setdefault(f"{applied_at.astimezone(SHANGHAI):%Y-%m}", [0, 0])[0] += 1
        if arrived is not None:
            months.setdefault(f"{arrived:%Y-%m}", [0, 0])[1] += 1
    found.by_group = list(groups.values())
    found.by_trade = [
        (str(row), places[code], hired[code])
        for code, row in tables.trades().items()
        if places[code] or hired[code]
    ]  # fmt: skip
    found.by_month = [(month, one, two) for month, (one, two) in sorted(months.items())]
