"""值班与派单建议: who should have a case next, by rota and load; a person confirms.

`ranked` is a plain function over what is known of each counsel; `candidates` reads that from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gonghui.kernel.models import MatterParticipant
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import SHANGHAI, day_of
from gonghui.kernel.times import now as present
from gonghui.legal import conflicts, tables
from gonghui.legal.models import Counsel, CounselShift, LegalCase
from gonghui.people.roles import assigned_only_roles

PARTICIPANT = "lawyer"
LOOK_AHEAD = timedelta(days=14)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Standing:
    """A counsel as the ranking sees them. `next_shift`: when they next take cases; not after now: on duty."""

    counsel_id: int
    load: int
    max_open: int
    next_shift: datetime | None
    fits: bool = True
    wished: bool = True
    last_assigned: datetime | None = None
    refusal: str = ""

    @property
    def full(self) -> bool:
        return self.load >= self.max_open

    @property
    def reason(self) -> str:
        """Why they may not have it; empty when they may."""
        if self.refusal:
            return self.refusal
        return (
            _("在办 %(load)d 件，已到上限 %(most)d 件。") % {"load": self.load, "most": self.max_open}
            if self.full
            else ""
        )


def ranked(standings: Iterable[Standing], at: datetime) -> list[Standing]:
    """Those who may have the case first: on duty now, of the field, as wished, with least load, longest without one."""

    def key(one: Standing) -> tuple[object, ...]:
        on_duty = one.next_shift is not None and one.next_shift <= at
        return (
            bool(one.refusal) or one.full,
            not on_duty,
            not one.fits,
            not one.wished,
            day_of(one.next_shift or NEVER) if one.next_shift else date.max,
            one.load / one.max_open,
            one.last_assigned or datetime.min.replace(tzinfo=UTC),
            one.counsel_id,
        )

    return sorted(standings, key=key)


def proposed(standings: Iterable[Standing], at: datetime) -> Standing | None:
    """The next one, or None when nobody may have it."""
    return next((one for one in ranked(standings, at) if not one.reason), None)


def next_shift(shifts: Iterable[CounselShift], at: datetime) -> datetime | None:
    """When somebody next takes cases: `at` itself while on duty, else the next beginning within two weeks."""
    rows = list(shifts)
    local = at.astimezone(SHANGHAI)
    for ahead in range(LOOK_AHEAD.days + 1):
        day = local.date() + timedelta(days=ahead)
        dated = [row for row in rows if row.date == day]
        if any(row.away for row in dated):
            continue
        found: list[datetime] = []
        for row in dated or [row for row in rows if row.weekday == day.weekday()]:
            begins, ends = _moment(day, row.starts), _moment(day, row.ends)
            if begins <= local < ends:
                return at
            if begins > local:
                found.append(begins)
        if found:
            return min(found)
    return None


def _moment(day: date, clock: time | None) -> datetime:
    return datetime.combine(day, clock or time(0), tzinfo=SHANGHAI)


def loads(account_ids: Iterable[int]) -> dict[int, int]:
    """Open matters that were assigned by name, appeals' work orders included, by account."""
    rows = (
        MatterParticipant.objects.filter(account_id__in=list(account_ids), until__isnull=True, matter__is_open=True)
        .values("account_id")
        .annotate(n=Count("matter_id", distinct=True))
    )
    return {row["account_id"]: row["n"] for row in rows}


def counsels_at(path: str) -> list[Counsel]:
    """Active counsels of an organisation and of those above it, who hold the duty that lets them read a case."""
    from gonghui.kernel.times import today

    day = today()
    duty = Q(account__duties__valid_to__isnull=True) | Q(account__duties__valid_to__gte=day)
    return list(
        Counsel.objects.filter(
            duty,
            active=True,
            account__is_active=True,
            organisation__path__in=ancestors(path),
            account__duties__role__in=assigned_only_roles(),
            account__duties__valid_from__lte=day,
        )
        .select_related("account", "organisation")
        .prefetch_related("shifts")
        .distinct()
        .order_by("pk")
    )


def candidates(case: LegalCase, at: datetime | None = None) -> list[tuple[Counsel, Standing]]:
    """Every counsel the case's organisation may ask, best first, those who may not have it last with the reason."""
    at = at or present()
    with as_system("the rota is the platform's; whoever may assign sees names and reasons, no other cases"):
        found = {counsel.pk: counsel for counsel in counsels_at(case.matter.holder_path)}
        load = loads(counsel.account_id for counsel in found.values())
        interests = conflicts.relevant(case)
        standings = [
            standing(counsel, case, load.get(counsel.account_id, 0), interests, at) for counsel in found.values()
        ]
    return [(found[one.counsel_id], one) for one in ranked(standings, at)]


def standing(
    counsel: Counsel, case: LegalCase, load: int, interests: list[conflicts.Interest], at: datetime
) -> Standing:
    refusal = conflicts.refusal(counsel, case, interests)
    if not refusal and counsel.pk in case.passed:
        refusal = _("本件已经派给过，未接受或者没有按时办理。")
    group, gender = case.matter.category[:2], wished_gender(case)
    languages = {"", tables.words().default_language, *counsel.languages}
    return Standing(
        counsel_id=counsel.pk,
        load=load,
        max_open=counsel.max_open,
        next_shift=next_shift(counsel.shifts.all(), at),
        fits=not counsel.fields or not group or group in counsel.fields,
        wished=gender in ("", counsel.gender) and case.language in languages,
        last_assigned=counsel.last_assigned_at,
        refusal=refusal,
    )


def wished_gender(case: LegalCase) -> str:
    """What the worker wished; where they said nothing, what the table prefers for this kind of case (harassment)."""
    if case.wish_gender:
        return case.wish_gender
    return next((row.gender for row in tables.words().wishes_for if case.matter.category == row.category), "")
