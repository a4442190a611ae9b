"""代为取消、免计未到: done by who keeps a place for somebody who called, with the reason on record and told to them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.venues import bookings, fees
from gonghui.venues.models import Booking, Slot, Venue
from gonghui.venues.queries import KEEPERS

State, Pay = Booking.State, Booking.Pay
WHY_LEAST, WHY_MOST, LIST_MOST = 2, 200, 200


def _kept(actor: Actor, booking_id: int) -> Booking:
    """A booking at a place that the actor keeps. NotFound for any other."""
    with as_system("the union is asked right after"):
        found = Booking.objects.select_related("slot__venue__organisation").filter(pk=booking_id).first()
    if found is None or found.slot.venue.organisation.path not in actor.paths_as(*KEEPERS):
        raise NotFound
    return found


def _why(text: str) -> str:
    text = " ".join(text.split())
    if not WHY_LEAST <= len(text) <= WHY_MOST:
        raise InvalidData({"why": [_("请写明理由，最多 %(n)d 字。") % {"n": WHY_MOST}]})
    return text


def _locked(booking: Booking) -> tuple[Slot, Booking]:
    slot = bookings.locked(booking.slot_id)
    return slot, Booking.objects.select_related("slot__venue__organisation").get(pk=booking.pk)


def _record(actor: Actor, booking: Booking, verb: str, why: str, **told: str) -> None:
    booking.desk_text, booking.desk_by_id = why, actor.account_id
    booking.save(update_fields=["desk_text", "desk_by", "excused_at"])
    venue = booking.slot.venue
    trail.record(
        f"venue:{venue.pk}",
        verb,
        actor=actor,
        after={"booking": booking.pk, "desk_text": trail.fingerprint(why), **told},
        org_path=venue.organisation.path,
    )


def cancel(actor: Actor, booking_id: int, why: str, whole: bool = False) -> Booking:
    """代为取消, also when it is too late for the worker's own hand. The money by the refund rules, or the `whole`.

    InvalidData beside `why`; GuardRefused when it is over; NotFound at a place that the actor does not keep.
    """
    found, why = _kept(actor, booking_id), _why(why)
    with as_system("who keeps the place was asked to"), transaction.atomic():
        slot, booking = _locked(found)
        if booking.state not in bookings.STANDING or slot.ends <= now():
            raise GuardRefused([_("这个预约已经取消、到场或结束；结束了没有到场的，可以免计。")])
        back = booking.amount if whole and booking.pay_state == Pay.PAID else fees.would_refund(booking)
        bookings.give_up(slot, booking, back)
        _record(actor, booking, "cancel_for", why, refund=str(back))
        text = "场馆已为您取消{what}的预约，理由写在预约里。"
        bookings.tell(booking, "cancelled_for", text + (f"应退 {back} 元，按您付款的方式退还。" if back else ""))
    return booking


def excuse(actor: Actor, booking_id: int, why: str) -> Booking:
    """免计未到: not having come is not counted. InvalidData beside `why`; GuardRefused when there is nothing to excuse;
    NotFound at a place that the actor does not keep."""
    found, why = _kept(actor, booking_id), _why(why)
    with as_system("who keeps the place was asked to"), transaction.atomic():
        _slot, booking = _locked(found)
        if not bookings.missed(booking) or booking.excused_at is not None:
            raise GuardRefused([_("这个预约没有要免计的未到场，或者已经免计过。")])
        booking.excused_at = now()
        _record(actor, booking, "excuse", why)
        bookings.tell(booking, "excused", "{what}您没有到场，场馆已免计，不影响以后预约。")
    return booking


def _of(venue: Venue) -> QuerySet[Booking]:
    return Booking.objects.select_related("slot", "account").filter(slot__venue=venue)


def of_day(venue: Venue, day: date) -> list[Booking]:
    """The bookings of a day at a place, by slot. The caller has asked who may."""
    begin = datetime.combine(day, time.min, SHANGHAI)
    with as_system("the place's own staff"):
        rows = _of(venue).filter(slot__starts__gte=begin, slot__starts__lt=begin + timedelta(days=1))
        return list(rows.order_by("slot__starts", "slot__hall", "at", "pk")[:LIST_MOST])


def missed(venue: Venue) -> list[Booking]:
    """Who did not come and is not excused, the latest first. The caller has asked who may."""
    with as_system("the place's own staff"):
        rows = _of(venue).filter(state=State.BOOKED, excused_at=None, slot__ends__lt=now())
        return list(rows.order_by("-slot__ends", "-pk")[:LIST_MOST])
