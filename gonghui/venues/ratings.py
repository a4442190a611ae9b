"""评价 of a booking after coming: 1 to 5 stars with words, once. A low one becomes a 报修, as at the other places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.venues import bookings, faults, tables, visits
from gonghui.venues.models import Booking, BookingRating, Fault, Venue

RECENT = 20


def of(booking: Booking) -> BookingRating | None:
    """The rating of one's own booking. The caller has found that it is the reader's."""
    with as_system("one's own booking"):
        return BookingRating.objects.select_related("fault__matter").filter(booking=booking).first()


def until(booking: Booking) -> datetime | None:
    """Until when it may be rated; None for what was not used, or whose time is over."""
    if booking.state != Booking.State.USED or booking.used_at is None:
        return None
    end = booking.used_at + timedelta(days=tables.numbers().ratings.days)
    return end if end > now() else None


def waiting(rows: Iterable[Booking]) -> frozenset[int]:
    """Which of one's own bookings may be rated now."""
    keys = {row.pk for row in rows if until(row) is not None}
    with as_system("one's own bookings"):
        rated = BookingRating.objects.filter(booking__in=keys).values_list("booking_id", flat=True)
        return frozenset(keys - set(rated)) if keys else frozenset()


def rate(actor: Actor, booking_id: int, stars: str, words: str) -> BookingRating:
    """InvalidData beside `stars` or `words`; GuardRefused for what was not used, is over, or is rated already."""
    booking = bookings.own(actor, booking_id)
    if until(booking) is None:
        raise GuardRefused([_("到场后 %(n)d 天内可以评价。") % {"n": tables.numbers().ratings.days}])
    told, words = visits.stars_of(stars), words.strip()
    if len(words) > faults.TEXT_MOST:
        raise InvalidData({"words": [_("最多 %(most)d 个字。") % {"most": faults.TEXT_MOST}]})
    if visits.low(told) and len(words) < 2:
        raise InvalidData({"words": [_("请写明哪里不好，会有人处理并答复您。")]})
    try:
        with as_system("one's own booking"), transaction.atomic():
            row = BookingRating.objects.create(booking=booking, stars=told, said_text=words, at=now())
            if visits.low(told):
                matter = faults.report(actor, booking.slot.venue, words)
                row.fault = Fault.objects.get(matter=matter)
                row.save(update_fields=["fault"])
    except IntegrityError:
        raise GuardRefused([_("您已经评价过。")]) from None
    return row


def recent(venue: Venue) -> list[BookingRating]:
    """The latest words about a place, for its own union: without name and day. The caller looks after the place."""
    with as_system("words without a name"):
        rows = BookingRating.objects.filter(booking__slot__venue=venue).exclude(said_text="")
        return list(rows.order_by("-at")[:RECENT])


@erasure_part
def forget_words(account: Account) -> None:
    """With an account go its words; the stars stay in the mean."""
    for row in BookingRating.objects.filter(booking__account=account):
        row.said_text = ""
        row.save(update_fields=["said_text"])
    Booking.objects.filter(account=account).update(fit_at=None)
