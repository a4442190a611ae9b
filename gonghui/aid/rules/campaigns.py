"""四季送: the budget becomes an offer, the list is checked, each piece is set aside once, 5 % are looked at again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from gonghui.aid import campaigns, drawing, tables
from gonghui.aid.models import Campaign, SampleLook
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.flow import choices, effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.kernel.vault import mask_name
from gonghui.services import funds
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Fund, Offer, Stock, Voucher
from gonghui.services.review import takes_back
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.rules.granting import set_aside
from gonghui.services.rules.paying import give_back_money

Route, Kind = Campaign.Route, Campaign.Kind
# While people are put on the list, and served.
OPEN = ("listing", "giving")
# In the campaign's data: how many pieces one person has proposed and no other has confirmed yet.
PROPOSED = "proposed_pieces"


def campaign_of(ctx: Context) -> Campaign:
    found = ctx.once(campaigns.of_matter)
    if found is None:
        raise GuardRefused([_("没有找到这次活动。")])
    return found


@limit("aid.limit_list")
def limit_list(matter: Matter) -> Limit | None:
    """Until the end of the list's last day."""
    campaign = campaigns.of_matter(matter)
    if campaign is None:
        return None
    left = campaigns.last_moment(campaign) - now()
    return Limit(minutes=Decimal(max(1, int(left.total_seconds() // 60))))


@effect("aid.open_campaign")
def open_campaign(ctx: Context, args: Any) -> None:
    """批准预算: the money stands under its source, the goods on the shelf, and people may sign up."""
    campaign = campaign_of(ctx)
    union, year = campaign.organisation, ctx.now.astimezone(SHANGHAI).year
    service_id = campaigns.SERVICES[Kind(campaign.kind)]
    if campaign.kind == Kind.CASH:
        fund, _made = Fund.objects.get_or_create(
            service=service_id, organisation=union, year=year, source=campaign.source, defaults={"total": 0}
        )
        Fund.objects.filter(pk=fund.pk).update(total=F("total") + campaign.budget)
        campaign.fund = fund
    else:
        campaign.stock = Stock.objects.create(
            service=service_id, organisation=union, item=f"{campaign.item}（{ctx.matter.number}）"[:80], year=year,
            total=campaign.pieces, place=campaign.place, hours=campaign.hours,
        )  # fmt: skip
    what = campaign.item if campaign.kind == Kind.GOODS else _("慰问金 %(each)s 元") % {"each": f"{campaign.each:,.2f}"}
    campaign.offer = Offer.objects.create(
        service=service_id,
        organisation=union,
        region=union.region_id or "",
        title=campaign.title,
        place=campaign.place,
        closes=campaigns.last_moment(campaign),
        capacity=campaign.pieces,
        data={
            "season": str(Campaign.Season(campaign.season).label),
            "what": what,
            "targets": campaigns.targets(campaign),
            "route": str(Route(campaign.route).label),
        },
        status=Offer.Status.CLOSED if campaign.route == Route.UNIT else Offer.Status.PUBLISHED,
        made_by_id=ctx.actor.account_id,
        made_at=ctx.now,
    )
    campaign.save(update_fields=["offer", "stock", "fund"])
    ctx.record(budget=str(campaign.budget), source=campaign.source, pieces=campaign.pieces)


# More pieces, proposed by one and confirmed by another


@guard("aid.pieces_wanted")
def pieces_wanted(ctx: Context, args: Any) -> str | None:
    if campaigns.lacking(campaign_of(ctx)):
        return None
    return _("现在没有在复核又没有名额的申请，不用追加。")


@effect("aid.propose_pieces")
def propose_pieces(ctx: Context, args: Any) -> None:
    """Nothing grows yet. A later proposal takes the place of one that nobody has confirmed."""
    _fits(ctx, "pieces", ctx.data["pieces"])
    ctx.matter.data = {**ctx.matter.data, PROPOSED: ctx.data["pieces"]}


@guard("aid.pieces_proposed")
def pieces_proposed(ctx: Context, args: Any) -> str | None:
    return None if ctx.matter.data.get(PROPOSED) else _("还没有人提请追加份数。")


@choices("aid.proposed_pieces")
def proposed_pieces(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """What was proposed and what it costs: so nobody confirms another number than the one they read."""
    pieces, campaign = matter.data.get(PROPOSED), campaigns.of_matter(matter)
    if not pieces or campaign is None:
        return []
    money = f"{campaign.each * pieces:,.2f}"
    return [(str(pieces), _("%(n)d 份，共 %(money)s 元") % {"n": pieces, "money": money})]


@effect("aid.add_pieces")
def add_pieces(ctx: Context, args: Any) -> None:
    """The budget, the money or the shelf, and the places grow together, by single statements. GuardRefused where no
    other person has proposed it, as in a campaign that began when one person could do it alone."""
    campaign, more = campaign_of(ctx), ctx.matter.data.get(PROPOSED)
    if not more:
        raise GuardRefused([_("还没有人提请追加份数。")])
    _fits(ctx, "agreed", more)
    money = campaign.each * more
    Campaign.objects.filter(pk=campaign.pk).update(budget=F("budget") + money)
    Offer.objects.filter(pk=campaign.offer_id or 0).update(capacity=F("capacity") + more)
    Fund.objects.filter(pk=campaign.fund_id or 0).update(total=F("total") + money)
    Stock.objects.filter(pk=campaign.stock_id or 0).update(total=F("total") + more)
    ctx.matter.data = {name: value for name, value in ctx.matter.data.items() if name != PROPOSED}
    ctx.record(pieces=more, money=str(money))


def _fits(ctx: Context, field: str, pieces: int) -> None:
    """InvalidData beside the field where it is not one at least, or more than the reviews lack."""
    most = campaigns.lacking(campaign_of(ctx))
    if not 1 <= pieces <= most:
        raise InvalidData({field: [_("在复核又没有名额的有 %(n)d 份：至少追加一份，最多追加这么多。") % {"n": most}]})


@effect("aid.close_list")
def close_list(ctx: Context, args: Any) -> None:
    Offer.objects.filter(pk=campaign_of(ctx).offer_id or 0).update(status=Offer.Status.CLOSED)


# One person on the list


@guard("aid.target_fits")
def target_fits(ctx: Context, args: Any) -> str | None:
    campaign, values = campaign_of(ctx), values_of(ctx)
    if values["target"] not in campaign.targets:
        return _("这次活动的对象是：%(targets)s。") % {"targets": campaigns.targets(campaign)}
    if campaign.route == Route.UNIT and not ctx.matter.data.get("listed"):
        return _("这次活动只由单位报名单。")
    return None


def _set_aside(campaign: Campaign) -> None:
    """One piece out of the campaign's own budget; two at once cannot have the last."""
    rows = Campaign.objects.filter(pk=campaign.pk, budget__gte=F("promised") + F("each"))
    if not rows.update(promised=F("promised") + F("each")):
        raise GuardRefused([_("这次活动的预算已经用完。")])


@effect("aid.promise_goods")
def promise_goods(ctx: Context, args: Any) -> None:
    campaign = campaign_of(ctx)
    _set_aside(campaign)
    free = Stock.objects.filter(pk=campaign.stock_id or 0, total__gt=F("promised") + F("handed"))
    if not free.update(promised=F("promised") + 1):
        raise GuardRefused([_("这次活动的物品已经发完。")])
    Voucher.objects.create(
        application=application_of(ctx), stock_id=campaign.stock_id or 0, holder_path=ctx.matter.holder_path
    )


@effect("aid.give_back_gift")
def give_back_gift(ctx: Context, args: Any) -> None:
    """Runs before `services.release`, which gives the piece back to the shelf."""
    campaign = campaign_of(ctx)
    if Voucher.objects.filter(application=application_of(ctx), handed_at=None, returned_at=None).exists():
        Campaign.objects.filter(pk=campaign.pk, promised__gte=campaign.each).update(promised=F("promised") - F("each"))


def _given_out(ctx: Context) -> str | None:
    over = campaign_of(ctx).matter.state not in OPEN
    return _("这次活动已经发完，进入抽查或总结。") if over else None


@takes_back("aid.give_back_gift", too_late=_given_out)
def drop_voucher(ctx: Context) -> None:
    """The piece is set aside anew, with a code of its own, when the list is checked again."""
    Voucher.objects.filter(application=application_of(ctx), handed_at=None).delete()


@effect("aid.set_gift")
def set_gift(ctx: Context, args: Any) -> None:
    ctx.matter.data["amount"] = str(campaign_of(ctx).each)


@effect("aid.promise_gift")
def promise_gift(ctx: Context, args: Any) -> None:
    """The sum leaves the campaign's budget and the fund of its source, and no other."""
    campaign = campaign_of(ctx)
    _set_aside(campaign)
    if campaign.fund is None or not funds.take(campaign.fund, campaign.each):
        raise GuardRefused([_("这个来源的资金不够这一笔。")])
    working = _("“%(title)s”每份 %(each)s 元") % {"title": campaign.title, "each": f"{campaign.each:,.2f}"}
    set_aside(ctx, campaign.fund.pk, campaign.each, working)


@effect("aid.give_back_sum")
def give_back_sum(ctx: Context, args: Any) -> None:
    """撤销发放: the sum is the campaign's again, as it is the fund's."""
    give_back_money(ctx, args)
    Campaign.objects.filter(pk=campaign_of(ctx).pk, promised__gte=F("each")).update(promised=F("promised") - F("each"))


@takes_back("aid.give_back_sum", too_late=_given_out)
def nothing_to_undo(ctx: Context) -> None:
    """The sum is set aside anew when it is granted again."""


# 抽查 and 总结


@guard("aid.given_out")
def given_out(ctx: Context, args: Any) -> str | None:
    campaign = campaign_of(ctx)
    open_ones = campaigns.applications(campaign).filter(matter__is_open=True).exclude(pk__in=campaigns.served(campaign))
    left = open_ones.count()
    return _("还有 %(n)d 份没有发完，发完再抽查。") % {"n": left} if left else None


@effect("aid.draw_sample")
def draw_sample(ctx: Context, args: Any) -> None:
    campaign = campaign_of(ctx)
    rows = {row.matter.number: row for row in campaigns.served(campaign)}
    campaign.seed = drawing.new_seed()
    campaign.save(update_fields=["seed"])
    count = drawing.share_of(len(rows), tables.campaigns().sample.percent)
    chosen = drawing.drawn(campaign.seed, rows)[:count]
    SampleLook.objects.bulk_create(SampleLook(campaign=campaign, application=rows[number]) for number in chosen)
    ctx.record(seed=campaign.seed, served=len(rows), drawn=chosen)


@choices("aid.sample")
def sample(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """Those drawn that nobody has looked at yet."""
    with as_system("the actor sees this campaign"):
        looks = SampleLook.objects.select_related("application__matter").filter(campaign__matter=matter, right=None)
        return [(str(look.pk), f"{look.application.matter.number} {_name(look.application)}") for look in looks]


def _name(application: Application) -> str:
    values = load(service_of(application), application.values_json)
    return mask_name(str(values.get("name") or ""))


@guard("aid.not_own_check")
def not_own_check(ctx: Context, args: Any) -> str | None:
    """Who checked or handed out does not look at their own work."""
    if ctx.preview:
        return None
    look = SampleLook.objects.select_related("application").get(pk=ctx.data["who"])
    own = TrailEntry.objects.filter(
        stream=f"matter:{look.application.matter_id}",
        verb__in=("verify", "check", "hand_over", "sign_sheet"),
        actor_id=ctx.actor.account_id,
        actor_kind="staff",
    )
    return _("这一份是您核验或发放的，抽查要由另一位同事来做。") if own.exists() else None


@effect("aid.enter_look")
def enter_look(ctx: Context, args: Any) -> None:
    SampleLook.objects.filter(pk=ctx.data["who"], campaign__matter=ctx.matter).update(
        right=ctx.data["outcome"] == "right", by_id=ctx.actor.account_id, at=ctx.now
    )
    look = SampleLook.objects.get(pk=ctx.data["who"])
    look.told_text = ctx.data["look_told"]
    look.save(update_fields=["told_text"])


@guard("aid.sample_done")
def sample_done(ctx: Context, args: Any) -> str | None:
    left = SampleLook.objects.filter(campaign=campaign_of(ctx), right=None).count()
    return _("还有 %(n)d 份没有抽查。") % {"n": left} if left else None


@effect("aid.sum_up")
def sum_up(ctx: Context, args: Any) -> None:
    campaign = campaign_of(ctx)
    campaign.summary_text = ctx.data["summary_told"]
    campaign.save(update_fields=["summary_text"])
    found = campaigns.figures(campaign)
    ctx.record(people=found.served, money=str(found.money), blocked=found.blocked, day=today().isoformat())
