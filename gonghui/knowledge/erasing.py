"""删除: what a worker kept for themself goes with their personal data. Answers of a case stay as long as the case."""

from __future__ import annotations

from gonghui.knowledge.models import KeptAnswer
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def erase_kept(account: Account) -> None:
    KeptAnswer.objects.filter(owner=account).delete()
