"""发放: the file for the bank, and its answer read back (回盘)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import csv_text
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation
from gonghui.services.models import Payment, PaymentBatch
from gonghui.services.rules.applying import tell

# Told of a payment that is for no application: who uploaded the answer, the payment, the bank's reason if it failed.
Settler = Callable[[Actor, Payment, str | None], None]
_settlers: dict[str, Settler] = {}

# 财务 and the leader; whoever granted a payment has no hand in its file (不相容岗位分离).
PAYERS = ("treasurer", "leader")
COLUMNS = ("序号", "收款人", "银行卡号", "金额", "编号", "资金来源")
BATCH_MOST = 2000


def settles(purpose: str) -> Callable[[Settler], Settler]:
    """The function that books what the bank says of payments for this purpose, in the transaction of the answer."""

    def keep(function: Settler) -> Settler:
        _settlers[purpose] = function
        return function

    return keep


def may_pay(actor: Actor, path: str) -> bool:
    return any(duty.role in PAYERS and duty.path == path for duty in actor.duties)


def make_batches(actor: Actor, organisation: Organisation, only: Collection[int] | None = None) -> list[PaymentBatch]:
    """All granted sums of this union that wait (or `only` these, by number), a file for each fund; without what the
    actor granted. GuardRefused when nothing is left."""
    if not may_pay(actor, organisation.path):
        raise NotAllowed
    with transaction.atomic(), as_system("the payer's own union"):
        rows = Payment.objects.select_for_update().filter(holder_path=organisation.path, status=Payment.Status.PROMISED)
        if only is not None:
            rows = rows.filter(pk__in=only)
        by_fund: dict[int, list[Payment]] = {}
        own = False
        for payment in rows.order_by("fund_id", "pk"):
            if payment.granted_by_id is not None and payment.granted_by_id == actor.account_id:
                own = True
                continue
            by_fund.setdefault(payment.fund_id, []).append(payment)
        if not by_fund:
            raise GuardRefused([granted_oneself() if own else _("现在没有待发放的。")])
        return [_batch(actor, organisation, waiting[:BATCH_MOST]) for waiting in by_fund.values()]


def granted_oneself() -> str:
    return _("里面有您批准的：批准的人不经手付款和对账，请另一位同事（财务或领导）来办。")


def _batch(actor: Actor, organisation: Organisation, waiting: list[Payment]) -> PaymentBatch:
    at = now()
    batch = PaymentBatch.objects.create(
        organisation=organisation,
        fund_id=waiting[0].fund_id,
        number=f"FF-{at:%Y%m%d}-{next_number(f'services:batch:{at:%Y%m%d}'):04d}",
        count=len(waiting),
        total=sum((payment.amount for payment in waiting), Decimal(0)),
        made_by_id=actor.account_id,
        made_at=at,
    )
    Payment.objects.filter(pk__in=[payment.pk for payment in waiting]).update(status=Payment.Status.SENT, batch=batch)
    after = {"number": batch.number, "count": batch.count, "total": str(batch.total), "fund": batch.fund_id}
    trail.record(f"batch:{batch.pk}", "batch", actor=actor, after=after)
    return batch


def _may_touch(actor: Actor, batch: PaymentBatch) -> None:
    """NotAllowed for who pays nothing there; GuardRefused for who granted something in it."""
    if not may_pay(actor, batch.organisation.path):
        raise NotAllowed
    if actor.account_id is not None and batch.payments.filter(granted_by_id=actor.account_id).exists():
        raise GuardRefused([granted_oneself()])


def file_of(actor: Actor, batch: PaymentBatch) -> str:
    """The file as CSV. Each download is written down."""
    lines: list[tuple[object, ...]] = [COLUMNS]
    with as_system("the payer's own union"), transaction.atomic():
        _may_touch(actor, batch)
        rows = batch.payments.select_related("application__matter", "fund").order_by("pk")
        for place, payment in enumerate(rows, start=1):
            # A tab keeps spreadsheets from turning a long number into 6.2E+18.
            card = f"{payment.bank_card}\t"
            source = payment.fund.get_source_display()
            lines.append((place, payment.payee, card, f"{payment.amount:.2f}", payment.number, source))
        trail.record(f"batch:{batch.pk}", "download", actor=actor, after={"number": batch.number})
    return csv_text(lines)


@dataclass
class Answer:
    """What the bank's file said. `problems`: rows that fit nothing, by their number; nothing is done then."""

    paid: int = 0
    failed: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def reconcile(actor: Actor, batch: PaymentBatch, rows: Iterable[list[str]], sha256: str = "") -> Answer:
    """对账: rows of (编号, 金额, 结果[, 原因]); 结果 is 成功 or 失败. One wrong row and nothing is taken over.

    `sha256`: of the file they came in.
    """
    answer = Answer()
    found: dict[str, tuple[Payment, str | None]] = {}
    with as_system("the payer's own union"), transaction.atomic():
        # Two answers to one file wait for each other.
        batch = PaymentBatch.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=batch.pk)
        _may_touch(actor, batch)
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
        for payment, reason in found.values():
            _book(actor, payment, reason)
        answer.failed = sum(reason is not None for _payment, reason in found.values())
        answer.paid = len(found) - answer.failed
        if not batch.payments.filter(status=Payment.Status.SENT).exists():
            PaymentBatch.objects.filter(pk=batch.pk).update(reconciled_at=now())
        after = {"paid": answer.paid, "failed": answer.failed, "sha256": sha256}
        trail.record(f"batch:{batch.pk}", "reconcile", actor=actor, after=after)
    return answer


def _book(actor: Actor, payment: Payment, reason: str | None) -> None:
    """What the bank said of one payment; `reason`: why it came back."""
    if reason is not None:
        Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.FAILED, reason=reason[:200])
    if payment.application is None:
        _settlers[payment.purpose](actor, payment, reason)
        return
    matter = payment.application.matter
    if reason is None:
        act(matter.pk, "arrived", SYSTEM)
    elif "bounced" in flow_of(matter).by_name:
        act(matter.pk, "bounced", SYSTEM)
    else:
        # Begun when its flow had no such step: the worker is told all the same.
        tell(matter, "unpaid", f"services:{matter.pk}:unpaid:{payment.batch_id}")


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
