"""月结: what each merchant is owed for a month, confirmed by two people, paid by the bank file of the union whose fund
it is, and paid again where the bank returned it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import set_fields
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.services import banking, funds
from gonghui.services.models import Application, Payment
from gonghui.wellbeing.models import Claim, Merchant, Settlement

READERS = ("handler", "dispatcher", "leader", "treasurer", "supervisor", "auditor")
CHECKERS = ("handler", "dispatcher", "leader")
CONFIRMERS = ("leader", "supervisor")
# What the payments are for, in the bank's files.
PURPOSE = "settlement"
RETURNED = "银行退回了{month}的月结款，请到“我是商家”核对收款账户，再由工会重新付款。"
State = Settlement.State


def paths_of(actor: Actor) -> tuple[str, ...]:
    return actor.paths_as(*READERS)


def merchants(actor: Actor) -> list[Merchant]:
    """Those on the lists of the actor's own unions."""
    with as_system("the lists of the actor's own unions"):
        rows = Merchant.objects.filter(organisation__path__in=paths_of(actor)).select_related("organisation")
        return list(rows.order_by("state", "name")[:200])


def settlements(actor: Actor) -> list[Settlement]:
    """Of the merchants on the lists of the actor's own unions, and those that are paid from their funds."""
    with as_system("the settlements of the actor's own unions"):
        rows = Settlement.objects.filter(_of(actor)).select_related("merchant", "fund__organisation")
        return list(rows.order_by("-month", "merchant__name", "pk")[:200])


def _of(actor: Actor) -> Q:
    paths = paths_of(actor)
    return Q(merchant__organisation__path__in=paths) | Q(fund__organisation__path__in=paths)


def _bounds(month: str) -> tuple[datetime, datetime]:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise InvalidData({"month": [_("月份写成 2026-10 这样。")]})
    year, number = map(int, month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=SHANGHAI), datetime(*following, 1, tzinfo=SHANGHAI)


@transaction.atomic
def draw_up(actor: Actor, month: str) -> list[Settlement]:
    """出月结单: for each merchant that took union-paid coupons in that month and has none yet, one a fund: each union
    pays from its own. The month must be over."""
    paths = actor.paths_as(*CHECKERS)
    if not paths:
        raise NotAllowed
    starts, ends = _bounds(month)
    if ends > now():
        raise InvalidData({"month": [_("这个月还没有过完。")]})
    made = []
    with as_system("the settlements of the actor's own unions"):
        rows = Claim.objects.select_for_update(of=("self",)).filter(
            merchant__organisation__path__in=paths, state=Claim.State.USED, used_at__gte=starts, used_at__lt=ends,
            settlement=None, only_merchant=None, fund__isnull=False,
        )  # fmt: skip
        owed: dict[tuple[int, int], list[Claim]] = {}
        for claim in rows:
            owed.setdefault((claim.merchant_id or 0, claim.fund_id or 0), []).append(claim)
        for (merchant_id, fund_id), claims in sorted(owed.items()):
            total = sum((claim.value for claim in claims), Decimal(0))
            row, new = Settlement.objects.get_or_create(
                merchant_id=merchant_id, month=month, fund_id=fund_id, defaults={"count": len(claims), "total": total}
            )
            if not new:
                continue
            Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(settlement=row)
            trail.record(f"settlement:{row.pk}", "draw_up", actor=actor, after={"month": month, "total": str(total)})
            made.append(row)
    if not made:
        raise GuardRefused([_("这个月没有要结的。")])
    return made


def one(actor: Actor, settlement_id: int) -> Settlement:
    """NotFound for another union's."""
    with as_system("asked for by the actor's own unions"):
        rows = Settlement.objects.select_related(
            "merchant__organisation", "fund__organisation", "checked_by", "confirmed_by", "payment__batch"
        )
        found = rows.filter(_of(actor), pk=settlement_id).first()
    if found is None:
        raise NotFound
    return found


def claims_of(row: Settlement) -> list[Claim]:
    """Each coupon of it, by number and time; whose it was is not part of it."""
    with as_system("the settlement is the reader's own"):
        return list(row.claims.select_related("offer").order_by("used_at"))


@transaction.atomic
def confirm(actor: Actor, settlement_id: int) -> Settlement:
    """初核, then 复核 by another person."""
    row = one(actor, settlement_id)
    path = row.merchant.organisation.path
    with as_system("the union's own settlement"):
        rows = Settlement.objects.select_for_update(of=("self",))
        row = rows.select_related("merchant", "fund__organisation", "payment").get(pk=row.pk)
        if row.state == State.DRAFT and path in actor.paths_as(*CHECKERS):
            row.state, row.checked_by_id = State.CHECKED, actor.account_id
        elif row.state == State.CHECKED and path in actor.paths_as(*CONFIRMERS):
            if row.checked_by_id == actor.account_id:
                raise GuardRefused([_("复核必须由另一位同事来做。")])
            row.state, row.confirmed_by_id, row.remark = State.CONFIRMED, actor.account_id, ""
            _promise(actor, row)
        else:
            raise NotAllowed
        row.save(update_fields=["state", "checked_by", "confirmed_by", "remark", "payment"])
        trail.record(f"settlement:{row.pk}", row.state, actor=actor, after={"total": str(row.total)})
    return row


def _promise(actor: Actor, row: Settlement) -> None:
    """The payment, by the union whose fund it is, to the merchant's account as it is now; whoever confirmed it has no
    hand in the bank's file. The money was set aside when the coupons were claimed."""
    shop, fund = row.merchant, row.fund
    assert fund is not None, "drawn up from one fund"
    at = now()
    told = {
        "payee": shop.payee_name, "bank_card": shop.bank_account, "granted_by_id": actor.account_id, "at": at,
        "status": Payment.Status.PROMISED, "reason": "", "batch": None,
    }  # fmt: skip
    if row.payment is not None:
        set_fields(row.payment, **told)
        return
    row.payment = Payment.objects.create(
        purpose=PURPOSE, reference=f"YJ-{at:%Y%m%d}-{next_number(f'wellbeing:settlement:{at:%Y%m%d}'):04d}", fund=fund,
        holder_path=fund.organisation.path, amount=row.total,
        working=f"{row.month} 消费券 {row.count} 张", **told,
    )  # fmt: skip


@banking.settles(PURPOSE)
def settled(actor: Actor, payment: Payment, failure: str | None) -> None:
    """The bank's answer: paid, or back to be looked at and paid again."""
    rows = Settlement.objects.select_for_update(of=("self",)).select_related("merchant")
    row = rows.get(payment=payment)
    if failure is not None:
        row.state, row.remark = State.FAILED, failure[:200]
        text = RETURNED.format(month=row.month)
        key = f"settlement:{row.pk}:returned:{payment.batch_id}"
        if row.merchant.account_id is not None:
            outbox.enqueue("notice.app", key, {"text": text}, account_id=row.merchant.account_id)
    else:
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.PAID, reason="", at=now())
        funds.pay(payment.fund_id, payment.amount)
        row.state, row.remark, row.paid_at = State.PAID, "", now()
    row.save(update_fields=["state", "remark", "paid_at"])
    trail.record(f"settlement:{row.pk}", row.state, actor=actor, after={"total": str(row.total)})


@transaction.atomic
def send_again(actor: Actor, settlement_id: int) -> Settlement:
    """The bank returned it: checked once more, with the account as it is now, and confirmed again by another."""
    found = one(actor, settlement_id)
    if found.merchant.organisation.path not in actor.paths_as(*CHECKERS):
        raise NotAllowed
    with as_system("the union's own settlement"):
        row = Settlement.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if row.state != State.FAILED:
            raise GuardRefused([_("银行没有退回这一笔。")])
        row.state, row.checked_by_id, row.confirmed_by = State.CHECKED, actor.account_id, None
        row.save(update_fields=["state", "checked_by", "confirmed_by"])
        trail.record(f"settlement:{row.pk}", "send_again", actor=actor, after={"total": str(row.total)})
    return row


@dataclass(frozen=True)
class Figures:
    """关键数: coupons claimed and used, what they were worth, complaints and those that were true."""

    claimed: int
    used: int
    value: Decimal
    complaints: int
    founded: int


def figures(actor: Actor, year: int | None = None) -> Figures:
    paths = paths_of(actor)
    year = year or today().year
    with as_system("counts of the actor's own unions"):
        claims = Claim.objects.filter(offer__organisation__path__in=paths, application__applied_at__year=year)
        used = claims.filter(state=Claim.State.USED).aggregate(n=Count("pk"), sum=Sum("value"))
        rows = Application.objects.filter(service="W02", matter__holder_path__in=paths, applied_at__year=year)
        found: Iterable[str] = (str(row.get("founded", "")) for row in rows.values_list("figures", flat=True))
        counted = Counter(found)
        total = sum(counted.values())
        return Figures(
            claims.count(), used["n"] or 0, used["sum"] or Decimal(0), total, counted["yes"] + counted["partly"]
        )
