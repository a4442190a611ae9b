"""Members for tests of this room."""

from __future__ import annotations

from typing import Any

from gonghui.appeals.tests.support import COUNTY, House
from gonghui.kernel.actor import SYSTEM
from gonghui.membership import actions, proposing
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation

# Numbers with a right check digit and made-up people.
ID_NUMBERS = ("11010519491231002X", "530102199205080116", "33010619900101123X")


def member(path: str = COUNTY, number: int = 0, **fields: Any) -> Membership:
    named = {"name": "王小明", "id_no": ID_NUMBERS[number], "phone": f"1380000000{number}", **fields}
    return actions.join(SYSTEM, Organisation.objects.get(path=path), actions.Member(**named))


def end(house: House, row: Membership, state: str, reason: str = "本人申请") -> None:
    """Ended by two people of its union."""
    proposed = proposing.propose_end(house.person("handler", row.path), row.pk, state, reason)
    proposing.decide(house.person("leader", row.path), row.pk, proposed.pk, True)


def a_card() -> Membership:
    """A membership that stands in no database: a card needs none."""
    union = Organisation(name="南明区总工会")
    return Membership(pk=7, name="王小明", id_no=ID_NUMBERS[0], organisation=union, number="2026000000001")
