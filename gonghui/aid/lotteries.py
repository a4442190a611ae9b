"""抽签: sealed before, drawn once, open to be drawn again by anybody; each child is admitted or waits in that order."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gonghui.aid import drawing
from gonghui.aid.models import Lottery
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.services.models import Application, Offer

SERVICE = "M26"
HOLDING = ("admitted", "enrolled", "ended", "closed")
DRAWERS = ("handler",)


def seal(offer: Offer) -> Lottery:
    """封存: the seed of a class is made and its fingerprint published before anybody can sign up. Made once."""
    with as_system("a lottery is sealed by the platform"):
        seed = drawing.new_seed()
        row, _made = Lottery.objects.get_or_create(
            offer=offer,
            defaults={"promise": drawing.promise_of(seed), "seed_text": seed, "promised_at": now()},
        )
        return row


def applications(offer: Offer) -> QuerySet[Application]:
    return Application.objects.select_related("matter").filter(service=SERVICE, seat__offer=offer)


def places(offer: Offer) -> int:
    return int(offer.data.get("places") or 0)


def held(offer: Offer) -> int:
    """How many places are given out."""
    return applications(offer).filter(matter__state__in=HOLDING).count()


def sign_up_open(offer: Offer) -> bool:
    """Whether one can still sign up: then nothing is drawn."""
    if offer.status != Offer.Status.PUBLISHED:
        return False
    end = offer.closes or offer.starts
    return end is None or end > now()


def draw(actor: Actor, offer: Offer) -> Lottery:
    """抽签, once: in the order of the sealed seed the first get the free places, the others wait in that order.

    GuardRefused while people may still sign up or complete what was sent back to them, or when there are no more of
    them than places.
    """
    if offer.organisation.path not in actor.paths_as(*DRAWERS):
        raise NotAllowed(_("由托管班的经办人抽签。"))
    seal(offer)
    with transaction.atomic(), as_system("the class of the handler's own union"):
        row = Lottery.objects.select_for_update(of=("self",)).get(offer=offer)
        if row.drawn_at is not None:
            raise GuardRefused([_("已经抽过签，不能再抽。")])
        if sign_up_open(offer):
            raise GuardRefused([_("还在报名，停止报名以后再抽签。")])
        if (completing := being_completed(offer).first()) is not None:
            raise GuardRefused([_still_completing(completing)])
        waiting = {one.matter.number: one.matter_id for one in applications(offer).filter(matter__state="applied")}
        free = max(0, places(offer) - held(offer) - len(reviewed_first(offer, None)))
        if len(waiting) <= free:
            raise GuardRefused([_("报名没有超过招收人数，不用抽签，逐个录取就可以。")])
        row.order = drawing.drawn(row.seed_text, waiting)
        row.drawn_at, row.drawn_by_id, row.places = now(), actor.account_id, free
        row.save(update_fields=["order", "drawn_at", "drawn_by", "places"])
        for place, number in enumerate(row.order):
            act(waiting[number], "admit" if place < row.places else "queue", actor)
        after = {"promise": row.promise, "seed": row.seed_text, "entries": len(row.order), "places": row.places}
        trail.record(f"offer:{offer.pk}", "draw", actor=actor, after=after, org_path=offer.organisation.path)
    return row


def being_completed(offer: Offer) -> QuerySet[Application]:
    """Who was sent back and still has time to complete the form, the last to end first: they are drawn with the
    others."""
    rows = applications(offer).filter(matter__state="returned", matter__due_at__gt=now())
    return rows.order_by("-matter__due_at", "pk")


def _still_completing(one: Application) -> str:
    assert one.matter.due_at is not None, "being completed, by when is known"
    told = {"number": one.matter.number, "at": f"{one.matter.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}
    return _("%(number)s 退回补正，最晚到 %(at)s；补正或者到期以后再抽签，免得漏掉这个孩子。") % told


def reviewed_first(offer: Offer, drawn: Lottery | None) -> list[str]:
    """Who waits before all others: the numbers whom a review found refused wrongly, the earliest asked first. Only who
    was reviewed before the draw and then drawn with the others keeps the place drawn."""
    rows = applications(offer).filter(matter__state="waiting", contested_at__isnull=False)
    if drawn is not None:
        rows = rows.filter(Q(contested_at__gt=drawn.drawn_at) | ~Q(matter__number__in=drawn.order))
    return list(rows.order_by("contested_at", "pk").values_list("matter__number", flat=True))


def next_waiting(offer: Offer, drawn: Lottery | None) -> str:
    """The number of the first who waits: whom a review put first, then in the order drawn, which stays as it was
    published, then who came after the draw, the earliest first. Empty: nobody waits."""
    rows = applications(offer).filter(matter__state="waiting").order_by("matter__state_since", "pk")
    waiting = list(rows.values_list("matter__number", flat=True))
    order = [number for number in drawn.order if number in set(waiting)] if drawn is not None else []
    return next(iter([*reviewed_first(offer, drawn), *order, *waiting]), "")


def public(offer_id: int) -> Lottery | None:
    """What anybody may see: the fingerprint, after the draw the seed and the order of numbers. No child is named."""
    with as_system("a lottery is open to all"):
        rows = Lottery.objects.select_related("offer__organisation").exclude(offer__status=Offer.Status.DRAFT)
        return rows.filter(offer_id=offer_id).first()
