"""收款: taken at the counter, by a transfer or online; given back.

Everything that moves money locks the booking's slot first, as booking and cancelling do, so that nothing is paid that
was released a moment ago; that a booking is paid once and refunded once is the table's own condition besides.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.venues import bookings, fees, tables
from gonghui.venues.models import Booking, Payment, Venue
from gonghui.venues.online import online
from gonghui.venues.queries import HANDS

Pay, State = Booking.Pay, Booking.State
Kind, Way = Payment.Kind, Payment.Way
AT_COUNTER = (Way.CASH, Way.CODE, Way.TRANSFER)
RECEIPT_MOST = 60
LIST_MOST = 200


def kept(actor: Actor, venue: Venue) -> None:
    """NotFound for a place of another union."""
    if venue.organisation.path not in actor.paths_as(*HANDS):
        raise NotFound


def _of_place(actor: Actor, booking_id: int) -> Booking:
    """A booking at a place of the actor's own union. NotFound for any other."""
    with as_system("the union is asked right after"):
        found = Booking.objects.select_related("slot__venue__organisation").filter(pk=booking_id).first()
    if found is None:
        raise NotFound
    kept(actor, found.slot.venue)
    return found


def _locked(booking: Booking) -> Booking:
    """The booking as it is, with its slot locked until the transaction ends."""
    bookings.locked(booking.slot_id)
    return Booking.objects.select_related("slot__venue__organisation").get(pk=booking.pk)


def _receipt(way: str, text: str) -> str:
    text = "".join(text.split())
    if len(text) > RECEIPT_MOST:
        raise InvalidData({"receipt_ref": [_("最多 %(most)d 个字。") % {"most": RECEIPT_MOST}]})
    if way == Way.TRANSFER and not text:
        raise InvalidData({"receipt_ref": [_("转账请填银行回单号。")]})
    return text


def _write(booking: Booking, kind: str, way: str, amount: Decimal, receipt_ref: str, actor: Actor) -> Payment:
    """The entry, and its line in the trail. InvalidData beside a receipt that was used before."""
    venue = booking.slot.venue
    try:
        with transaction.atomic():
            entry = Payment.objects.create(
                booking=booking, venue=venue, kind=kind, way=way, amount=amount, receipt_ref=receipt_ref,
                number=f"SK{now().astimezone(SHANGHAI):%Y%m%d}{next_number('venue payment'):08d}",
                at=now(), by_id=actor.account_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise InvalidData({"receipt_ref": [_("这个回单号已经用过，请核对。")]}) from error
    trail.record(
        f"venue:{venue.pk}",
        kind,
        actor=actor,
        after={"booking": booking.pk, "way": way, "amount": str(amount), "number": entry.number},
        org_path=venue.organisation.path,
    )
    return entry


def take(actor: Actor, booking_id: int, way: str, receipt_ref: str = "") -> Payment:
    """收款 at the counter or by a transfer that has arrived: the whole amount.

    A transfer that was told, but arrives when the place is gone, is taken and due to be given back. InvalidData beside
    `way` and `receipt_ref`; GuardRefused when nothing is owed any more; NotFound elsewhere.
    """
    if way not in AT_COUNTER:
        raise InvalidData({"way": [_("请选择怎么收的。")]})
    receipt_ref = _receipt(way, receipt_ref)
    with as_system("the place's own staff"), transaction.atomic():
        booking = _locked(_of_place(actor, booking_id))
        if way == Way.TRANSFER and _too_late(booking):
            entry = _late(booking, way, receipt_ref, actor)
            bookings.tell(
                booking, "transfer-late", "您为{what}转的款到账时，预约已经取消或放出；钱会全部退还，由场馆办理。"
            )
            return entry
        return _paid(booking, way, receipt_ref, actor)


def _too_late(booking: Booking) -> bool:
    """Whether a transfer was told for what is over: it may still arrive."""
    return booking.state == State.CANCELLED and booking.pay_state == Pay.UNPAID and bool(booking.told_receipt)


def _late(booking: Booking, way: str, receipt_ref: str, actor: Actor) -> Payment:
    """Paid while it was released or cancelled: the seat is gone, the money is due to be given back."""
    entry = _write(booking, Kind.PAYMENT, way, booking.amount, receipt_ref, actor)
    booking.pay_state, booking.refund, booking.told_receipt = Pay.REFUND_DUE, booking.amount, ""
    booking.look_at = now() if way == Way.ONLINE else None
    booking.save(update_fields=["pay_state", "refund", "told_receipt", "look_at"])
    return entry


def _paid(booking: Booking, way: str, receipt_ref: str, actor: Actor) -> Payment:
    if booking.state != State.BOOKED or booking.pay_state != Pay.UNPAID:
        raise GuardRefused([_("这个预约现在不用付款：已付、已取消，或者还在候补。")])
    entry = _write(booking, Kind.PAYMENT, way, booking.amount, receipt_ref, actor)
    booking.pay_state, booking.pay_by, booking.told_receipt = Pay.PAID, None, ""
    booking.save(update_fields=["pay_state", "pay_by", "told_receipt"])
    bookings.tell(booking, "paid", f"已收到您为{{what}}付的 {booking.amount} 元，收据号 {entry.number}。")
    return entry


def tell_receipt(actor: Actor, booking_id: int, receipt_ref: str) -> Booking:
    """The worker says that a transfer is under way, by its number. Staff are asked to look, and the seat is kept for
    some working days, once: any text is a number, and others wait. What is paid at the door stays so.

    InvalidData beside `receipt_ref`; GuardRefused when nothing is owed, or a number was told before.
    """
    booking, receipt_ref = bookings.own(actor, booking_id), _receipt(Way.TRANSFER, receipt_ref)
    with as_system("one's own booking"), transaction.atomic():
        booking = _locked(booking)
        _owed(booking)
        if booking.told_at is not None:
            raise GuardRefused([_("每个预约只能填一次回单号。填错了请打场馆电话，或到柜台付款。")])
        booking.told_receipt, booking.told_at = receipt_ref, now()
        if booking.pay_by is not None:
            booking.pay_by = max(booking.pay_by, fees.transfer_by(booking.slot, booking.told_at))
        booking.save(update_fields=["told_receipt", "told_at", "pay_by"])
        until, place = (booking.pay_by or booking.slot.starts).astimezone(SHANGHAI), booking.slot.venue.name
        _tell_staff(
            booking,
            "transfer",
            f"{place}有人填了转账回单号，请在{until:%m月%d日 %H:%M}前到“收款”核对：预约号 {booking.pk}，"
            f"{booking.amount} 元。过时没有核对的，名额自动放出；到场付款的除外。",
        )
    return booking


def _tell_staff(booking: Booking, name: str, text: str) -> None:
    """A notice to who works at the place's union today."""
    for account in on_duty(booking.slot.venue.organisation.path, HANDS):
        key = f"venues:{booking.pk}:{name}:{account.pk}"
        outbox.enqueue("notice.app", key, {"text": text}, account_id=account.pk)


def not_arrived(actor: Actor, booking_id: int) -> Booking:
    """没到账: the transfer was looked for in vain; the time to pay begins anew, without a second number. For
    what is over nobody looks any more."""
    with as_system("the place's own staff"), transaction.atomic():
        booking = _locked(_of_place(actor, booking_id))
        if booking.pay_state != Pay.UNPAID or not booking.told_receipt:
            raise GuardRefused([_("这个预约现在没有待核对的转账。")])
        booking.told_receipt = ""
        if booking.state == State.CANCELLED:
            booking.save(update_fields=["told_receipt"])
            return booking
        booking.pay_by = fees.pay_by(booking.slot)
        booking.save(update_fields=["told_receipt", "pay_by"])
        bookings.tell(
            booking, f"not-arrived-{now():%Y%m%d%H%M%S}", "没有查到您为{what}转的款，请核对回单号，或到柜台付款。"
        )
    return booking


def pay_online(actor: Actor, booking_id: int) -> str:
    """The address at the payment service for the worker's own booking. GuardRefused where nothing is to be paid."""
    with as_system("one's own booking"), transaction.atomic():
        booking = _locked(bookings.own(actor, booking_id))
        _owed(booking)
        # Written down before the service hears of it: whatever becomes of the booking, its order is looked after.
        booking.online_at = now()
        booking.save(update_fields=["online_at"])
    return online().begin(booking)


def _owed(booking: Booking) -> None:
    if booking.state != State.BOOKED or booking.pay_state != Pay.UNPAID:
        raise GuardRefused([_("这个预约现在不用付款：已付、已取消，或者还在候补。")])


def look_online(booking: Booking) -> Payment | None:
    """Ask the payment service whether a booking is paid; its word is written down. None: not (yet)."""
    if booking.pay_state != Pay.UNPAID or not (reference := online().paid(booking)):
        return None
    with as_system("the payment service said so"), transaction.atomic():
        booking = _locked(booking)
        if booking.payments.filter(kind=Kind.PAYMENT).exists():
            return None
        if booking.state == State.BOOKED:
            return _paid(booking, Way.ONLINE, reference, SYSTEM)
        entry = _late(booking, Way.ONLINE, reference, SYSTEM)
        bookings.tell(booking, "paid-late", "您为{what}付了款，但预约已经取消或放出；钱正在全部原路退回。")
        return entry


def look_after_the_end(most: int = 50) -> int:
    """Bookings that are over while their page to pay may still be open: the service is asked for some days, ever more
    seldom, and what was paid is given back there at once. How many were given back."""
    with as_system("the clock looks after what is over"):
        rows = Booking.objects.filter(state=State.CANCELLED, look_at__lte=now()).order_by("look_at", "pk")
        due = list(rows.select_related("slot__venue__organisation")[:most])
    if not online().offered:
        return 0
    done = 0
    for booking in due:
        try:
            look_online(booking)
            done += _back_online(booking)
        except GuardRefused:
            # The service is silent: asked again next time.
            pass
        _look_again(booking)
    return done


def _back_online(found: Booking) -> bool:
    """Give a late payment back by the service, and tell both sides. False where nothing is due."""
    with as_system("the clock looks after what is over"), transaction.atomic():
        booking = _locked(found)
        if booking.pay_state != Pay.REFUND_DUE or booking.look_at is None:
            return False
        # Asked twice for one order the service gives back once: a crash after it repeats nothing.
        _given_back(booking, Way.ONLINE, online().refund(booking), SYSTEM)
        told = _("已取消的预约（%(slot)s）被网上付款，%(amount)s 元已自动原路退回。") % {
            "slot": booking.slot, "amount": booking.refund,
        }  # fmt: skip
        _tell_staff(booking, "paid-late", told)
    return True


def _look_again(found: Booking) -> None:
    """When the service is asked next: after a quarter of the time since the page was opened, at least a minute."""
    with as_system("the clock looks after what is over"):
        booking = Booking.objects.get(pk=found.pk)
        passed = now() - (booking.online_at or booking.at)
        over = booking.pay_state == Pay.UNPAID and passed > timedelta(days=tables.numbers().fees.watch_days)
        if over or booking.pay_state not in (Pay.UNPAID, Pay.REFUND_DUE):
            following = None
        else:
            following = now() + max(timedelta(minutes=1), passed / 4)
        Booking.objects.filter(pk=booking.pk).update(look_at=following)


def release_unpaid() -> int:
    """What was not paid in time is given to others; the payment service is asked before. How many were released."""
    done = 0
    for booking in bookings.due_unpaid():
        if online().offered:
            try:
                if look_online(booking) is not None:
                    continue
            except GuardRefused:
                # Perhaps it is paid: the next round asks again.
                continue
        done += bookings.release(booking.pk, booking.slot_id)
    return done


def give_back(actor: Actor, booking_id: int, way: str, receipt_ref: str = "") -> Payment:
    """退款 of what is due. What came online goes back online, by the service; its answer is the receipt.

    InvalidData beside `way` and `receipt_ref`; GuardRefused when nothing is due (any more).
    """
    if way not in Way.values:
        raise InvalidData({"way": [_("请选择怎么退的。")]})
    receipt_ref = _receipt(way, receipt_ref)
    with as_system("the place's own staff"), transaction.atomic():
        booking = _locked(_of_place(actor, booking_id))
        if booking.pay_state != Pay.REFUND_DUE:
            raise GuardRefused([_("这个预约没有要退的钱，或者已经退过。")])
        came = booking.payments.get(kind=Kind.PAYMENT).way
        if (came == Way.ONLINE) != (way == Way.ONLINE):
            raise InvalidData({"way": [_("网上付的从网上退，柜台付的在柜台退。")]})
        if way == Way.ONLINE:
            # Asked twice for one order the service gives back once: a crash after it repeats nothing.
            receipt_ref = online().refund(booking)
        return _given_back(booking, way, receipt_ref, actor)


def _given_back(booking: Booking, way: str, receipt_ref: str, actor: Actor) -> Payment:
    entry = _write(booking, Kind.REFUND, way, booking.refund, receipt_ref, actor)
    booking.pay_state, booking.look_at = Pay.REFUNDED, None
    booking.save(update_fields=["pay_state", "look_at"])
    bookings.tell(booking, "refunded", f"{{what}}的 {booking.refund} 元已退，收据号 {entry.number}。")
    return entry


def unpaid(venue: Venue) -> list[Booking]:
    """What is owed at a place, the next slot first. The caller has asked who may."""
    return _bookings(venue, pay_state=Pay.UNPAID, state=State.BOOKED)


def late_transfers(venue: Venue) -> list[Booking]:
    """Transfers that were told for what is over, and that nobody has found or given up yet."""
    with as_system("the place's own staff"):
        rows = Booking.objects.select_related("slot", "account").filter(
            slot__venue=venue, state=State.CANCELLED, pay_state=Pay.UNPAID
        )
        return list(rows.exclude(told_receipt="").order_by("slot__starts", "pk")[:LIST_MOST])


def to_give_back(venue: Venue) -> list[Booking]:
    return _bookings(venue, pay_state=Pay.REFUND_DUE)


def _bookings(venue: Venue, **having: str) -> list[Booking]:
    with as_system("the place's own staff"):
        rows = Booking.objects.select_related("slot", "account").filter(slot__venue=venue, **having)
        return list(rows.order_by("slot__starts", "pk")[:LIST_MOST])


def receipts(booking: Booking) -> list[Payment]:
    """What was paid and given back of a booking. The caller may see it."""
    with as_system("one's own booking"):
        return list(booking.payments.order_by("at", "pk"))
