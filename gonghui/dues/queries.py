"""What may be asked of the books: by the union itself all, by the unions above totals only, by a member their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from gonghui.dues import exempting, ledger
from gonghui.dues.ledger import KEEPERS, Ledger
from gonghui.dues.models import Book, Closing, DuesList, Exemption, Line, Posting, Rebate
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.scope import as_system
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation

NOTHING = Decimal(0)
READERS = (*KEEPERS, "supervisor", "auditor")
MONTHS, BELOW_MOST = 24, 200


@dataclass
class Sums:
    """Of a month, a member or a union, in yuan: charged, received, still owed."""

    due: Decimal = NOTHING
    paid: Decimal = NOTHING

    @property
    def owed(self) -> Decimal:
        return self.due - self.paid

    def add(self, account: str, value: Decimal) -> None:
        if account == Ledger.DUES:
            self.due -= value
        elif account == Ledger.BANK:
            self.paid += value


@dataclass
class Month(Sums):
    """A month of a union: its dues, and whether it is closed and what waits to be posted."""

    month: date = date.min
    closed: bool = False
    waiting: int = 0


@dataclass
class MemberMonth(Sums):
    """A member's month. `receipts`: (line's key, number)."""

    month: date = date.min
    member: Membership | None = None
    exempt: str = ""
    receipts: list[tuple[int, str]] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """`posting__reversed_by` selected with it. A receipt counts while its voucher is not reversed."""
        self.add(line.ledger, line.value)
        if line.receipt and not hasattr(line.posting, "reversed_by"):
            self.receipts.append((line.pk, line.receipt))


def books(actor: Actor) -> list[Book]:
    """The books that the actor keeps, begun where a union has none yet."""
    own = Organisation.objects.filter(path__in=actor.paths_as(*KEEPERS), active=True).order_by("path")
    return [ledger.book_of(one) for one in own[:50]]


def months(book: Book) -> list[Month]:
    """The union's months with anything in them, the newest first."""
    found: dict[date, Month] = {}
    with as_system("the reader's own union"):
        rows = Line.objects.filter(path=book.path, membership__isnull=False)
        for month, account, value in rows.values_list("month", "ledger").annotate(sum=Sum("value")):
            found.setdefault(month, Month(month=month)).add(account, value)
        for row in DuesList.objects.filter(book=book, state=DuesList.State.ENTERED):
            found.setdefault(row.month, Month(month=row.month)).waiting += 1
        for closed in Closing.objects.filter(book=book).values_list("month", flat=True):
            found.setdefault(closed, Month(month=closed)).closed = True
    return sorted(found.values(), key=lambda row: row.month, reverse=True)[:MONTHS]


def below(actor: Actor, month: date) -> list[tuple[Organisation, Sums, int]]:
    """Totals of the unions below the actor's own for a month: charged, received, of how many members."""
    paths = actor.paths_as(*READERS)
    under = Q(pk__in=[])
    for path in paths:
        under |= Q(path__startswith=f"{path}.")
        if not ledger.may_keep(actor, path):
            # Who oversees or audits a union and does not keep its books reads totals of it too.
            under |= Q(path=path)
    with as_system("totals of the unions below, nobody's own"):
        found: dict[str, Sums] = {}
        people: dict[str, set[int]] = {}
        lines = Line.objects.filter(under, membership__isnull=False, month=month)
        for path, account, member, value in lines.values_list("path", "ledger", "membership_id", "value"):
            found.setdefault(path, Sums()).add(account, value)
            people.setdefault(path, set()).add(member or 0)
        names = {one.path: one for one in Organisation.objects.filter(path__in=list(found)).order_by("path")}
        return [(one, found[path], len(people[path])) for path, one in sorted(names.items())][:BELOW_MOST]


def members_of(book: Book, month: date) -> list[MemberMonth]:
    """Every present member of the union, and whoever has lines in that month."""
    with as_system("the reader's own union"):
        lines = Line.objects.filter(path=book.path, month=month, membership__isnull=False).order_by("pk")
        found: dict[int, MemberMonth] = {}
        for line in lines.select_related("posting__reversed_by"):
            found.setdefault(line.membership_id or 0, MemberMonth(month=month)).take(line)
        wanted = Q(organisation=book.organisation, state__in=Membership.CURRENT) | Q(pk__in=list(found))
        members = [m for m in Membership.objects.filter(wanted).order_by("pk") if ledger.first_day(m.since) <= month]
        free = exempting.codes(book, month, members)
        rows = []
        for member in members:
            row = found.get(member.pk, MemberMonth(month=month))
            row.member, row.exempt = member, free.get(member.pk, "")
            rows.append(row)
    return rows


def total(rows: Iterable[Sums]) -> Sums:
    found = Sums()
    for row in rows:
        found.due, found.paid = found.due + row.due, found.paid + row.paid
    return found


def months_of(membership: Membership, path: str = "") -> list[MemberMonth]:
    """A member's months, the newest first; at one union where `path` is given."""
    with as_system("the member's own, or the union's own member"):
        lines = Line.objects.filter(membership=membership)
        if path:
            lines = lines.filter(path=path)
        found: dict[date, MemberMonth] = {}
        for line in lines.select_related("posting__reversed_by").order_by("pk"):
            found.setdefault(line.month, MemberMonth(month=line.month, member=membership)).take(line)
    return sorted(found.values(), key=lambda row: row.month, reverse=True)


def exemptions_of(membership: Membership, path: str = "") -> list[Exemption]:
    with as_system("the member's own, or the union's own member"):
        rows = Exemption.objects.filter(membership=membership)
        return list((rows.filter(path=path) if path else rows).order_by("-since", "-pk"))


def own(actor: Actor) -> Membership | None:
    """The worker's membership, the present one first."""
    if actor.kind != "worker" or actor.account_id is None:
        return None
    with as_system("one's own membership"):
        rows = Membership.objects.select_related("organisation").filter(account_id=actor.account_id)
        return min(rows, key=lambda row: (not row.current, -row.pk), default=None)


def member_of(actor: Actor, membership_id: int) -> tuple[Book, Membership]:
    """A member of a union whose books the actor keeps. NotFound for any other."""
    with as_system("whose member it is is asked with it"):
        row = Membership.objects.select_related("organisation").filter(pk=membership_id).first()
    if row is None or not ledger.may_keep(actor, row.path):
        raise NotFound
    return ledger.book_of(row.organisation), row


def receipt_line(actor: Actor, line_id: int) -> Line:
    """The line of a receipt, for its member and the union that received. NotFound for others and where reversed."""
    with as_system("whose receipt it is is asked with it"):
        rows = Line.objects.select_related("posting__book__organisation", "membership").exclude(receipt="")
        row = rows.filter(pk=line_id).first()
        if row is None or row.membership is None or Posting.objects.filter(reverses=row.posting_id).exists():
            raise NotFound
        mine = actor.kind == "worker" and actor.account_id and row.membership.account_id == actor.account_id
        if not mine and not ledger.may_keep(actor, row.path):
            raise NotFound
    return row


def postings(book: Book, month: date) -> list[Posting]:
    """The vouchers of a month of the books."""
    with as_system("the reader's own union"):
        rows = Posting.objects.filter(book=book, month=month).select_related("by", "entered_by", "reversed_by")
        return list(rows.order_by("-seq")[:200])


def lists(book: Book, month: date) -> list[DuesList]:
    with as_system("the reader's own union"):
        return list(DuesList.objects.filter(book=book, month=month).select_related("entered_by").order_by("-pk")[:100])


def rebates(actor: Actor) -> list[Rebate]:
    """Those that the actor's unions give or get."""
    paths = actor.paths_as(*KEEPERS)
    with as_system("the reader's own unions"):
        rows = Rebate.objects.filter(Q(payer__path__in=paths) | Q(payee__path__in=paths))
        return list(rows.select_related("payer__organisation", "payee__organisation").order_by("-pk")[:200])


def funds_by_union(book: Book, year: int) -> list[tuple[Organisation, Decimal, Decimal]]:
    """Of a year, by basic union: what came in, what was returned."""
    with as_system("sums of the reader's own union"):
        rows = Line.objects.filter(path=book.path, month__year=year, ledger__in=(Ledger.FUNDS, Ledger.REBATES_OUT))
        found: dict[str, dict[str, Decimal]] = {}
        for about, account, value in rows.values_list("about", "ledger").annotate(sum=Sum("value")):
            found.setdefault(about, {})[account] = value
        unions = {one.path: one for one in Organisation.objects.filter(path__in=list(found))}
    return [
        (unions[path], -sums.get(Ledger.FUNDS, NOTHING), sums.get(Ledger.REBATES_OUT, NOTHING))
        for path, sums in sorted(found.items())
        if path in unions
    ]
