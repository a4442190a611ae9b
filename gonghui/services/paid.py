"""资金监督: batches and payments by year, names and cards masked, for who pays and for who audits; the latter see the
unions below theirs too (handbook 1.12 审计)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.kernel.sheets import csv_text
from gonghui.kernel.times import SHANGHAI
from gonghui.kernel.vault import mask_name
from gonghui.organisations.queries import names_of
from gonghui.services.banking import PAYERS
from gonghui.services.models import BankAnswer, Payment, PaymentBatch

OVERSEERS = ("supervisor", "auditor")
READERS = (*PAYERS, *OVERSEERS)
SHOWN_MOST = 200


@dataclass(frozen=True)
class Line:
    """A payment as an auditor reads it: whose it is only by the family name, the card by its end."""

    number: str
    matter_id: int | None
    union: str
    service: str
    source: str
    payee: str
    card: str
    amount: Decimal
    status: str
    reason: str
    batch: str
    granted_by: str
    day: date
    recovered: Decimal
    card_changed: bool


def _within_reach(actor: Actor, column: str) -> Q:
    return Q(**{f"{column}__in": actor.paths_as(*READERS)}) | at_or_below(column, actor.paths_as(*OVERSEERS))


def batches(actor: Actor, year: int) -> list[PaymentBatch]:
    """The files of a year, the newest first."""
    with as_system("sums and numbers of what the actor oversees"):
        rows = PaymentBatch.objects.select_related("organisation", "fund", "made_by")
        rows = rows.filter(_within_reach(actor, "organisation__path"), made_at__year=year)
        return list(rows.order_by("-pk")[:SHOWN_MOST])


def batch(actor: Actor, batch_id: int) -> PaymentBatch:
    """NotFound for one that the actor neither pays nor oversees."""
    with as_system("whose it is is asked with it"):
        rows = PaymentBatch.objects.select_related("organisation", "fund", "made_by")
        row = rows.filter(_within_reach(actor, "organisation__path"), pk=batch_id).first()
    if row is None:
        raise NotFound
    return row


def answers(row: PaymentBatch) -> list[BankAnswer]:
    """The bank's answers to a batch. The caller has found that the actor may read it."""
    with as_system("the actor may read this batch"):
        return list(row.answers.select_related("by").order_by("pk"))


def answer(actor: Actor, answer_id: int) -> BankAnswer:
    """NotFound for the answer to a batch that the actor may not read."""
    with as_system("whose it is is asked next"):
        row = BankAnswer.objects.filter(pk=answer_id).first()
    if row is None:
        raise NotFound
    batch(actor, row.batch_id)
    return row


def of_batch(row: PaymentBatch) -> list[Line]:
    """The caller has found that the actor may read it."""
    with as_system("the actor may read this batch"):
        return _lines(_whole(row.payments.all()).order_by("pk"))


def payments(actor: Actor, year: int, most: int | None = SHOWN_MOST) -> list[Line]:
    """Everything granted from the funds of a year, the newest first: paid, waiting, returned, revoked."""
    with as_system("masked, of what the actor oversees"):
        rows = Payment.objects.filter(_within_reach(actor, "holder_path"), fund__year=year)
        return _lines(_whole(rows).order_by("-pk")[:most])


def _whole(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    rows = rows.select_related("application__matter", "fund", "batch", "granted_by")
    return rows.annotate(recovered=Sum("recoveries__amount"))


def _lines(found: Iterable[Payment]) -> list[Line]:
    rows = list(found)
    names = names_of([row.holder_path for row in rows])
    return [
        Line(
            row.number,
            row.application.matter_id if row.application is not None else None,
            names.get(row.holder_path, row.holder_path),
            row.fund.service,
            row.fund.get_source_display(),
            # A union that gets a rebate, or a merchant its month, is no person.
            mask_name(row.payee) if row.application is not None else row.payee,
            row.bank_card[-4:],
            row.amount,
            row.get_status_display(),
            row.reason,
            row.batch.number if row.batch is not None else "",
            str(row.granted_by or ""),
            row.at.astimezone(SHANGHAI).date(),
            getattr(row, "recovered", None) or Decimal(0),
            row.card_changed_at is not None,
        )
        for row in rows
    ]


def export(actor: Actor, year: int, reason: str) -> str:
    """All of a year as CSV, masked. What for is asked, and is in the trail."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明用途。")]})
    lines = payments(actor, year, None)
    rows = [
        [
            _("编号"), _("单位"), _("服务"), _("资金来源"), _("收款人"), _("卡号末四位"), _("金额"), _("情况"),
            _("原因"), _("批次"), _("批准人"), _("日期"), _("追回"), _("卡号更正过"),
        ]
    ]  # fmt: skip
    for one in lines:
        words = [one.number, one.union, one.service, one.source, one.payee, f"{one.card}\t", f"{one.amount:.2f}"]
        words += [one.status, one.reason, one.batch, one.granted_by, f"{one.day}", f"{one.recovered:.2f}"]
        rows.append([*words, _("是") if one.card_changed else ""])
    with transaction.atomic():
        after = {"year": year, "rows": len(lines)}
        trail.record(f"export:{actor.account_id}", "export_payments", actor=actor, after=after, note=reason[:300])
    return csv_text(rows)
