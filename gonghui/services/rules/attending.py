"""名额、签到签退: a seat moves up, its owner comes and leaves, and the limits that follow the offer's own times."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import effect, flow_of, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, act, locked
from gonghui.kernel.models import Matter, OutboxMessage
from gonghui.kernel.times import now
from gonghui.kernel.vault import blind_index
from gonghui.services import offers
from gonghui.services.catalogue import service_of
from gonghui.services.models import Offer, Seat
from gonghui.services.rules.applying import tell
from gonghui.services.rules.common import application_of
from gonghui.services.spec import Attendance

TURN_SECONDS, TURNS_KEPT = 60, 3
LEAVE_GRACE = timedelta(hours=1)


def seat_of(ctx: Context) -> Seat:
    return Seat.objects.select_related("offer").get(application=application_of(ctx))


def attendance_of(matter: Matter) -> Attendance:
    return offers.of(service_of(matter)).attendance or Attendance()


# The code at the door


def door_codes(offer: Offer, printed: bool, at: datetime) -> list[str]:
    """The codes that open now, the newest first: one that never changes, or one for each minute and the two before."""
    turns: list[str] = ["printed"]
    if not printed:
        turn = int(at.timestamp()) // TURN_SECONDS
        turns = [str(turn - back) for back in range(TURNS_KEPT)]
    return [f"{int(blind_index('door', f'{offer.pk}:{turn}')[:15], 16) % 10**8:08d}" for turn in turns]


def code_fits(offer: Offer, printed: bool, code: str, at: datetime) -> bool:
    typed = "".join(letter for letter in code if letter.isdigit())
    return any(hmac.compare_digest(typed, known) for known in door_codes(offer, printed, at))


@guard("services.at_the_door")
def at_the_door(ctx: Context, args: Any) -> str | None:
    """The worker shows that they are there: by the code that the host shows."""
    offer, rules = seat_of(ctx).offer, attendance_of(ctx.matter)
    if offer.starts is not None and ctx.now < offer.starts - timedelta(minutes=rules.opens_minutes):
        return _("还没到签到时间，开始前 %(n)d 分钟可以签到。") % {"n": rules.opens_minutes}
    if offer.ends is not None and ctx.now > offer.ends + LEAVE_GRACE:
        return _("已经结束了。到了现场没有签上的，请找举办的工会补登。")
    if ctx.preview:
        return None
    if not code_fits(offer, rules.printed, ctx.data.get("code") or "", ctx.now):
        return _("签到码不对或者已经换了，请看现场屏幕上的新码。")
    return None


@guard("services.began")
def began(ctx: Context, args: Any) -> str | None:
    """Nobody is entered as present before the doors open."""
    offer, rules = seat_of(ctx).offer, attendance_of(ctx.matter)
    if offer.starts is not None and ctx.now < offer.starts - timedelta(minutes=rules.opens_minutes):
        return _("还没有开始，不能登记到场。")
    return None


@guard("services.stayed")
def stayed(ctx: Context, args: Any) -> str | None:
    """Long enough since coming."""
    least, row = attendance_of(ctx.matter).least_minutes, seat_of(ctx)
    if row.checked_in_at is not None and _minutes(row, ctx.now) < least:
        return _("还没有到时间：至少要参加 %(n)d 分钟才能签退。") % {"n": least}
    return None


def _minutes(row: Seat, until: datetime) -> int:
    """How long the owner was there, within the offer's own time."""
    begin = max(filter(None, (row.checked_in_at, row.offer.starts)))
    end = min(filter(None, (until, row.offer.ends)))
    return max(0, int((end - begin).total_seconds()) // 60)


@effect("services.check_in")
def check_in(ctx: Context, args: Any) -> None:
    row = seat_of(ctx)
    row.checked_in_at = row.checked_in_at or ctx.now
    row.save(update_fields=["checked_in_at"])


@effect("services.check_out")
def check_out(ctx: Context, args: Any) -> None:
    row = seat_of(ctx)
    row.checked_out_at, row.minutes = ctx.now, _minutes(row, ctx.now)
    row.save(update_fields=["checked_out_at", "minutes"])


@effect("services.enter_present")
def enter_present(ctx: Context, args: Any) -> None:
    """By the sign sheet, or the worker's own code: the host says who was there, for the whole time."""
    row = seat_of(ctx)
    offer, row.entered_by_id = row.offer, ctx.actor.account_id
    row.checked_in_at = row.checked_in_at or offer.starts or ctx.now
    row.checked_out_at = offer.ends or ctx.now
    row.minutes = _minutes(row, row.checked_out_at)
    row.save(update_fields=["entered_by", "checked_in_at", "checked_out_at", "minutes"])
    ctx.record(minutes=row.minutes)


@effect("services.free_seat")
def free_seat(ctx: Context, args: Any) -> None:
    """The seat alone goes back; what may be had once stays taken."""
    offers.give_up(application_of(ctx))


# Giving back and moving up


@guard("services.may_give_back")
def may_give_back(ctx: Context, args: Any) -> str | None:
    row, service = seat_of(ctx), service_of(ctx.matter)
    if offers.may_give_back(service, row.offer, row.state == Seat.State.WAITING, ctx.now):
        return None
    hours = offers.of(service).cancel_before_hours
    return _("开始前 %(n)d 小时内不能退了；确实来不了请告诉举办的工会。") % {"n": hours}


@guard("services.seat_free")
def seat_free(ctx: Context, args: Any) -> str | None:
    """The effect takes it by a conditional statement; whoever looks before sees whether there is one."""
    row = seat_of(ctx)
    free = row.offer.capacity is None or row.offer.taken < row.offer.capacity
    return None if row.state != Seat.State.WAITING or free else _("现在还没有空出来的名额。")


@effect("services.take_seat")
def take_seat(ctx: Context, args: Any) -> None:
    row = seat_of(ctx)
    if row.state == Seat.State.WAITING and not offers.move_up(row):
        raise KernelError(_("现在还没有空出来的名额。"))


@outbox.handler("task.seat", transactional=True)
def next_one(message: OutboxMessage) -> None:
    """A seat became free: the first who waits gets it, and the message goes on while there are more."""
    offer = Offer.objects.filter(pk=message.payload["offer"]).first()
    if offer is None or offer.status == Offer.Status.CANCELLED:
        return
    waiting = Seat.objects.select_related("application__matter").filter(offer=offer, state=Seat.State.WAITING)
    for row in waiting.order_by("-ahead", "at", "pk")[:20]:
        offer.refresh_from_db()
        if offer.capacity is not None and offer.taken >= offer.capacity:
            return
        try:
            _move(row)
        except KernelError:
            # Its owner was faster by an instant: withdrawn, or refused. The next one, then.
            continue
        offers.call_next(offer.pk)
        return


def _move(row: Seat) -> None:
    matter = row.application.matter
    flow = flow_of(matter)
    if "move_up" in flow.by_name and matter.state in flow.sources_of(flow.by_name["move_up"]):
        act(matter.pk, "move_up", SYSTEM)
        return
    matter = locked(matter.pk, SYSTEM)
    if not offers.move_up(row):
        raise KernelError(_("现在还没有空出来的名额。"))
    tell(matter, "moved_up", f"services:{matter.pk}:moved_up:{row.pk}")


@outbox.handler("task.seat_told", transactional=True)
def told(message: OutboxMessage) -> None:
    """The offer was called off or moved: the application follows where its flow says how, and its owner is told."""
    row = Seat.objects.select_related("application__matter").filter(pk=message.payload["seat"]).first()
    if row is None or row.state == Seat.State.FREED:
        return
    matter, step = row.application.matter, message.payload["step"]
    flow = flow_of(matter)
    if step == "reschedule":
        offers.remind_later(row)
    if step in flow.by_name and matter.state in flow.sources_of(flow.by_name[step]):
        act(matter.pk, step, SYSTEM)
    elif matter.is_open:
        tell(matter, step, f"services:{message.key}")


@outbox.handler("task.seat_reminder", transactional=True)
def remind(message: OutboxMessage) -> None:
    """A day before: whoever still has the seat is reminded, unless the offer was moved since."""
    row = Seat.objects.select_related("application__matter", "offer").filter(pk=message.payload["seat"]).first()
    if row is None or row.state != Seat.State.TAKEN or row.offer.starts is None:
        return
    if row.offer.starts.isoformat() == message.payload["starts"] and row.offer.status != Offer.Status.CANCELLED:
        tell(row.application.matter, "offer_reminder", f"services:{message.key}")


# Limits that follow the offer


def _until(moment: datetime | None) -> Limit | None:
    if moment is None:
        return None
    minutes = int((moment - now()).total_seconds() // 60)
    return Limit.model_validate({"minutes": Decimal(max(1, minutes))})


@limit("services.limit_until_start")
def limit_until_start(matter: Matter) -> Limit | None:
    offer = offers.offer_of(matter)
    return _until(offer.starts) if offer is not None else None


@limit("services.limit_until_entered")
def limit_until_entered(matter: Matter) -> Limit | None:
    """Until the sign sheet must be entered: some days after the end."""
    offer = offers.offer_of(matter)
    if offer is None or offer.ends is None:
        return None
    return _until(offer.ends + timedelta(days=attendance_of(matter).enter_days))
