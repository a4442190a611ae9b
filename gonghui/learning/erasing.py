"""删除: with an account goes the lecturer's name from what they taught; title, hours and what was paid are the union's
accounts."""

from __future__ import annotations

from gonghui.learning.models import Teaching
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def forget_lecturer(account: Account) -> None:
    Teaching.objects.filter(account=account).update(lecturer_name="")
