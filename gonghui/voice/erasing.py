"""删除: with a worker's account goes what ties them to a unit and what they have read. A union's list of delegates and
the seconding on it stay: they are the congress's record."""

from __future__ import annotations

from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.voice.models import Receipt, UnitWorker


@erasure_part
def untie(account: Account) -> None:
    UnitWorker.objects.filter(account=account).delete()
    Receipt.objects.filter(account=account).delete()
