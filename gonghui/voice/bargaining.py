"""集体协商: begin one, what it is about, what workers may read of it, how many enterprises it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Employer, Organisation
from gonghui.organisations.queries import names_of, subtree
from gonghui.voice import tables, units
from gonghui.voice.models import Bargaining, Topic

TALKS, PLATFORM = "voice.bargaining", "voice.platform"
KINDS = (TALKS, PLATFORM)
HANDS = ("handler", "dispatcher", "leader")
READERS = (*HANDS, "supervisor", "analyst")
ENDED = ("renewed", "expired", "reported", "called_off")
SUBJECTS: tuple[tuple[str, Any], ...] = (
    ("pay", gettext_lazy("劳动报酬")),
    ("hours", gettext_lazy("工作时间")),
    ("leave", gettext_lazy("休息休假")),
    ("rest", gettext_lazy("接单时长和休息")),
    ("penalties", gettext_lazy("奖惩和申诉")),
    ("algorithm", gettext_lazy("算法规则（派单、时限）")),
    ("safety", gettext_lazy("劳动安全卫生和保险")),
    ("welfare", gettext_lazy("保险福利")),
    ("women", gettext_lazy("女职工权益")),
    ("other", gettext_lazy("其他")),
)
OF_PLATFORMS = ("pay", "rest", "penalties", "algorithm", "safety", "other")


def subject_name(code: str) -> str:
    return str(dict(SUBJECTS).get(code, code))


def subjects(matter: Matter) -> list[tuple[str, str]]:
    """The topics one may talk about: those of platforms, or those of 劳动合同法 51."""
    platform = matter.kind == PLATFORM
    return [
        (code, str(name))
        for code, name in SUBJECTS
        if (code in OF_PLATFORMS if platform else code not in ("rest", "penalties", "algorithm"))
    ]


def begin(
    actor: Actor,
    organisation: Organisation,
    kind: str,
    party: str,
    *,
    employer: Employer | None = None,
    follows: Bargaining | None = None,
    at: datetime | None = None,
) -> Bargaining:
    """Open a bargaining at the union that leads it. NotAllowed for who is none of its hands. InvalidData for a name."""
    if organisation.path not in actor.paths_as(*HANDS):
        raise NotAllowed
    party = party.strip()
    if not party:
        raise InvalidData({"party": [_("请写明用人单位、行业组织或平台的全称。")]})
    at = at or now()
    flow = PLATFORM if kind == Bargaining.Kind.PLATFORM else TALKS
    letters = "PT" if flow == PLATFORM else "XS"
    with transaction.atomic(), as_system("the union's own bargaining"):
        matter = open_matter(
            flow,
            actor=actor,
            title=f"{party}{Bargaining.Kind(kind).label}",
            holder_path=organisation.path,
            number=f"{letters}-{at:%Y%m%d}-{next_number(f'voice:{letters}:{at:%Y%m%d}'):05d}",
            region=organisation.region_id or "",
            at=at,
        )
        row = Bargaining.objects.create(
            matter=matter, organisation=organisation, kind=kind, party=party[:120], employer=employer, follows=follows
        )
        if follows is not None:
            for old in follows.topics.all():
                Topic.objects.create(
                    organisation=organisation,
                    bargaining=row,
                    subject=old.subject,
                    party=old.party,
                    workers_say=old.workers_say,
                )
    return row


def under_way(organisation: Organisation, party: str = "", platform: bool = False) -> Bargaining | None:
    """The bargaining of a union that is not decided yet: with this platform, or with the unit."""
    rows = Bargaining.objects.filter(organisation=organisation, matter__state__in=OPEN_STATES)
    rows = rows.filter(kind=Bargaining.Kind.PLATFORM) if platform else rows.exclude(kind=Bargaining.Kind.PLATFORM)
    if party:
        rows = rows.filter(party=party)
    return rows.order_by("-pk").first()


OPEN_STATES = ("prepared", "invited", "refused", "agreed", "exchanging", "talking", "deadlocked")


def pool(row: Bargaining) -> Any:
    """What waits in the union's pool for this bargaining: of the same platform, or of the unit."""
    rows = Topic.objects.filter(organisation_id=row.organisation_id, bargaining=None)
    return rows.filter(party=row.party)


@dataclass(frozen=True)
class Agreement:
    """An agreement as workers read it."""

    row: Bargaining
    topics: list[tuple[str, str]]
    checks: list[Any]
    in_force: bool


def readable(actor: Actor, own: list[Organisation]) -> list[Bargaining]:
    """The published agreements that bind where this worker works, the newest first: of the own units, of the industry
    or area around them, and those in which the worker's own topic was talked about. A union above that bargains for a
    unit without one shows that agreement to no other unit."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    units_own = [unit.pk for unit in own if unit.level == Organisation.Level.GRASSROOTS]
    around = {path for unit in own for path in ancestors(unit.path)}
    wide = Q(kind__in=(Bargaining.Kind.INDUSTRY, Bargaining.Kind.AREA), organisation__path__in=around)
    asked = Q(pk__in=Topic.objects.filter(matter__owner_id=actor.account_id).values("bargaining"))
    with as_system("published to the unit's workers"):
        rows = Bargaining.objects.select_related("organisation").exclude(published_at=None)
        rows = rows.filter(Q(organisation__in=units_own) | wide | asked).exclude(kind=Bargaining.Kind.PLATFORM)
        return list(rows.order_by("-published_at")[:50])


def platform_agreements(region: str = "") -> list[Bargaining]:
    """What was agreed with platforms, which everybody may read; of the places above and around first the region's."""
    with as_system("published to everybody"):
        rows = Bargaining.objects.select_related("organisation").filter(kind=Bargaining.Kind.PLATFORM)
        found = list(rows.exclude(published_at=None).order_by("-published_at")[:50])
    return sorted(found, key=lambda row: (row.organisation.region_id or "")[:2] != region[:2])


def agreement(actor: Actor, agreement_id: int) -> Agreement:
    """One published agreement: a platform's is open to all, a unit's to its workers. NotFound otherwise."""
    with as_system("who may read it is asked next"):
        row = Bargaining.objects.select_related("organisation").filter(pk=agreement_id).first()
        if row is None or row.published_at is None:
            raise NotFound
        if row.kind != Bargaining.Kind.PLATFORM and row not in readable(actor, units.units_of(actor)):
            raise NotFound
        topics = [(subject_name(topic.subject), topic.agreed) for topic in row.topics.exclude(agreed="").order_by("pk")]
        return Agreement(row, topics, list(row.checks.order_by("-on")), row.in_force(today()))


@dataclass(frozen=True)
class Seen:
    """A bargaining as the desk reads it."""

    row: Bargaining
    topics: list[tuple[str, Topic]]
    sides: list[tuple[str, list[Any]]]
    sessions: list[Any]
    checks: list[Any]
    waiting: int


def of_matter(matter: Matter) -> Seen:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        row = Bargaining.objects.select_related("organisation", "follows__matter", "matter").get(matter=matter)
        people = list(row.representatives.order_by("-chief", "pk"))
        sides = [
            (str(label), [one for one in people if one.side == code])
            for code, label in row.representatives.model.Side.choices
        ]
        return Seen(
            row,
            [(subject_name(topic.subject), topic) for topic in row.topics.order_by("pk")],
            sides if people else [],
            list(row.sessions.order_by("number")),
            list(row.checks.order_by("-on")),
            pool(row).count(),
        )


def listed(actor: Actor, most: int = 100) -> list[Bargaining]:
    """The bargainings of the actor's unions and those below, the open ones first."""
    with as_system("within the actor's own tree"):
        rows = Bargaining.objects.select_related("matter", "organisation").none()
        for path in actor.paths_as(*READERS):
            rows = rows | Bargaining.objects.select_related("matter", "organisation").filter(
                organisation__in=subtree(path)
            )
        return list(rows.order_by("-matter__is_open", "-pk")[:most])


def days_left(row: Bargaining, day: date) -> int | None:
    """Days to the end of an agreement in force, once a renewal may be asked for; None before that."""
    if row.valid_to is None or not row.in_force(day):
        return None
    left = (row.valid_to - day).days
    return left if left <= tables.number("alert_days") else None


@dataclass(frozen=True)
class Coverage:
    """已建会企业集体合同覆盖: of the enterprises with a union in a place, those with an agreement in force."""

    name: str
    covered: int
    all: int

    @property
    def percent(self) -> int:
        return round(100 * self.covered / self.all) if self.all else 0


def coverage(path: str, day: date) -> list[Coverage]:
    """For a union: the whole first, then each union directly below it that has enterprises with a union."""
    with as_system("counted, nobody is named"):
        unions = dict(
            subtree(path)
            .filter(level=Organisation.Level.GRASSROOTS, active=True)
            .exclude(employers=None)
            .values_list("pk", "path")
        )
        rows = Bargaining.objects.filter(organisation__in=list(unions), published_at__isnull=False)
        covered = {row.organisation_id for row in rows if row.in_force(day)}
    depth = path.count(".") + 1
    places: dict[str, list[int]] = {}
    for pk, own in unions.items():
        below = ".".join(own.split(".")[: depth + 1])
        places.setdefault(below, []).append(pk)
    names = names_of([path, *places])
    whole = [Coverage(names.get(path, path), len(covered), len(unions))]
    parts = [
        Coverage(names.get(below, below), len(covered.intersection(ids)), len(ids))
        for below, ids in sorted(places.items())
        if below != path
    ]
    return whole + (parts if len(parts) > 1 else [])
