"""复核: a refusal looked at again by the union above (review.yaml), and an application taken up again after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from gonghui.kernel.clocks import due_moment
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.scope import ancestors
from gonghui.kernel.times import day_of, now
from gonghui.organisations.models import Organisation
from gonghui.services import facts, offers, stock
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Objection, Offer, Seat, Taken, Voucher
from gonghui.services.review import refusals, undone, usual_limit
from gonghui.services.rules.common import application_of, in_a_list, values_of
from gonghui.services.rules.handing import return_to_first
from gonghui.services.spec import Service

REFUSED_BY = "refused_by"


@guard("services.may_contest")
def may_contest(ctx: Context, args: Any) -> str | None:
    """Once, and within so many days (`days`) of the refusal."""
    if application_of(ctx).contested_at is not None:
        return _("已经复核过一次，这是最后的答复。")
    last = day_of(ctx.matter.state_since) + timedelta(days=int(args["days"]))
    if day_of(ctx.now) > last:
        return _("申请复核的时间到 %(day)s 为止，已经过了。情况有变化的可以重新申请。") % {"day": f"{last:%Y-%m-%d}"}
    return None


@effect("services.contest")
def contest(ctx: Context, args: Any) -> None:
    """To the nearest union above the one that refused; where there is none, another person there looks at it."""
    application = application_of(ctx)
    application.contested_text, application.contested_at = ctx.data["contest_told"], ctx.now
    application.save(update_fields=["contested_text", "contested_at"])
    ctx.matter.data = {**ctx.matter.data, REFUSED_BY: ctx.matter.holder_path}
    above = Organisation.objects.filter(path__in=ancestors(ctx.matter.holder_path)[:-1], active=True)
    nearest = max((row.path for row in above), key=len, default="")
    ctx.matter.assignee_id = None
    if nearest:
        move(ctx.matter, nearest)


@guard("services.not_the_refuser")
def not_the_refuser(ctx: Context, args: Any) -> str | None:
    """Whoever refused does not judge the refusal."""
    verbs = [step.name for step in refusals(ctx.flow)]
    made = TrailEntry.objects.filter(stream=f"matter:{ctx.matter.pk}", verb__in=verbs).order_by("-seq").first()
    if made is not None and ctx.actor.account_id is not None and made.actor_id == ctx.actor.account_id:
        return _("复核必须由另一位同事来做：不通过是您办的。")
    return None


@effect("services.end_review")
def end_review(ctx: Context, args: Any) -> None:
    """Back to the union that had it."""
    before = ctx.matter.data.get(REFUSED_BY)
    if before and before != ctx.matter.holder_path:
        move(ctx.matter, before)


def _keys(ctx: Context) -> list[tuple[int, str]]:
    application, service = application_of(ctx), service_of(ctx.matter)
    return facts.once_keys(service, values_of(ctx), application.account_id, day_of(application.applied_at))


def _newer(ctx: Context) -> str | None:
    """What is said where the worker has applied anew meanwhile."""
    other = facts.taken_by(key for _place, key in _keys(ctx)).exclude(application=application_of(ctx)).first()
    if other is None:
        return None
    if other.brought_by is not None:
        return in_a_list(other)
    return _("职工已经另有一份申请：%(why)s 请在那一份里办理。") % {"why": service_of(ctx.matter).once[other.rule]}


@effect("services.retake")
def retake(ctx: Context, args: Any) -> None:
    """What the refusal set free is taken again. GuardRefused where somebody else, or a newer application, has it."""
    application, service = application_of(ctx), service_of(ctx.matter)
    if newer := _newer(ctx):
        raise GuardRefused([newer])
    # It begins anew where it began, not where it was refused.
    return_to_first(ctx.matter)
    application.taken.all().delete()
    Taken.objects.bulk_create(Taken(key=key, rule=place, application=application) for place, key in _keys(ctx))
    # The objection that led to the refusal was found wrong with it.
    Objection.objects.filter(notice__application=application, upheld=True).update(upheld=False)
    for undo in undone(ctx.flow):
        undo.take(ctx)
    _take_seat(application, service)
    voucher = Voucher.objects.filter(application=application).first()
    if voucher is not None:
        # Where it was asked for, else wherever there is one of the size.
        asked, year = stock.wanted_anywhere(service, values_of(ctx)), day_of(ctx.now).year
        with stock.without_the_form():
            voucher.stock = stock.promise(service.id, ctx.matter.holder_path, year, asked, prefer=voucher.stock_id)
        voucher.returned_at, voucher.pickup_code, voucher.code_hash, voucher.keep_until = None, "", "", None
        voucher.save(update_fields=["stock", "returned_at", "pickup_code", "code_hash", "keep_until"])


# Where a refusal freed a seat


def _freed(application: Application) -> Seat | None:
    return Seat.objects.select_related("offer").filter(application=application, state=Seat.State.FREED).first()


def _why_not(ctx: Context) -> str | None:
    """Why what the refusal set free cannot be given again; None where it can, be it a place on the waiting list."""
    reasons = [_newer(ctx), *(undo.too_late(ctx) for undo in undone(ctx.flow))]
    row = _freed(application_of(ctx))
    if row is not None:
        reasons.append(_seat_gone(row.offer, offers.of(service_of(ctx.matter)).waiting, ctx.now))
    return next(filter(None, reasons), None)


def _seat_gone(offer: Offer, waiting: bool, at: datetime) -> str | None:
    if offer.status == Offer.Status.CANCELLED:
        return _("主办方已经取消。")
    if (offer.starts or offer.ends or at) < at:
        return _("已经开始或者结束。")
    if waiting or offer.capacity is None or offer.taken < offer.capacity:
        return None
    return _("名额已满；举办的工会可以在预算以内先增加名额。")


@guard("services.can_be_retaken")
def can_be_retaken(ctx: Context, args: Any) -> str | None:
    return _why_not(ctx)


@guard("services.cannot_be_retaken")
def cannot_be_retaken(ctx: Context, args: Any) -> str | None:
    """Nobody is told that nothing is left while something is."""
    return None if _why_not(ctx) else _("还可以办理：请用“撤销原决定”。")


def _take_seat(application: Application, service: Service) -> None:
    """A place before all others on the waiting list, from which a free seat is theirs at once; without a list a seat,
    where one is free. Each by one statement, so that two at once cannot have the last. GuardRefused for none."""
    row = _freed(application)
    if row is None:
        return
    rows = Offer.objects.filter(pk=row.offer_id).exclude(status=Offer.Status.CANCELLED)
    if offers.of(service).waiting:
        row.state, row.ahead = Seat.State.WAITING, True
        given = rows.update(waiting=F("waiting") + 1)
    else:
        row.state = Seat.State.TAKEN
        given = rows.filter(Q(capacity__isnull=True) | Q(capacity__gt=F("taken"))).update(taken=F("taken") + 1)
        offers.give_code(row)
    if not given:
        raise GuardRefused([_("名额刚刚没有了，请刷新再看。")])
    row.save(update_fields=["state", "ahead", "ticket_code", "code_hash"])
    if row.state == Seat.State.WAITING:
        offers.call_next(row.offer_id)
    else:
        offers.remind_later(row)


@limit("services.limit_review")
def limit_review(matter: Matter) -> Limit:
    """As long as any review may take, and no later than the start of what the seat is in [P]."""
    usual, at = usual_limit(), now()
    offer = offers.offer_of(matter)
    starts = offer.starts if offer is not None else None
    if starts is None or not at < starts < due_moment(at, usual)[0]:
        return usual
    return Limit(minutes=Decimal(max(1, int((starts - at).total_seconds()) // 60)))
