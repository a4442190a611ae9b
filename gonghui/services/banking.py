"""发放: the file for the bank, and its answer read back (回盘)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import safe_cell
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.services.models import Payment, PaymentBatch

# Told of a payment that is for no application: who uploaded the answer, the payment, the bank's reason if it failed.
Settler = Callable[[Actor, Payment, str | None], None]
_settlers: dict[str, Settler] = {}

PAYERS = ("leader",)
COLUMNS = ("序号", "收款人", "银行卡号", "金额", "编号")
BATCH_MOST = 2000


def settles(purpose: str) -> Callable[[Settler], Settler]:
    """The function that books what the bank says of payments for this purpose, in the transaction of the answer."""

    def keep(function: Settler) -> Settler:
        _settlers[purpose] = function
        return function

    return keep


def may_pay(actor: Actor, path: str) -> bool:
    return any(duty.role in PAYERS and duty.path == path for duty in actor.duties)


def make_batch(actor: Actor, organisation: Organisation, only: Collection[int] | None = None) -> PaymentBatch:
    """All granted sums of this union that wait (or `only` these, by number), as one file. GuardRefused when there is
    none."""
    if not may_pay(actor, organisation.path):
        raise NotAllowed
    at = now()
    with transaction.atomic(), as_system("the payer's own union"):
        rows = Payment.objects.select_for_update().filter(holder_path=organisation.path, status=Payment.Status.PROMISED)
        if only is not None:
            rows = rows.filter(pk__in=only)
        waiting = list(rows.order_by("pk")[:BATCH_MOST])
        if not waiting:
            raise GuardRefused([_("现在没有待发放的。")])
        batch = PaymentBatch.objects.create(
            organisation=organisation,
            number=f"FF-{at:%Y%m%d}-{next_number(f'services:batch:{at:%Y%m%d}'):04d}",
            count=len(waiting),
            total=sum((payment.amount for payment in waiting), Decimal(0)),
            made_by_id=actor.account_id,
            made_at=at,
        )
        Payment.objects.filter(pk__in=[payment.pk for payment in waiting]).update(
            status=Payment.Status.SENT, batch=batch
        )
        after = {"number": batch.number, "count": batch.count, "total": str(batch.total)}
        trail.record(f"batch:{batch.pk}", "batch", actor=actor, after=after)
    return batch


def file_of(actor: Actor, batch: PaymentBatch) -> str:
    """The file as CSV with a byte-order mark, as spreadsheets want it. Each download is written down."""
    if not may_pay(actor, batch.organisation.path):
        raise NotAllowed
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    with as_system("the payer's own union"), transaction.atomic():
        for place, payment in enumerate(batch.payments.select_related("application__matter").order_by("pk"), start=1):
            # A tab keeps spreadsheets from turning a long number into 6.2E+18.
            card = f"{payment.bank_card}\t"
            writer.writerow([place, safe_cell(payment.payee), card, f"{payment.amount:.2f}", payment.number])
        trail.record(f"batch:{batch.pk}", "download", actor=actor, after={"number": batch.number})
    return "\ufeff" + buffer.getvalue()


@dataclass
class Answer:
    """What the bank's file said. `problems`: rows that fit nothing, by their number; nothing is done then."""

    paid: int = 0
    failed: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def reconcile(actor: Actor, batch: PaymentBatch, rows: Iterable[list[str]]) -> Answer:
    """对账: rows of (编号, 金额, 结果[, 原因]); 结果 is 成功 or 失败. One wrong row and nothing is taken over."""
    if not may_pay(actor, batch.organisation.path):
        raise NotAllowed
    answer = Answer()
    found: dict[str, tuple[Payment, str | None]] = {}
    with as_system("the payer's own union"):
        payments = {
            payment.number: payment
            for payment in batch.payments.select_related("application__matter").filter(status=Payment.Status.SENT)
        }
        for line, row in enumerate(rows, start=1):
            cells = [cell.strip().strip("\ufeff") for cell in row]
            if not any(cells) or cells[0] == "编号":
                continue
            problem = _read(cells, payments, found)
            if problem:
                answer.problems.append((line, problem))
        if not found and not answer.problems:
            raise InvalidData({"file": [_("文件里没有一行可以对上：要有编号、金额、结果（成功/失败）。")]})
        if answer.problems:
            return answer
        with transaction.atomic():
            for payment, reason in found.values():
                if reason is not None:
                    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.FAILED, reason=reason[:200])
                    answer.failed += 1
                else:
                    answer.paid += 1
                if payment.application is None:
                    _settlers[payment.purpose](actor, payment, reason)
                elif reason is None:
                    act(payment.application.matter_id, "arrived", SYSTEM)
            if not batch.payments.filter(status=Payment.Status.SENT).exists():
                PaymentBatch.objects.filter(pk=batch.pk).update(reconciled_at=now())
            after = {"paid": answer.paid, "failed": answer.failed}
            trail.record(f"batch:{batch.pk}", "reconcile", actor=actor, after=after)
    return answer


def _read(cells: list[str], payments: dict[str, Payment], found: dict[str, tuple[Payment, str | None]]) -> str:
    """Take one row; the problem with it, or nothing."""
    if len(cells) < 3:
        return _("要有编号、金额、结果三列。")
    number, told, result = cells[:3]
    payment = payments.get(number)
    if payment is None or number in found:
        return _("“%(number)s”不在这一批，或者重复了。") % {"number": number}
    try:
        same = Decimal(told.replace(",", "")) == payment.amount
    except InvalidOperation:
        same = False
    if not same:
        return _("“%(number)s”的金额与批准的 %(amount)s 元不同。") % {
            "number": number,
            "amount": f"{payment.amount:,.2f}",
        }
    if result not in ("成功", "失败"):
        return _("结果要写“成功”或“失败”。")
    found[number] = (payment, None if result == "成功" else (cells[3] if len(cells) > 3 and cells[3] else "银行退回"))
    return ""
