"""月结: what each merchant is owed for a month, confirmed by two people, paid by one file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import safe_cell
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.services import funds
from gonghui.services.models import Application
from gonghui.wellbeing.models import Claim, Merchant, Settlement

READERS = ("handler", "dispatcher", "leader", "supervisor", "auditor")
CHECKERS = ("handler", "dispatcher", "leader")
CONFIRMERS = ("leader", "supervisor")
PAYERS = ("leader",)
COLUMNS = ("序号", "商家", "户名", "开户行", "账号", "金额", "月份")
State = Settlement.State


def paths_of(actor: Actor) -> tuple[str, ...]:
    return actor.paths_as(*READERS)


def merchants(actor: Actor) -> list[Merchant]:
    """Those on the lists of the actor's own unions."""
    with as_system("the lists of the actor's own unions"):
        rows = Merchant.objects.filter(organisation__path__in=paths_of(actor)).select_related("organisation")
        return list(rows.order_by("state", "name")[:200])


def settlements(actor: Actor) -> list[Settlement]:
    with as_system("the settlements of the actor's own unions"):
        rows = Settlement.objects.filter(merchant__organisation__path__in=paths_of(actor))
        return list(rows.select_related("merchant").order_by("-month", "merchant__name")[:200])


def _bounds(month: str) -> tuple[datetime, datetime]:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise InvalidData({"month": [_("月份写成 2026-10 这样。")]})
    year, number = map(int, month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=SHANGHAI), datetime(*following, 1, tzinfo=SHANGHAI)


@transaction.atomic
def draw_up(actor: Actor, month: str) -> list[Settlement]:
    """出月结单: for each merchant that took union-paid coupons in that month and has none yet. It must be over."""
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
            settlement=None, only_merchant=None,
        )  # fmt: skip
        by_merchant: dict[int, list[Claim]] = {}
        for claim in rows:
            by_merchant.setdefault(claim.merchant_id or 0, []).append(claim)
        for merchant_id, claims in sorted(by_merchant.items()):
            total = sum((claim.value for claim in claims), Decimal(0))
            row, new = Settlement.objects.get_or_create(
                merchant_id=merchant_id, month=month, defaults={"count": len(claims), "total": total}
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
        rows = Settlement.objects.select_related("merchant__organisation")
        found = rows.filter(pk=settlement_id, merchant__organisation__path__in=paths_of(actor)).first()
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
        row = Settlement.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=row.pk)
        if row.state == State.DRAFT and path in actor.paths_as(*CHECKERS):
            row.state, row.checked_by_id = State.CHECKED, actor.account_id
        elif row.state == State.CHECKED and path in actor.paths_as(*CONFIRMERS):
            if row.checked_by_id == actor.account_id:
                raise GuardRefused([_("复核必须由另一位同事来做。")])
            row.state, row.confirmed_by_id = State.CONFIRMED, actor.account_id
        else:
            raise NotAllowed
        row.save(update_fields=["state", "checked_by", "confirmed_by"])
        trail.record(f"settlement:{row.pk}", row.state, actor=actor, after={"total": str(row.total)})
    return row


@transaction.atomic
def pay(actor: Actor) -> str:
    """付款文件: everything confirmed at the payer's own unions; marked as paid, its money taken from the budgets."""
    paths = actor.paths_as(*PAYERS)
    if not paths:
        raise NotAllowed
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    with as_system("the payer's own unions"):
        rows = list(
            Settlement.objects.select_for_update(of=("self",))
            .filter(merchant__organisation__path__in=paths, state=State.CONFIRMED)
            .select_related("merchant")
            .order_by("pk")
        )
        if not rows:
            raise GuardRefused([_("没有待付款的月结单。")])
        for place, row in enumerate(rows, start=1):
            shop = row.merchant
            account = f"{shop.bank_account}\t"
            cells = [safe_cell(shop.name), safe_cell(shop.payee_name), safe_cell(shop.bank_name), account]
            writer.writerow([place, *cells, f"{row.total:.2f}", row.month])
            for fund_id, value in row.claims.exclude(fund=None).values_list("fund_id", "value"):
                funds.pay(fund_id, value)
            row.state, row.paid_at = State.PAID, now()
            row.save(update_fields=["state", "paid_at"])
            trail.record(f"settlement:{row.pk}", "pay", actor=actor, after={"total": str(row.total)})
    return "\ufeff" + buffer.getvalue()


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
