"""商家: redeem a code, look at one's month, put up a coupon of one's own. No member's name or number is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.services.models import Offer
from gonghui.wellbeing.benefits import codes
from gonghui.wellbeing.models import Claim, Merchant, Settlement

SHOWN = 50


def own(actor: Actor) -> list[Merchant]:
    """The merchants of an account."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("one's own merchants"):
        rows = Merchant.objects.filter(account_id=actor.account_id).select_related("organisation")
        return list(rows.order_by("state", "name"))


def one(actor: Actor, merchant_id: int) -> Merchant:
    """NotFound for anybody else's."""
    found = next((row for row in own(actor) if row.pk == merchant_id), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Redeemed:
    """What the merchant reads of a coupon: what it is worth and when, not whose."""

    title: str
    value: Decimal


def redeem(actor: Actor, merchant: Merchant, code: str, spent: Decimal | None) -> Redeemed:
    """核销. InvalidData beside `code` or `spent` says why not."""
    claim_id = codes.read(code, now())
    if claim_id is None:
        raise InvalidData({"code": [_("码不对或者已经过期，请会员刷新后再出示。")]})
    with transaction.atomic(), as_system("the code was shown to the merchant"):
        row = Merchant.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=merchant.pk)
        if row.state != Merchant.State.LISTED:
            raise GuardRefused([_("现在不能收券：商家已暂停或下架。")])
        claim = (
            Claim.objects.select_for_update(of=("self",))
            .select_related("offer__organisation", "application")
            .filter(pk=claim_id)
            .first()
        )
        if claim is None or claim.state != Claim.State.HELD:
            raise InvalidData({"code": [_("这张券已经用过或者失效了。")]})
        if claim.use_until < today():
            raise InvalidData({"code": [_("这张券已经过期。")]})
        if claim.only_merchant_id not in (None, row.pk) or not (
            claim.only_merchant_id or within(row.organisation.path, claim.offer.organisation.path)
        ):
            raise InvalidData({"code": [_("这张券不能在您这里用。")]})
        if claim.threshold and (spent is None or spent < claim.threshold):
            raise InvalidData({"spent": [_("满 %(sum)s 元才能用这张券。") % {"sum": claim.threshold}]})
        claim.merchant = row
        claim.save(update_fields=["merchant"])
        act(claim.application.matter_id, "redeem", SYSTEM)
        after = {"claim": claim.pk, "value": str(claim.value)}
        trail.record(f"merchant:{row.pk}", "redeem", actor=actor, after=after)
    return Redeemed(claim.offer.title, claim.value)


def recent(merchant: Merchant) -> list[Claim]:
    with as_system("the merchant's own"):
        rows = Claim.objects.filter(merchant=merchant, state=Claim.State.USED).select_related("offer")
        return list(rows.order_by("-used_at")[:SHOWN])


def statements(merchant: Merchant) -> list[Settlement]:
    with as_system("the merchant's own"):
        return list(merchant.settlements.order_by("-month")[:12])


def returned(merchant: Merchant) -> bool:
    """Whether the bank returned something, so that the account must be looked at."""
    with as_system("the merchant's own"):
        return merchant.settlements.filter(state=Settlement.State.FAILED).exists()


@transaction.atomic
def register_account(actor: Actor, merchant: Merchant, payee: str, bank: str, account: str) -> None:
    """Where the merchant's money goes, mended by the merchant when the bank returned it; two of the union's staff look
    at it before it is used."""
    account = "".join(account.split())
    if not account.isdigit() or not 8 <= len(account) <= 30:
        raise InvalidData({"account": [_("账号是 8 到 30 位数字。")]})
    with as_system("the merchant's own"):
        row = Merchant.objects.select_for_update(of=("self",)).get(pk=merchant.pk)
        if not returned(row):
            raise GuardRefused([_("银行没有退回，不用更正收款账户。")])
        row.payee_name, row.bank_name, row.bank_account = payee.strip(), bank.strip(), account
        row.save(update_fields=["payee_name", "bank_name", "bank_account"])
        after = {"bank_account": trail.fingerprint(account)}
        trail.record(f"merchant:{row.pk}", "account", actor=actor, after=after)


def own_coupons(merchant: Merchant) -> list[Offer]:
    with as_system("the merchant's own"):
        return list(Offer.objects.filter(service="M22", data__merchant_no=merchant.pk).order_by("-pk")[:20])


def propose(actor: Actor, merchant: Merchant, values: Mapping[str, Any]) -> Offer:
    """商家自己出钱的券: a draft at the union, which looks at it and publishes it."""
    if merchant.state != Merchant.State.LISTED:
        raise GuardRefused([_("上架的商家才能发券。")])
    until: date = values["use_until"]
    if until < today():
        raise InvalidData({"use_until": [_("不能早于今天。")]})
    with transaction.atomic(), as_system("the merchant's own coupon"):
        offer = Offer.objects.create(
            service="M22",
            organisation=merchant.organisation,
            region=merchant.region,
            title=f"{merchant.name}：{values['title']}"[:80],
            place=merchant.address[:120],
            capacity=values["count"],
            status=Offer.Status.DRAFT,
            data={
                "value": str(values["value"]),
                "threshold": str(values.get("threshold") or 0),
                "use_until": until.isoformat(),
                "merchant_no": merchant.pk,
            },
            made_by_id=actor.account_id,
            made_at=now(),
        )
        trail.record(f"offer:{offer.pk}", "propose", actor=actor, after={"merchant": merchant.pk})
    return offer
