"""会费清单: one person enters what was due and paid in a month, another posts it. All rows or none.

A member is charged once a month: a row that names the same sum again charges nothing more, another sum is refused.
Nobody pays more than they owe.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.dues import exempting, ledger, reckoning
from gonghui.dues.ledger import Entry, Ledger
from gonghui.dues.models import Book, DuesList, DuesRow, Line, Posting
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.law.parameters import NATION
from gonghui.membership.models import Membership

NOTHING = Decimal(0)
State = DuesList.State
FIRST_MONTH = date(2000, 1, 1)


@dataclass(frozen=True)
class Wanted:
    """A row as somebody gave it, in yuan; None: not given."""

    membership: Membership
    base: Decimal | None = None
    due: Decimal | None = None
    paid: Decimal = NOTHING


@dataclass(frozen=True)
class Standing:
    """What the books say of a member's month: charged and received."""

    charged: Decimal = NOTHING
    received: Decimal = NOTHING

    @property
    def owed(self) -> Decimal:
        return self.charged - self.received


def standings(path: str, month: date, membership_ids: Iterable[int]) -> dict[int, Standing]:
    """By membership, for those with lines of that month in the union's book."""
    found: dict[int, Standing] = {}
    lines = Line.objects.filter(path=path, month=month, membership_id__in=list(membership_ids))
    for member, account, value in lines.values_list("membership_id", "ledger", "value"):
        have = found.get(member or 0, Standing())
        if account == Ledger.DUES:
            have = Standing(have.charged - value, have.received)
        elif account == Ledger.BANK:
            have = Standing(have.charged, have.received + value)
        found[member or 0] = have
    return found


def checked(book: Book, month: date, rows: Sequence[Wanted]) -> tuple[list[DuesRow], dict[int, list[str]]]:
    """The rows as they would be posted, and what is wrong, by place in `rows`. `due` is what is charged now."""
    stands = standings(book.path, month, [row.membership.pk for row in rows])
    free = exempting.codes(book, month, [row.membership for row in rows])
    region = book.organisation.region_id or NATION
    made: list[DuesRow] = []
    wrong: dict[int, list[str]] = {}
    for place, row in enumerate(rows):
        problems: list[str] = []
        made.append(_row(book, month, region, row, stands.get(row.membership.pk, Standing()), free, problems))
        if problems:
            wrong[place] = problems
    return made, wrong


def _row(
    book: Book, month: date, region: str, row: Wanted, stand: Standing, free: dict[int, str], problems: list[str]
) -> DuesRow:
    member, exempt = row.membership, free.get(row.membership.pk, "")
    if member.organisation_id != book.organisation_id:
        problems.append(_("不是本工会的会员。"))
    elif ledger.first_day(member.since) > month:
        problems.append(_("那个月还没有入会。"))
    due = row.due
    if exempt and not stand.charged:
        if due:
            problems.append(_("已登记免缴，应缴应是 0。"))
        due = NOTHING
    elif due is None and row.base is not None:
        found = reckoning.dues(row.base, month, region)
        due = found.value if found is not None else None
    if stand.charged and due in (None, NOTHING, stand.charged):
        due = NOTHING
    elif stand.charged:
        problems.append(_("这个月已经记了应缴 %(sum)s 元，要改请先冲销。") % {"sum": f"{stand.charged:,.2f}"})
    elif not exempt and not due:
        problems.append(_("没有应缴，也没有计缴基数。免缴的请先登记原因。"))
    due = due or NOTHING
    left = stand.owed + due
    if not problems and row.paid > left:
        problems.append(_("实缴比还欠的 %(sum)s 元多。") % {"sum": f"{left:,.2f}"})
    return DuesRow(membership=member, base=row.base, due=due, paid=row.paid, exempt=exempt)


def refuse_month(month: date) -> None:
    if not FIRST_MONTH <= month <= ledger.first_day(today()):
        raise InvalidData({"month": [_("月份不对：不能晚于本月。")]})


def enter(actor: Actor, book: Book, month: date, way: str, rows: Sequence[Wanted]) -> DuesList:
    """Keep a list until another person posts it. InvalidData in `rows`; GuardRefused when it stands already.

    The caller has found that the actor keeps this book.
    """
    refuse_month(month)
    with as_system("the union's own members"):
        made, wrong = checked(book, month, rows)
        if wrong:
            raise InvalidData({"rows": ["".join(texts) for texts in wrong.values()]})
        if not any(row.due or row.paid for row in made):
            raise GuardRefused([_("清单里没有要记的：都已记过，或都免缴。")])
        try:
            with transaction.atomic():
                kept = DuesList.objects.create(
                    book=book, month=month, way=way, digest=_digest(book, month, made), entered_by_id=actor.own_account,
                    entered_at=now(),
                )  # fmt: skip
                for row in made:
                    row.list = kept
                DuesRow.objects.bulk_create(made)
                after = {"month": f"{month:%Y-%m}", "rows": len(made), "digest": kept.digest}
                trail.record(f"dues_list:{kept.pk}", "enter", actor=actor, after=after)
        except IntegrityError:
            raise GuardRefused([_("同样的清单已经有一份，不用再交。")]) from None
    return kept


def _digest(book: Book, month: date, rows: Iterable[DuesRow]) -> str:
    """Over who, due and paid, and what stood in the books: the same payment may come again later, not twice at once."""
    rows = list(rows)
    stands = standings(book.path, month, [row.membership_id for row in rows])
    told = sorted(
        [
            row.membership_id, f"{row.due:.2f}", f"{row.paid:.2f}",
            f"{stands.get(row.membership_id, Standing()).charged:.2f}",
            f"{stands.get(row.membership_id, Standing()).received:.2f}",
        ]
        for row in rows
    )  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def one(actor: Actor, list_id: int) -> DuesList:
    """A list of a book that the actor keeps. NotFound for any other."""
    with as_system("whose list it is is asked with it"):
        row = DuesList.objects.select_related("book__organisation", "entered_by").filter(pk=list_id).first()
    if row is None or not ledger.may_keep(actor, row.book.path):
        raise NotFound
    return row


def post(actor: Actor, list_id: int) -> Posting:
    """复核入账: by another person than entered it. What it rests on is asked again, with the book held."""
    found = one(actor, list_id)
    with as_system("the union's own book"), transaction.atomic():
        book = ledger.lock(found.book)
        row = DuesList.objects.select_for_update(of=("self",)).get(pk=list_id)
        _still_waits(row)
        if row.entered_by_id == actor.account_id:
            raise GuardRefused([_("入账必须由录入以外的另一位同事来做。")])
        rows = list(row.rows.order_by("pk"))
        stands = standings(book.path, row.month, [one.membership_id for one in rows])
        for one_row in rows:
            stand = stands.get(one_row.membership_id, Standing())
            if (one_row.due and stand.charged) or one_row.paid > stand.owed + one_row.due:
                raise GuardRefused([_("录入之后账上有了变化，请撤回这份清单，重新录入。")])
        DuesList.objects.filter(pk=row.pk).update(state=State.POSTED, decided_by_id=actor.account_id, decided_at=now())
        entries = [entry for one_row in rows for entry in _entries(book.path, row.month, one_row)]
        # What comes after its month was closed is booked now; its lines still say what they are of.
        booked = ledger.open_month(book) if ledger.is_closed(book, row.month) else row.month
        kind = Posting.Kind.DUES
        return ledger.post(actor, book, kind, booked, entries, entered_by_id=row.entered_by_id, dues_list=row)


def _entries(path: str, month: date, row: DuesRow) -> list[Entry]:
    who = row.membership_id
    return [
        Entry(path, Ledger.OWED, row.due, month, who),
        Entry(path, Ledger.DUES, -row.due, month, who),
        Entry(path, Ledger.BANK, row.paid, month, who, receipt=True),
        Entry(path, Ledger.OWED, -row.paid, month, who),
    ]


def withdraw(actor: Actor, list_id: int) -> None:
    """A list that nobody has posted comes to nothing."""
    one(actor, list_id)
    with as_system("the union's own book"), transaction.atomic():
        row = DuesList.objects.select_for_update(of=("self",)).get(pk=list_id)
        _still_waits(row)
        DuesList.objects.filter(pk=row.pk).update(
            state=State.WITHDRAWN, decided_by_id=actor.account_id, decided_at=now()
        )
        trail.record(f"dues_list:{row.pk}", "withdraw", actor=actor, after={"month": f"{row.month:%Y-%m}"})


def _still_waits(row: DuesList) -> None:
    if row.state != State.ENTERED:
        raise GuardRefused([_("这份清单已经处理过（%(state)s）。") % {"state": row.get_state_display()}])
