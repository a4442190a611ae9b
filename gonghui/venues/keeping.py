"""The desk's side: enter and change a place, its slots and its hygiene log. Every change is in the trail."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.venues import bookings, shut, tables
from gonghui.venues.models import HygieneEntry, Slot, Venue
from gonghui.venues.queries import HANDS, KEEPERS

FIELDS = (
    "kind", "name", "region_id", "address", "latitude", "longitude", "hours", "exceptions", "equipment", "capacity",
    "contact", "note", "certified", "state", "paused_until",
)  # fmt: skip


def _sure(actor: Actor, path: str, roles: tuple[str, ...]) -> None:
    if path not in actor.paths_as(*roles):
        raise NotAllowed(_("只有管理这个场所的工会可以修改。"))


def _plain(venue: Venue) -> dict[str, Any]:
    """The place as the trail keeps it. Its name stands as `title`: `name` is what people are called there."""
    return {
        "title" if name == "name" else name: f"{value:.5f}"
        if name in ("latitude", "longitude") and value is not None
        else value
        for name in FIELDS
        if (value := getattr(venue, name)) is not None
    }


@transaction.atomic
def save(actor: Actor, venue: Venue, values: dict[str, Any], sure: bool = False) -> Venue:
    """Enter a place, or change it: `values` by the names of FIELDS. A place that is not open any more calls off what
    was booked for the time (`shut.call_off`): `sure` says that this was read. InvalidData beside what does not fit.
    """
    _sure(actor, venue.organisation.path, KEEPERS)
    before: dict[str, Any] = {}
    if venue.pk:
        # Not the key: who takes money holds a slot and points to the place, and shutting it waits for the slot.
        rows = Venue.objects.select_related("organisation").select_for_update(of=("self",), no_key=True)
        venue = rows.get(pk=venue.pk)
        before = _plain(venue)
    for name, value in values.items():
        if name not in FIELDS:
            raise KeyError(name)
        setattr(venue, name, value)
    if (venue.latitude is None) != (venue.longitude is None):
        raise InvalidData({"longitude": [_("经度和纬度请一起填写，或都不填。")]})
    if venue.kind not in {row.code for row in tables.kinds()}:
        raise InvalidData({"kind": [_("没有这种场所。")]})
    unknown = set(venue.equipment) - {row.code for row in tables.equipment()}
    if unknown:
        raise InvalidData({"equipment": [_("没有这种设施。")]})
    if venue.state != Venue.State.PAUSED:
        venue.paused_until = None
    elif (until := venue.paused_until) is not None and until < today() and until != before.get("paused_until"):
        raise InvalidData({"paused_until": [_("请填今天或以后的日期。")]})
    try:
        venue.full_clean(exclude=["organisation", "hours", "exceptions", "equipment"])
    except ValidationError as error:
        raise InvalidData(error.message_dict) from error
    made = not venue.pk
    try:
        with transaction.atomic():
            venue.save()
    except IntegrityError as error:
        raise InvalidData({"name": [_("本单位已经有同名的场所。")]}) from error
    # Before anything is written in the trail, whose lock comes after the slots'.
    shut.call_off(actor, venue, sure)
    after = {name: value for name, value in _plain(venue).items() if before.get(name) != value}
    if after or made:
        trail.record(
            f"venue:{venue.pk}",
            "create" if made else "change",
            actor=actor,
            before={name: before[name] for name in after if name in before},
            after=after,
            org_path=venue.organisation.path,
        )
    return venue


@transaction.atomic
def new_code(actor: Actor, venue: Venue) -> Venue:
    """换签到码: every poster that hangs somewhere, and every address kept from it, leads nowhere from now on."""
    _sure(actor, venue.organisation.path, KEEPERS)
    Venue.objects.filter(pk=venue.pk).update(code_turn=F("code_turn") + 1)
    venue.refresh_from_db(fields=["code_turn"])
    trail.record(
        f"venue:{venue.pk}",
        "new_code",
        actor=actor,
        after={"turn": venue.code_turn},
        org_path=venue.organisation.path,
    )
    return venue


@transaction.atomic
def log_hygiene(actor: Actor, venue: Venue, what: str) -> HygieneEntry:
    """卫生记录: cleaned or disinfected just now."""
    _sure(actor, venue.organisation.path, HANDS)
    if what not in HygieneEntry.What.values:
        raise InvalidData({"what": [_("请选择做了什么。")]})
    return HygieneEntry.objects.create(venue=venue, what=what, at=now(), by_id=actor.account_id)


@transaction.atomic
def open_slots(
    actor: Actor,
    venue: Venue,
    *,
    hall: str,
    day: date,
    begins: time,
    ends: time,
    places: int,
    price: str = "",
    asks_fitness: bool = False,
    weeks: int = 1,
) -> list[Slot]:
    """Open a slot, or one a week for some weeks. All or none; InvalidData beside what does not fit."""
    _sure(actor, venue.organisation.path, KEEPERS)
    if ends <= begins:
        raise InvalidData({"ends": [_("结束要晚于开始。")]})
    last = day + timedelta(weeks=weeks - 1)
    if day < today() or last > today() + timedelta(days=tables.numbers().days_ahead):
        said = _("只能开放今天起 %(n)d 天内的场次。") % {"n": tables.numbers().days_ahead}
        raise InvalidData({"day": [said]})
    rows = []
    for week in range(weeks):
        on = day + timedelta(weeks=week)
        rows.append(
            Slot(
                venue=venue,
                hall=hall.strip(),
                starts=datetime.combine(on, begins, SHANGHAI),
                ends=datetime.combine(on, ends, SHANGHAI),
                places=places,
                price=price.strip(),
                asks_fitness=asks_fitness,
            )
        )
    for row in rows:
        if Slot.objects.filter(
            venue=venue, hall=row.hall, cancelled=False, starts__lt=row.ends, ends__gt=row.starts
        ).exists():
            said = _("%(day)s 这个场地已有时间重叠的场次。") % {"day": f"{row.starts:%Y-%m-%d}"}
            raise InvalidData({"day": [said]})
    try:
        with transaction.atomic():
            for row in rows:
                row.save()
    except IntegrityError as error:
        raise InvalidData({"day": [_("这个场地在这个时间已经有场次。")]}) from error
    trail.record(
        f"venue:{venue.pk}",
        "open_slots",
        actor=actor,
        after={"hall": hall, "from": rows[0].starts.isoformat(), "slots": len(rows), "places": places},
        org_path=venue.organisation.path,
    )
    return rows


@transaction.atomic
def cancel_slot(actor: Actor, slot: Slot) -> int:
    """停开: nobody can come, everybody who booked is told. How many bookings it was."""
    _sure(actor, slot.venue.organisation.path, KEEPERS)
    with as_system("the place's own union calls the slot off"):
        slot = Slot.objects.select_related("venue__organisation").select_for_update(of=("self",)).get(pk=slot.pk)
        if slot.cancelled or slot.ends <= now():
            raise GuardRefused([_("这个场次已经停开或结束。")])
        count = bookings.call_off(slot)
    trail.record(
        f"venue:{slot.venue_id}",
        "cancel_slot",
        actor=actor,
        after={"slot": slot.pk, "bookings": count},
        org_path=slot.venue.organisation.path,
    )
    return count
