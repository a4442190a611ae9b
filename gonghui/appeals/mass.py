"""群体性: warn when appeals gather around one employer (handbook 1.9); a red one is a 信访风险预警 card."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from django.db.models import Q, QuerySet

from gonghui.appeals import tables
from gonghui.appeals.duplicates import employer_key, group_of, letters_of
from gonghui.appeals.models import Appeal, AppealLink, EmployerSignal, MassAlert
from gonghui.brain import warn
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.times import day_of
from gonghui.kernel.times import now as present
from gonghui.organisations.queries import organisation_for_region

RANK = {"": 0, "yellow": 1, "orange": 2, "red": 3}


def level_for(appeals: int, people: int) -> str:
    """The highest level whose condition holds: ≥3 appeals yellow, ≥5 orange, ≥10 people red (data)."""
    found = ""
    for item in tables.mass().levels:
        if (item.appeals is not None and appeals >= item.appeals) or (
            item.people is not None and people >= item.people
        ):
            found = item.code
    return found


def about(appeal: Appeal) -> QuerySet[Appeal]:
    """All appeals about the same employer: the known one, or the same written name."""
    if appeal.employer_id:
        same = Q(employer_id=appeal.employer_id) | Q(employer=None, employer_name=appeal.employer_name)
        return Appeal.objects.filter(same if appeal.employer_name else Q(employer_id=appeal.employer_id))
    return Appeal.objects.filter(employer=None, employer_name=appeal.employer_name)


def recent(appeal: Appeal, at: datetime) -> list[Appeal]:
    """Appeals about the same employer within the window, without those that repeat another one."""
    since = at - timedelta(days=tables.mass().window_days.value)
    wanted = about(appeal).filter(received_at__gt=since, received_at__lte=at)
    # The same worker again, or what a person confirmed. Alike texts of different workers are what a mass looks like.
    doubled = (
        AppealLink.objects.filter(kind__in=(AppealLink.Kind.DUPLICATE, AppealLink.Kind.REPEAT), rejected=False)
        .filter(Q(score__isnull=True) | Q(confirmed_at__isnull=False), to_appeal__in=wanted)
        .values_list("from_appeal_id", flat=True)
    )
    return list(wanted.exclude(pk__in=list(doubled)).order_by("received_at"))


def people_of(rows: list[Appeal]) -> int:
    """How many people: each person once, an appeal for several as many as it says."""
    by_person: dict[str, int] = defaultdict(int)
    for row in rows:
        person = row.phone_index or (f"account:{row.owner_id}" if row.owner_id else f"appeal:{row.pk}")
        by_person[person] = max(by_person[person], row.people_count)
    return sum(by_person.values())


def check_employer(appeal: Appeal, at: datetime | None = None) -> MassAlert | None:
    """Raise, update or leave the alert of this appeal's employer; None when there is nothing to warn of."""
    if not appeal.employer_id and not appeal.employer_name:
        return None
    at = at or max(appeal.received_at, present())
    known = _recognised(appeal)
    if known is not None:
        return check_employer(known, at)
    rows = recent(appeal, at)
    people = people_of(rows)
    level = level_for(len(rows), people)
    region = _region(rows) or appeal.work_region[:6]
    alert = _open_card(appeal, at)
    if not level and alert is None:
        return None
    before, told = (alert.level, set(_told(alert))) if alert else ("", set())
    if alert is None:
        alert = MassAlert(opened_at=at, actions=[])
    alert.employer, alert.employer_key = appeal.employer, _key(appeal)
    alert.employer_name = appeal.employer.name if appeal.employer is not None else appeal.employer_name
    if alert.pk is None or (region and region != alert.region):
        organisation = organisation_for_region(region) if region else None
        alert.region, alert.path = region, organisation.path if organisation is not None else "cn"
    tally(alert, rows, at, level=level, appeals=len(rows), people=people)
    alert.signals = _signals(appeal, rows, at)
    alert.next_date, alert.next_date_name = _next_date(appeal, at)
    alert.save()
    if alert.level != before or not told.issuperset(_told(alert)):
        announce(alert, before)
    return alert


def tally(card: MassAlert, rows: list[Appeal], at: datetime, *, level: str, appeals: int, people: int) -> None:
    """Write on a card what its appeals come to. Its level never falls by itself: a person clears it."""
    if RANK[level] > RANK[card.level]:
        card.level = level
    card.appeals, card.people, card.updated_at = appeals, people, at
    card.amount = sum((row.demand_amount or Decimal(0) for row in rows), Decimal(0))
    card.trend, card.words = trend_of(rows), words_of(rows)


def announce(alert: MassAlert, before: str) -> None:
    """Record a card that began or rose from the level `before`, with a notice to the county and city union, once a
    level."""
    trail.record(
        f"mass_alert:{alert.pk}",
        "raise",
        actor=SYSTEM,
        before={"level": before},
        after={
            "level": alert.level,
            "path": alert.path,
            "kind": alert.kind,
            "appeals": alert.appeals,
            "people": alert.people,
        },
    )
    for path in _told(alert):
        outbox.enqueue(
            "notice.staff",
            f"mass:{alert.pk}:{alert.level}:{path}",
            {"path": path, "kind": "mass", "number": f"{alert.pk}"},
        )


def _region(rows: list[Appeal]) -> str:
    """The county most of the appeals come from; of several the one that came first. "" when none says."""
    found = Counter(row.work_region[:6] for row in rows if row.work_region)
    return found.most_common(1)[0][0] if found else ""


def _recognised(appeal: Appeal) -> Appeal | None:
    """For an employer known by name only: the newest appeal of the same name whose employer was recognised and has an
    open card, which counts this appeal too."""
    if appeal.employer_id or not appeal.employer_name:
        return None
    watched = MassAlert.objects.filter(cleared_at__isnull=True, employer__isnull=False).values("employer_id")
    same = Appeal.objects.filter(employer_name=appeal.employer_name, employer_id__in=watched)
    return same.order_by("-received_at", "-pk").first()


def _open_card(appeal: Appeal, at: datetime) -> MassAlert | None:
    """The open card of this employer, raised under its number or, before it was recognised, under its written name.

    There is one for all of its places. Of several the most serious stays and the others end in it.
    """
    keys = {_key(appeal), letters_of(appeal.employer_name)}
    if appeal.employer is not None:
        keys.add(letters_of(appeal.employer.name))
    found = MassAlert.objects.select_for_update().filter(
        kind=MassAlert.Kind.EMPLOYER, employer_key__in=keys - {""}, cleared_at__isnull=True
    )
    cards = sorted(found, key=lambda card: (-RANK[card.level], card.opened_at, card.pk))
    for card in cards[1:]:
        card.cleared_at, card.clear_reason = at, f"与第 {cards[0].pk} 号卡片是同一单位，并入该卡片。"
        card.save(update_fields=["cleared_at", "clear_reason"])
        trail.record(f"mass_alert:{card.pk}", "clear", actor=SYSTEM, after={"into": cards[0].pk, "level": card.level})
        cards[0].actions = [*card.actions, *cards[0].actions]
    return cards[0] if cards else None


def _key(appeal: Appeal) -> str:
    return employer_key(appeal)[:160]


def _told(alert: MassAlert) -> list[str]:
    """County and city union (1.9)."""
    parts = alert.path.split(".")
    return list(dict.fromkeys([alert.path, ".".join(parts[:3])]))


def trend_of(rows: list[Appeal]) -> list[dict[str, object]]:
    days: dict[date, list[Appeal]] = defaultdict(list)
    for row in rows:
        days[day_of(row.received_at)].append(row)
    return [
        {"day": day.isoformat(), "appeals": len(found), "people": people_of(found)}
        for day, found in sorted(days.items())
    ]


def words_of(rows: list[Appeal]) -> list[str]:
    texts = "\n".join(row.description for row in rows)
    return [word for word in tables.mass().words if word in texts]


def _signals(appeal: Appeal, rows: list[Appeal], at: datetime) -> dict[str, object]:
    """What else speaks of trouble (1.9): growth against the eight weeks before (times as many as usual; None when
    there were none), the season before the Spring Festival, several kinds of trouble at one employer."""
    window = timedelta(days=tables.mass().window_days.value)
    weeks = timedelta(weeks=tables.mass().baseline_weeks.value)
    earlier = about(appeal).filter(received_at__gt=at - window - weeks, received_at__lte=at - window).count()
    usual = earlier * window / weeks
    day = day_of(at)
    groups = sorted({group for row in rows if (group := group_of(row))})
    pay_day, known = next_pay_day(appeal, day), _learnt(appeal, day)
    return {
        "pay_day": pay_day.isoformat() if pay_day else None,
        "pay_day_near": pay_day is not None and (pay_day - day).days <= tables.mass().wage_days.value,
        "known": [{"kind": row.kind, "day": row.day.isoformat(), "note": row.note, "by": row.source} for row in known],
        "growth": round(len(rows) / usual, 1) if usual else None,
        "season": seasons().before_spring_festival(day),
        "categories": groups if len(groups) > 1 else [],
    }


@cache
def seasons() -> warn.Seasons:
    """The packaged seasons, with pay days moved by the platform's dated calendar."""
    return warn.Seasons(works=lambda day: default_calendar().is_workday(day))


def signals_of(appeal: Appeal) -> QuerySet[EmployerSignal]:
    """What was learnt of the appeal's employer elsewhere, the newest first."""
    names = {letters_of(appeal.employer_name), letters_of(appeal.employer.name) if appeal.employer is not None else ""}
    same = Q(key__in=names - {""})
    if appeal.employer_id:
        same |= Q(employer_id=appeal.employer_id)
    return EmployerSignal.objects.filter(same).order_by("-day", "-pk")


def _learnt(appeal: Appeal, day: date) -> list[EmployerSignal]:
    since = day - timedelta(days=tables.mass().signal_days.value)
    return list(signals_of(appeal).exclude(kind="pay_day").filter(day__gt=since, day__lte=day)[:20])


def next_pay_day(appeal: Appeal, day: date) -> date | None:
    """The employer's next pay day from the newest one reported: the same day of the month, or the month's last."""
    known = signals_of(appeal).filter(kind="pay_day").first()
    return same_day_next(known.day.day, day) if known is not None else None


def same_day_next(number: int, day: date) -> date:
    """The first date from `day` on with that day of the month; a month without it ends on its last day."""
    found = day.replace(day=min(number, monthrange(day.year, day.month)[1]))
    if found >= day:
        return found
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return month.replace(day=min(number, monthrange(month.year, month.month)[1]))


def _next_date(appeal: Appeal, at: datetime) -> tuple[date | None, str]:
    """When it may come to a head next: the pay day or a holiday, whichever is first (1.9)."""
    holiday, name = _next_holiday(at)
    pay_day = next_pay_day(appeal, day_of(at))
    if pay_day is not None and (holiday is None or pay_day <= holiday):
        return pay_day, "发薪日"
    return holiday, name


def _next_holiday(at: datetime) -> tuple[date | None, str]:
    """The next statutory holiday, before which wage disputes come to a head."""
    calendar, day = default_calendar(), day_of(at)
    for ahead in range(1, 121):
        kind = calendar.day_kind(day + timedelta(days=ahead))
        if kind.kind == "holiday":
            return day + timedelta(days=ahead), kind.name or ""
    return None, ""


def refresh_open(at: datetime | None = None) -> int:
    """Bring every open card up to date (daily). Returns how many were changed."""
    at = at or present()
    changed = 0
    old = MassAlert.objects.filter(cleared_at__isnull=True, updated_at__lt=at - timedelta(hours=20))
    for alert in old.filter(kind=MassAlert.Kind.EMPLOYER):
        newest = (
            Appeal.objects.filter(employer=alert.employer) if alert.employer_id
            else Appeal.objects.filter(employer=None, employer_name=alert.employer_name)
        )  # fmt: skip
        last = newest.order_by("-received_at").first()
        if last is not None and check_employer(last, at) is not None:
            changed += 1
        else:
            MassAlert.objects.filter(pk=alert.pk).update(updated_at=at)
    return changed
