"""子女托管: who gets a place, the days, the code of the day, complaints."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import lotteries
from gonghui.aid.models import CareDay, Complaint, Lottery
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import choices, effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now, today
from gonghui.services import offers
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Offer
from gonghui.services.queries import reads_clear
from gonghui.services.rules.common import application_of, values_of

AFTER_SIGN_UP, AFTER_CLASS = timedelta(days=7), timedelta(days=1)
SELF = "guardian"


def _until(at: datetime | None) -> Limit:
    """From now to a moment, at least an hour; two months where the offer tells no moment."""
    left = (at - now()) if at is not None else timedelta(days=60)
    return Limit(minutes=Decimal(max(60, int(left.total_seconds() // 60))))


@limit("aid.limit_draw")
def limit_draw(matter: Matter) -> Limit:
    """A week after the sign-up ends."""
    offer = offers.offer_of(matter)
    end = (offer.closes or offer.starts) if offer is not None else None
    return _until(end + AFTER_SIGN_UP if end is not None else None)


@limit("aid.limit_class")
def limit_class(matter: Matter) -> Limit:
    """Until the day after the class ends."""
    offer = offers.offer_of(matter)
    return _until(offer.ends + AFTER_CLASS if offer is not None and offer.ends is not None else None)


@guard("aid.place_free")
def place_free(ctx: Context, args: Any) -> str | None:
    offer = Offer.objects.get(pk=ctx.matter.data["offer"])
    free = lotteries.places(offer) - lotteries.held(offer)
    if free <= 0:
        return _("招收人数已满。")
    drawn = Lottery.objects.filter(offer=offer, drawn_at__isnull=False).first()
    if ctx.matter.state == "waiting" and (first := lotteries.next_waiting(offer, drawn)):
        return None if ctx.matter.number == first else _("候补按抽签顺序，现在轮到 %(number)s。") % {"number": first}
    reviewed = lotteries.reviewed_first(offer, drawn)
    free -= len(reviewed)
    if free <= 0:
        return _("空出来的名额先给复核撤销了“不通过”的 %(number)s。") % {"number": reviewed[0]}
    if drawn is not None:
        late = ctx.matter.state == "applied" and application_of(ctx).contested_at is None
        if late and (first := lotteries.next_waiting(offer, drawn)):
            return _("已经抽过签，空出来的名额先给候补的 %(number)s；这份排到候补最后。") % {"number": first}
        return None
    applied = lotteries.applications(offer).filter(matter__state="applied").count()
    # Who is completing the form is one of those who want a place.
    wanted = applied + lotteries.being_completed(offer).count()
    return _("报名人数超过招收人数，请先抽签。") if wanted > free else None


@guard("aid.late_for_draw")
def late_for_draw(ctx: Context, args: Any) -> str | None:
    """The end of the waiting list is for who came to be checked after the draw."""
    offer = Offer.objects.get(pk=ctx.matter.data["offer"])
    drawn = Lottery.objects.filter(offer=offer, drawn_at__isnull=False).first()
    if drawn is None:
        return _("还没有抽签：要抽签的一起抽，不用抽的逐个录取。")
    if application_of(ctx).contested_at is not None:
        return _("复核撤销了“不通过”的不排到最后：有名额的直接录取，没有的排在候补最前面。")
    if lotteries.places(offer) > lotteries.held(offer) and not lotteries.next_waiting(offer, drawn):
        return _("还有名额，也没有人候补，请直接录取。")
    return None


@guard("aid.reviewed_and_full")
def reviewed_and_full(ctx: Context, args: Any) -> str | None:
    if application_of(ctx).contested_at is None:
        return _("只用于复核撤销了“不通过”的报名；其他的按抽签顺序候补。")
    offer = Offer.objects.get(pk=ctx.matter.data["offer"])
    return _("还有名额，请直接录取。") if lotteries.places(offer) > lotteries.held(offer) else None


@effect("aid.take_place")
def take_place(ctx: Context, args: Any) -> None:
    """The class is locked while places are counted, so that two at once cannot have the last one."""
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=ctx.matter.data["offer"])
    if lotteries.held(offer) >= lotteries.places(offer):
        raise GuardRefused([_("招收人数已满。")])


@effect("aid.free_place")
def free_place(ctx: Context, args: Any) -> None:
    """The place is free by the state alone; who waits is admitted by the handler, in the order drawn."""
    ctx.record(freed=ctx.previous_state in lotteries.HOLDING)


@guard("aid.receipt_told")
def receipt_told(ctx: Context, args: Any) -> str | None:
    if ctx.preview or ctx.data["fee"] != "paid" or ctx.data["receipt"]:
        return None
    return _("已缴费的请写收据号。")


@effect("aid.enrolled")
def enrolled(ctx: Context, args: Any) -> None:
    ctx.matter.data["fee"] = ctx.data["fee"]


# The days


def _today(ctx: Context) -> CareDay | None:
    day = day_of(ctx.now)
    return CareDay.objects.filter(application=application_of(ctx), day=day).first()


@guard("aid.not_here_yet")
def not_here_yet(ctx: Context, args: Any) -> str | None:
    return _("今天已经签到。") if _today(ctx) is not None else None


@effect("aid.arrive")
def arrive(ctx: Context, args: Any) -> None:
    CareDay.objects.create(
        application=application_of(ctx),
        day=day_of(ctx.now),
        came_at=ctx.now,
        pickup_code=f"{secrets.randbelow(10**6):06d}",
        entered_by_id=ctx.actor.account_id,
    )


@choices("aid.fetchers")
def fetchers(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The guardian and who else the form names; in clear for the handler at the place alone."""
    clear = reads_clear(actor, matter)
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
        values = load(service_of(application), application.values_json)
    names = [(SELF, _("监护人 %(name)s") % {"name": values["name"]})]
    names += [(str(place), str(row["fetcher_name"])) for place, row in enumerate(values.get("fetchers") or ())]
    return names if clear else [(code, "***") for code, _name in names]


@guard("aid.pickup_fits")
def pickup_fits(ctx: Context, args: Any) -> str | None:
    day = _today(ctx)
    if day is None:
        return _("今天没有签到。")
    if day.fetched_at is not None:
        return _("今天已经接走了。")
    if ctx.preview:
        return None
    typed = "".join(letter for letter in ctx.data["pickup"] if letter.isdigit())
    if not hmac.compare_digest(typed, day.pickup_code):
        return _("接送码不对，请让来接的人打开“我的”，或者打电话给监护人核对；不能放孩子走。")
    return None


@effect("aid.fetch")
def fetch(ctx: Context, args: Any) -> None:
    day, values = _today(ctx), values_of(ctx)
    assert day is not None, "the guard has seen it"
    who = ctx.data["fetcher"]
    day.fetched_by_name = str(
        values["name"] if who == SELF else (values.get("fetchers") or [])[int(who)]["fetcher_name"]
    )
    day.fetched_at = ctx.now
    day.save(update_fields=["fetched_by_name", "fetched_at"])


@guard("aid.all_fetched")
def all_fetched(ctx: Context, args: Any) -> str | None:
    day = _today(ctx)
    return _("孩子今天还没有接走。") if day is not None and day.fetched_at is None else None


# Complaints


@effect("aid.complain")
def complain(ctx: Context, args: Any) -> None:
    Complaint.objects.create(application=application_of(ctx), complaint_text=ctx.data["complaint_told"], at=ctx.now)


@guard("aid.has_complaint")
def has_complaint(ctx: Context, args: Any) -> str | None:
    open_ones = Complaint.objects.filter(application=application_of(ctx), replied_at=None)
    return None if open_ones.exists() else _("没有要答复的投诉。")


@effect("aid.reply")
def reply(ctx: Context, args: Any) -> None:
    for one in Complaint.objects.filter(application=application_of(ctx), replied_at=None):
        one.reply_text, one.replied_by_id, one.replied_at = ctx.data["reply_told"], ctx.actor.account_id, ctx.now
        one.save(update_fields=["reply_text", "replied_by", "replied_at"])


def code_of_today(application: Application) -> CareDay | None:
    """Today's row of a child that is here, for its guardian."""
    return CareDay.objects.filter(application=application, day=today(), fetched_at=None).first()
