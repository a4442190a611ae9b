"""疗休养: the unit's place, two years until again, what is written down of the trip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import trips
from gonghui.aid.models import TripRecord
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, move
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, now
from gonghui.kernel.vault import blind_index
from gonghui.services import offers
from gonghui.services.hooks import checks
from gonghui.services.models import Offer
from gonghui.services.review import takes_back
from gonghui.services.rules.common import application_of
from gonghui.services.spec import Service

AFTER_TRIP = timedelta(days=5)


@limit("aid.limit_trip")
def limit_trip(matter: Matter) -> Limit:
    """Some days after the line is back."""
    offer = offers.offer_of(matter)
    end = offer.ends + AFTER_TRIP if offer is not None and offer.ends is not None else now() + timedelta(days=60)
    return Limit(minutes=Decimal(max(60, int((end - now()).total_seconds() // 60))))


@guard("aid.quota_left")
def quota_left(ctx: Context, args: Any) -> str | None:
    quota = trips.quota_of(ctx.matter)
    if quota is None:
        return _("这条线路没有给本单位名额，请向组织的工会申请。")
    return None if quota.left > 0 else _("本单位这条线路的名额已经用完。")


@guard("aid.rested_enough")
def rested_enough(ctx: Context, args: Any) -> str | None:
    offer = Offer.objects.filter(pk=ctx.matter.data["offer"]).first()
    until = trips.rested_until(application_of(ctx), offer)
    return _("两年内参加过疗休养，%(day)s 以后才能再去。") % {"day": until.isoformat()} if until is not None else None


@checks("M21")
def not_too_soon(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """Who travelled within the years is told at once, not after the unit has looked. GuardRefused with the day."""
    with as_system("one's own trips, by the identity number that was told"):
        offer = Offer.objects.filter(pk=values["offer"]).first()
        until = trips.travelled_until(blind_index("id_no", str(values["id_no"])), offer)
    if until is not None:
        raise GuardRefused([_("两年内参加过疗休养，%(day)s 以后才能再去。") % {"day": until.isoformat()}])


@effect("aid.take_quota")
def take_quota(ctx: Context, args: Any) -> None:
    unit = ctx.matter.holder_path
    before = [one for one in trips.ranked(ctx.matter) if one.application.matter_id != ctx.matter.pk]
    own = trips.place_of(application_of(ctx))
    passed_over = sum(1 for one in before if one.points > own.points and one.again is None)
    if not trips.take(ctx.matter.data["offer"], unit):
        raise GuardRefused([_("本单位这条线路的名额已经用完。")])
    ctx.matter.data["unit"] = unit
    ctx.record(unit=unit, passed_over=passed_over)


@effect("aid.to_organiser")
def to_organiser(ctx: Context, args: Any) -> None:
    offer = Offer.objects.select_related("organisation").get(pk=ctx.matter.data["offer"])
    if offer.organisation.path != ctx.matter.holder_path:
        move(ctx.matter, offer.organisation.path)


@effect("aid.free_quota")
def free_quota(ctx: Context, args: Any) -> None:
    unit = ctx.matter.data.pop("unit", "")
    if unit:
        ctx.matter.data["unit_before"] = unit
        trips.free(ctx.matter.data["offer"], unit)


@takes_back("aid.free_quota")
def to_the_unit(ctx: Context) -> None:
    """A refusal that was wrong goes back to the unit that had recommended: a place of its quota is taken anew there."""
    unit = ctx.matter.data.pop("unit_before", "")
    if unit and unit != ctx.matter.holder_path:
        move(ctx.matter, unit)


@effect("aid.cleared")
def cleared(ctx: Context, args: Any) -> None:
    ctx.record(fit=ctx.data["fit"])


@guard("aid.trip_days")
def trip_days(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    if ctx.data["back_on"] < ctx.data["went_on"]:
        return _("返回日期早于出发日期。")
    if ctx.data["back_on"] > day_of(ctx.now):
        return _("还没有返回，回来以后再登记。")
    return None


@effect("aid.record_trip")
def record_trip(ctx: Context, args: Any) -> None:
    application = application_of(ctx)
    offer = Offer.objects.get(pk=ctx.matter.data["offer"])
    TripRecord.objects.update_or_create(
        application=application,
        defaults={
            "id_no": application.id_no, "line": offer.title, "went_on": ctx.data["went_on"],
            "back_on": ctx.data["back_on"],
        },
    )  # fmt: skip


@effect("aid.settle_trip")
def settle_trip(ctx: Context, args: Any) -> None:
    TripRecord.objects.filter(application=application_of(ctx)).update(cost=ctx.data["cost"])
