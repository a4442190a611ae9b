"""删除: with an account goes its signature, while the union is not there yet; then the tie to it and the phone. The
register keeps whom the union took in by it."""

from __future__ import annotations

from gonghui.founding.models import Signature
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account


@erasure_part
def forget_signatures(account: Account) -> None:
    rows = Signature.objects.filter(account=account)
    rows.filter(outcome="").delete()
    rows.update(account=None, phone="")
