"""Choices, conditions, limits and effects of the booking flow."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, effect, guard, notifier
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.legal import tables
from gonghui.legal.models import Booking
from gonghui.legal.rules.common import BOOKING_KIND


@choices("legal.booking_modes")
def _modes(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    return tables.pairs(tables.words().booking_modes)


def booking_of(ctx: Context) -> Booking:
    return Booking.objects.get(matter_id=ctx.matter.pk)


@guard("legal.in_future")
def in_future(ctx: Context, args: Any) -> str | None:
    if ctx.preview or ctx.data["at"] > ctx.now:
        return None
    return _("约定的时间已经过了，请另选一个。")


@guard("legal.has_begun")
def has_begun(ctx: Context, args: Any) -> str | None:
    at = booking_of(ctx).at
    return None if at is not None and at <= ctx.now else _("约定的时间还没有到。")


@effect("legal.arrange")
def arrange(ctx: Context, args: Any) -> None:
    booking = booking_of(ctx)
    booking.at, booking.mode = ctx.data["at"], ctx.data["mode"]
    booking.place, booking.host = ctx.data["place"], ctx.data.get("who") or ""
    booking.save(update_fields=["at", "mode", "place", "host"])


@effect("legal.booking_result")
def result(ctx: Context, args: Any) -> None:
    booking = booking_of(ctx)
    booking.result = ctx.data["text"]
    booking.people = ctx.data.get("people") or booking.people
    booking.save(update_fields=["result", "people"])


@effect("legal.booking_rate")
def rate(ctx: Context, args: Any) -> None:
    Booking.objects.filter(matter_id=ctx.matter.pk).update(satisfaction=ctx.data["satisfaction"])


@notifier(BOOKING_KIND)
def notify(ctx: Context, name: str) -> None:
    """In the app only; it hangs on the appeal's matter, whose page leads to the booking."""
    booking = booking_of(ctx)
    if ctx.matter.owner_id is None:
        return
    outbox.enqueue(
        "notice.app",
        f"legal:{ctx.matter.pk}:{name}:{ctx.matter.version}",
        {"text": tables.notices()[name].format(kind=tables.service(booking.service).zh)},
        matter=booking.source or ctx.matter,
        account_id=ctx.matter.owner_id,
    )
