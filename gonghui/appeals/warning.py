"""风险预警: the watch over the stream of appeals, and its cards (handbook 1.9, 5.18).

One watch lives in a worker's process; what it raises lives in the table. A watch that starts anew reads the last months
again and finds its cards by their first appeal, so that nothing is told twice. Events and employers are watched, never
a worker as a person: a reporter is only a key that counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction

from gonghui import brain
from gonghui.appeals import categories, tables
from gonghui.appeals.mass import RANK, announce, seasons, tally
from gonghui.appeals.models import Appeal, MassAlert, Triage, WorkOrder
from gonghui.brain import warn
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of
from gonghui.kernel.times import now as present
from gonghui.organisations.models import Region
from gonghui.organisations.queries import organisation_for_region

_BATCH = 500
# A watch that starts anew reads months again: so much at a time, that other duties have their turn.
AT_ONCE = 1000
# Transactions end in another order than their rows are numbered: so many rows are looked at again.
_OVERLAP = 200


@dataclass
class _Watch:
    watcher: warn.Watcher
    cursor: int = 0
    seen: set[int] = field(default_factory=set)


_watches: dict[str, _Watch] = {}


def watch(at: datetime | None = None, most: int | None = None) -> int:
    """Take in what was understood since, `most` at a time; returns how many appeals were taken in. Safe to repeat."""
    at = at or present()
    # A test's database is another one than the next test's, though both have one alias.
    name = str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])
    held = _watches.setdefault(name, _Watch(warn.Watcher(season=seasons())))
    taken = 0
    with as_system("the watch counts all appeals; a card is scoped by its path"):
        for triage in islice(_new(held, at), most):
            taken += 1
            for alarm in held.watcher.see(_message(triage)):
                _card(alarm, at)
    return taken


def forget() -> None:
    """Start anew: the next round reads the last months again."""
    _watches.clear()


def _new(held: _Watch, at: datetime) -> Iterator[Triage]:
    """What the watch has not taken in yet, each appeal once, in the order in which it was understood."""
    since = at - timedelta(days=tables.mass().watch_days.value)
    # Whistle-blowing and the like is nobody's business but of those who may see it.
    hidden = WorkOrder.objects.filter(matter__restricted=True).values("appeal_id")
    rows = Triage.objects.filter(appeal__received_at__gte=since).exclude(appeal_id__in=hidden).select_related("appeal")
    start = held.cursor - _OVERLAP
    while batch := list(rows.filter(pk__gt=start).order_by("pk")[:_BATCH]):
        for row in batch:
            held.cursor = max(held.cursor, row.pk)
            if row.appeal_id not in held.seen:
                held.seen.add(row.appeal_id)
                yield row
        start = batch[-1].pk


def _message(triage: Triage) -> warn.Message:
    appeal = triage.appeal
    region = appeal.work_region or str(triage.proposal.get("jurisdiction", {}).get("region_code") or "")
    # What is not the union's matter at all has no place's rate of its own.
    category = appeal.category or triage.category
    return warn.Message(
        id=str(appeal.pk),
        at=appeal.received_at,
        text=appeal.description,
        title=appeal.title,
        place=place_path(region),
        category="" if category.startswith("99") else category,
        reporter=appeal.phone_index or (f"account:{appeal.owner_id}" if appeal.owner_id else ""),
        people=appeal.people_count,
        words=tuple(word for word in tables.mass().words if word in appeal.description),
    )


def place_path(code: str) -> str:
    """`520103` → `52/5201/520103`; a province's or city's code names that much."""
    code = code[:6]
    if len(code) < 6:
        return ""
    return "/".join(code[:digits] for digits in (2, 4, 6) if code[digits - 2 : digits] != "00")


def _card(alarm: warn.Alarm, at: datetime) -> MassAlert | None:
    """Raise or update the card of an event; None where another card tells of it, or a person has done with it."""
    ids = [int(case.id) for case in alarm.cases]
    keys = [f"{alarm.kind}:{pk}" for pk in ids]
    try:
        with transaction.atomic():
            cards = MassAlert.objects.select_for_update().filter(kind=alarm.kind, employer_key__in=keys)
            card = cards.filter(cleared_at__isnull=True).order_by("opened_at", "pk").first()
            done = cards.filter(cleared_at__isnull=False).order_by("-cleared_at").first()
            if card is None and done is not None and RANK[alarm.level] <= RANK[done.level]:
                return None
            rows = list(Appeal.objects.filter(pk__in=ids).order_by("received_at", "pk"))
            if not rows or (card is None and _told_by_employer(rows)):
                return None
            return _fill(card or MassAlert(kind=alarm.kind, employer_key=keys[0], opened_at=at), alarm, rows, at)
    except IntegrityError:
        # Another worker was first with the same event: its card is there now.
        return None


def _told_by_employer(rows: list[Appeal]) -> bool:
    """Whether an employer's card tells of most of these appeals already."""
    employers = Counter(row.employer_id for row in rows if row.employer_id)
    names = Counter(row.employer_name for row in rows if not row.employer_id and row.employer_name)
    cards = MassAlert.objects.filter(kind=MassAlert.Kind.EMPLOYER, cleared_at__isnull=True)
    for counted, field_name in ((employers, "employer_id"), (names, "employer_name")):
        for value, count in counted.most_common(1):
            if 2 * count > len(rows) and cards.filter(**{field_name: value}).exists():
                return True
    return False


def _fill(card: MassAlert, alarm: warn.Alarm, rows: list[Appeal], at: datetime) -> MassAlert:
    before = card.level
    why, reason = alarm.why()
    if card.pk is None:
        card.employer_name = _title(alarm, rows)
        card.region, card.path = _where(alarm, rows)
    tally(card, rows, at, level=alarm.level, appeals=alarm.messages, people=alarm.people)
    words = {int(case.id): list(case.words) for case in alarm.cases}
    card.cases = [{"appeal": row.pk, "words": words[row.pk]} for row in rows]
    card.signals = {
        "why": why,
        "why_en": reason,
        "usual": round(alarm.expected, 2),
        "growth": round(alarm.people / alarm.expected, 1) if alarm.expected >= 0.1 else None,
        "chance": alarm.chance,
        "window": alarm.window_days,
        "season": seasons().before_spring_festival(day_of(at)),
    }
    card.save()
    if card.level != before:
        announce(card, before)
    return card


def _title(alarm: warn.Alarm, rows: list[Appeal]) -> str:
    """What it is about, without personal numbers: the first appeal's title, or place and category."""
    if alarm.kind == "place":
        region = Region.objects.filter(pk=alarm.place.rpartition("/")[2].ljust(6, "0")).first()
        category = alarm.key.rpartition(":")[2]
        return f"{region.full_name if region else ''} {categories.label(category)}".strip()[:160]
    matter = Matter.objects.filter(work_order__appeal=rows[0]).order_by("pk").first()
    return brain.mask_personal(matter.title if matter is not None else rows[0].title)[:160]


def _where(alarm: warn.Alarm, rows: list[Appeal]) -> tuple[str, str]:
    """Region and union of the card: the narrowest place the appeals share; without a place, who holds them all."""
    region = alarm.place.rpartition("/")[2].ljust(6, "0") if alarm.place else ""
    organisation = organisation_for_region(region) if region else None
    if organisation is not None:
        return region, organisation.path
    paths = Matter.objects.filter(work_order__appeal__in=rows).values_list("holder_path", flat=True)
    common: list[str] = []
    for parts in zip(*(path.split(".") for path in paths), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return region, ".".join(common) or "cn"
