"""账簿: posting vouchers, closing months, reversing. Nothing is changed afterwards; each is chained to the last.

Who may is asked here: a duty that keeps the books of that very union. The lock of the book is taken first, so that what
is checked still holds when it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.dues.models import Book, Closing, DuesList, Line, Posting, Rebate
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.organisations.models import Organisation

KEEPERS = ("treasurer", "handler", "leader")
NOTE_MOST = 200
Ledger = Line.Ledger


@dataclass(frozen=True)
class Entry:
    """A line to be posted: account, signed yuan, the month it is of, and whose it is."""

    path: str
    ledger: str
    value: Decimal
    month: date
    membership_id: int | None = None
    about: str = ""
    receipt: bool = False


def first_day(day: date) -> date:
    """The first day of a day's month: how months are written in the books."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)


def may_keep(actor: Actor, path: str) -> bool:
    return path in actor.paths_as(*KEEPERS)


def book_of(organisation: Organisation) -> Book:
    """The union's book, begun with its first use."""
    with as_system("a union has one book"):
        book = Book.objects.filter(organisation=organisation).first()
        if book is None:
            try:
                with transaction.atomic():
                    book = Book.objects.create(organisation=organisation, path=organisation.path)
            except IntegrityError:
                book = Book.objects.get(organisation=organisation)
        return book


def kept(actor: Actor, book_id: int) -> Book:
    """The book of a union where the actor keeps the books. NotFound for any other."""
    with as_system("whose book it is is asked with it"):
        book = Book.objects.select_related("organisation").filter(pk=book_id).first()
    if book is None or not may_keep(actor, book.path):
        raise NotFound
    return book


def lock(book: Book) -> Book:
    """The book as it stands, held until the transaction ends."""
    return Book.objects.select_for_update(of=("self",)).get(pk=book.pk)


def is_closed(book: Book, month: date) -> bool:
    return Closing.objects.filter(book=book, month=month).exists()


def refuse_closed(book: Book, month: date) -> None:
    if is_closed(book, month):
        raise GuardRefused([_("%(month)s 已经结账，只能冲销，不能再记。") % {"month": f"{month:%Y-%m}"}])


def post(
    actor: Actor,
    book: Book,
    kind: str,
    month: date,
    entries: Iterable[Entry],
    *,
    entered_by_id: int | None = None,
    note: str = "",
    dues_list: DuesList | None = None,
    rebate: Rebate | None = None,
    reverses: Posting | None = None,
) -> Posting:
    """Write one voucher into a locked book. ValueError when its lines do not sum to nothing in each union."""
    entries = [entry for entry in entries if entry.value]
    if not entries or any(balances(entries).values()):
        raise ValueError("a voucher whose sides differ, or without lines")
    if reverses is None:
        refuse_closed(book, month)
    seq = book.last_seq + 1
    number = f"PZ{month:%Y%m}-{book.pk:05d}-{seq:06d}"
    at = now()
    lines = [
        Line(
            path=entry.path, ledger=entry.ledger, value=entry.value, month=entry.month,
            membership_id=entry.membership_id, about=entry.about,
            receipt=f"SJ{number[2:]}-{place:04d}" if entry.receipt else "",
        )
        for place, entry in enumerate(entries, start=1)
    ]  # fmt: skip
    row = Posting(
        book=book, seq=seq, number=number, kind=kind, month=month, at=at, by_id=actor.account_id,
        entered_by_id=entered_by_id, note=note[:NOTE_MOST], list=dues_list, rebate=rebate, reverses=reverses,
        previous=book.last_digest,
    )  # fmt: skip
    row.digest = digest_of(row, lines)
    row.save()
    for line in lines:
        line.posting = row
    Line.objects.bulk_create(lines)
    Book.objects.filter(pk=book.pk).update(last_seq=seq, last_digest=row.digest)
    book.last_seq, book.last_digest = seq, row.digest
    trail.record(f"book:{book.pk}", kind, actor=actor, after={"number": number, "digest": row.digest})
    return row


def balances(lines: Iterable[Entry | Line]) -> dict[str, Decimal]:
    """What is left over in each union's book: nothing, when debit and credit are the same."""
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line.path] = found.get(line.path, Decimal(0)) + line.value
    return found


def digest_of(posting: Posting, lines: Iterable[Line]) -> str:
    """The hash of a voucher over its own words, all its lines and the hash before it. Nobody is named in it."""
    told = [
        posting.previous, posting.book_id, posting.seq, posting.number, posting.kind, posting.month.isoformat(),
        posting.note, posting.reverses_id,
        [
            [line.path, line.ledger, f"{line.value:.2f}", line.month.isoformat(), line.membership_id, line.about]
            for line in lines
        ],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def reverse(actor: Actor, posting_id: int, words: str) -> Posting:
    """冲销: a voucher with all signs turned, in the same month. Once; a reversal is not reversed, it is posted anew."""
    words = words.strip()
    if not words or len(words) > NOTE_MOST:
        raise InvalidData({"note": [_("请写明为什么冲销，最多 %(most)d 个字。") % {"most": NOTE_MOST}]})
    with as_system("whose book it is is asked next"), transaction.atomic():
        row = place_of(actor, posting_id)
        book = lock(row.book)
        if row.kind in (Posting.Kind.REVERSAL, Posting.Kind.REBATE):
            raise GuardRefused([_("这张凭证不能冲销。冲销的凭证请重新入账；已付的回拨由对方退回后另记。")])
        if Posting.objects.filter(reverses=row).exists():
            raise GuardRefused([_("这张凭证已经冲销过。")])
        entries = [
            Entry(line.path, line.ledger, -line.value, line.month, line.membership_id, line.about)
            for line in row.lines.order_by("pk")
        ]
        if row.kind == Posting.Kind.FUNDS:
            _not_rebated(row)
        else:
            _not_paid_since(row)
        if row.list_id is not None:
            DuesList.objects.filter(pk=row.list_id).update(state=DuesList.State.REVERSED)
        return post(
            actor, book, Posting.Kind.REVERSAL, row.month, entries, note=words, reverses=row, entered_by_id=row.by_id
        )


def place_of(actor: Actor, posting_id: int) -> Posting:
    """A voucher of a book that the actor keeps. NotFound for any other."""
    with as_system("whose book it is is asked next"):
        row = Posting.objects.select_related("book").filter(pk=posting_id).first()
    if row is None or not may_keep(actor, row.book.path):
        raise NotFound
    return row


def _not_paid_since(row: Posting) -> None:
    """What was charged stays while a later voucher has the payment for it: that one is reversed first."""
    for line in row.lines.filter(ledger=Ledger.DUES):
        kept = Line.objects.filter(path=line.path, ledger=Ledger.BANK, membership=line.membership_id, month=line.month)
        if sum(kept.exclude(posting=row).values_list("value", flat=True)) > 0:
            raise GuardRefused([_("后来的凭证收了这个月的会费，请先冲销那一张。")])


def _not_rebated(row: Posting) -> None:
    """Funds that a rebate was reckoned from stay, or the rebate would rest on nothing."""
    for line in row.lines.filter(ledger=Ledger.FUNDS):
        rested = Rebate.objects.filter(
            payer=row.book, payee__path=line.about, since__lte=line.month, until__gte=line.month
        ).exclude(state=Rebate.State.REFUSED)
        if rested.exists():
            raise GuardRefused([_("这笔经费已经算进回拨，要先不同意那笔回拨。")])


def close(actor: Actor, book_id: int, month: date) -> Closing:
    """结账: the month is over, no list waits; from now on it takes reversals alone."""
    book = kept(actor, book_id)
    if next_month(month) > today():
        raise GuardRefused([_("这个月还没有过完，不能结账。")])
    with as_system("the union's own book"), transaction.atomic():
        book = lock(book)
        if is_closed(book, month):
            raise GuardRefused([_("这个月已经结账。")])
        if DuesList.objects.filter(book=book, month=month, state=DuesList.State.ENTERED).exists():
            raise GuardRefused([_("还有没复核的清单，请先入账或撤回。")])
        due, paid = sums_of(book, month)
        row = Closing.objects.create(
            book=book, month=month, last_seq=book.last_seq, due=due, paid=paid, by_id=actor.own_account, at=now()
        )
        after = {"month": f"{month:%Y-%m}", "due": str(due), "paid": str(paid), "last_seq": book.last_seq}
        trail.record(f"book:{book.pk}", "close", actor=actor, after=after)
    return row


def sums_of(book: Book, month: date, until_seq: int | None = None) -> tuple[Decimal, Decimal]:
    """(charged, received) in dues by the vouchers of a month of the books, up to one of them."""
    lines = Line.objects.filter(posting__book=book, posting__month=month, path=book.path)
    if until_seq is not None:
        lines = lines.filter(posting__seq__lte=until_seq)
    due = paid = Decimal(0)
    for ledger, value in lines.filter(membership__isnull=False).values_list("ledger", "value"):
        if ledger == Ledger.DUES:
            due -= value
        elif ledger == Ledger.BANK:
            paid += value
    return due, paid


def open_month(book: Book) -> date:
    """The month in which something that comes in now is booked: this one, or the next that is not closed."""
    month = first_day(now().astimezone(SHANGHAI).date())
    while is_closed(book, month):
        month = next_month(month)
    return month
