"""四季送: plan a campaign, and ask what became of it. The flow `aid.campaign` moves it; each person on its list is an
application of M16 (goods) or A02 (money)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from gonghui.aid import tables
from gonghui.aid.models import Campaign
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow import kept_flow
from gonghui.kernel.matters import open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import ancestors, as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.organisations.models import Organisation
from gonghui.services.models import Application, Offer, Payment

KIND = "aid.campaign"
PLANNERS = ("handler", "dispatcher", "leader")
SERVICES = {Campaign.Kind.GOODS: "M16", Campaign.Kind.CASH: "A02"}
PLANNED = ("title", "season", "kind", "item", "source", "budget", "each", "targets", "route", "place", "hours",
           "visits", "closes")  # fmt: skip
ENDED = ("refused", "withdrawn", "expired")


def _checked(values: Mapping[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    if values["each"] <= 0:
        wrong["each"] = [_("每份要大于零。")]
    elif values["budget"] < values["each"]:
        wrong["budget"] = [_("预算连一份都不够。")]
    if values["kind"] == Campaign.Kind.GOODS and not values["item"]:
        wrong["item"] = [_("请写明送什么物品。")]
    if values["closes"] < today():
        wrong["closes"] = [_("名单截止不能早于今天。")]
    if not values["targets"]:
        wrong["targets"] = [_("请选对象。")]
    if wrong:
        raise InvalidData(wrong)


@transaction.atomic
def plan(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Campaign:
    """计划. InvalidData beside what cannot be."""
    if organisation.path not in actor.paths_as(*PLANNERS):
        raise NotAllowed
    _checked(values)
    at = now()
    with as_system("the union plans a campaign of its own"):
        matter = open_matter(
            KIND,
            actor=actor,
            title=values["title"],
            holder_path=organisation.path,
            number=f"SJS-{at:%Y%m%d}-{next_number(f'aid:campaign:{at:%Y%m%d}'):04d}",
            region=organisation.region_id or "",
            at=at,
        )
        return Campaign.objects.create(
            matter=matter, organisation=organisation, **{name: values[name] for name in PLANNED}
        )


@transaction.atomic
def change(actor: Actor, campaign: Campaign, values: Mapping[str, Any]) -> Campaign:
    """Change a plan that nobody has approved yet."""
    if campaign.organisation.path not in actor.paths_as(*PLANNERS):
        raise NotAllowed
    _checked(values)
    with as_system("the union's own campaign"):
        matter = Matter.objects.select_for_update(of=("self",)).get(pk=campaign.matter_id)
        if matter.state != "planned":
            raise GuardRefused([_("已经提交审批的计划不能再改；要改请先退回。")])
        for name in PLANNED:
            setattr(campaign, name, values[name])
        campaign.save(update_fields=list(PLANNED))
        matter.title = values["title"]
        touch(matter, "change", actor, after={"budget": str(campaign.budget), "each": str(campaign.each)})
    return campaign


def own(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns of the actor's unions; and those above them that take the unit's list now."""
    mine = actor.paths_as(*PLANNERS, "supervisor")
    above = {path for own_path in actor.paths_as(*PLANNERS) for path in ancestors(own_path)}
    listing = Q(organisation__path__in=above, matter__state="listing") & ~Q(route=Campaign.Route.CLAIM)
    rows = Campaign.objects.select_related("matter", "organisation", "offer")
    return rows.filter(Q(organisation__path__in=mine) | listing).order_by("-pk")


def one(actor: Actor, campaign_id: int) -> Campaign:
    """NotFound for one that the actor has nothing to do with."""
    with as_system("whose it is is asked in the same question"):
        found = own(actor).filter(pk=campaign_id).first()
    if found is None:
        raise NotFound
    return found


def of_matter(matter: Matter) -> Campaign | None:
    """The campaign of its own matter, or of an application on its list. The caller has checked who asks."""
    with as_system("the actor sees this matter"):
        rows = Campaign.objects.select_related("matter", "organisation", "offer", "stock", "fund")
        if matter.kind == KIND:
            return rows.filter(matter=matter).first()
        return rows.filter(offer_id=matter.data.get("offer") or 0).first()


def applications(campaign: Campaign) -> QuerySet[Application]:
    """Everybody who is or was on the list."""
    return Application.objects.select_related("matter").filter(
        matter__kind__startswith=f"services.{SERVICES[Campaign.Kind(campaign.kind)]}.", seat__offer=campaign.offer_id
    )


def served(campaign: Campaign) -> QuerySet[Application]:
    """Those who have it: signed for, or the money arrived."""
    return applications(campaign).filter(Q(voucher__handed_at__isnull=False) | Q(payment__status=Payment.Status.PAID))


def lacking(campaign: Campaign) -> int:
    """How many whose refusal is being reviewed could not be given a place if it were overturned."""
    with as_system("counted, nobody is named"):
        offer = Offer.objects.filter(pk=campaign.offer_id or 0).first()
        if offer is None or offer.capacity is None:
            return 0
        reviewed = applications(campaign).filter(matter__state="contested").count()
        return max(0, reviewed - max(0, offer.capacity - offer.taken))


@dataclass(frozen=True)
class Figures:
    """关键指标: people, money, double claims that were blocked."""

    listed: int
    states: list[tuple[str, int]]
    served: int
    money: Decimal
    blocked: int


def figures(campaign: Campaign) -> Figures:
    with as_system("counted, nobody is named"):
        if campaign.offer_id is None:
            return Figures(0, [], 0, Decimal(0), campaign.blocked)
        rows = applications(campaign)
        counts = rows.values_list("kind", "flow_digest", "matter__state").annotate(n=Count("pk")).order_by()
        named = Counter[str]()
        for kind, digest, state, count in counts:
            named[kept_flow(kind, digest).state_of(state).label] += count
        live = rows.exclude(matter__state__in=ENDED).count()
        given = served(campaign)
        money = given.aggregate(sum=Sum("payment__amount"))["sum"]
        if campaign.kind == Campaign.Kind.GOODS:
            money = campaign.each * given.count()
        return Figures(live, list(named.items()), given.count(), money or Decimal(0), campaign.blocked)


def last_moment(campaign: Campaign) -> datetime:
    """The end of the list's last day."""
    return datetime.combine(campaign.closes + timedelta(days=1), time(), tzinfo=SHANGHAI)


def targets(campaign: Campaign) -> str:
    return "、".join(tables.campaigns().target(code) for code in campaign.targets)
