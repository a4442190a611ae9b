"""会费收据: what the paper says of one payment. Its number is the line's own and used once."""

from __future__ import annotations

from gonghui.dues.models import Line
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI
from gonghui.law.documents import Fields, Person, Record

DOCUMENT = "union_dues_receipt"


def fields_of(line: Line) -> Fields:
    """The line as `queries.receipt_line` gives it. Ways and months stand in Chinese, as the paper does."""
    with as_system("the reader's own receipt"):
        posting, member = line.posting, line.membership
        assert member is not None
        found = posting.list
        by = posting.entered_by
    return Fields(
        person=Person(name=member.name),
        record=Record(
            number=line.receipt,
            union=posting.book.organisation.name,
            member_no=member.number,
            month=f"{line.month.year}年{line.month.month}月",
            value=line.value,
            way={"wages": "工资代扣", "counter": "自己缴纳"}.get(found.way, "") if found is not None else "",
            signer=by.display_name if by is not None else "",
        ),
        date=posting.at.astimezone(SHANGHAI).date(),
    )
