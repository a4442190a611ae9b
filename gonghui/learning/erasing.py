"""删除: with an account goes the lecturer's name from what they taught; title, hours and what was paid are the union's
accounts. Certificates stay, to be verified by their number, and belong to no account any more."""

from __future__ import annotations

from gonghui.learning.models import Certificate, Teaching
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def forget_lecturer(account: Account) -> None:
    Teaching.objects.filter(account=account).update(lecturer_name="")


@erasure_part
def loosen_certificates(account: Account) -> None:
    Certificate.objects.filter(account=account).update(account=None)
