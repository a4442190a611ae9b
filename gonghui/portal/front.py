"""Where the matters of the rooms that were there before 我的 are looked at, and their rows that are no matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from gonghui.appeals.models import Message, WorkOrder
from gonghui.kernel.actor import Actor
from gonghui.kernel.front import Row, mine, numbered, opens, turn
from gonghui.kernel.times import now
from gonghui.venues import bookings as slots
from gonghui.venues import ratings
from gonghui.venues.models import Booking

opens("appeals.work_order", "portal:case")
opens("legal.", "portal:legal")
opens("services.", "portal:application")
opens("venues.fault", "portal:fault")

YEAR = timedelta(days=365)


@mine("bookings")
def bookings(actor: Actor) -> Iterator[Row]:
    """Slots of halls and events: to come there is the worker's turn."""
    states = {
        Booking.State.BOOKED: _("已约好，请按时到场"),
        Booking.State.WAITING: _("候补中"),
        Booking.State.USED: _("已到场"),
        Booking.State.CANCELLED: _("已取消"),
    }
    rows = slots.own_list(actor, 200)
    open_to_rate = ratings.waiting(rows)
    for booking in rows:
        slot = booking.slot
        over, missed = slot.ends < now(), slots.missed(booking)
        if over and now() - slot.ends > YEAR:
            continue
        state = Booking.State(booking.state)
        absent = _("没有到场（已免计）") if booking.excused_at is not None else _("没有到场")
        ahead = not over and booking.state in (Booking.State.BOOKED, Booking.State.WAITING)
        booked = booking.state == Booking.State.BOOKED
        yield Row(
            key=f"booking-{booking.pk}",
            title=f"{slot.venue} · {slot.hall}",
            state=absent if missed else _("已到场，可以评价") if booking.pk in open_to_rate else states[state],
            address=reverse("portal:booking", args=[booking.pk]),
            at=booking.at,
            group="done" if not ahead else "mine" if booked else "working",
            due=slot.starts if ahead and booked else None,
        )


@numbered("appeals.work_order")
def appeals(matters: Sequence[int]) -> dict[int, str]:
    """A worker knows the number of the appeal, not that of the order it became."""
    return dict(WorkOrder.objects.filter(matter_id__in=matters).values_list("matter_id", "appeal__number"))


@turn
def asked(actor: Actor) -> list[int]:
    """Appeals whose handler asked something that has no answer yet."""
    if actor.account_id is None:
        return []
    answers = Message.objects.filter(answers=OuterRef("pk"))
    questions = Message.objects.filter(
        kind=Message.Kind.QUESTION, internal=False, matter__owner_id=actor.account_id, matter__is_open=True
    )
    return list(questions.exclude(Exists(answers)).values_list("matter_id", flat=True).distinct())
