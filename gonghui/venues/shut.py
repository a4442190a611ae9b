"""关闭: what was booked at a place that is not open is called off, and who booked is told. Nobody is blamed for not
coming to a shut door."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.venues import bookings, tables
from gonghui.venues.models import Booking, Slot, Venue
from gonghui.venues.queries import KEEPERS


def _overdue() -> QuerySet[Slot]:
    """Slots that somebody booked or waits for, at places that are shut then, or still shut shortly before."""
    standing = Booking.objects.filter(state__in=bookings.STANDING).values("slot")
    rows = Slot.objects.filter(pk__in=standing, cancelled=False, ends__gt=now()).exclude(venue__state=Venue.State.OPEN)
    soon = now() + timedelta(hours=tables.numbers().cancel_hours)
    return rows.filter(
        Q(venue__paused_until=None) | Q(starts__date__lte=F("venue__paused_until")) | Q(starts__lte=soon)
    )


def _because(venue: Venue) -> str:
    if venue.state == Venue.State.GONE:
        return "因场所停用，"
    if venue.paused_until is not None and venue.paused_until >= today():
        return f"因场所临时关闭到{venue.paused_until:%m月%d日}，"
    return "因场所临时关闭，"


def call_off(actor: Actor, venue: Venue, sure: bool) -> int:
    """停开 of what was booked for the time in which a place is shut: until the day that was entered, else everything.
    Slots that nobody booked stay, to be booked once it is open again. How many bookings it was.

    InvalidData beside `sure` when there are some and nobody has said yes.
    """
    if venue.state == Venue.State.OPEN:
        return 0
    with as_system("the place's own union shuts it"):
        rows = Slot.objects.filter(venue=venue, cancelled=False, ends__gt=now())
        if venue.state == Venue.State.PAUSED and venue.paused_until is not None:
            rows = rows.filter(starts__lt=datetime.combine(venue.paused_until + timedelta(days=1), time.min, SHANGHAI))
        # All of them, also against who books one just now; who asks after that finds the place shut. The trail's lock
        # comes last: who takes money or lets people in holds a slot, and then writes the trail.
        held = list(rows.select_related("venue").select_for_update(of=("self",)).order_by("pk"))
        places = Booking.objects.filter(slot__in=held, state__in=bookings.STANDING).values_list("slot_id", flat=True)
        booked = Counter(places)
        standing, slots = booked.total(), [slot for slot in held if slot.pk in booked]
        if standing and not sure:
            said = _(
                "关闭期间有 %(n)d 个预约。保存后这些场次全部停开、通知到人，已付的全部退还，不能恢复。请勾选确认。"
            )
            raise InvalidData({"sure": [said % {"n": standing}]})
        count = sum(bookings.call_off(slot, _because(venue)) for slot in slots)
    if count:
        _record(actor, venue, slots, count)
    return count


def _record(actor: Actor, venue: Venue, slots: list[Slot], count: int) -> None:
    trail.record(
        f"venue:{venue.pk}",
        "call_off",
        actor=actor,
        after={"slots": [slot.pk for slot in slots], "bookings": count},
        org_path=venue.organisation.path,
    )


def look_after() -> int:
    """What begins soon at a place that is still shut, though it was to be open again by then, is called off; its
    keepers are told on the last day of the time that was entered. How many slots were called off."""
    _remind()
    with as_system("the clock looks after places that are shut"):
        due = list(_overdue().values_list("pk", flat=True))
    done = 0
    for pk in due:
        with as_system("the clock looks after places that are shut"), transaction.atomic():
            slot = bookings.locked(pk)
            if slot.cancelled or slot.venue.state == Venue.State.OPEN:
                continue
            count = bookings.call_off(slot, _because(slot.venue))
            _record(SYSTEM, slot.venue, [slot], count)
            done += 1
    return done


def _remind() -> None:
    lately = (today() - timedelta(days=7), today())
    paused = Venue.objects.select_related("organisation").filter(state=Venue.State.PAUSED, paused_until__range=lately)
    for venue in paused:
        text = (
            f"{venue.name}登记临时关闭到{venue.paused_until:%m月%d日}，请改回开放或改日期。还关着的，之后约好的场次"
            f"开始前 {tables.numbers().cancel_hours} 小时自动停开并通知预约的人。"
        )
        for account in on_duty(venue.organisation.path, KEEPERS):
            key = f"venues:{venue.pk}:paused:{venue.paused_until}:{account.pk}"
            outbox.enqueue("notice.app", key, {"text": text}, account_id=account.pk)
