"""演示: three months of dues of a company's union, one list that waits, funds that came in above and a rebate proposed.

Safe to repeat.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gonghui.dues import ledger, lists, rebates, reckoning
from gonghui.dues.lists import Wanted
from gonghui.dues.models import Posting
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account

COUNTY, COMPANY = "cn.52.5201.520102", "cn.52.5201.520102.e001"
MONTHS, BASE = 3, Decimal(4200)


def load_demo() -> int:
    """How many vouchers were posted now."""
    company = Organisation.objects.filter(path=COMPANY).first()
    people = {name: _staff(name) for name in ("treasurer_e001", "handler_e001", "treasurer_nm")}
    enters, posts, above = people["treasurer_e001"], people["handler_e001"], people["treasurer_nm"]
    if company is None or enters is None or posts is None or above is None or Posting.objects.exists():
        return 0
    book = ledger.book_of(company)
    with as_system("members of the demonstration"):
        members = list(Membership.objects.filter(organisation=company, state="active").order_by("pk"))
    for back in range(MONTHS, -1, -1):
        month = _months_ago(back)
        rows = [
            # The last one's pay was too late for the deduction of last month.
            Wanted(one, base=BASE + place * 350, paid=_due(place) if back != 1 or place else Decimal(0))
            for place, one in enumerate(members)
            if ledger.first_day(one.since) <= month
        ]
        if not rows:
            continue
        kept = lists.enter(enters, book, month, "wages", rows)
        if back:
            lists.post(posts, kept.pk)
        if back > 1:
            ledger.close(posts, book.pk, month)
    rebates.register_account(enters, book, "工商银行南明支行", "6222020000000000018")
    county = ledger.book_of(Organisation.objects.get(path=COUNTY))
    for back in range(MONTHS, 0, -1):
        rebates.receive(above, county, company, _months_ago(back), Decimal("8640.00"), "演示")
    since, until = _months_ago(MONTHS), _months_ago(1)
    if since.year == until.year:
        rebates.propose(above, county, company, since, until, None, "省级工会分成表（演示）")
    return Posting.objects.count()


def _due(place: int) -> Decimal:
    found = reckoning.dues(BASE + place * 350, today())
    return found.value if found is not None else Decimal(0)


def _months_ago(count: int) -> date:
    month = ledger.first_day(today())
    for _step in range(count):
        month = (
            month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)
        )
    return month


def _staff(username: str) -> Actor | None:
    account = Account.objects.filter(username=username).first()
    return actor_for(account) if account is not None else None
