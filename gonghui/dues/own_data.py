"""A worker's own dues in the file of the own data that they may take along (个人信息保护法 45)."""

from __future__ import annotations

from typing import Any

from gonghui.dues import queries
from gonghui.kernel.scope import as_system
from gonghui.membership.models import Membership
from gonghui.people.actions import own_data_part
from gonghui.people.models import Account


@own_data_part("dues")
def dues(account: Account) -> list[dict[str, Any]]:
    """Each month: due, paid, owed, the numbers of the receipts."""
    with as_system("one's own membership"):
        rows = list(Membership.objects.filter(account=account))
    return [
        {
            "member_no": row.number,
            "month": f"{one.month:%Y-%m}",
            "due": str(one.due),
            "paid": str(one.paid),
            "receipts": [number for _key, number in one.receipts],
        }
        for row in rows
        for one in queries.months_of(row)
    ]
