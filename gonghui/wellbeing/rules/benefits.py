"""普惠: what claiming a coupon and the steps of merchants and complaints do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals.staff import on_duty
from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import day_of, today
from gonghui.organisations.models import Organisation
from gonghui.services import funds
from gonghui.services.hooks import checks, follows, offers, publishes
from gonghui.services.models import Application, Offer
from gonghui.services.offers import offer_of
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service
from gonghui.wellbeing.models import Claim, Inspection, Merchant

SERVICE = "M22"
SHORT = "有职工来领“{title}”，今年的资金不够了。要继续发，请追加“普惠与消费券”的预算；不再发，请停止领取。"


def last_day(offer: Offer | None) -> date:
    text = str(offer.data.get("use_until") or "") if offer is not None else ""
    return date.fromisoformat(text) if text else today()


@limit("wellbeing.limit_use")
def limit_use(matter: Matter) -> Limit:
    """Until the end of the coupon's last day, as whole days from the day of claiming."""
    days = (last_day(offer_of(matter)) - today()).days + 1
    return Limit.model_validate({"days": max(1, days)})


def value_of(offer: Offer) -> Decimal:
    return Decimal(str(offer.data["value"]))


def bearer(offer: Offer) -> Merchant | None:
    """The merchant at whose own cost the coupon is, listed at its union or below it. None where the union pays;
    LookupError where a number stands there and no such merchant is on the lists (any more)."""
    only = offer.data.get("merchant_no")
    if not only:
        return None
    with as_system("a merchant on the union's own lists"):
        found = Merchant.objects.select_related("organisation").filter(pk=int(only), state=Merchant.State.LISTED)
        merchant = found.first()
    if merchant is None or not within(merchant.organisation.path, offer.organisation.path):
        raise LookupError(only)
    return merchant


@offers("M22")
def wrong_merchant(offer: Offer) -> dict[str, list[str]]:
    try:
        bearer(offer)
    except LookupError:
        text = _("本工会和下级正在上架的商家里没有这个编号，请到“普惠”页核对；工会出钱的券不要填。")
        return {"merchant_no": [text]}
    return {}


@publishes("M22")
def money_for_it(actor: Actor, offer: Offer) -> None:
    """Nobody is offered a coupon that cannot be claimed once."""
    if bearer(offer) is None and not _has_money(offer):
        raise funds.not_enough()


def _has_money(offer: Offer) -> bool:
    with as_system("whether there is money, not how much"):
        return bool(funds.with_room(SERVICE, offer.organisation.path, today().year, value_of(offer)))


def _used_up() -> GuardRefused:
    return GuardRefused([_("这种券暂时领完了。可以先领别的券，或者过几天再来看；已经告诉发券的工会。")])


@checks("M22")
def claimable(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    """What the worker reads is theirs; what the union must do, its treasurer and leader are told, once a day."""
    offer = Offer.objects.select_related("organisation").get(pk=int(values[service.offer_field]))
    if _bearer_at_claim(offer) is None and not _has_money(offer):
        text = SHORT.format(title=offer.title)
        with as_system("who can raise the budget"):
            for account in on_duty(offer.organisation.path, funds.PROPOSERS):
                key = f"coupon:{offer.pk}:short:{today()}:{account.pk}"
                outbox.enqueue("notice.app", key, {"text": text}, account_id=account.pk)
        raise _used_up()


def _bearer_at_claim(offer: Offer) -> Merchant | None:
    try:
        return bearer(offer)
    except LookupError:
        raise GuardRefused([_("出这种券的商家现在不在名单上，券用不了，先不能领。请领别的券。")]) from None


@follows("M22")
def claimed(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """The coupon's money is set aside with it: what a union puts up it can pay."""
    offer = Offer.objects.select_related("organisation").get(pk=int(values[service.offer_field]))
    value = value_of(offer)
    if last_day(offer) < today():
        raise GuardRefused([_("这种券已经过期。")])
    merchant = _bearer_at_claim(offer)
    fund = None
    if merchant is None:
        try:
            fund = funds.promise(SERVICE, offer.organisation.path, today().year, value)
        except GuardRefused:
            # Somebody was faster by an instant; whoever asks next has the union told.
            raise _used_up() from None
    Claim.objects.create(
        application=application, offer=offer, value=value, threshold=Decimal(str(offer.data.get("threshold") or 0)),
        use_until=last_day(offer), only_merchant=merchant, fund=fund,
    )  # fmt: skip


def claim_of(ctx: Context) -> Claim:
    return ctx.once(_claim_for)


def _claim_for(matter: Matter) -> Claim:
    return Claim.objects.select_related("fund").get(application__matter_id=matter.pk)


@effect("wellbeing.redeem")
def redeem(ctx: Context, args: Any) -> None:
    """`benefits.merchants.redeem` has checked it and written which merchant."""
    claim = set_fields(claim_of(ctx), state=Claim.State.USED, used_at=ctx.now)
    ctx.record(merchant=claim.merchant_id, value=str(claim.value))


@effect("wellbeing.lapse")
def lapse(ctx: Context, args: Any) -> None:
    claim = claim_of(ctx)
    if claim.state == Claim.State.HELD:
        set_fields(claim, state=Claim.State.LAPSED)
        if claim.fund_id is not None:
            funds.give_back(claim.fund_id, claim.value)


def merchant_of(ctx: Context) -> Merchant:
    return ctx.once(_merchant_for)


def _merchant_for(matter: Matter) -> Merchant:
    return Merchant.objects.get(matter_id=matter.pk)


@guard("wellbeing.not_listed_yet")
def not_listed_yet(ctx: Context, args: Any) -> str | None:
    with as_system("the list of the matter's own union"):
        rows = Merchant.objects.filter(uscc=str(values_of(ctx)["uscc"]), organisation__path=ctx.matter.holder_path)
        listed = rows.exclude(state=Merchant.State.DELISTED).exists()
    return _("这家商家已经在名单上。") if listed else None


@effect("wellbeing.list")
def list_merchant(ctx: Context, args: Any) -> None:
    values = values_of(ctx)
    row = Merchant.objects.create(
        matter=ctx.matter,
        account_id=ctx.matter.owner_id,
        organisation=Organisation.objects.get(path=ctx.matter.holder_path),
        name=values["shop"],
        uscc=values["uscc"],
        trade=values["trade"],
        region=values["region"],
        address=values["address"],
        discount=values["discount"],
        payee_name=values["payee"],
        bank_name=values["bank"],
        bank_account=values["account"],
        listed_at=ctx.now,
    )
    ctx.record(merchant=row.pk)


@effect("wellbeing.inspect")
def inspect(ctx: Context, args: Any) -> None:
    merchant = merchant_of(ctx)
    Inspection.objects.create(
        merchant=merchant, passed=ctx.data["passed"] == "yes", remark=ctx.data["remark"], by_id=ctx.actor.account_id,
        at=ctx.now,
    )  # fmt: skip
    set_fields(merchant, inspected_on=day_of(ctx.now))


@effect("wellbeing.suspend")
def suspend(ctx: Context, args: Any) -> None:
    set_fields(merchant_of(ctx), state=Merchant.State.SUSPENDED)


@effect("wellbeing.relist")
def relist(ctx: Context, args: Any) -> None:
    set_fields(merchant_of(ctx), state=Merchant.State.LISTED)


@effect("wellbeing.delist")
def delist(ctx: Context, args: Any) -> None:
    set_fields(merchant_of(ctx), state=Merchant.State.DELISTED)


@effect("wellbeing.complaint")
def complaint(ctx: Context, args: Any) -> None:
    """Counted by what was found; never with who complained."""
    application = application_of(ctx)
    with as_system("the union's own figures"):
        application.figures = {**application.figures, "founded": ctx.data["founded"]}
        application.save(update_fields=["figures"])
