"""The books: entered by one, posted by another, closed, reversed, never changed; imports with every wrong row told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from gonghui.appeals.tests.support import House
from gonghui.dues import exempting, importing, ledger, lists, proving, queries
from gonghui.dues.lists import Wanted
from gonghui.dues.models import DuesList, Line, Posting
from gonghui.dues.tests.support import COUNTY, ENTERPRISE, MONTH, NEXT, book, keepers, long_member, posted, sheet
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.times import today
from gonghui.membership.models import Membership


def whole() -> bool:
    return not proving.verify().problems


def test_a_list_is_posted_by_another_and_once(house: House) -> None:
    row = long_member()
    enters, posts = keepers(house)
    kept = lists.enter(enters, book(), MONTH, "wages", [Wanted(row, base=Decimal(4000), paid=Decimal(15))])
    with pytest.raises(GuardRefused, match="同样的清单"):
        lists.enter(posts, book(), MONTH, "wages", [Wanted(row, base=Decimal(4000), paid=Decimal(15))])
    with pytest.raises(GuardRefused, match="另一位"):
        lists.post(enters, kept.pk)
    lists.post(posts, kept.pk)
    with pytest.raises(GuardRefused, match="已经处理过"):
        lists.post(posts, kept.pk)
    month = queries.months(book())[0]
    assert (month.due, month.paid, month.owed) == (Decimal(20), Decimal(15), Decimal(5))
    assert whole()


def test_the_rest_is_paid_later_and_no_more_than_that(house: House) -> None:
    row = long_member()
    posted(house, row, "20", "15")
    with pytest.raises(InvalidData):
        posted(house, row, "25", "0")
    with pytest.raises(InvalidData):
        posted(house, row, "20", "6")
    posted(house, row, "20", "5")
    (month,) = queries.months_of(row)
    assert (month.due, month.owed, len(month.receipts)) == (Decimal(20), Decimal(0), 2)
    assert whole()


def test_who_is_exempt_owes_nothing(house: House) -> None:
    retired, ill, other = long_member(number=0), long_member(number=1), long_member(number=2)
    Membership.objects.filter(pk=retired.pk).update(state="retired")
    enters, posts = keepers(house)
    exempting.enter(enters, book(), ill, "unpaid_leave", MONTH, MONTH)
    rows = [Wanted(Membership.objects.get(pk=one.pk), base=Decimal(4000)) for one in (retired, ill, other)]
    lists.post(posts, lists.enter(enters, book(), MONTH, "wages", rows).pk)
    shown = {row.member.pk: row for row in queries.members_of(book(), MONTH) if row.member}
    assert [shown[one.pk].due for one in (retired, ill, other)] == [0, 0, 20]
    assert [shown[one.pk].exempt for one in (retired, ill, other)] == ["retired", "unpaid_leave", ""]
    lists.post(posts, lists.enter(enters, book(), NEXT, "wages", [Wanted(ill, base=Decimal(4000))]).pk)
    assert [one.due for one in queries.months_of(ill)] == [Decimal(20)]


def test_a_closed_month_takes_reversals_alone(house: House) -> None:
    row, other = long_member(number=0), long_member(number=1)
    enters, _posts = keepers(house)
    voucher = posted(house, row, "20", "20")
    ledger.close(enters, book().pk, MONTH)
    late = posted(house, other, "20", "20")
    assert late.month == ledger.first_day(today()) and queries.months_of(other)[0].month == MONTH
    assert ledger.sums_of(book(), MONTH) == (20, 20)
    turned = ledger.reverse(enters, voucher.pk, "记错了人")
    assert turned.month == MONTH and DuesList.objects.get(posting=voucher).state == "reversed"
    with pytest.raises(GuardRefused, match="已经冲销过"):
        ledger.reverse(enters, voucher.pk, "再来一次")
    (month,) = queries.months_of(row)
    assert (month.due, month.paid, month.receipts) == (0, 0, [])
    assert whole()


def test_what_was_charged_stays_while_a_payment_rests_on_it(house: House) -> None:
    row = long_member()
    charge = posted(house, row, "20", "0")
    payment = posted(house, row, "20", "20")
    with pytest.raises(GuardRefused, match="先冲销"):
        ledger.reverse(keepers(house)[0], charge.pk, "记错了")
    ledger.reverse(keepers(house)[0], payment.pk, "记错了")
    ledger.reverse(keepers(house)[0], charge.pk, "记错了")
    assert whole() and not queries.months_of(row)[0].due


def test_the_database_refuses_to_change_a_voucher_and_the_check_finds_what_was_changed(house: House) -> None:
    posted(house, long_member(), "20", "20")
    for change in (
        lambda: Line.objects.update(value=Decimal(1)),
        lambda: Posting.objects.update(note="别的"),
        lambda: Line.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert whole()
    Line.objects.bulk_create(
        [
            Line(posting=Posting.objects.get(), path=ENTERPRISE, ledger=account, value=Decimal(value), month=MONTH)
            for account, value in (("bank", 5), ("dues", -5))
        ]
    )
    assert "和入账时不一样" in "".join(proving.verify().problems)


def test_a_file_is_taken_whole_or_told_row_by_row(house: House) -> None:
    first, second = long_member(number=0), long_member(number=1, name="李小红")
    stranger = long_member(COUNTY, 2)
    enters, _posts = keepers(house)
    wrong = sheet(
        (first.number, "王小明", 4000, "", 20),
        (second.number, "别人", 4000, "", 20),
        (stranger.number, "王小明", 4000, "", 20),
        (first.number, "王小明", "", "", "二十"),
    )
    report = importing.import_list(enters, book(), MONTH, "wages", wrong)
    assert [line for line, _name, _why in report.wrong] == [3, 4, 5] and report.kept is None
    assert "姓名" in report.wrong[0][2] and "没有这个会员" in report.wrong[1][2] and "第 2 行" in report.wrong[2][2]
    assert not DuesList.objects.exists()
    right = sheet((first.number, "王小明", 4000, "", 20), (second.number, "李小红", "", "18.50", "10"))
    report = importing.import_list(enters, book(), MONTH, "wages", right)
    assert report.kept is not None and not report.wrong
    assert [(row.due, row.paid) for row in report.kept.rows.order_by("pk")] == [(20, 20), (Decimal("18.50"), 10)]


def test_the_books_are_the_unions_own_and_those_above_see_totals(house: House) -> None:
    row = long_member()
    voucher = posted(house, row, "20", "15")
    above, beside = house.person("leader", COUNTY), house.person("leader", "cn.52.5201.520103")
    for stranger in (above, beside):
        for refused in (
            lambda who=stranger: ledger.kept(who, book().pk),
            lambda who=stranger: queries.member_of(who, row.pk),
            lambda who=stranger: ledger.reverse(who, voucher.pk, "不该我来"),
            lambda who=stranger: queries.receipt_line(who, Line.objects.exclude(receipt="").get().pk),
        ):
            with pytest.raises(NotFound):
                refused()
    ((union, sums, people),) = queries.below(above, MONTH)
    assert (union.path, sums.due, sums.paid, people) == (ENTERPRISE, 20, 15, 1)
    assert queries.below(beside, MONTH) == []
