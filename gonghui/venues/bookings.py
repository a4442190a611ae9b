"""预约: book a slot, wait for one, give it back, come. The slot's row is locked while its places change, so that two at
once cannot have the last one; the table's own conditions are the second lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import looked_up, new_code
from gonghui.kernel.times import SHANGHAI, day_of, now, today
from gonghui.membership.queries import current_of
from gonghui.venues import fees, tables
from gonghui.venues.models import Booking, Slot, Venue
from gonghui.venues.queries import HANDS

CODE = "ticket"
State = Booking.State
Pay = Booking.Pay
STANDING = (State.BOOKED, State.WAITING)


def blocked_until(missed: Iterable[datetime], no_shows: int, days: int) -> datetime | None:
    """Until when no booking may be made: `days` after every `no_shows`-th booking that was not used. None: never was.

    `missed` are the ends of the slots to which nobody came (handbook 5.12).
    """
    ends = sorted(missed)
    counted = len(ends) // no_shows * no_shows
    return ends[counted - 1] + timedelta(days=days) if counted else None


def block_of(account_id: int) -> datetime | None:
    """Until when this account may not book; None when it may."""
    numbers = tables.numbers()
    with as_system("one's own bookings"):
        missed = Booking.objects.filter(
            account_id=account_id, state=State.BOOKED, from_waiting=False, excused_at=None, slot__ends__lt=now()
        ).values_list("slot__ends", flat=True)
        until = blocked_until(missed, numbers.no_shows, numbers.block_days)
    return until if until is not None and until > now() else None


def members_first(slot: Slot, account_id: int | None) -> date | None:
    """会员优先: from which day on this account may book, while only members may. None: it may now."""
    opens = slot.starts.astimezone(SHANGHAI).date() - timedelta(days=tables.numbers().public_days_ahead)
    return opens if opens > today() and current_of(account_id) is None else None


def book(actor: Actor, slot_id: int, people: int = 1, seen: str | None = None, fit: bool = False) -> Booking:
    """Book places, or wait for them when there are none. Who has one in this slot gets that one back.

    `seen`: the key of the price that was shown (`fees.Quote.key`, `fees.FREE`). `fit`: 健康承诺, which a sport asks
    for. It is kept as the moment it was ticked: health is sensitive (个人信息保护法 28, 29), and a hall needs no
    diagnosis (6: no more than the purpose needs). InvalidData beside `fit` without it, and beside `people`, also when
    the price is another one now; GuardRefused says what stands in the way.
    """
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录，再预约。"))
    numbers = tables.numbers()
    try:
        with transaction.atomic(), as_system("the worker books"):
            slot = locked(slot_id)
            if (earlier := _of(slot, actor.account_id)) is not None:
                return earlier
            most = min(numbers.people_most, slot.places)
            if not 1 <= people <= most:
                raise InvalidData({"people": [_("人数请填 1 到 %(n)d。") % {"n": most}]})
            if slot.asks_fitness and not fit:
                raise InvalidData({"fit": [_("运动场次要先确认身体状况适合，才能预约。")]})
            # Asked with the slot held: who shuts the place holds its slots meanwhile.
            if slot.cancelled or not Venue.objects.filter(pk=slot.venue_id, state=Venue.State.OPEN).exists():
                raise GuardRefused([_("这个场次已停开，请选别的时间。")])
            if slot.starts <= now():
                raise GuardRefused([_("这个场次已经开始，请选别的时间。")])
            if (opens := members_first(slot, actor.account_id)) is not None:
                raise GuardRefused([_("现在会员优先预约，%(day)s 起大家都可以约。") % {"day": opens.isoformat()}])
            if (until := block_of(actor.account_id)) is not None:
                said = _(
                    "您有 %(n)d 次预约没有到场，%(day)s 之后才能再预约。有特殊情况请打那个场馆的电话，请他们免计。"
                )
                day = f"{until.astimezone(SHANGHAI):%Y-%m-%d}"
                raise GuardRefused([said % {"n": numbers.no_shows, "day": day}])
            price = fees.quote(slot, actor.account_id)
            if seen is not None and seen != (price.key if price is not None else fees.FREE):
                raise InvalidData({"people": [_("价格刚刚变了，请看清现在的金额再预约。")]})
            booking = Booking(slot=slot, account_id=actor.account_id, people=people, at=now(), state=State.WAITING)
            booking.fit_at = booking.at if slot.asks_fitness else None
            if price is not None and (amount := price.amount(people)):
                booking.amount, booking.tariff, booking.pay_state = amount, price.tariff, Pay.UNPAID
            if not _take(booking) and slot.bookings.filter(state=State.WAITING).count() >= numbers.waiting_most:
                raise GuardRefused([_("已经约满，候补也满了，请选别的时间。")])
            booking.save()
            return booking
    except IntegrityError:
        # The same person was faster by an instant from another telephone.
        with as_system("one's own booking"):
            earlier = Booking.objects.filter(slot_id=slot_id, account_id=actor.account_id).exclude(
                state=State.CANCELLED
            ).first()  # fmt: skip
        if earlier is None:
            raise
        return earlier


def locked(slot_id: int) -> Slot:
    """The slot, nobody else's to change until the transaction ends. NotFound."""
    slot = Slot.objects.select_related("venue").select_for_update(of=("self",)).filter(pk=slot_id).first()
    if slot is None:
        raise NotFound
    return slot


def _of(slot: Slot, account_id: int) -> Booking | None:
    return slot.bookings.filter(account_id=account_id).exclude(state=State.CANCELLED).first()


def _take(booking: Booking) -> bool:
    """Places for the booking, and its code, if there are still enough."""
    free = Slot.objects.filter(pk=booking.slot_id, places__gte=F("taken") + booking.people)
    if not free.update(taken=F("taken") + booking.people):
        return False
    booking.state = State.BOOKED
    booked = Booking.objects.filter(state=State.BOOKED)
    booking.entry_code, booking.code_hash = new_code(CODE, lambda index: booked.filter(code_hash=index).exists())
    if booking.pay_state == Pay.UNPAID:
        booking.pay_by = fees.pay_by(booking.slot)
    return True


def own(actor: Actor, booking_id: int) -> Booking:
    """NotFound for anybody else's."""
    if actor.kind != "worker" or actor.account_id is None:
        raise NotFound
    with as_system("asked for by its account"):
        found = Booking.objects.select_related("slot__venue").filter(pk=booking_id, account_id=actor.account_id).first()
    if found is None:
        raise NotFound
    return found


def own_list(actor: Actor, most: int = 50) -> list[Booking]:
    """The worker's bookings, the latest slot first."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("one's own bookings"):
        rows = Booking.objects.select_related("slot__venue").filter(account_id=actor.account_id)
        return list(rows.order_by("-slot__starts", "-pk")[:most])


def missed(booking: Booking) -> bool:
    """未到场: still booked when the slot has ended."""
    return booking.state == State.BOOKED and booking.slot.ends < now()


def may_cancel(booking: Booking) -> bool:
    """A waiting one until the slot begins, a booked one until some hours before (who moved up: until it begins)."""
    if booking.state not in STANDING:
        return False
    free = booking.state == State.WAITING or booking.from_waiting
    before = timedelta(hours=0 if free else tables.numbers().cancel_hours)
    return now() <= booking.slot.starts - before


def cancel(actor: Actor, booking_id: int) -> Booking:
    """取消; the places go to who waits, the money by the refund rules. GuardRefused when it is too late."""
    booking = own(actor, booking_id)
    with transaction.atomic(), as_system("one's own booking"):
        slot = locked(booking.slot_id)
        booking = Booking.objects.select_related("slot__venue").get(pk=booking.pk)
        if booking.state == State.CANCELLED:
            return booking
        if not may_cancel(booking):
            said = _("开始前 %(n)d 小时内不能取消了；确实来不了请打场馆电话。")
            raise GuardRefused([said % {"n": tables.numbers().cancel_hours}])
        give_up(slot, booking, fees.would_refund(booking))
    return booking


def give_up(slot: Slot, booking: Booking, refund: Decimal = Decimal(0)) -> None:
    """End a booking of a locked slot, and let those in who wait."""
    had = booking.state == State.BOOKED
    _end(booking, refund)
    if had:
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") - booking.people)
        _move_up(slot)


def _end(booking: Booking, refund: Decimal = Decimal(0)) -> None:
    booking.state, booking.entry_code, booking.code_hash, booking.pay_by = State.CANCELLED, "", "", None
    if refund:
        booking.pay_state, booking.refund = Pay.REFUND_DUE, refund
    if booking.pay_state == Pay.UNPAID and booking.online_at is not None:
        # The page to pay it may still be open somewhere: what is paid there now is found and given back (`till`).
        booking.look_at = now()
    booking.save(update_fields=["state", "entry_code", "code_hash", "pay_by", "pay_state", "refund", "look_at"])


def forget_fitness() -> int:
    """The moment of a 健康承诺 goes once no accident is to be cleared up any more. How many went."""
    with as_system("what was ticked is not kept for ever"):
        until = now() - timedelta(days=tables.numbers().fitness_days)
        return Booking.objects.filter(fit_at__isnull=False, slot__ends__lt=until).update(fit_at=None)


def due_unpaid(most: int = 50) -> list[Booking]:
    """Bookings whose time to pay is over, the longest over first."""
    with as_system("the clock releases what was not paid"):
        rows = Booking.objects.select_related("slot").filter(
            state=State.BOOKED, pay_state=Pay.UNPAID, pay_by__lte=now()
        )
        return list(rows.order_by("pay_by")[:most])


def release(booking_id: int, slot_id: int) -> bool:
    """未付款自动释放: the places go to who waits. False when it was paid, cancelled or given more time meanwhile."""
    with as_system("the clock releases what was not paid"), transaction.atomic():
        slot = locked(slot_id)
        due = Booking.objects.select_related("slot__venue").filter(
            pk=booking_id, state=State.BOOKED, pay_state=Pay.UNPAID, pay_by__lte=now()
        )
        if (booking := due.first()) is None:
            return False
        give_up(slot, booking)
        text = "您没有在规定时间内付款，{what}的预约已取消，名额给了别人。"
        if booking.told_receipt:
            text = "没有在规定时间内查到您为{what}转的款，预约已取消，名额给了别人；之后到账的全部退还。"
        tell(booking, "unpaid", text)
        return True


def _move_up(slot: Slot) -> None:
    """候补转正: in the order of asking, whoever fits; nobody is called to what has begun."""
    if slot.starts <= now():
        return
    for waiting in slot.bookings.filter(state=State.WAITING).order_by("at", "pk"):
        if _take(waiting):
            waiting.from_waiting = True
            waiting.save(update_fields=["state", "entry_code", "code_hash", "from_waiting", "pay_by"])
            text = "您候补的{what}约上了，请按时到场，来不了请尽早取消。"
            if waiting.pay_by is not None:
                text += f"请在{waiting.pay_by.astimezone(SHANGHAI):%m月%d日 %H:%M}前付款 {waiting.amount} 元。"
            tell(waiting, "moved_up", text)


def call_off(slot: Slot, because: str = "") -> int:
    """停开 of a locked slot: every booking ends, everybody is told. How many bookings."""
    rows = list(slot.bookings.filter(state__in=STANDING))
    for booking in rows:
        paid = booking.pay_state == Pay.PAID
        _end(booking, booking.amount if paid else Decimal(0))
        text = f"很抱歉，{because}{{what}}停开，您的预约已取消。"
        tell(booking, "called_off", text + (f"已付的 {booking.amount} 元全部退还。" if paid else ""))
    slot.cancelled, slot.taken = True, 0
    slot.save(update_fields=["cancelled", "taken"])
    return len(rows)


def tell(booking: Booking, name: str, text: str) -> None:
    """A notice to who booked."""
    if booking.account_id is None:
        return
    slot = booking.slot
    at = slot.starts.astimezone(SHANGHAI)
    what = f"{at:%m月%d日 %H:%M}{slot.venue.name}“{slot.hall}”"
    outbox.enqueue(
        "notice.app", f"venues:{booking.pk}:{name}", {"text": text.format(what=what)}, account_id=booking.account_id
    )


def by_code(actor: Actor, code: str) -> Booking:
    """The ticket with this code at a place of the actor's own union. NotFound otherwise."""

    def look(index: str) -> Booking | None:
        with as_system("the code is asked for, the union right after it"):
            row = (
                Booking.objects.select_related("slot__venue__organisation")
                .filter(code_hash=index, state=State.BOOKED)
                .first()
            )
        return row if row is not None and row.slot.venue.organisation.path in actor.paths_as(*HANDS) else None

    return looked_up(CODE, code, actor.account_id, look, _("没有这个码的预约，请核对八位数字。"))


def let_in(actor: Actor, code: str) -> Booking:
    """核销: the person is here. On the slot's day, once."""
    found = by_code(actor, code)
    with transaction.atomic(), as_system("the code was shown"):
        slot = locked(found.slot_id)
        day = day_of(slot.starts)
        if day != today():
            raise GuardRefused([_("这是 %(day)s 的预约，不是今天的。") % {"day": day.isoformat()}])
        if Booking.objects.filter(pk=found.pk, pay_state=Pay.UNPAID).exists():
            raise GuardRefused([_("还没有付款（%(amount)s 元），请先在“收款”里收款。") % {"amount": found.amount}])
        done = Booking.objects.filter(pk=found.pk, state=State.BOOKED).update(
            state=State.USED, used_at=now(), used_by=actor.account_id
        )
        if not done:
            raise GuardRefused([_("这个码已经用过了。")])
        found.refresh_from_db()
    return found
