"""拨缴经费 that came in at the union above for a basic union, and 回拨: proposed, checked and approved by three people,
paid by the services' bank file, booked on both sides by one voucher when the bank says that it arrived."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from gonghui.dues import ledger, reckoning
from gonghui.dues.ledger import Entry, Ledger
from gonghui.dues.models import Book, Line, Posting, Rebate
from gonghui.dues.reckoning import Reckoned
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.law.calculators.money import percent
from gonghui.law.parameters import NATION
from gonghui.organisations.models import Organisation
from gonghui.services import banking, funds
from gonghui.services.models import Payment

# The service under which a union's budget for rebates stands, and what the payments are for.
BUDGET, PURPOSE = "M01", "rebate"
APPROVERS = ("leader",)
State = Rebate.State


def below(book: Book) -> list[Organisation]:
    """The unions below a book's own, for whom funds can come in."""
    rows = Organisation.objects.filter(path__startswith=f"{book.path}.", active=True)
    return list(rows.order_by("path")[:2000])


def receive(actor: Actor, book: Book, about: Organisation, month: date, value: Decimal, note: str = "") -> Posting:
    """到账: an employer's funds for a basic union came in at the union above. The caller has found that the actor keeps
    the book."""
    if value <= 0:
        raise InvalidData({"value": [_("金额要大于 0。")]})
    if not within(about.path, book.path) or about.path == book.path:
        raise InvalidData({"about": [_("请选下级工会。")]})
    month = ledger.first_day(month)
    if month > ledger.first_day(today()):
        raise InvalidData({"month": [_("月份不对：不能晚于本月。")]})
    with as_system("the union's own book"), transaction.atomic():
        book = ledger.lock(book)
        # What is late is booked when it comes in; `month` still says what it is of.
        booked = ledger.open_month(book)
        entries = [
            Entry(book.path, Ledger.BANK, value, month, about=about.path),
            Entry(book.path, Ledger.FUNDS, -value, month, about=about.path),
        ]
        return ledger.post(actor, book, Posting.Kind.FUNDS, booked, entries, note=note)


def received(book: Book, about: str, since: date, until: date) -> Decimal:
    """Funds that came in for a union, by the months they are of; reversed ones taken away."""
    with as_system("sums of the book"):
        rows = Line.objects.filter(path=book.path, ledger=Ledger.FUNDS, about=about, month__gte=since, month__lte=until)
        return -(rows.aggregate(sum=Sum("value"))["sum"] or Decimal(0))


def reckoned(
    book: Book, about: Organisation, since: date, until: date, share: Decimal | None = None
) -> Reckoned | None:
    """What the table, or a share that somebody decided, makes of what came in. None without either."""
    came = received(book, about.path, since, until)
    year = received(book, about.path, until.replace(month=1), until.replace(month=12))
    region = about.region_id or book.organisation.region_id or NATION
    return reckoning.rebate(came, year, until, region, share=share)


def propose(
    actor: Actor, book: Book, about: Organisation, since: date, until: date, share: Decimal | None, source: str
) -> Rebate:
    """提出回拨. A share of the table that is not sure, and one of one's own, need the document they rest on.

    The caller has found that the actor keeps the book.
    """
    since, until = ledger.first_day(since), ledger.first_day(until)
    if until < since or (until.year, since.year) != (since.year, until.year):
        raise InvalidData({"until": [_("起止月份要在同一年，先后要对。")]})
    if not within(about.path, book.path) or about.path == book.path:
        raise InvalidData({"about": [_("请选下级工会。")]})
    if share is not None and not 0 < share <= 1:
        raise InvalidData({"share": [_("比例要大于 0%，不超过 100%。")]})
    payee = ledger.book_of(about)
    with as_system("the union's own book"), transaction.atomic():
        book = ledger.lock(book)
        found = reckoned(book, about, since, until, share)
        if found is None:
            raise InvalidData({"share": [_("没有当地的分成比例，请填写。")]})
        if found.value <= 0:
            raise GuardRefused([_("这段时间没有到账的经费，没有可以回拨的。")])
        if (share is not None or not found.sure) and not source.strip():
            raise InvalidData({"source": [_("这个比例没有核对过原文，请写明依据的文件。")]})
        overlap = Rebate.objects.filter(payer=book, payee=payee, since__lte=until, until__gte=since)
        if overlap.exclude(state=State.REFUSED).exists():
            raise GuardRefused([_("这段时间已经有一笔回拨。")])
        at = now()
        row = Rebate.objects.create(
            number=f"HB-{at:%Y%m%d}-{next_number(f'dues:rebate:{at:%Y%m%d}'):04d}",
            payer=book, payee=payee, since=since, until=until, received=received(book, about.path, since, until),
            share=found.ratio, value=found.value, working=found.working, source=source.strip() or found.source,
            proposed_by_id=actor.own_account, proposed_at=at,
        )  # fmt: skip
        after = {"number": row.number, "share": percent(found.ratio), "value": str(row.value)}
        trail.record(f"rebate:{row.pk}", "propose", actor=actor, after=after)
    return row


def one(actor: Actor, rebate_id: int) -> Rebate:
    """For the two unions it is between. NotFound for all others."""
    with as_system("whose it is is asked with it"):
        rows = Rebate.objects.select_related("payer__organisation", "payee__organisation", "payment__batch")
        row = rows.filter(pk=rebate_id).first()
    if row is None or not (ledger.may_keep(actor, row.payer.path) or ledger.may_keep(actor, row.payee.path)):
        raise NotFound
    return row


def people_of(row: Rebate) -> list[tuple[str, str]]:
    """Who proposed, checked and approved it."""
    with as_system("the reader sees this rebate"):
        told = [
            (_("提出"), row.proposed_by),
            (_("复核"), row.checked_by),
            (_("批准"), row.approved_by),
        ]
        return [(what, str(who)) for what, who in told if who is not None]


def voucher_of(row: Rebate) -> Posting | None:
    """The voucher that both sides have of it, with its lines."""
    with as_system("the reader sees this rebate"):
        return Posting.objects.filter(rebate=row).prefetch_related("lines").first()


def decide(actor: Actor, rebate_id: int, yes: bool, remark: str = "") -> Rebate:
    """复核, then 批准 by the leader: two people, neither of whom proposed it. Approval sets the money aside."""
    found = one(actor, rebate_id)
    if not ledger.may_keep(actor, found.payer.path):
        raise NotAllowed
    with as_system("the payer's own rebate"), transaction.atomic():
        book = ledger.lock(found.payer)
        row = Rebate.objects.select_for_update(of=("self",)).select_related("payee__organisation").get(pk=found.pk)
        if row.state not in (State.PROPOSED, State.CHECKED):
            raise GuardRefused([_("这笔回拨已经处理过（%(state)s）。") % {"state": row.get_state_display()}])
        if actor.account_id in (row.proposed_by_id, row.checked_by_id):
            raise GuardRefused([_("提出、复核、批准要由三个人分别来做。")])
        if row.state == State.CHECKED and book.path not in actor.paths_as(*APPROVERS):
            raise NotAllowed
        if not yes:
            if not remark.strip():
                raise InvalidData({"remark": [_("请写明理由。")]})
            row.state, row.remark = State.REFUSED, remark.strip()[:200]
        elif row.state == State.PROPOSED:
            row.state, row.checked_by_id = State.CHECKED, actor.account_id
        else:
            _promise(actor, book, row)
            row.state, row.approved_by_id = State.APPROVED, actor.account_id
        row.save(update_fields=["state", "remark", "checked_by", "approved_by", "payment"])
        trail.record(f"rebate:{row.pk}", row.state, actor=actor, after={"value": str(row.value)})
    return row


def _promise(actor: Actor, book: Book, row: Rebate) -> None:
    """The money, from the payer's own budget of the year; never more than there is."""
    if received(book, row.payee.path, row.since, row.until) != row.received:
        raise GuardRefused([_("提出之后到账的经费有了变化，请不同意这一笔，重新提出。")])
    if not row.payee.bank_account:
        raise GuardRefused([_("收款工会还没有登记账户。")])
    fund = funds.promise(BUDGET, book.path, today().year, row.value, own=True)
    row.payment = Payment.objects.create(
        purpose=PURPOSE, reference=row.number, fund=fund, holder_path=book.path, amount=row.value, working=row.working,
        payee=row.payee.organisation.name, bank_card=row.payee.bank_account,
        granted_by_id=actor.account_id, at=now(),
    )  # fmt: skip


@banking.settles(PURPOSE)
def settled(actor: Actor, payment: Payment, failure: str | None) -> None:
    """The bank's answer: one voucher with the lines of both unions, or back to be sent again."""
    row = Rebate.objects.select_for_update(of=("self",)).select_related("payer", "payee").get(payment=payment)
    if failure is not None:
        row.state, row.remark = State.FAILED, failure[:200]
        row.save(update_fields=["state", "remark"])
        trail.record(f"rebate:{row.pk}", row.state, actor=actor, after={"value": str(row.value)})
        return
    book = ledger.lock(row.payer)
    Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.PAID, reason="", at=now())
    funds.pay(payment.fund_id, payment.amount)
    row.state, row.remark = State.PAID, ""
    row.save(update_fields=["state", "remark"])
    payer, payee, month = row.payer.path, row.payee.path, row.until
    entries = [
        Entry(payer, Ledger.REBATES_OUT, row.value, month, about=payee),
        Entry(payer, Ledger.BANK, -row.value, month, about=payee),
        Entry(payee, Ledger.BANK, row.value, month, about=payee),
        Entry(payee, Ledger.REBATES_IN, -row.value, month, about=payee),
    ]
    kind = Posting.Kind.REBATE
    ledger.post(actor, book, kind, ledger.open_month(book), entries, entered_by_id=row.approved_by_id, rebate=row)


def send_again(actor: Actor, rebate_id: int) -> Rebate:
    """The bank returned it: with the account as it is registered now, into the next file."""
    found = one(actor, rebate_id)
    if found.payer.path not in actor.paths_as(*APPROVERS):
        raise NotAllowed
    with as_system("the payer's own rebate"), transaction.atomic():
        row = Rebate.objects.select_for_update(of=("self",)).select_related("payee").get(pk=found.pk)
        if row.state != State.FAILED or row.payment_id is None:
            raise GuardRefused([_("银行没有退回这一笔，不用更正。")])
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=row.payment_id)
        payment.send_again(row.payee.bank_account, now())
        row.state, row.remark = State.APPROVED, ""
        row.save(update_fields=["state", "remark"])
        trail.record(f"rebate:{row.pk}", "send_again", actor=actor, after={"value": str(row.value)})
    return row


def register_account(actor: Actor, book: Book, bank_name: str, account: str) -> None:
    """Where a union's rebates go. The caller has found that the actor keeps the book."""
    account = "".join(account.split())
    if not account.isdigit() or not 8 <= len(account) <= 32:
        raise InvalidData({"bank_account": [_("账号应是 8 到 32 位数字。")]})
    with as_system("the union's own book"), transaction.atomic():
        row = ledger.lock(book)
        row.bank_name, row.bank_account = bank_name.strip()[:60], account
        row.save(update_fields=["bank_name", "bank_account"])
        trail.record(f"book:{row.pk}", "account", actor=actor, after={"bank_account": trail.fingerprint(account)})
