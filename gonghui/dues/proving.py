"""对账: is every book whole? Each voucher's sides agree, nothing was changed or lost since it was chained, what was
closed still sums to what it did, every reversal mirrors what it reverses, and no member paid more than was charged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from gonghui.dues import ledger
from gonghui.dues.ledger import Ledger
from gonghui.dues.models import Book, Closing, Line, Posting, Rebate


@dataclass
class Report:
    """How much was looked at, and sentences for a person."""

    books: int = 0
    postings: int = 0
    problems: list[str] = field(default_factory=list)


def verify() -> Report:
    """Look at all books. The caller sees everything."""
    report = Report()
    for book in Book.objects.select_related("organisation").order_by("path").iterator():
        report.books += 1
        _chain(book, report)
        _closings(book, report)
        _members(book, report)
    for row in Rebate.objects.filter(state=Rebate.State.PAID, posting=None):
        report.problems.append(f"{row.number}: 已到账，但没有凭证 / paid without a voucher")
    return report


def _chain(book: Book, report: Report) -> None:
    before, seq = "", 0
    rows = Posting.objects.filter(book=book).order_by("seq").prefetch_related("lines", "reverses__lines")
    for row in rows.iterator(chunk_size=500):
        seq += 1
        report.postings += 1
        lines = sorted(row.lines.all(), key=lambda line: line.pk)
        if row.seq != seq:
            report.problems.append(f"{row.number}: 前面少了凭证 / a voucher before it is missing")
            seq = row.seq
        if any(ledger.balances(lines).values()):
            report.problems.append(f"{row.number}: 借贷不平 / its sides differ")
        if row.previous != before or row.digest != ledger.digest_of(row, lines):
            report.problems.append(f"{row.number}: 和入账时不一样 / not what was posted")
        if row.reverses is not None and _told(lines, -1) != _told(row.reverses.lines.all()):
            report.problems.append(f"{row.number}: 冲销和原凭证不符 / does not mirror what it reverses")
        before = row.digest
    if (book.last_seq, book.last_digest) != (seq, before):
        report.problems.append(f"{book.path}: 账簿末尾少了凭证 / the book's last vouchers are missing")


def _told(lines: object, sign: int = 1) -> list[tuple[object, ...]]:
    rows: list[Line] = list(lines)  # type: ignore[call-overload]
    return sorted(
        (line.path, line.ledger, sign * line.value, line.month, line.membership_id or 0, line.about) for line in rows
    )


def _closings(book: Book, report: Report) -> None:
    for row in Closing.objects.filter(book=book):
        if ledger.sums_of(book, row.month, row.last_seq) != (row.due, row.paid):
            report.problems.append(f"{book.path} {row.month:%Y-%m}: 结账后的合计变了 / its closed sums have changed")
        late = Posting.objects.filter(book=book, month=row.month, seq__gt=row.last_seq)
        if late.exclude(kind=Posting.Kind.REVERSAL).exists():
            report.problems.append(f"{book.path} {row.month:%Y-%m}: 结账后又记了账 / posted after it was closed")


def _members(book: Book, report: Report) -> None:
    owed: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    rows = Line.objects.filter(path=book.path, ledger=Ledger.OWED)
    for member, month, value in rows.values_list("membership_id", "month", "value"):
        owed[member or 0, f"{month:%Y-%m}"] += value
    for (member, of), value in owed.items():
        if value < 0:
            report.problems.append(f"{book.path} {of}: 会籍 {member} 多缴 / paid more than charged ({-value})")
